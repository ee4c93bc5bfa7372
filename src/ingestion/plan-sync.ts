import type { FileRecord } from '../core/ports/record-store.ts'
import type { Side } from '../core/sides.ts'
import { isUnder } from '../core/text.ts'
import type { FoundFile } from './walk.ts'

export interface SyncSettings {
  /** Of each side. */
  chunkingFingerprints: Readonly<Record<Side, string>>
  /** Whether chunks without a vector can get one now. */
  embeds: boolean
  /** Reads and cuts every file again. */
  force?: boolean
  /** Paths that could not be looked at: records of or below them are kept as they are. */
  unreadable?: readonly string[]
}

/** What a run has to do, each list ascending by path. A path is in one list at most. */
export interface SyncPlan {
  /** Not known before. */
  added: FoundFile[]
  /** Known, but size, time or inode differ, or too young at the last look to trust them: the content decides. */
  suspect: Suspect[]
  /** Known and the same, but cut by other rules, waiting for vectors, or to be done again on request. */
  stale: Suspect[]
  /** Failed last time: tried again. */
  failedBefore: Suspect[]
  /** Known and not found any more; has a document. */
  gone: FileRecord[]
  /** Known and not found any more; has no document. */
  forgotten: FileRecord[]
  unchanged: FoundFile[]
  /** Of the unchanged, those that hold no text. */
  binary: number
  /** Chunks of the unchanged that wait for their vectors. */
  waiting: number
}

export interface Suspect {
  file: FoundFile
  record: FileRecord
}

/**
 * The coarsest time stamps in use are FAT's, of 2 s: a file that was written within them before it was read may have
 * been written again since, with the same size and time.
 */
const GRANULARITY = 2_000

/** What differs between the files that were found and the records of the last run. Pure; both are about one root. */
export function planSync(
  found: readonly FoundFile[],
  records: readonly FileRecord[],
  settings: SyncSettings,
): SyncPlan {
  const plan: SyncPlan = {
    added: [],
    suspect: [],
    stale: [],
    failedBefore: [],
    gone: [],
    forgotten: [],
    unchanged: [],
    binary: 0,
    waiting: 0,
  }
  const known = new Map(records.map((record) => [record.path, record]))
  for (const file of found) {
    const record = known.get(file.path)
    known.delete(file.path)
    if (record) sortKnown(plan, file, record, settings)
    else plan.added.push(file)
  }
  const { unreadable = [] } = settings
  for (const record of known.values()) {
    if (unreadable.some((path) => isUnder(record.path, path))) continue
    if (record.documentId === null) plan.forgotten.push(record)
    else plan.gone.push(record)
  }
  for (const list of [plan.gone, plan.forgotten]) list.sort((a, b) => (a.path < b.path ? -1 : 1))
  return plan
}

function sortKnown(plan: SyncPlan, file: FoundFile, record: FileRecord, settings: SyncSettings): void {
  if (record.error !== null) plan.failedBefore.push({ file, record })
  else if (!isTrusted(file, record)) plan.suspect.push({ file, record })
  else if (isStale(record, settings)) plan.stale.push({ file, record })
  else {
    plan.unchanged.push(file)
    plan.waiting += record.pending
    if (record.documentId === null) plan.binary++
  }
}

function isTrusted(file: FoundFile, record: FileRecord): boolean {
  const isSame = file.size === record.size && file.modifiedAt === record.modifiedAt && file.inode === record.inode
  return isSame && file.modifiedAt < record.checkedAt - GRANULARITY
}

function isStale(record: FileRecord, { chunkingFingerprints, embeds, force = false }: SyncSettings): boolean {
  if (force) return true
  if (record.documentId === null) return false
  return record.chunkingFingerprint !== chunkingFingerprints[record.side ?? 'text'] || (embeds && record.pending > 0)
}

export interface Move {
  from: FileRecord
  to: FoundFile
}

/** Added files that may be one of the files that are gone: their content has to be hashed to know. */
export function moveCandidates({ added, gone }: SyncPlan): FoundFile[] {
  const sizes = new Set(gone.map(({ size }) => size))
  return added.filter(({ size }) => sizes.has(size))
}

/**
 * Takes the moves out of a plan: an added file with the content of a file that is gone. Each file moves once; of
 * several with one content the same inode goes first, then the order of the paths. Pure.
 * @param hashes sha-256 of the contents of `moveCandidates`, in hex, by path.
 */
export function settleMoves(plan: SyncPlan, hashes: ReadonlyMap<string, string>): SyncPlan & { moves: Move[] } {
  const byHash = new Map<string, FileRecord[]>()
  for (const record of plan.gone) {
    if (record.contentHash === null) continue
    byHash.set(record.contentHash, [...(byHash.get(record.contentHash) ?? []), record])
  }
  const moves = new Map<FoundFile, FileRecord>()
  const take = (file: FoundFile, matches: (record: FileRecord) => boolean) => {
    const candidates = byHash.get(hashes.get(file.path) ?? '') ?? []
    const at = candidates.findIndex(matches)
    if (at >= 0 && !moves.has(file)) moves.set(file, candidates.splice(at, 1)[0] as FileRecord)
  }
  for (const file of plan.added) take(file, (record) => record.inode === file.inode)
  for (const file of plan.added) take(file, () => true)
  const moved = new Set(moves.values())
  return {
    ...plan,
    added: plan.added.filter((file) => !moves.has(file)),
    gone: plan.gone.filter((record) => !moved.has(record)),
    moves: plan.added.flatMap((to) => (moves.has(to) ? [{ from: moves.get(to) as FileRecord, to }] : [])),
  }
}
