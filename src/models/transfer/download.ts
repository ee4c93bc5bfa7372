import { setTimeout as pause } from 'node:timers/promises'
import { SemdexError, throwIfAborted } from '../../core/errors.ts'
import type { ModelTransfer, TransferOptions } from '../../core/parts.ts'
import { checkStatus, contentOf, goesOn, originOf, rangeHeaders } from './answer.ts'
import { AttemptFailed, asFailure, downloadCorrupt, downloadFailed } from './failures.ts'
import { checkToken, fileUrl } from './hub-url.ts'
import { type Origin, openPartial, type Partial } from './partial.ts'
import type { Placed } from './present.ts'
import { ask } from './request.ts'
import { pauseAfter } from './retry.ts'
import { type HubSettings, type Patience, PROGRESS_BYTES } from './settings.ts'
import { requireSpace } from './space.ts'

/** A file of a repository, and where it belongs. */
export interface RemoteFile extends Placed {
  /** The model's folder. */
  folder: string
  repository: string
  /** Null for the newest. */
  revision: string | null
}

export type DownloadOptions = TransferOptions & HubSettings & Patience

/**
 * Downloads one file, from where an earlier run stopped; its folder must be locked. What does not agree with its checksum
 * is downloaded once more from the start.
 * @throws {SemdexError} `DOWNLOAD_FAILED`, `ABORTED`: what has come is kept. `DOWNLOAD_CORRUPT`, `DISK_FULL`: it is removed.
 *   `CONFIGURATION_INVALID`
 */
export async function downloadFile(
  remote: RemoteFile,
  options: DownloadOptions,
): Promise<ModelTransfer['files'][number]> {
  const url = fileUrl(options.hubEndpoint, remote)
  checkToken(options.hubToken)
  const partial = await openPartial(remote.folder, remote.file, options.signal)
  try {
    await fetchWhole(partial, url, remote, options)
    if (differences(partial, remote)) {
      await partial.restart(null)
      await fetchWhole(partial, url, remote, options)
    }
    const wrong = differences(partial, remote)
    if (wrong) throw downloadCorrupt(url, remote.path, wrong)
    const whole = { path: remote.path, sha256: partial.sha256(), bytes: partial.bytes, state: 'downloaded' as const }
    await partial.place()
    return whole
  } catch (thrown) {
    const useless = thrown instanceof SemdexError && /^(DOWNLOAD_CORRUPT|DISK_FULL)$/.test(thrown.code)
    await (useless ? partial.discard() : partial.close()).catch(() => undefined)
    throw thrown
  }
}

/** Tries again and again until the file is whole, or there is no use. */
async function fetchWhole(partial: Partial, url: URL, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  let attempts = 0
  let failures = 0
  while (!isWhole(partial, remote)) {
    throwIfAborted(options.signal)
    const before = partial.bytes
    attempts++
    try {
      return await fetchRest(partial, url, remote, options)
    } catch (thrown) {
      throwIfAborted(options.signal)
      if (thrown instanceof SemdexError) throw thrown
      const failure = asFailure(thrown)
      failures = partial.bytes - before >= PROGRESS_BYTES ? 1 : failures + 1
      const milliseconds = pauseAfter(failures, failure, options)
      if (!failure.retry || failures >= options.attempts || milliseconds === null) {
        const { repository } = remote
        throw downloadFailed(failure, { url, repository, hasToken: options.hubToken !== null, attempts })
      }
      await pauseFor(milliseconds, options.signal)
    }
  }
}

/** Whether a run before this one has brought all of it. */
function isWhole({ bytes, origin }: Partial, remote: RemoteFile): boolean {
  return origin !== null && bytes > 0 && bytes === (remote.bytes ?? origin.bytes)
}

/** One attempt. Returns when the server has sent all that it has. */
async function fetchRest(partial: Partial, url: URL, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  const headers = { ...HEADERS, ...rangeHeaders(partial, url) }
  const answer = await ask({ url, headers, settings: options, patience: options, signal: options.signal })
  try {
    if (answer.status === 416) await partial.restart(null)
    checkStatus(answer)
    const told = originOf(answer, url)
    if (answer.status === 200) await partial.restart(told)
    else if (!goesOn(partial, answer, told)) {
      await partial.restart(null)
      throw new AttemptFailed('the server answered with another part than was asked for')
    }
    rejectOther(told, url, remote)
    const total = remote.bytes ?? told.bytes
    await requireSpace(remote.folder, (total ?? 0) - partial.bytes)
    for await (const part of contentOf(answer)) {
      await partial.append(part)
      options.onProgress?.({ file: remote.path, done: partial.bytes, total })
      if (total !== null && partial.bytes > total) return
    }
  } finally {
    answer.close()
  }
}

const HEADERS = { 'accept-encoding': 'identity', 'user-agent': 'semdex' }

/** Nothing is downloaded that the hub itself says is another file. */
function rejectOther(told: Origin, url: URL, { path, sha256 }: RemoteFile): void {
  if (sha256 === null || told.sha256 === null || sha256 === told.sha256) return
  throw downloadCorrupt(url, path, { expectedSha256: sha256, actualSha256: told.sha256 })
}

/** What is not as the spec and the hub say; null where all is right. */
function differences(partial: Partial, remote: RemoteFile): Record<string, unknown> | null {
  const sizes = [remote.bytes, partial.origin?.bytes ?? null]
  const wrongSize = sizes.find((bytes) => bytes !== null && bytes !== partial.bytes)
  if (wrongSize !== undefined) return { expectedBytes: wrongSize, actualBytes: partial.bytes }
  const actual = partial.sha256()
  const wrong = [remote.sha256, partial.origin?.sha256 ?? null].find((sha256) => sha256 !== null && sha256 !== actual)
  return wrong === undefined ? null : { expectedSha256: wrong, actualSha256: actual }
}

async function pauseFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => undefined)
  throwIfAborted(signal)
}
