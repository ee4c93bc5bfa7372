export type { Configuration } from './core/configuration.ts'
export type { BackfillEvent, DebugEvent, EmbedEvent, LoadEvent } from './core/debug.ts'
export type { Metadata, MetadataValue } from './core/documents.ts'
export { type ErrorCode, SemdexError } from './core/errors.ts'
export type { Filter } from './core/filter.ts'
export type { EmbedTimings } from './core/ports/embedder.ts'
export type { Passage, SearchAnswer, SearchHit, SearchMode } from './core/search.ts'
export type { Side, VectorLayout } from './core/sides.ts'
export {
  fromInt8,
  hamming,
  hammingSimilarity,
  type Int8Vector,
  int8Cosine,
  toBinary,
  toInt8,
} from './core/vectors.ts'
export type {
  Artifact,
  ArtifactHit,
  ArtifactSearch,
  ArtifactSearchOptions,
  ArtifactToPut,
  ItemResult,
} from './interfaces/library/artifacts.ts'
export { ArtifactStore } from './interfaces/library/artifacts.ts'
export type {
  AddOptions,
  Deletion,
  DocumentPage,
  DocumentToAdd,
  ListedDocument,
  ListOptions,
  PageOptions,
} from './interfaces/library/documents.ts'
export type { Embedding, EmbeddingOptions, EmbeddingResult, Encoding } from './interfaces/library/embeddings.ts'
export type { ShownModel, TransferCall } from './interfaces/library/models.ts'
export type { RankedPassage, Reranking, RerankingOptions } from './interfaces/library/reranking.ts'
export type { OpenOptions, SearchOptions } from './interfaces/library/semdex.ts'
export { open, Semdex } from './interfaces/library/semdex.ts'
export type {
  NearestVector,
  StoredVector,
  VectorItem,
  VectorPutResult,
} from './interfaces/library/vector-collection.ts'
export { VectorCollection } from './interfaces/library/vector-collection.ts'
