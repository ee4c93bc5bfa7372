import type { Output } from '../output.ts'
import { displayPath } from './search.ts'
import { table } from './table.ts'

interface DocumentsAnswer {
  documents: {
    id: string
    path: string | null
    title: string | null
    chunks: number
    pending: number
    failed: number
  }[]
  cursor: string | null
}

export function renderDocuments({ documents, cursor }: DocumentsAnswer, { styles }: Output): string {
  if (documents.length === 0) return 'There are no such documents.\n'
  const head = ['document', 'passages', 'pending', 'failed', 'title'].map(styles.dim)
  const rows = documents.map(({ id, path, title, chunks, pending, failed }) => [
    styles.bold(displayPath(path) ?? id),
    `${chunks}`,
    pending > 0 ? styles.yellow(pending) : '0',
    failed > 0 ? styles.red(failed) : '0',
    title ?? '',
  ])
  const more = cursor === null ? '' : `\n${styles.dim(`There are more: --cursor ${cursor}`)}\n`
  return `${table([head, ...rows], { right: [1, 2, 3] })}\n${more}`
}

export function renderDeleted({ deleted }: { deleted: number }): string {
  return `Removed ${deleted} ${deleted === 1 ? 'document' : 'documents'}.\n`
}
