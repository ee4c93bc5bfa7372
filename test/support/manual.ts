import { type Places, SETTINGS, type Setting } from '../../src/core/settings.ts'
import { EXIT, EXIT_MEANINGS } from '../../src/interfaces/cli/exit-codes.ts'
import { type Flag, GLOBAL_FLAGS } from '../../src/interfaces/cli/flags.ts'
import { flagAbout, flagName, usageLine } from '../../src/interfaces/cli/help.ts'
import type { Verb } from '../../src/interfaces/cli/verb.ts'
import { VERBS } from '../../src/interfaces/cli/verbs.ts'

/** docs/cli.md, made from the table that parsing and help are made from. */
export function commandLinePage(): string {
  return [
    CLI_INTRODUCTION,
    '## Exit codes',
    table(
      ['code', 'meaning'],
      Object.entries(EXIT).map(([name, code]) => [`${code}`, EXIT_MEANINGS[name as keyof typeof EXIT]]),
    ),
    '## Flags of every verb',
    flagTable(GLOBAL_FLAGS),
    ...VERBS.map(verbSection),
    '',
  ].join('\n\n')
}

function verbSection(verb: Verb): string {
  const { name, summary, details, positionals, flags, examples } = verb
  return [
    `## semdex ${name}`,
    `${summary}. ${details ?? ''}`.trim(),
    `Usage: \`${usageLine(verb)}\``,
    ...(positionals.length > 0
      ? [
          table(
            ['argument', 'what it is'],
            positionals.map((each) => [`\`${each.name}\``, each.summary]),
          ),
        ]
      : []),
    ...(flags.length > 0 ? [flagTable(flags)] : []),
    table(
      ['example', 'what it does'],
      examples.map((each) => [`\`${each.command}\``, each.summary]),
    ),
  ].join('\n\n')
}

function flagTable(flags: readonly Flag[]): string {
  return table(
    ['flag', 'what it does'],
    flags.map((flag) => [`\`${flag.short ? `-${flag.short}, ` : ''}${flagName(flag)}\``, flagAbout(flag)]),
  )
}

/** docs/configuration.md, made from the table of settings. */
export function configurationPage(): string {
  return [CONFIGURATION_INTRODUCTION, '## Every setting', settingsTable(SETTINGS), CONFIGURATION_END, ''].join('\n\n')
}

export function settingsTable(settings: readonly Setting[]): string {
  return table(
    ['setting', 'variable', 'value', 'default', 'what it does'],
    settings.map((setting) => [
      `\`${setting.name}\``,
      `\`${setting.variable}\``,
      valuesOf(setting),
      defaultOf(setting),
      setting.summary,
    ]),
  )
}

function valuesOf({ kind, choices, minimum, maximum, names }: Setting): string {
  if (kind === 'numbers') return `${names?.join(', ') ?? 'names'}: ${minimum} to ${maximum}`
  if (kind === 'integer' || kind === 'number') return `${minimum} to ${maximum}`
  if (kind === 'choice') return (choices ?? []).join(', ')
  return { path: 'a path', paths: 'a list of paths', list: 'a list', text: 'a name', switch: 'on, off' }[kind]
}

const PLACES: Places = {
  data: 'data folder',
  cache: 'cache folder',
  runtime: 'runtime folder',
  cores: 64,
  resolve: (path) => path,
  delimiter: ':',
}

function defaultOf({ key, initial }: Setting): string {
  if (key === 'workers') return 'one a core, 4 at most'
  if (key === 'model') return 'all-MiniLM-L6-v2'
  const value = initial(PLACES)
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (typeof value !== 'object' || value === null) return String(value)
  return (
    Object.entries(value)
      .map((entry) => entry.join('='))
      .join(', ') || 'none'
  )
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

const CLI_INTRODUCTION = `# The command line

This page is made from the same table as \`semdex --help\`, by test/e2e/cli-manual.test.ts.

\`\`\`sh
semdex search "how do I bake bread" notes     # indexes what is new or changed below notes, then answers
semdex search "how do I bake bread"           # without a path: all that was ever indexed
semdex status
semdex get notes/bread.md:1-3                 # a place as search cites it
\`\`\`

## Output

Data goes to stdout, everything else (warnings, errors, progress) to stderr. Progress bars appear on a terminal only; colours too, unless \`NO_COLOR\`, \`FORCE_COLOR\` or \`--no-color\` say otherwise.

With \`--json\` a verb prints one JSON value. Warnings and the error are then JSON lines on stderr, \`{"warning": {"message"}}\` and \`{"error": {"code", "message", "fix", "details"}}\`, and a run that fails prints nothing on stdout. Codes are stable; sentences may change.

\`\`\`sh
semdex search "rising dough" notes --limit 1 --json
\`\`\`

\`\`\`json
{
  "query": "rising dough",
  "mode": "hybrid",
  "degraded": null,
  "hits": [
    {
      "rank": 1,
      "chunkId": "chunk-3",
      "score": 0.81,
      "similarity": 0.52,
      "lines": [3, 3],
      "heading": ["Bread"],
      "symbol": null,
      "text": "Let the dough rise overnight.",
      "snippet": "Let the dough rise overnight.",
      "path": "/home/ada/notes/bread.md",
      "title": "Bread",
      "collection": "notes",
      "documentId": "/home/ada/notes/bread.md",
      "metadata": {},
      "more": []
    }
  ],
  "timings": { "load": 41.2, "embed": 5.1, "vector": 3.4, "lexical": 1.2, "total": 54.9 }
}
\`\`\`

\`similarity\` is the true cosine of query and passage, \`score\` what ranks the hits of this answer. \`degraded\` says why less was done than was asked for (no usable model, say). A hit is a document with its best passage; \`more\` has further passages of it. \`lines\` are from 1, both inclusive. \`timings\` are milliseconds. The JSON of \`status\` has \`documents\`, \`chunks\`, \`pending\` and \`failed\` over all collections and for each; \`eval\` prints \`{"ndcg@10", "recall@10", "recall@100", "mrr@10", "queries", "timings"}\`.

Ctrl-C stops after the work in hand; what was committed stays, and the next run continues. A second Ctrl-C ends the process at once. A reader that closes the pipe (\`semdex search … | head\`) ends it silently.

## Every operation

Verbs are for people; \`semdex call\` runs any operation of the [API](api.md) by its name, what has no verb included. Its input is one JSON value, as an argument or on stdin, and its answer is one on stdout, as the other interfaces give it. What the operation refuses ends with the exit code of its error.

\`\`\`sh
semdex call --list
semdex call add '{"documents": [{"id": "bread", "text": "Let the dough rise overnight."}]}'
echo '{"query": "rising dough", "limit": 1}' | semdex call search.semantic
\`\`\`

## Completion

\`source <(semdex completion bash)\` in ~/.bashrc, \`source <(semdex completion zsh)\` in ~/.zshrc, or \`semdex completion fish > ~/.config/fish/completions/semdex.fish\`.`

const CONFIGURATION_INTRODUCTION = `# Configuration

Everything has a default; nothing has to be configured. A value comes from the strongest of four places: a flag of the command line (or an option of \`open()\`), then the environment, then the configuration file, then the default. \`semdex config\` shows every setting with its value and where it comes from:

\`\`\`sh
semdex config
SEMDEX_WORKERS=1 semdex config --db notes.db --json
\`\`\`

This page is made from the table of settings (src/core/settings.ts) by test/e2e/cli-manual.test.ts.

## The configuration file

JSON, with the names of the table below, nested or dotted. An unknown name is an error, so that a typing mistake does not go unnoticed.

\`\`\`json file=semdex.json
{
  "database": "notes.db",
  "embedding": { "workers": 2 },
  "indexing.maxFileBytes": 2000000
}
\`\`\`

\`\`\`sh
semdex config --config semdex.json
\`\`\`

It is the file that \`--config\` names, else the variable \`SEMDEX_CONFIG\`, else \`config.json\` in the user's configuration folder, where a missing file is no error.

| | Linux | macOS | Windows |
|---|---|---|---|
| configuration folder | \`$XDG_CONFIG_HOME/semdex\` or \`~/.config/semdex\` | \`~/Library/Preferences/semdex\` | \`%APPDATA%\\semdex\\Config\` |
| data folder | \`$XDG_DATA_HOME/semdex\` or \`~/.local/share/semdex\` | \`~/Library/Application Support/semdex\` | \`%LOCALAPPDATA%\\semdex\\Data\` |
| cache folder | \`$XDG_CACHE_HOME/semdex\` or \`~/.cache/semdex\` | \`~/Library/Caches/semdex\` | \`%LOCALAPPDATA%\\semdex\\Cache\` |

Relative paths start at the working directory. An empty variable counts as not set.`

const CONFIGURATION_END = `Switches also take true, false, yes, no, 1 and 0. Lists of paths in a variable are separated by \`:\`, on Windows by \`;\`, other lists by commas.

\`--db\` is the flag of \`database\`, \`--max-file-size\` of \`indexing.maxFileBytes\`, \`--debug\` sets \`log\` to debug; \`open()\` takes every setting by its key (\`database\`, \`workers\`, \`chunkTokens\`, …). Colours follow \`NO_COLOR\` and \`FORCE_COLOR\`.`
