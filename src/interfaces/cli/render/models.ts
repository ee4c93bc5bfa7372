import type { Output } from '../output.ts'
import { table } from './table.ts'

interface ModelAnswer {
  name: string
  summary: string
  task: 'embed' | 'rerank'
  runtime: string
  dimensions: number
  maxTokens: number
  precision: string
  bytes: number | null
  licence: string
  installed: boolean
  isDefault: boolean
}

/** As many tokens are no limit. */
const UNLIMITED = 1_000_000

export function renderModels({ models }: { models: ModelAnswer[] }, { styles }: Output): string {
  const titles = ['model', '', 'task', 'runtime', 'dimensions', 'tokens', 'size', 'licence', 'about']
  const rows = models.map((each) => [
    styles.bold(each.name),
    [each.installed ? styles.green('installed') : '', each.isDefault ? 'default' : ''].filter(Boolean).join(', '),
    each.task,
    each.runtime,
    each.task === 'rerank' ? '-' : `${each.dimensions}`,
    each.maxTokens >= UNLIMITED ? 'any' : `${each.maxTokens}`,
    each.bytes === null ? '-' : size(each.bytes),
    each.licence,
    each.summary,
  ])
  return `${table([titles.map(styles.dim), ...rows], { right: [4, 5, 6] })}\n`
}

export function renderModel(
  model: { name: string; folder: string | null; fingerprint: string | null; spec: Record<string, unknown> },
  { styles }: Output,
): string {
  const { name: _, ...spec } = model.spec
  const rows = Object.entries({
    folder: model.folder ?? 'not on this machine',
    fingerprint: model.fingerprint ?? 'known once it is installed',
    ...spec,
  })
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  return `${styles.bold(model.name)}\n${table(rows.map(([key, value]) => [styles.dim(key), text(value)]))}\n`
}

interface HashedFile {
  path: string
  sha256: string
  bytes: number
}

export function renderVerified(
  { model, folder, files }: { model: string; folder: string; files: HashedFile[] },
  { styles }: Output,
): string {
  const rows = files.map(({ path, sha256, bytes }) => [styles.green('ok'), path, `${bytes}`, sha256])
  return `${styles.bold(model)} in ${folder}\n${rows.length > 0 ? `${table(rows, { right: [2] })}\n` : ''}`
}

export function renderTransfer(
  transfer: { model: string; folder: string; licence: string; files: (HashedFile & { state: string })[] },
  { styles }: Output,
): string {
  const { model, folder, licence, files } = transfer
  const rows = files.map(({ path, bytes, state }) => [styles.green(state), path, size(bytes)])
  const list = rows.length > 0 ? `${table(rows, { right: [2] })}\n` : ''
  return `${styles.bold(model)} (${licence}) in ${folder}\n${list}`
}

export function renderRemoved({ model, folder, bytes }: { model: string; folder: string; bytes: number }): string {
  return `Removed ${model} from ${folder}: ${size(bytes)}.\n`
}

/** 23 MB, 512 kB. */
export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.ceil(bytes / 1e3)} kB`
}
