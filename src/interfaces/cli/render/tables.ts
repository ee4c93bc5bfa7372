import type { Output } from '../output.ts'
import { count } from './count.ts'
import { displayPath } from './search.ts'
import { table } from './table.ts'

interface StatusAnswer {
  database: string
  documents: number
  chunks: number
  pending: number
  failed: number
  collections: (CollectionAnswer & Waiting & { lastRunAt: number | null })[]
  waiting: WaitingAnswer[]
}

interface WaitingAnswer {
  collection: string
  use: 'serving' | 'migration'
  waiting: number
  retrying: number
  nextAt: number | null
  lastError: { message: string } | null
}

interface Waiting {
  pending: number
  failed: number
}

interface ModelsAnswer {
  model: string | null
  dimensions: number
  code: { model: string | null; dimensions: number; waiting?: number } | null
  layout: string
}

interface CollectionAnswer extends ModelsAnswer {
  name: string
  roots: string[]
  documents: number
  chunks: number
}

export function renderStatus(status: StatusAnswer, { styles }: Output): string {
  const head = ['collection', 'documents', 'chunks', 'pending', 'failed', 'model', 'last run'].map(styles.dim)
  const counts = (of: { documents: number; chunks: number; pending: number; failed: number }) => [
    `${of.documents}`,
    `${of.chunks}`,
    of.pending > 0 ? styles.yellow(of.pending) : '0',
    of.failed > 0 ? styles.red(of.failed) : '0',
  ]
  const rows = status.collections.map((each) => [
    styles.bold(each.name),
    ...counts(each),
    modelNames(each, '-'),
    each.lastRunAt === null ? 'never' : moment(each.lastRunAt),
  ])
  const total = status.collections.length > 1 ? [['all', ...counts(status)]] : []
  if (rows.length === 0) return `${status.database}: nothing is indexed yet (semdex index <folder>)\n`
  const waiting = status.waiting.filter(({ waiting }) => waiting > 0).map(waitingLine)
  return [status.database, '', table([head, ...rows, ...total], { right: [1, 2, 3, 4] }), ...waiting, ''].join('\n')
}

function waitingLine({ collection, use, waiting, retrying, nextAt, lastError }: WaitingAnswer): string {
  const where = use === 'serving' ? collection : `${collection}, in the index of a migration`
  const again =
    retrying > 0 && nextAt !== null
      ? `; ${retrying} ${retrying === 1 ? 'is' : 'are'} tried again, at ${moment(nextAt)}`
      : ''
  const why = retrying > 0 && lastError ? `: ${lastError.message}` : ''
  const passages =
    waiting === 1
      ? `1 passage of ${where} waits for its vector`
      : `${waiting} passages of ${where} wait for their vectors`
  return `${passages} (semdex backfill)${again}${why}`
}

export function renderCollections({ collections }: { collections: CollectionAnswer[] }, { styles }: Output): string {
  if (collections.length === 0) return 'There are no collections yet: semdex index <folder>\n'
  const head = ['collection', 'documents', 'chunks', 'model', 'roots'].map(styles.dim)
  const rows = collections.map((each) => [
    styles.bold(each.name),
    `${each.documents}`,
    `${each.chunks}`,
    modelNames(each, `vectors of ${each.dimensions}`),
    each.roots.map(displayPath).join(', '),
  ])
  return `${table([head, ...rows], { right: [1, 2] })}\n`
}

export function renderCollection(
  { name, model, dimensions, code, layout, roots, documents, chunks, pending, failed }: CollectionAnswer & Waiting,
  { styles }: Output,
): string {
  const rows = [
    ['model', model ?? '-'],
    ['dimensions', `${dimensions}`],
    ...(code ? describeCode(code, layout) : []),
    ['documents', `${documents}`],
    ['chunks', `${chunks}`],
    ['pending', `${pending}`],
    ['failed', `${failed}`],
    ...roots.map((root) => ['root', root]),
  ]
  return `${styles.bold(name)}\n${table(rows.map(([key = '', value = '']) => [styles.dim(key), value]))}\n`
}

function describeCode({ model, dimensions, waiting = 0 }: NonNullable<ModelsAnswer['code']>, layout: string) {
  return [
    ['code model', model ?? '-'],
    ['code dimensions', `${dimensions}`],
    ['code waiting', `${waiting}`],
    ['layout', layout],
  ]
}

/** That of text, and of code where it is another. */
function modelNames({ model, code }: ModelsAnswer, none: string): string {
  return code ? `${model ?? none}, code: ${code.model ?? none}` : (model ?? none)
}

export function renderCreated({ name, ...models }: { name: string } & ModelsAnswer): string {
  return `Made the collection ${name}${models.model ? ` with ${modelNames(models, '-')}` : ''}.\n`
}

export function renderUpdated({ name, ...models }: { name: string } & ModelsAnswer): string {
  const waiting = models.code?.waiting ?? 0
  const next =
    waiting > 0
      ? ` ${count(waiting, 'chunk', 'chunks')} of code ${waiting === 1 ? 'waits for its vector' : 'wait for vectors'} (semdex backfill).`
      : ''
  return `The collection ${name} has ${modelNames(models, '-')}, ${models.layout} layout.${next}\n`
}

export function renderDropped({ name, documents }: { name: string; documents: number }): string {
  return `Dropped the collection ${name} with ${count(documents, 'document', 'documents')}.\n`
}

interface DoctorAnswer {
  healthy: boolean
  checks: { name: string; status: 'ok' | 'warning' | 'failed'; message: string; fix: string | null }[]
}

export function renderDoctor({ checks, healthy }: DoctorAnswer, { styles }: Output): string {
  const colour = { ok: styles.green, warning: styles.yellow, failed: styles.red }
  const rows = checks.map(({ name, status, message, fix }) => [
    colour[status](status),
    name,
    fix === null ? message : `${message} → ${fix}`,
  ])
  return `${table(rows)}\n\n${healthy ? 'Semdex works.' : 'Something does not work.'}\n`
}

interface ConfigAnswer {
  settings: { name: string; value: unknown; origin: string; variable: string; summary: string }[]
}

export function renderConfig({ settings }: ConfigAnswer, { styles }: Output): string {
  const head = ['setting', 'value', 'from', 'variable', 'about'].map(styles.dim)
  const rows = settings.map(({ name, value, origin, variable, summary }) => [
    styles.bold(name),
    shown(value),
    origin === 'default' ? styles.dim(origin) : styles.green(origin),
    variable,
    summary,
  ])
  return `${table([head, ...rows])}\n`
}

function shown(value: unknown): string {
  if (value === null) return '-'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.join(', ') || '-'
  return typeof value === 'object'
    ? Object.entries(value)
        .map((entry) => entry.join('='))
        .join(', ') || '-'
    : String(value)
}

function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')
}
