import { SemdexError } from '../../core/errors.ts'
import type { ChunkWrite, RecordStore, VectorWrite } from '../../core/ports/record-store.ts'
import { caller, type SqlitePool } from '../../sqlite/procedures.ts'
import type { RecordReads } from './reads.ts'
import type { ChunkMessage } from './write-documents.ts'
import type { VectorMessage } from './write-vectors.ts'
import type { RecordWrites } from './writes.ts'

/** The record store over a pool whose module has `recordReads` and `recordWrites`. */
export function openSqliteRecords(pool: SqlitePool): RecordStore {
  const read = caller<RecordReads>(pool, 'read')
  const write = caller<RecordWrites>(pool, 'write')
  return {
    capabilities: { durable: true, concurrentProcesses: true },

    createCollection: (collection) => write('records.createCollection', collection),
    collection: (name) => read('records.collection', { name }),
    collections: () => read('records.collections', null),
    updateCollection: (name, change) => write('records.updateCollection', { name, change }),
    dropCollection: (name) => write('records.dropCollection', { name }),

    async putDocuments(collection, documents, { signal, ifExists } = {}) {
      const messages = documents.map((document) => ({ ...document, chunks: document.chunks.map(toMessage) }))
      const answers = await write('records.putDocuments', { collection, documents: messages, ifExists }, signal)
      return answers.map((answer) => (answer.ok ? answer : { ok: false, error: SemdexError.fromJSON(answer.error) }))
    },
    putVectors: (collection, fingerprint, vectors) =>
      write('records.putVectors', { collection, fingerprint, vectors: vectors.map(toVectorMessage) }),
    moveDocument: (collection, id, to) => write('records.moveDocument', { collection, id, to }),
    reviseDocuments: (collection, changes) => write('records.reviseDocuments', { collection, changes }),
    acceptCut: (collection, cut) => write('records.acceptCut', { collection, cut }),
    revisions: (collection, id) => read('records.revisions', { collection, id }),
    deleteDocuments: (collection, ids, options) => write('records.deleteDocuments', { collection, ids, ...options }),
    document: (collection, id) => read('records.document', { collection, id }),
    documents: (collection, options) => read('records.documents', { collection, ...options }),
    listDocuments: (collection, options) => read('records.listDocuments', { collection, ...options }),
    countDocuments: (collection, filter) => read('records.countDocuments', { collection, filter }),
    documentByPath: (path) => read('records.documentByPath', { path }),
    documentsByContent: (collection, contentHash) => read('records.documentsByContent', { collection, contentHash }),

    chunks: (keys) => read('records.chunks', { keys }),
    chunksOfDocument: (collection, id) => read('records.chunksOfDocument', { collection, id }),
    vectors: (keys, fingerprint) => read('records.vectors', { keys, fingerprint }),
    vectorsByHash: (collection, fingerprint, hashes) =>
      read('records.vectorsByHash', { collection, fingerprint, hashes }),

    files: (collection, root) => read('records.files', { collection, root }),
    async putFiles(collection, files) {
      const messages = files.map(({ error, ...stamp }) => ({ ...stamp, error: error?.toJSON() ?? null }))
      await write('records.putFiles', { collection, files: messages })
    },
    deleteFiles: (collection, paths) => write('records.deleteFiles', { collection, paths }),

    changes: (after, limit) => read('records.changes', { after, limit }),
    counts: () => read('records.counts', null),
    close: () => pool.close(),
  }
}

function toMessage({ error, vector, ...chunk }: ChunkWrite): ChunkMessage {
  return { ...chunk, vector: ownVector(vector), error: error?.toJSON() ?? null }
}

function toVectorMessage({ key, embeddingHash, vector, error }: VectorWrite): VectorMessage {
  return { key, embeddingHash, vector: ownVector(vector), error: error?.toJSON() ?? null }
}

/** A vector that is a view of a larger buffer would take the whole buffer to the other thread. */
function ownVector(vector: Float32Array | null): Float32Array | null {
  return vector && vector.byteLength < vector.buffer.byteLength ? vector.slice() : vector
}
