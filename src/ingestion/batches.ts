import { type SemdexError, throwIfAborted, toSemdexError } from '../core/errors.ts'
import type { ReadDocument } from '../core/ports/chunker.ts'
import type { FileRecord, FileStamp } from '../core/ports/record-store.ts'
import type { Side } from '../core/sides.ts'
import type { SideChunkers } from './chunkers/of-sides.ts'
import { type PreparedDocument, prepareFile, sideOf } from './prepare.ts'
import { type FileContent, readStamped } from './read-file.ts'
import { readBytes } from './readers/registry.ts'
import type { FoundFile } from './walk.ts'

/** A file that needs a look at its content. */
export interface Task {
  file: FoundFile
  /** What is known under its path. */
  record: FileRecord | null
  /** Where its content was before, if it moved. */
  from: FileRecord | null
}

/** What looking at a file's content came to. */
export type Outcome =
  | { kind: 'write'; document: PreparedDocument; replacements: number }
  /** The content is what the record says: only the stamp is new. */
  | { kind: 'same'; stamp: FileStamp }
  /** As under its old path, and so are the title and the format. */
  | { kind: 'moved'; stamp: FileStamp }
  | { kind: 'binary'; stamp: FileStamp; error: SemdexError }
  | { kind: 'failed'; stamp: FileStamp; error: SemdexError }
  /** Removed since it was found. */
  | { kind: 'vanished' }

export interface Looked {
  task: Task
  outcome: Outcome
}

export interface BatchSettings {
  maxFileBytes: number
  /** Cuts again what did not change too. */
  force: boolean
  /** Whether a chunk of a side that waits for its vector can get one. */
  embeds: (side: Side) => boolean
  signal?: AbortSignal
}

/** A batch is complete with any of these: about a second of embedding on two cores, so a kill costs little. */
const FULL = { chunks: 128, files: 64, characters: 1_000_000 }

/** Reads and cuts files in order, some at a time. A file's failure is its outcome. */
export async function* prepareBatches(
  tasks: readonly Task[],
  chunkers: SideChunkers,
  settings: BatchSettings,
): AsyncGenerator<Looked[]> {
  let batch: Looked[] = []
  let chunks = 0
  let characters = 0
  for (const task of tasks) {
    throwIfAborted(settings.signal)
    const outcome = await look(task, chunkers, settings)
    batch.push({ task, outcome })
    if (outcome.kind === 'write') {
      chunks += outcome.document.chunks.length
      characters += outcome.document.text.length
    }
    if (chunks < FULL.chunks && batch.length < FULL.files && characters < FULL.characters) continue
    yield batch
    batch = []
    chunks = 0
    characters = 0
  }
  if (batch.length > 0) yield batch
}

async function look(task: Task, chunkers: SideChunkers, settings: BatchSettings): Promise<Outcome> {
  const opened = await openTask(task, chunkers, settings)
  if ('kind' in opened) return opened
  const { content, read } = opened
  const { stamp, contentHash } = content
  const side = await sideOf(read, task.file.path)
  if (task.from && canStay(task.from, { content, side }, chunkers, settings)) return { kind: 'moved', stamp }
  // A chunker that cannot be opened is no fault of the file: it stops the run.
  const chunker = await chunkers.open(side)
  try {
    const document = prepareFile(read, stamp, { side, contentHash, chunker })
    return { kind: 'write', document, replacements: read.replacements ?? 0 }
  } catch (thrown) {
    return failedOutcome(task, content, thrown)
  }
}

/** The content of a file that is to be cut, or what came of it without that. */
async function openTask(
  task: Task,
  chunkers: SideChunkers,
  settings: BatchSettings,
): Promise<Outcome | { content: FileContent; read: ReadDocument }> {
  const { file, record } = task
  let content: FileContent | null = null
  try {
    content = await readStamped(file.path, settings.maxFileBytes)
    if (record && isSame(record, content, chunkers, settings)) return { kind: 'same', stamp: content.stamp }
    return { content, read: readBytes(content.bytes, file.path) }
  } catch (thrown) {
    return failedOutcome(task, content, thrown)
  }
}

function failedOutcome({ file }: Task, content: FileContent | null, thrown: unknown): Outcome {
  const error = toSemdexError(thrown)
  const stamp = content?.stamp ?? { ...file, checkedAt: Date.now() }
  if (error.code === 'PATH_NOT_FOUND') return { kind: 'vanished' }
  return { kind: error.code === 'FILE_BINARY' ? 'binary' : 'failed', stamp, error }
}

function isSame(
  { contentHash, chunkingFingerprint, pending, side }: FileRecord,
  content: FileContent,
  chunkers: SideChunkers,
  { force, embeds }: BatchSettings,
): boolean {
  if (force || side === null || contentHash !== content.contentHash) return false
  return chunkingFingerprint === chunkers.fingerprint(side) && !(pending > 0 && embeds(side))
}

/** Whether the document of a file that moved is right under its new path as it is. */
function canStay(
  from: FileRecord,
  { content, side }: { content: FileContent; side: Side },
  chunkers: SideChunkers,
  settings: BatchSettings,
): boolean {
  return from.side === side && isSame(from, content, chunkers, settings) && readsAlike(from.path, content)
}

/** Whether title and format are the same under both paths, so that the document can stay as it is. */
function readsAlike(before: string, { bytes, stamp }: FileContent): boolean {
  const [old, now] = [before, stamp.path].map((path) => {
    const { title, format, language } = readBytes(bytes, path)
    return JSON.stringify([title, format, language])
  })
  return old === now
}
