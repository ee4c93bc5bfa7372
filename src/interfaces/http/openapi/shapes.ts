import type { Access } from '../../../operations/operation.ts'
import type { JsonSchema } from '../../wire/json-schema.ts'

/** An OpenAPI 3.1 document, as JSON values. */
export interface OpenApiDocument {
  openapi: string
  info: Record<string, unknown>
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, DescribedOperation>>
  [part: string]: unknown
}

export interface DescribedOperation {
  operationId: string
  tags: string[]
  summary: string
  description?: string
  parameters?: DescribedParameter[]
  requestBody?: { required: boolean; content: Record<string, Media> }
  responses: Record<string, DescribedResponse>
  security?: Record<string, string[]>[]
  'x-operation'?: string
  'x-access': Access | null
}

export interface DescribedParameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema?: JsonSchema
  content?: Record<string, Media>
  example?: unknown
}

export interface DescribedResponse {
  description: string
  headers?: Record<string, unknown>
  content?: Record<string, Media>
}

export interface Media {
  schema: JsonSchema
  example?: unknown
}
