export type { Configuration } from './core/configuration.ts'
export type { Metadata, MetadataValue } from './core/documents.ts'
export { type ErrorCode, SemdexError } from './core/errors.ts'
export type { Filter } from './core/filter.ts'
export type { Passage, SearchAnswer, SearchHit, SearchMode } from './core/search.ts'
export type {
  AddOptions,
  DocumentToAdd,
  Embedding,
  EmbeddingOptions,
  EmbeddingResult,
  OpenOptions,
  SearchOptions,
} from './interfaces/library/semdex.ts'
export { open, Semdex } from './interfaces/library/semdex.ts'
export type {
  NearestVector,
  StoredVector,
  VectorItem,
  VectorPutResult,
} from './interfaces/library/vector-collection.ts'
export { VectorCollection } from './interfaces/library/vector-collection.ts'
