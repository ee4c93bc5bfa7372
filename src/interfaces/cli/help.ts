import { type Flag, GLOBAL_FLAGS } from './flags.ts'
import type { Styles } from './output.ts'
import { table } from './render/table.ts'
import type { Positional, Verb } from './verb.ts'

/** Help for one verb, for those that begin with one word, or the overview. */
export function helpText(
  { verb, group }: { verb: Verb | null; group?: string },
  verbs: readonly Verb[],
  styles: Styles,
): string {
  if (verb) return verbHelp(verb, verbs, styles)
  return group === undefined ? overview(verbs, styles) : groupHelp(group, verbs, styles)
}

function overview(verbs: readonly Verb[], { bold, dim }: Styles): string {
  return [
    'Semantic search over your own files, on your own machine.',
    '',
    `${bold('Usage')}  semdex <verb> [arguments] [flags]`,
    '',
    bold('Verbs'),
    table(verbs.map(({ name, summary }) => [`  ${name}`, dim(summary)])),
    '',
    bold('Flags of every verb'),
    flagTable(GLOBAL_FLAGS, dim),
    '',
    bold('Examples'),
    '  semdex search "how do I return early from a loop" docs',
    '  semdex index ~/notes && semdex search "what did we decide about backups"',
    '',
    'semdex <verb> --help says more about each.',
    '',
  ].join('\n')
}

function groupHelp(group: string, verbs: readonly Verb[], { bold, dim }: Styles): string {
  const below = verbs.filter(({ name }) => name.startsWith(`${group} `))
  return [
    `${bold('Usage')}  semdex ${group} <verb> [arguments] [flags]`,
    '',
    bold('Verbs'),
    table(below.map(({ name, summary }) => [`  ${name}`, dim(summary)])),
    '',
    `semdex ${group} <verb> --help says more about each.`,
    '',
  ].join('\n')
}

function verbHelp(verb: Verb, verbs: readonly Verb[], { bold, dim }: Styles): string {
  const below = verbs.filter(({ name }) => name.startsWith(`${verb.name} `))
  const section = (title: string, body: string) => (body === '' ? [] : [bold(title), body, ''])
  return [
    `${verb.summary}.`,
    ...(verb.details ? [verb.details] : []),
    '',
    `${bold('Usage')}  ${usageLine(verb)}`,
    '',
    ...section('Arguments', table(verb.positionals.map((each) => [`  <${each.name}>`, dim(each.summary)]))),
    ...section('Flags', flagTable(verb.flags, dim)),
    ...section('Flags of every verb', flagTable(GLOBAL_FLAGS, dim)),
    ...section('See also', table(below.map(({ name, summary }) => [`  semdex ${name}`, dim(summary)]))),
    ...section('Examples', table(verb.examples.map(({ command, summary }) => [`  ${command}`, dim(summary)]))),
  ].join('\n')
}

export function usageLine({ name, positionals, flags }: Verb): string {
  return ['semdex', name, ...positionals.map(placeholder), ...(flags.length > 0 ? ['[flags]'] : [])].join(' ')
}

function placeholder({ name, required, repeatable }: Positional): string {
  const dots = repeatable ? '...' : ''
  return required ? `<${name}>${dots}` : `[${name}${dots}]`
}

function flagTable(flags: readonly Flag[], dim: Styles['dim']): string {
  return table(
    flags.map((flag) => [`  ${flag.short ? `-${flag.short}, ` : '    '}${flagName(flag)}`, dim(flagAbout(flag))]),
  )
}

/** `--limit <n>` */
export function flagName({ name, type, value }: Flag): string {
  return type === 'switch' ? `--${name}` : `--${name} <${value}>`
}

export function flagAbout({ summary, choices, initial, repeatable }: Flag): string {
  const extra = [
    choices ? choices.join(', ') : '',
    initial ? `default: ${initial}` : '',
    repeatable ? 'may be repeated' : '',
  ].filter(Boolean)
  return extra.length === 0 ? summary : `${summary} (${extra.join('; ')})`
}
