import type { MetadataValue } from './documents.ts'
import { SemdexError } from './errors.ts'
import { matchesGlob } from './glob.ts'
import { isUnder } from './text.ts'

/**
 * Which documents may answer. All entries must hold.
 *
 * - A plain key names a metadata field, or a nested one by dots: `{ lang: 'en', 'author.name': 'Ada' }`.
 * - `$path` and `$id` name the document's own path and id: `{ $path: { $glob: 'docs/**' } }`.
 * - `$and`, `$or` take lists of filters, `$not` takes one.
 * - A value, or a condition: `$eq $ne $gt $gte $lt $lte $in $nin $exists $glob $under`.
 *
 * A field that is a list matches where one of its elements does. A missing field matches only `$ne`, `$nin`,
 * `$not` and `{ $exists: false }`. Comparison never converts types: `'2'` is not `2`.
 */
export interface Filter {
  $and?: Filter[]
  $or?: Filter[]
  $not?: Filter
  [field: string]: FilterValue | Condition | Filter | Filter[] | undefined
}

export type FilterValue = string | number | boolean | null

export interface Condition {
  $eq?: FilterValue
  $ne?: FilterValue
  $gt?: string | number
  $gte?: string | number
  $lt?: string | number
  $lte?: string | number
  $in?: FilterValue[]
  $nin?: FilterValue[]
  $exists?: boolean
  /**
   * Shell pattern over the whole string: `*` stays within one path segment, `**` crosses them, `?` is one character
   * but `/`. A segment that is `**` also stands for none: `docs/**\/a.md` is `docs/a.md` too. At most 1,000 characters.
   */
  $glob?: string
  /** The path itself or anything below it. */
  $under?: string
}

/** A filter as a tree with one shape, ready to be evaluated or compiled. */
export type FilterNode =
  | { type: 'and' | 'or'; nodes: FilterNode[] }
  | { type: 'not'; node: FilterNode }
  | { type: 'test'; field: string; operator: Operator; value: FilterValue | FilterValue[] }

export type Operator = '$eq' | '$gt' | '$gte' | '$lt' | '$lte' | '$in' | '$exists' | '$glob' | '$under'

/** What a filter sees of a document. */
export interface Filterable {
  id: string
  path: string | null
  metadata: Record<string, MetadataValue>
}

const MAX_DEPTH = 16
const MAX_NODES = 1_000
const MAX_GLOB = 1_000

/**
 * Checks a filter and brings it to one shape.
 * @throws {SemdexError} `INVALID_INPUT`, naming the field, for an unknown operator, a wrong operand, more than 16 levels below the first or 1,000 tests and empty lists.
 */
export function parseFilter(filter: Filter): FilterNode {
  const budget = { left: MAX_NODES }
  return parseEntries(filter, 0, budget)
}

/** Whether a document passes; the reference that every adapter's compiled filter must agree with. */
export function matches(node: FilterNode, document: Filterable): boolean {
  switch (node.type) {
    case 'and':
      return node.nodes.every((child) => matches(child, document))
    case 'or':
      return node.nodes.some((child) => matches(child, document))
    case 'not':
      return !matches(node.node, document)
    case 'test':
      return test(node, fieldValue(node.field, document))
  }
}

function parseEntries(filter: unknown, depth: number, budget: { left: number }): FilterNode {
  if (!isObject(filter)) throw invalid('filter', 'a filter is an object')
  if (depth > MAX_DEPTH) throw invalid('filter', `filters nest at most ${MAX_DEPTH} levels deep`)
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined)
  if (entries.length === 0) spend('filter', budget)
  const nodes = entries.flatMap(([key, value]) => parseEntry(key, value, depth, budget))
  return nodes.length === 1 ? (nodes[0] as FilterNode) : { type: 'and', nodes }
}

function parseEntry(key: string, value: unknown, depth: number, budget: { left: number }): FilterNode[] {
  if (key === '$and' || key === '$or') {
    if (!Array.isArray(value)) throw invalid(key, 'takes a list of filters')
    if (value.length === 0) spend(key, budget)
    return [
      { type: key === '$and' ? 'and' : 'or', nodes: value.map((child) => parseEntries(child, depth + 1, budget)) },
    ]
  }
  if (key === '$not') return [{ type: 'not', node: parseEntries(value, depth + 1, budget) }]
  if (key.startsWith('$') && key !== '$path' && key !== '$id')
    throw invalid(key, 'is not a field or an operator of filters')
  const conditions: [string, unknown][] = isObject(value) ? Object.entries(value) : [['$eq', value]]
  if (conditions.length === 0) throw invalid(key, 'has a condition without an operator')
  return conditions.map(([operator, operand]) => parseCondition(key, operator, operand, budget))
}

function parseCondition(field: string, operator: string, value: unknown, budget: { left: number }): FilterNode {
  if (operator === '$ne') return { type: 'not', node: parseCondition(field, '$eq', value, budget) }
  if (operator === '$nin') return { type: 'not', node: parseCondition(field, '$in', value, budget) }
  const accepts = OPERANDS[operator as Operator]
  if (!Object.hasOwn(OPERANDS, operator) || !accepts) {
    throw invalid(field, `has the unknown operator ${operator}; known: ${Object.keys(OPERANDS).join(' ')} $ne $nin`)
  }
  if (!accepts(value)) throw invalid(field, `${operator} does not take ${shown(value)}`)
  spend(field, budget)
  return { type: 'test', field, operator: operator as Operator, value: value as FilterValue | FilterValue[] }
}

function spend(field: string, budget: { left: number }): void {
  if (budget.left-- === 0) throw invalid(field, `a filter has at most ${MAX_NODES} tests`)
}

function shown(value: unknown): string {
  const json = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value))
  return json.length > 100 ? `${json.slice(0, 100)}…` : json
}

const isScalar = (value: unknown): value is FilterValue =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)
const isOrdered = (value: unknown) => typeof value === 'string' || Number.isFinite(value)
const isText = (value: unknown) => typeof value === 'string'

const OPERANDS: Record<Operator, (value: unknown) => boolean> = {
  $eq: isScalar,
  $gt: isOrdered,
  $gte: isOrdered,
  $lt: isOrdered,
  $lte: isOrdered,
  $in: (value) => Array.isArray(value) && value.every(isScalar),
  $exists: (value) => typeof value === 'boolean',
  $glob: (value) => typeof value === 'string' && value.length <= MAX_GLOB,
  $under: isText,
}

function fieldValue(field: string, document: Filterable): MetadataValue | undefined {
  if (field === '$path') return document.path ?? undefined
  if (field === '$id') return document.id
  let value: MetadataValue | undefined = document.metadata
  for (const part of field.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined
    value = value[part] as MetadataValue
  }
  return value
}

function test(node: FilterNode & { type: 'test' }, value: MetadataValue | undefined): boolean {
  if (node.operator === '$exists') return (value !== undefined) === node.value
  if (value === undefined) return false
  const candidates = Array.isArray(value) ? value : [value]
  return candidates.some((candidate) => testScalar(node.operator, candidate, node.value))
}

function testScalar(operator: Operator, candidate: MetadataValue, operand: FilterValue | FilterValue[]): boolean {
  if (operator === '$in') return (operand as FilterValue[]).includes(candidate as FilterValue)
  if (operator === '$eq') return candidate === operand
  if (typeof candidate !== typeof operand) return false
  if (operator === '$glob') return matchesGlob(candidate as string, operand as string)
  if (operator === '$under') return isUnder(candidate as string, operand as string)
  const order = compare(candidate as string | number, operand as string | number)
  if (operator === '$gt') return order > 0
  if (operator === '$gte') return order >= 0
  if (operator === '$lt') return order < 0
  return order <= 0
}

/** Strings are ordered by code point, as SQLite and PostgreSQL ("C") order UTF-8. */
function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number') return a - (b as number)
  const other = b as string
  const length = Math.min(a.length, other.length)
  for (let i = 0; i < length; i++) {
    const difference = rankOfUnit(a, i) - rankOfUnit(other, i)
    if (difference !== 0) return difference
  }
  return a.length - other.length
}

/** UTF-16 code units in the order of their code points: halves of a pair stand for code points above all others. */
function rankOfUnit(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  const isPaired = (unit & 0xf800) === 0xd800 && (text.codePointAt(unit < 0xdc00 ? at : at - 1) ?? 0) > 0xffff
  return isPaired ? unit + 0x10000 : unit
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(field: string, reason: string): SemdexError {
  return new SemdexError('INVALID_INPUT', { message: `The filter's ${field}: ${reason}.`, details: { field } })
}
