import { stat } from 'node:fs/promises'
import { SemdexError, throwIfAborted } from '../../core/errors.ts'
import type { ModelFile, ModelSpec } from '../../core/model-spec.ts'
import type { ModelTransfer, TransferOptions } from '../../core/parts.ts'
import { downloadFile, type RemoteFile } from './download.ts'
import { withFolderLock } from './lock.ts'
import { partialOf } from './partial.ts'
import { isSafePath, placeIn } from './paths.ts'
import { findPresent, type Placed } from './present.ts'
import { type HubSettings, PATIENCE, type Patience } from './settings.ts'
import { requireSpace } from './space.ts'

export type TransferredFile = ModelTransfer['files'][number]
export type PullOptions = TransferOptions & HubSettings & Partial<Patience>

/**
 * Downloads those of a model's files that are missing or wrong into a folder; in the order of the spec. Each file is put
 * in place whole and checked, or not at all; what a download that fails has brought is kept, and the next one goes on
 * from there. Processes that ask for the same folder at once wait for the first, and find its files.
 *
 * A file without a checksum in the spec is checked against what the hub tells, and taken as right where it lies there.
 * @throws {SemdexError} `DOWNLOAD_FAILED`, `DOWNLOAD_CORRUPT`, `OFFLINE`, `DISK_FULL`, `ABORTED`; `MODEL_INVALID` for a
 *   path that leaves the folder or a spec without a repository, `CONFIGURATION_INVALID` for an endpoint or proxy that is no URL, `PATH_UNREADABLE` for
 *   a folder that cannot be written.
 */
export async function pullModel(
  spec: ModelSpec,
  { folder }: { folder: string },
  options: PullOptions,
): Promise<TransferredFile[]> {
  throwIfAborted(options.signal)
  const wanted = spec.files.map((file) => ({ ...file, file: placeIn(folder, file.path, spec.name) }))
  const found = await findPresent(wanted, options.signal)
  if (found.every((file) => file !== null)) return found
  const missing = wanted.filter((_, index) => found[index] === null)
  if (!isSafePath(spec.source.repository)) throw noSource(spec)
  if (options.offline) throw offline(spec, missing)
  return withFolderLock(folder, { signal: options.signal, onWait: () => tellOthersProgress(missing, options) }, () =>
    pullMissing(spec, folder, wanted, options),
  )
}

async function pullMissing(
  spec: ModelSpec,
  folder: string,
  wanted: (ModelFile & Placed)[],
  options: PullOptions,
): Promise<TransferredFile[]> {
  const files = await findPresent(wanted, options.signal)
  const missing = wanted.filter((_, index) => files[index] === null)
  await requireSpace(folder, await bytesToCome(missing))
  const patience = { ...PATIENCE, ...given(options) }
  const result: TransferredFile[] = []
  for (const [index, expected] of wanted.entries()) {
    const remote: RemoteFile = {
      ...expected,
      folder,
      repository: spec.source.repository,
      revision: spec.source.revision,
    }
    result.push(files[index] ?? (await downloadFile(remote, { ...options, ...patience })))
  }
  return result
}

/** What is left of the files whose size is known. */
async function bytesToCome(missing: readonly (ModelFile & Placed)[]): Promise<number> {
  const sizes = missing.map(async ({ file, bytes }) => Math.max(0, (bytes ?? 0) - (await sizeOf(partialOf(file)))))
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0)
}

/** While another process downloads the same files, theirs is the progress. */
async function tellOthersProgress(
  missing: readonly (ModelFile & Placed)[],
  { onProgress }: PullOptions,
): Promise<void> {
  if (!onProgress) return
  for (const { path, file, bytes } of missing) {
    const done = await sizeOf(partialOf(file))
    if (done > 0) onProgress({ file: path, done, total: bytes })
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  )
}

/** Of the settings of patience, those that were given. */
function given(options: PullOptions): Partial<Patience> {
  const entries = Object.keys(PATIENCE).map((key) => [key, options[key as keyof Patience]])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function noSource({ name, source }: ModelSpec): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `The model ${name} names no repository that its files could be pulled from.`,
    fix: 'Name it in source.repository of its spec, or add the model from a folder: semdex models add <folder>',
    details: { model: name, repository: source.repository },
  })
}

function offline(spec: ModelSpec, missing: readonly ModelFile[]): SemdexError {
  const files = missing.map(({ path }) => path)
  return new SemdexError('OFFLINE', {
    message: `The model ${spec.name} needs ${files.join(', ')} of ${spec.source.repository}, and downloads are switched off.`,
    fix: `Leave out --offline or switch hub.offline (SEMDEX_OFFLINE, HF_HUB_OFFLINE) off, or bring the model's folder from another machine: semdex models add <folder>`,
    details: { model: spec.name, repository: spec.source.repository, files },
  })
}
