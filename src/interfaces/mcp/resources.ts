import { SemdexError, toSemdexError } from '../../core/errors.ts'
import { ProtocolError, ResourceNotFoundError } from '../../vendor/mcp.ts'
import { type Caller, callOperation } from '../wire/call.ts'

/** Stored documents as resources: `semdex://<collection>/<id>`, both percent-encoded. */

const PAGE = 100
/** The protocol takes no more values of a completion. */
const MAX_COMPLETIONS = 100

const TEMPLATE = {
  uriTemplate: 'semdex://{collection}/{id}',
  name: 'document',
  title: 'A stored document',
  description: 'The whole text of a document, by its collection and id as search and documents tell them.',
}

export function listTemplates() {
  return { resourceTemplates: [TEMPLATE] }
}

/**
 * The documents of all collections, a page at a time: by the collections' names, then the oldest first.
 * @throws {ProtocolError} -32602 for a cursor that no page gave
 */
export async function listResources(cursor: string | undefined, caller: Caller) {
  const names = await collectionNames(caller)
  const place = cursor === undefined ? { collection: names[0], after: undefined } : readCursor(cursor)
  const { collection, after } = place
  if (collection === undefined) return { resources: [] }
  const input = { collection, limit: PAGE, ...(after !== undefined && { cursor: after }) }
  const page = (await answer('documents', input, caller)) as DocumentsPage
  const next = page.cursor === null ? names.find((name) => name > collection) : collection
  const resources = page.documents.map((document) => describe(collection, document))
  return next === undefined ? { resources } : { resources, nextCursor: makeCursor(next, page.cursor) }
}

/** @throws {ProtocolError} -32602 for a URI of another form; `ResourceNotFoundError` where there is no such document */
export async function readResource(uri: string, caller: Caller, signal: AbortSignal) {
  const input = readUri(uri)
  try {
    const { text, format } = (await callOperation('get', input, caller, { signal })) as { text: string; format: string }
    return { contents: [{ uri, mimeType: mimeType(format), text }] }
  } catch (thrown) {
    const { code, message } = toSemdexError(thrown)
    const isMissing = code === 'DOCUMENT_NOT_FOUND' || code === 'COLLECTION_NOT_FOUND'
    throw isMissing ? new ResourceNotFoundError(uri, message) : toProtocolError(thrown)
  }
}

interface CompletionRequest {
  ref: { type: string }
  argument: { name: string; value: string }
}

/** Names of collections, wherever one is asked for. */
export async function complete({ argument }: CompletionRequest, caller: Caller) {
  const found = argument.name === 'collection' ? await collectionNames(caller) : []
  const matching = found.filter((name) => name.toLowerCase().startsWith(argument.value.toLowerCase()))
  const values = matching.slice(0, MAX_COMPLETIONS)
  return { completion: { values, total: matching.length, hasMore: values.length < matching.length } }
}

/** An error as the protocol says it, with ours as its data. */
export function toProtocolError(thrown: unknown): ProtocolError {
  const error = toSemdexError(thrown)
  return new ProtocolError(error.code === 'INTERNAL' ? -32_603 : -32_602, error.message, error.toJSON())
}

function resourceUri(collection: string, id: string): string {
  return `semdex://${encodeURIComponent(collection)}/${encodeURIComponent(id.toWellFormed())}`
}

interface DocumentsPage {
  documents: { id: string; path: string | null; title: string | null; format: string; updatedAt: number }[]
  cursor: string | null
}

function describe(collection: string, { id, path, title, format, updatedAt }: DocumentsPage['documents'][number]) {
  return {
    uri: resourceUri(collection, id),
    name: path ?? id,
    ...(title !== null && { title }),
    mimeType: mimeType(format),
    annotations: { lastModified: new Date(updatedAt).toISOString() },
  }
}

function mimeType(format: string): string {
  return format === 'markdown' ? 'text/markdown' : 'text/plain'
}

async function collectionNames(caller: Caller): Promise<string[]> {
  const { collections } = (await answer('collections', {}, caller)) as { collections: { name: string }[] }
  return collections.map(({ name }) => name).sort()
}

async function answer(operation: string, input: object, caller: Caller): Promise<unknown> {
  try {
    return await callOperation(operation, input, caller)
  } catch (thrown) {
    throw toProtocolError(thrown)
  }
}

function readUri(uri: string): { collection: string; id: string } {
  const [, collection, id] = /^semdex:\/\/([^/]+)\/(.+)$/.exec(uri) ?? []
  try {
    if (collection && id) return { collection: decodeURIComponent(collection), id: decodeURIComponent(id) }
  } catch {}
  throw invalid('uri', `${uri} is no resource of this server; they are ${TEMPLATE.uriTemplate}.`)
}

function makeCursor(collection: string, after: string | null): string {
  return Buffer.from(JSON.stringify([collection, after])).toString('base64url')
}

function readCursor(cursor: string): { collection: string; after: string | undefined } {
  try {
    const [collection, after] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, string | null]
    if (typeof collection === 'string') return { collection, after: after ?? undefined }
  } catch {}
  throw invalid('cursor', 'The cursor is none that a page gave.')
}

function invalid(field: string, message: string): ProtocolError {
  return toProtocolError(new SemdexError('INVALID_INPUT', { message, details: { field } }))
}
