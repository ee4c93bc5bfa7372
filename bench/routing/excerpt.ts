import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { fromRepository } from '../../scripts/support/paths.ts'
import { collectDocuments, type Sample } from './documents.ts'
import { fetchPackages } from './fetch.ts'

// Writes the excerpt of the test files that the tests read: short pieces, of packages that may be copied freely.
//   npm run excerpt:routing [-- FOLDER]

/** Each with the licence that its files are under. */
const FREE: Readonly<Record<string, string>> = {
  ...under(
    'MIT',
    'newtonsoft-json golang-github-gin-gonic-gin jekyll luarocks r-cran-readr picolisp agda-stdlib bulma antd',
  ),
  ...under('MIT', 'expo-notifications react-native-reanimated date-fns fastify webpack tachyons'),
  ...under('MIT', 'handlebars livescript sequelize underscore yargs marked commander winston @openzeppelin/contracts'),
  ...under(
    'Apache-2.0',
    'requests commons-io kotlinx-coroutines caddy carbon-components-svelte google-proto-files node-red aiohttp',
  ),
  ...under('BSD-3-Clause', 'jinja2 leveldb php-twig zsh-syntax-highlighting seaborn pandas networkx click bokeh'),
  ...under('BSD-2-Clause', 'pygments miller lnav'),
  ...under('Zlib', 'zlib nunit'),
  ...under('public domain', 'icon cl-alexandria'),
  ...under('TCL', 'tcllib'),
  ...under('PostgreSQL', 'pg-partman'),
  ...under('ISC', 'ahven'),
}
/** Pieces from as many places as the classifier reads of a long file. */
const [PIECES, PIECE] = [4, 300]
const MOST_BYTES = 295_000
const MOST_OF_A_LANGUAGE = 3

const folder = await fetchPackages(process.argv[2])
const seen = new Set<string>()
collectDocuments(folder, 'train', seen)
const lines = collectDocuments(folder, 'test', seen).filter(({ package: name }) => name in FREE)
let bytes = 0
const kept = spread(lines).flatMap(({ package: name, path, language, side, text }) => {
  const excerpt = { package: name, licence: FREE[name], path, language, side, text: piecesOf(text) }
  const line = JSON.stringify(excerpt)
  bytes += line.length + 1
  return bytes > MOST_BYTES ? [] : [line]
})
writeFileSync(fromRepository('test/routing/documents.jsonl'), `${kept.join('\n')}\n`)
process.stdout.write(`${kept.length} files\n`)

function piecesOf(text: string): string {
  if (text.length <= PIECES * PIECE) return text
  const step = (text.length - PIECE) / (PIECES - 1)
  const starts = Array.from({ length: PIECES }, (_, at) => Math.floor(at * step))
  return starts.map((start) => text.slice(start, start + PIECE)).join('\n')
}

/** A few of each language of each package, mixed by the digests of their paths. */
function spread(samples: readonly Sample[]): Sample[] {
  const counts = new Map<string, number>()
  const few = samples.filter(({ package: name, language }) => {
    const key = `${name} ${language}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
    return (counts.get(key) as number) <= MOST_OF_A_LANGUAGE
  })
  const digestOf = ({ path }: Sample) => createHash('sha1').update(path).digest('hex')
  return few.sort((a, b) => (digestOf(a) < digestOf(b) ? -1 : 1))
}

function under(licence: string, packages: string): Record<string, string> {
  return Object.fromEntries(packages.split(' ').map((name) => [name, licence]))
}
