import type { Configuration, Origin, Provider } from './configuration.ts'
import type { DebugEvent } from './debug.ts'
import type { ModelSpec } from './model-spec.ts'
import type { Embedder, EmbedderMetrics, TokenCounter } from './ports/embedder.ts'
import type { CandidateLists, CandidateQuery, LexicalIndex, VectorIndex } from './ports/indexes.ts'
import type { JobStore } from './ports/job-store.ts'
import type { KeyStore } from './ports/key-store.ts'
import type { MigrationStore } from './ports/migration-store.ts'
import type { Collection, RecordStore } from './ports/record-store.ts'
import type { Reranker } from './ports/reranker.ts'
import type { TransferStore } from './ports/transfer-store.ts'
import type { Upkeep } from './ports/upkeep.ts'
import type { WaitingStore } from './ports/waiting-store.ts'
import type { SideModel } from './sides.ts'

/** What use cases work with. Everything is opened when it is first asked for. */
export interface Parts {
  readonly configuration: Configuration
  /** Where each value of the configuration comes from. */
  readonly origins: Record<keyof Configuration, Origin>
  readonly models: Models
  /** Whether work may go on here after the call that began it has answered. */
  readonly background: boolean
  /** Tells whoever opened this what works less well than it could. */
  warn(message: string): void
  /** Tells whoever looks for the cause of something; nobody may listen. */
  debug(event: DebugEvent): void
  /** The user's database. */
  storage(): Promise<Storage>
  /** Another database file, made where it is missing; the caller closes it. */
  openStorage(file: string, options?: { readOnly?: boolean }): Promise<Storage>
  /**
   * The user's database file while nobody has it open, so that another can take its place.
   * @throws {SemdexError} `DATABASE_BUSY` where this or another process has it open; `DATABASE_FOREIGN`
   */
  claimDatabase(): Promise<ClaimedDatabase>
  /** Versions of what Semdex stands on, for `doctor`; null where it cannot be loaded. */
  versions(): Promise<Versions>
  /** Runs the configured model by each provider, for `doctor`; empty for a model that needs none. */
  providers(): Promise<ProviderTrial[]>
  /** Runs work before anything is closed: what still goes on is stopped there. */
  beforeClose(work: () => Promise<void>): void
  close(): Promise<void>
}

/** A database file that nobody can open until it is released. */
export interface ClaimedDatabase {
  readonly exists: boolean
  /**
   * Puts a file that lies beside it in its place, and keeps the old one under another name that is free: who opens the
   * path finds the one or the other. Releases the claim.
   */
  replaceWith(file: string, keptAs: string): void
  release(): void
}

export interface Versions {
  semdex: string
  node: string
  sqlite: string | null
  sqliteVec: string | null
  onnxruntime: string | null
  /** ONNX Runtime in WebAssembly. */
  onnxruntimeWeb: string | null
}

/** What came of running a model by a provider on this machine. */
export interface ProviderTrial {
  provider: Exclude<Provider, 'auto'>
  /** `works`: it answers as the CPU does. `wrong`: otherwise. `fails`: not at all. `untried`: it cannot be tried here. */
  state: 'works' | 'wrong' | 'fails' | 'untried'
  /** Why it is not to be used; null where it works. */
  reason: string | null
  /** The way to it; null where there is none on this machine. */
  fix: string | null
  /** Milliseconds that it takes for some texts, and those that the CPU takes for them; null where it does not work. */
  milliseconds: number | null
  cpuMilliseconds: number | null
  /** The largest difference of an element of its unit vectors from the CPU's; null where there is none. */
  difference: number | null
}

export interface Storage {
  readonly file: string
  readonly records: RecordStore
  readonly waiting: WaitingStore
  readonly migrations: MigrationStore
  /** What a server keeps beside them. */
  readonly jobs: JobStore
  readonly keys: KeyStore
  /** Null where there is no file. */
  readonly upkeep: Upkeep | null
  readonly transfer: TransferStore | null
  /** That of the text side, or of another model that the collection has vectors of. */
  vectorIndex(collection: Collection, model?: SideModel): VectorIndex
  lexicalIndex(collection: Collection): LexicalIndex
  /** Both of them at once. */
  candidates(collection: Collection, query: CandidateQuery): Promise<CandidateLists>
  /**
   * A lock of this name on the database, of all processes of the machine; null while another holds it. It ends with the
   * process that holds it, however that ends.
   */
  tryLock(name: string): Promise<{ close(): void } | null>
  close(): Promise<void>
}

/** The models of this machine. The default model is resolved here and nowhere else. */
export interface Models extends ModelTransfers {
  /**
   * The spec and fingerprint of a model, without loading it. Null names the default.
   * @throws {SemdexError} `MODEL_UNKNOWN` for a name that is neither in the catalogue nor a folder.
   */
  resolve(name: string | null): Promise<ResolvedModel>
  /**
   * The loaded model; one embedder per fingerprint, shared by all callers.
   * @throws {SemdexError} `EMBEDDING_UNAVAILABLE`, `MODEL_NOT_INSTALLED`, `MODEL_DAMAGED`, `MODEL_INVALID`, `RUNTIME_UNAVAILABLE`
   */
  embedder(name: string | null): Promise<Embedder>
  /**
   * The loaded cross-encoder, in threads of its own; one reranker per fingerprint, shared by all callers.
   * @throws {SemdexError} as `embedder`; `MODEL_INVALID` for a model that embeds.
   */
  reranker(name: string): Promise<Reranker>
  /** Of the embedders that are open. */
  metrics(): ModelMetrics[]
  /** Null where the model's tokenizer is not on this machine. */
  tokenCounter(name: string | null): Promise<TokenCounter | null>
  list(): Promise<ModelListing[]>
  /** Hashes the model's files again. @throws {SemdexError} `MODEL_NOT_INSTALLED`, `MODEL_DAMAGED` */
  verify(name: string | null): Promise<ModelVerification>
  close(): Promise<void>
}

/** How models come to this machine and leave it. */
export interface ModelTransfers {
  /**
   * Brings a known model to this machine: downloads what is missing or damaged. Many processes may ask at once.
   * @throws {SemdexError} `MODEL_UNKNOWN`, `DOWNLOAD_FAILED`, `DOWNLOAD_CORRUPT`, `OFFLINE`, `DISK_FULL`, `ABORTED`
   */
  pull(name: string, options: TransferOptions): Promise<ModelTransfer>
  /**
   * Takes a model from a folder in Hugging Face layout, a Hugging Face cache, an archive (.zip, .whl, .jar) or a spec
   * (.json) into the cache directory, under `name` or its own.
   * @throws {SemdexError} `PATH_NOT_FOUND`, `ARCHIVE_INVALID`, `MODEL_INVALID`, `MODEL_DAMAGED`, `MODEL_EXISTS`, `DISK_FULL`
   */
  add(path: string, options: TransferOptions & { name?: string }): Promise<ModelTransfer>
  /** Removes what was pulled or added, and nothing else. @throws {SemdexError} `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED` */
  remove(name: string): Promise<ModelRemoval>
}

export interface TransferOptions {
  signal?: AbortSignal
  onProgress?: (progress: { file: string; done: number; total: number | null }) => void
  /** Told what the user has to know before the model is used, as that its licence forbids commercial use. */
  onNotice?: (notice: string) => void
}

export interface ModelTransfer {
  model: string
  folder: string
  licence: string
  /** `present` was there already, and right. */
  files: { path: string; sha256: string; bytes: number; state: 'downloaded' | 'copied' | 'present' }[]
}

export interface ModelRemoval {
  model: string
  folder: string
  bytes: number
}

export interface ModelMetrics extends EmbedderMetrics {
  model: string
  fingerprint: string
}

export interface ResolvedModel {
  /** What a collection stores as its model. */
  name: string
  /** With the checksums that were recorded when it was installed. */
  spec: ModelSpec
  /** Null where the model is not on this machine and has no published checksums: it is known once it is installed. */
  fingerprint: string | null
  /** Null where the model is not on this machine. */
  folder: string | null
}

export interface ModelListing extends ResolvedModel {
  isDefault: boolean
}

export interface ModelVerification {
  model: string
  folder: string
  files: { path: string; sha256: string; bytes: number }[]
}
