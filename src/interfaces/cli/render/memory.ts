import type { Explanation } from '../../../core/search.ts'
import type { Output, Styles } from '../output.ts'
import type { AnswerOf } from '../verb.ts'
import { table } from './table.ts'

type Captured = AnswerOf<'memory.capture'>
type Recalled = AnswerOf<'memory.recall'>
type Listed = AnswerOf<'memory.list'>
type History = AnswerOf<'memory.history'>

export function renderCaptured({ id, merged, duplicates, compared, ...written }: Captured, { styles }: Output): string {
  const { bold, dim } = styles
  const alike = duplicates.map(({ id: other, similarity, exact }) => [
    `  ${bold(other)}`,
    dim(exact ? 'the same text' : `similarity ${similarity.toFixed(3)}`),
  ])
  const head = merged ? `Merged into ${bold(id)}.` : `Captured ${bold(id)}.`
  const near = alike.length > 0 && !merged ? `\nSays nearly the same as:\n${table(alike)}` : ''
  const unsure =
    compared === 'text' && alike.length === 0 ? dim(' Only records with the same text were looked for.') : ''
  return `${head}${unsure}${near}\n${waiting(written, styles)}`
}

export function renderUpdated({ id, version, ...written }: AnswerOf<'memory.update'>, { styles }: Output): string {
  return `Updated ${styles.bold(id)}; this is version ${version}.\n${waiting(written, styles)}`
}

export function renderForgotten({ id }: AnswerOf<'memory.forget'>): string {
  return `Forgot ${id}.\n`
}

export function renderRecalled({ records, degraded }: Recalled, { styles }: Output): string {
  const note = degraded ? `${styles.yellow('By keyword alone:')} ${degraded.message}\n\n` : ''
  if (records.length === 0) return `${note}Nothing was recalled.\n`
  return `${note}${records.map((record) => renderRecord(record, styles)).join('\n')}`
}

export function renderRecords({ records, cursor }: Listed, { styles }: Output): string {
  if (records.length === 0) return 'There are no such records.\n'
  const head = ['id', 'kind', 'status', 'confidence', 'captured', 'text'].map(styles.dim)
  const rows = records.map(({ id, kind, status, confidence, capturedAt, text }) => [
    styles.bold(id),
    kind,
    status,
    confidence.toFixed(2),
    moment(capturedAt),
    shorten(text),
  ])
  const more = cursor === null ? '' : `\n${styles.dim(`There are more: --cursor ${cursor}`)}\n`
  return `${table([head, ...rows], { right: [3] })}\n${more}`
}

export function renderHistory({ revisions }: History, { styles }: Output): string {
  if (revisions.length === 0) return 'It was not captured, so it has no history.\n'
  const rows = revisions.map(({ version, change, at, text, fields }) => [
    `${version}`,
    styles.bold(change),
    moment(at),
    fields ? `${fields.kind}, ${fields.status}, ${fields.confidence.toFixed(2)}` : '',
    text === null ? styles.dim('(forgotten)') : shorten(text),
  ])
  return `${table(rows, { right: [0] })}\n`
}

function renderRecord({ id, snippet, explanation, ...record }: Recalled['records'][number], styles: Styles): string {
  const { bold, dim, cyan } = styles
  const { kind, confidence, capturedAt, source, tags, similarity, score } = record
  const facts = [
    ...(similarity === null ? [] : [`similarity ${similarity.toFixed(3)}`]),
    `score ${score.toFixed(3)}`,
    `confidence ${confidence.toFixed(2)}`,
    moment(capturedAt),
    ...(source === null ? [] : [source]),
    ...tags.map((tag) => `#${tag}`),
  ]
  const lines = [`${bold(cyan(id))}  ${kind}`, `  ${dim(clean(facts.join(' · ')))}`, `  ${clean(snippet)}`]
  return `${lines.join('\n')}\n${explanation ? explain(explanation, styles) : ''}`
}

function explain({ rule, parts }: Explanation, { dim }: Styles): string {
  const rows = Object.entries(parts).map(([name, value]) => [
    `    ${name}`,
    typeof value === 'number' ? value.toFixed(4) : String(value ?? '-'),
  ])
  return `${dim(`    score = ${rule}`)}\n${table(rows, { right: [1] })}\n`
}

function waiting({ pending, degraded }: Pick<Captured, 'pending' | 'degraded'>, { dim, yellow }: Styles): string {
  if (degraded) return `${yellow('Without a vector yet:')} ${degraded.message}\n`
  return pending > 0 ? `${dim('Its vectors are made later.')}\n` : ''
}

const LINE = 80

function shorten(text: string): string {
  const line = clean(
    text
      .slice(0, 4 * LINE)
      .replace(/\s+/gu, ' ')
      .trim(),
  )
  return line.length > LINE ? `${line.slice(0, LINE - 1)}…` : line
}

/** Control characters of a text do not reach the terminal. */
function clean(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}

function moment(milliseconds: number): string {
  const date = new Date(milliseconds)
  return Number.isNaN(date.valueOf()) ? `${milliseconds}` : date.toISOString().slice(0, 16).replace('T', ' ')
}
