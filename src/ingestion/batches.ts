import { type SemdexError, throwIfAborted, toSemdexError } from '../core/errors.ts'
import type { Chunker } from '../core/ports/chunker.ts'
import type { FileRecord, FileStamp } from '../core/ports/record-store.ts'
import { type PreparedDocument, prepareFile } from './prepare.ts'
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
  /** Whether a chunk that waits for its vector can get one. */
  embeds: boolean
  signal?: AbortSignal
}

/** A batch is complete with any of these: about a second of embedding on two cores, so a kill costs little. */
const FULL = { chunks: 128, files: 64, characters: 1_000_000 }

/** Reads and cuts files in order, some at a time. A file's failure is its outcome. */
export async function* prepareBatches(
  tasks: readonly Task[],
  chunker: Chunker,
  settings: BatchSettings,
): AsyncGenerator<Looked[]> {
  let batch: Looked[] = []
  let chunks = 0
  let characters = 0
  for (const task of tasks) {
    throwIfAborted(settings.signal)
    const outcome = await look(task, chunker, settings)
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

async function look(task: Task, chunker: Chunker, settings: BatchSettings): Promise<Outcome> {
  const { file, record } = task
  let content: FileContent | null = null
  try {
    content = await readStamped(file.path, settings.maxFileBytes)
    const { stamp, contentHash } = content
    if (record && isSame(record, content, chunker, settings)) return { kind: 'same', stamp }
    const read = readBytes(content.bytes, file.path)
    if (task.from && isSame(task.from, content, chunker, settings) && readsAlike(task.from.path, content))
      return { kind: 'moved', stamp }
    const document = prepareFile(read, contentHash, stamp, chunker)
    return { kind: 'write', document, replacements: read.replacements ?? 0 }
  } catch (thrown) {
    const error = toSemdexError(thrown)
    const stamp = content?.stamp ?? { ...file, checkedAt: Date.now() }
    if (error.code === 'PATH_NOT_FOUND') return { kind: 'vanished' }
    return { kind: error.code === 'FILE_BINARY' ? 'binary' : 'failed', stamp, error }
  }
}

function isSame(record: FileRecord, { contentHash }: FileContent, chunker: Chunker, settings: BatchSettings): boolean {
  if (settings.force || record.contentHash !== contentHash) return false
  const isWaiting = settings.embeds && record.pending > 0
  return record.chunkingFingerprint === chunker.fingerprint && !isWaiting
}

/** Whether title and format are the same under both paths, so that the document can stay as it is. */
function readsAlike(before: string, { bytes, stamp }: FileContent): boolean {
  const [old, now] = [before, stamp.path].map((path) => {
    const { title, format, language } = readBytes(bytes, path)
    return JSON.stringify([title, format, language])
  })
  return old === now
}
