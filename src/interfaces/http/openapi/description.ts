import type { ErrorCode } from '../../../core/errors.ts'
import type { Access } from '../../../operations/operation.ts'
import type { OperationName } from '../../../operations/table.ts'
import type { JsonSchema } from '../../wire/json-schema.ts'

/** What a route says of itself: /openapi.json, /docs and docs/api.md are made from it. */
export interface RouteDescription {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `:name` is a parameter. */
  path: string
  summary: string
  /** Beyond the summary. */
  details?: string
  /** What it runs, where that is one operation: it gives the access and the errors. */
  operation?: OperationName
  /** What a caller must be allowed to; null: it is open to all. Default: as the operation. */
  access?: Access | null
  /** Of the path; strings where nothing is said. */
  parameters?: Record<string, JsonSchema>
  /** Of the query string: an object schema. */
  query?: JsonSchema
  headers?: Record<string, JsonSchema>
  /** By media type. */
  body?: Record<string, JsonSchema>
  answers: Record<number, DescribedAnswer>
  /** Beside those of the operation and of every route. */
  errors?: readonly ErrorCode[]
  /** Of errors, where another API gives them their shape. */
  failure?: JsonSchema
}

export interface DescribedAnswer {
  description: string
  /** By media type; absent for an answer without a body. */
  content?: Record<string, JsonSchema>
  headers?: Record<string, JsonSchema>
}

export const JSON_TYPE = 'application/json'
