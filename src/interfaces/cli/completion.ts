import { type Flag, GLOBAL_FLAGS } from './flags.ts'
import type { Verb } from './verb.ts'

/** A script that completes verbs, flags, choices and paths; null for a shell that is not known. */
export function completionScript(shell: string, verbs: readonly Verb[]): string | null {
  switch (shell) {
    case 'bash':
      return bash(verbs)
    case 'zsh':
      return zsh(verbs)
    case 'fish':
      return fish(verbs)
    default:
      return null
  }
}

function bash(verbs: readonly Verb[]): string {
  const cases = verbs.map(
    (verb) =>
      `    ${quote(verb.name)}) words=${quote([...secondWords(verb.name, verbs), ...wordsOf(verb)].join(' '))} ;;`,
  )
  const choices = choiceFlags(verbs).map(
    (flag) =>
      `    ${patterns(flag)}) COMPREPLY=($(compgen -W ${quote(flag.choices?.join(' ') ?? '')} -- "$current")); return ;;`,
  )
  return `# semdex completion for bash: source <(semdex completion bash)
_semdex() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" verb="\${COMP_WORDS[1]}" words=''
  COMPREPLY=()
  case "$previous" in
${choices.join('\n')}
    ${valueFlags(verbs, ['path']).map(patterns).join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quote(firstWords(verbs).join(' '))} -- "$current"))
    return
  fi
  case "$verb \${COMP_WORDS[2]}" in
${twoWordCases(verbs)}
  esac
  case "$verb" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  case "$current" in
    -*) ;;
    *) COMPREPLY+=($(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _semdex semdex
`
}

/** `collections create` is one verb: its second word joins the first. */
function twoWordCases(verbs: readonly Verb[]): string {
  const names = verbs.map(({ name }) => name).filter((name) => name.includes(' '))
  return `    ${names.map(quote).join('|')}) [ "$COMP_CWORD" -gt 2 ] && verb="$verb \${COMP_WORDS[2]}" ;;`
}

function zsh(verbs: readonly Verb[]): string {
  const heads = headsOf(verbs)
  const cases = heads.map((verb) => {
    const below = secondWords(verb.name, verbs)
    const first = below.length > 0 ? [`'1:verb:(${below.join(' ')})'`] : []
    const specs = [...flagsBelow(verb, verbs).flatMap(zshFlag), ...first, `'*:argument:${argumentOf(verb)}'`]
    return `    ${verb.name}) _arguments -s ${specs.join(' ')} ;;`
  })
  const described = heads.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`)
  return `#compdef semdex
# semdex completion for zsh: semdex completion zsh > "\${fpath[1]}/_semdex"
_semdex() {
  local -a verbs
  verbs=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$verb" in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _semdex ]; then
  _semdex "$@"
else
  compdef _semdex semdex
fi
`
}

function zshFlag({ name, short, type, summary, choices, value }: Flag): string[] {
  const about = summary.replace(/[[\]:]/g, '\\$&')
  const action = choices ? `(${choices.join(' ')})` : type === 'path' ? '_files' : ' '
  const names = [`--${name}`, ...(short ? [`-${short}`] : [])]
  return names.map((each) => quote(`*${each}[${about}]${type === 'switch' ? '' : `:${value}:${action}`}`))
}

function argumentOf({ positionals }: Head): string {
  const completes = positionals.map((each) => each.completes).find((each) => each !== undefined)
  return completes === 'path' ? '_files' : completes && completes.length > 0 ? `(${completes.join(' ')})` : ' '
}

function fish(verbs: readonly Verb[]): string {
  const single = headsOf(verbs)
  const lines = single.map(
    ({ name, summary }) => `complete -c semdex -n __fish_use_subcommand -f -a ${name} -d ${fishQuote(summary)}`,
  )
  for (const verb of single) {
    const seen = `-n '__fish_seen_subcommand_from ${verb.name}'`
    const words = [...secondWords(verb.name, verbs), ...choicesOf(verb)]
    if (words.length > 0) lines.push(`complete -c semdex ${seen} -f -a '${words.join(' ')}'`)
    lines.push(...flagsBelow(verb, verbs).map((flag) => `complete -c semdex ${seen} ${fishFlag(flag)}`))
  }
  return `# semdex completion for fish: semdex completion fish > ~/.config/fish/completions/semdex.fish\n${lines.join('\n')}\n`
}

function fishFlag({ name, short, type, summary, choices }: Flag): string {
  const value = choices ? ` -x -a '${choices.join(' ')}'` : type === 'switch' ? '' : type === 'path' ? ' -r -F' : ' -x'
  return `-l ${name}${short ? ` -s ${short}` : ''}${value} -d ${fishQuote(summary)}`
}

function wordsOf(verb: Verb): string[] {
  return [...choicesOf(verb), ...[...verb.flags, ...GLOBAL_FLAGS].map(({ name }) => `--${name}`)]
}

function choicesOf({ positionals }: Head): readonly string[] {
  return positionals.flatMap(({ completes }) => (typeof completes === 'object' ? completes : []))
}

/** The flags of a verb and of those that begin with it, each name once. */
function flagsBelow({ name }: Head, verbs: readonly Verb[]): Flag[] {
  const all = verbs
    .filter((each) => each.name === name || each.name.startsWith(`${name} `))
    .flatMap(({ flags }) => flags)
  return distinct([...all, ...GLOBAL_FLAGS])
}

function secondWords(first: string, verbs: readonly Verb[]): string[] {
  return verbs.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.slice(first.length + 1)] : []))
}

type Head = Pick<Verb, 'name' | 'summary' | 'flags' | 'positionals'>

/** The verbs of one word; for a word that only begins others, as `memory`, what stands below it. */
function headsOf(verbs: readonly Verb[]): Head[] {
  return firstWords(verbs).map((word) => {
    const verb = verbs.find(({ name }) => name === word)
    return verb ?? { name: word, summary: secondWords(word, verbs).join(', '), flags: [], positionals: [] }
  })
}

function firstWords(verbs: readonly Verb[]): string[] {
  return [...new Set(verbs.map(({ name }) => name.split(' ')[0] as string))]
}

function choiceFlags(verbs: readonly Verb[]): Flag[] {
  return valueFlags(verbs, ['choice'])
}

function valueFlags(verbs: readonly Verb[], types: readonly Flag['type'][]): Flag[] {
  return distinct([...verbs.flatMap(({ flags }) => flags), ...GLOBAL_FLAGS]).filter(({ type }) => types.includes(type))
}

function distinct(flags: readonly Flag[]): Flag[] {
  return [...new Map(flags.map((flag) => [flag.name, flag])).values()]
}

function patterns({ name, short }: Flag): string {
  return [`--${name}`, ...(short ? [`-${short}`] : [])].join('|')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

function fishQuote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`
}
