import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Flag, GLOBAL_FLAGS } from '../../../src/interfaces/cli/flags.ts'
import { VERBS } from '../../../src/interfaces/cli/verbs.ts'
import { isOperation } from '../../../src/interfaces/wire/operations.ts'
import type { OperationName } from '../../../src/operations/table.ts'
import { inRepository } from '../../support/assets.ts'

// biome-ignore lint/suspicious/noExplicitAny: inputs are wrong on purpose; answers are only compared.
type Any = any

interface Spelling {
  verb: string
  /** Fields that are arguments, in order; one that is a list takes all that is left. */
  arguments: readonly string[]
  /** The field whose items are the lines of stdin. */
  lines?: string
  always?: readonly string[]
  /** Fields that are flags with another name or form. */
  flags?: Record<string, (value: Any) => string[]>
  /** Why an input cannot be typed, where that is not for its types. */
  unsaid?: (input: Any) => string | null
  /** What is printed, where that is not the answer itself. */
  shape?: (answer: Any) => unknown
}

/** Lists are flags that are given again. */
const MEMORY_FLAGS: Spelling['flags'] = {
  kinds: (kinds) => kinds.map((kind: string) => `--kind=${kind}`),
  tags: (tags) => tags.map((tag: string) => `--tag=${tag}`),
  supersedes: (ids) => ids.map((id: string) => `--supersedes=${id}`),
  wait: (on) => (on ? [] : ['--no-wait']),
}

/** How each operation that has a verb is typed; a field that is not named here is the flag of its name. */
export const SPELLINGS: Partial<Record<OperationName, Spelling>> = {
  search: { verb: 'search', arguments: ['query', 'paths'], always: ['--no-index'] },
  index: { verb: 'index', arguments: ['paths'] },
  'index.plan': {
    verb: 'index',
    arguments: ['paths'],
    always: ['--dry-run'],
    unsaid: ({ paths }) => (paths?.length === 0 ? 'without a path all known roots are meant' : null),
  },
  documents: { verb: 'documents', arguments: [] },
  delete: { verb: 'delete', arguments: ['ids'] },
  status: { verb: 'status', arguments: [] },
  backfill: { verb: 'backfill', arguments: [] },
  get: {
    verb: 'get',
    arguments: ['path', 'id', 'chunkId'],
    flags: { lines: ([from, to]) => ['--lines', `${from}-${to}`] },
  },
  embed: {
    verb: 'embed',
    arguments: [],
    lines: 'texts',
    flags: { base64: (on) => (on ? ['--format', 'base64'] : []) },
    shape: (answer) => ({ ...answer, results: answer.results.map(withPlace) }),
  },
  rerank: { verb: 'rerank', arguments: ['query'], lines: 'passages' },
  collections: { verb: 'collections', arguments: [] },
  'collections.get': { verb: 'collections show', arguments: ['name'] },
  'collections.create': { verb: 'collections create', arguments: ['name'] },
  'collections.update': {
    verb: 'collections update',
    arguments: ['name'],
    flags: { codeModel: (model) => (model === null ? ['--no-code-model'] : [`--code-model=${model}`]) },
  },
  'collections.drop': { verb: 'collections drop', arguments: ['name'] },
  'memory.capture': { verb: 'memory capture', arguments: ['text'], flags: MEMORY_FLAGS },
  'memory.recall': { verb: 'memory recall', arguments: ['query'], flags: MEMORY_FLAGS },
  'memory.update': { verb: 'memory update', arguments: ['id'], flags: MEMORY_FLAGS },
  'memory.forget': { verb: 'memory forget', arguments: ['id'] },
  'memory.history': { verb: 'memory history', arguments: ['id'] },
  'memory.list': { verb: 'memory list', arguments: [], flags: MEMORY_FLAGS },
  keys: { verb: 'keys', arguments: [] },
  'keys.create': { verb: 'keys create', arguments: ['name'] },
  'keys.revoke': { verb: 'keys revoke', arguments: ['id'] },
  models: { verb: 'models', arguments: [] },
  'models.show': { verb: 'models show', arguments: ['model'] },
  'models.pull': { verb: 'models pull', arguments: ['model'] },
  'models.add': { verb: 'models add', arguments: ['path'] },
  'models.remove': { verb: 'models remove', arguments: ['model'] },
  'models.verify': { verb: 'models verify', arguments: ['model'] },
  migrate: { verb: 'migrate', arguments: [], always: ['--yes'] },
  'migrate.plan': { verb: 'migrate', arguments: [], always: ['--dry-run'] },
  'migrate.status': { verb: 'migrate', arguments: [], always: ['--status'] },
  'migrate.rollback': { verb: 'migrate', arguments: [], always: ['--rollback'] },
  'migrate.remove': {
    verb: 'migrate',
    arguments: [],
    flags: { index: (index) => [index === 'old' ? '--remove-old' : '--abandon'] },
    unsaid: ({ index }) => (['old', 'new'].includes(index) ? null : 'each index has a switch of its own'),
  },
  eval: { verb: 'eval', arguments: ['folder'] },
  'bench.embed': { verb: 'bench embed', arguments: [] },
  backup: { verb: 'backup', arguments: ['path'] },
  'backup.list': { verb: 'backup list', arguments: [] },
  'backup.verify': { verb: 'backup verify', arguments: ['path'] },
  export: { verb: 'export', arguments: [], flags: { path: (path) => ['--out', `${path}`] } },
  import: { verb: 'import', arguments: ['path'] },
  compact: { verb: 'compact', arguments: [] },
  doctor: { verb: 'doctor', arguments: [] },
  config: { verb: 'config', arguments: [] },
}

/** Fields without a flag, each with the reason. */
export const WITHOUT_FLAG: Partial<Record<OperationName, Record<string, string>>> = {
  'memory.capture': { metadata: 'an object is for programs' },
  'memory.update': { metadata: 'an object is for programs' },
}

export function argumentsOf(name: OperationName, input: Record<string, unknown>): { args: string[]; stdin: string } {
  const { verb, arguments: positional, lines, always = [], flags = {} } = SPELLINGS[name] as Spelling
  const words = positional.flatMap((field) => (field in input ? [input[field]].flat().map(String) : []))
  const args = Object.entries(input).flatMap(([field, value]) => {
    if (value === undefined || field === lines || positional.includes(field)) return []
    return flags[field]?.(value) ?? flagOf(field, value)
  })
  if (name === 'get' && 'id' in input) args.push('--id')
  const items = (lines === undefined ? [] : ((input[lines] as unknown[] | undefined) ?? [])) as unknown[]
  if (lines !== undefined) args.push('--input', 'jsonl')
  const stdin = items.map((item) => `${JSON.stringify(item)}\n`).join('')
  return { args: [...verb.split(' '), ...always, ...args, '--', ...words], stdin }
}

/** Why no verb says it; null where one does. */
export function cannotSayWithVerb(name: OperationName, input: unknown): string | null {
  const spelling = SPELLINGS[name]
  if (!spelling) return 'there is no verb'
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return 'there is no whole input, only its fields'
  const { verb, arguments: positional, lines, unsaid } = spelling
  const unsaidBecause = unsaid?.(input)
  if (unsaidBecause) return unsaidBecause
  for (const [field, value] of Object.entries(input)) {
    const reason = WITHOUT_FLAG[name]?.[field]
    if (reason) return reason
    if (field === lines) {
      if (!Array.isArray(value)) return 'stdin has lines'
      if (!value.every((item) => typeof item === 'string')) return 'a line that is no text costs itself alone'
      continue
    }
    if (positional.includes(field)) {
      if (![value].flat().every((item) => typeof item === 'string')) return 'an argument is always text'
      continue
    }
    const flag = flagsOf(verb).find((each) => each.name === kebab(field))
    if (flag && ['text', 'path'].includes(flag.type) && typeof value === 'number')
      return 'the value of this flag is text'
  }
  if (lines !== undefined && !(lines in input)) return 'stdin is always there'
  return null
}

/** The operations that verbs are bound to, and those that their commands name. */
export function operationsOfVerbs(): OperationName[] {
  const bound = VERBS.flatMap(({ action }) => ('operation' in action ? [action.operation] : []))
  const folder = inRepository('src/interfaces/cli/commands')
  const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  const named = sources.flatMap((source) =>
    [...source.matchAll(/\boperations(?:\.(\w+)|\['([\w.]+)'\])|\brun\('([\w.]+)'/g)].map(
      ([, ...names]) => names.find(Boolean) as string,
    ),
  )
  return [...new Set([...bound, ...named])].filter(isOperation)
}

/** The flags that a verb takes. */
export function flagsOf(verb: string): readonly Flag[] {
  return [...(VERBS.find(({ name }) => name === verb)?.flags ?? []), ...GLOBAL_FLAGS]
}

export function kebab(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function flagOf(field: string, value: unknown): string[] {
  if (value === false) return []
  if (value === true) return [`--${kebab(field)}`]
  return [`--${kebab(field)}=${typeof value === 'object' ? JSON.stringify(value) : value}`]
}

/** A stream of lines says of each which it is, and an error is what has no vector. */
function withPlace({ ok, ...result }: Any, index: number) {
  return ok ? { index, ...result } : { index, error: result.error }
}
