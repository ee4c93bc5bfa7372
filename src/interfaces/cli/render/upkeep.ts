import type { Output } from '../output.ts'
import { count } from './count.ts'
import { size } from './models.ts'
import { table } from './table.ts'

interface Verified {
  contents: { collections: number; documents: number; vectors: number }
  searches: number
}

interface Backup {
  path: string
  kind: string
  bytes: number
  createdAt: number
}

export function renderBackup({ path, bytes, ...verified }: Backup & Verified, { styles }: Output): string {
  return `Backed up to ${styles.bold(path)}: ${size(bytes)}, ${holds(verified)}.\n`
}

export function renderBackups({ folder, backups }: { folder: string; backups: Backup[] }, { styles }: Output): string {
  if (backups.length === 0) return `There are no backups yet; they go to ${folder} (semdex backup)\n`
  const head = ['made', 'kind', 'size', 'path'].map(styles.dim)
  const rows = backups.map(({ path, kind, bytes, createdAt }) => [moment(createdAt), kind, size(bytes), path])
  return `${table([head, ...rows], { right: [2] })}\n`
}

export function renderVerified({ path, ...verified }: { path: string } & Verified, { styles }: Output): string {
  return `${styles.green('ok')} ${path}: ${holds(verified)}; ${count(verified.searches, 'search', 'searches')} found what they should.\n`
}

export function renderRestored(
  { database, keptAs, ...verified }: { database: string; keptAs: string | null } & Verified,
  { styles }: Output,
): string {
  const kept = keptAs === null ? '' : `What was there is kept as ${styles.bold(keptAs)}\n`
  return `Restored ${styles.bold(database)}: ${holds(verified)}.\n${kept}`
}

interface Compaction {
  before: { bytes: number }
  after: { bytes: number }
  removed: { what: string; count: number }[]
  indexes: number
}

export function renderCompaction({ before, after, removed, indexes }: Compaction, { styles }: Output): string {
  const lines = removed.map(({ what, count }) => `Removed ${count} ${what}.`)
  if (indexes > 0) lines.push(`Made ${count(indexes, 'index', 'indexes')} smaller.`)
  lines.push(`The database took ${size(before.bytes)} and now takes ${styles.bold(size(after.bytes))}.`)
  return `${lines.join('\n')}\n`
}

interface Exported {
  path: string
  collections: number
  documents: number
  bytes: number
}

export function renderExport({ path, collections, documents, bytes }: Exported, { styles }: Output): string {
  const what = `${count(documents, 'document', 'documents')} of ${count(collections, 'collection', 'collections')}`
  return `Exported ${what} to ${styles.bold(path)}: ${size(bytes)}.\n`
}

interface Imported {
  documents: number
  failed: number
  vectorsLeftOut: number
  complete: boolean
}

export function renderImport({ documents, failed, vectorsLeftOut, complete }: Imported): string {
  const lines = [`Imported ${count(documents, 'document', 'documents')}.`]
  if (failed > 0) lines.push(`${count(failed, 'line', 'lines')} could not be taken.`)
  if (vectorsLeftOut > 0)
    lines.push(`Left out ${count(vectorsLeftOut, 'vector', 'vectors')} of other models (semdex backfill).`)
  if (!complete) lines.push('The export was cut off: what comes after it is missing.')
  return `${lines.join('\n')}\n`
}

function holds({ contents: { collections, documents, vectors } }: Verified): string {
  return `${count(documents, 'document', 'documents')} and ${count(vectors, 'vector', 'vectors')} in ${count(collections, 'collection', 'collections')}`
}

function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')
}
