import type { ErrorCode } from '../../../core/errors.ts'
import { COMMON_ERRORS, OPERATION_ERRORS } from '../../../operations/errors.ts'
import type { Access } from '../../../operations/operation.ts'
import type { JsonSchema } from '../../wire/json-schema.ts'
import { statusOf } from '../errors.ts'
import { JSON_TYPE, type RouteDescription } from './description.ts'
import type { DescribedResponse } from './shapes.ts'

/** Never answered: whoever would read it has left. */
const UNSEEN: readonly ErrorCode[] = ['ABORTED']
/** Of every route, whoever asks. */
const ALWAYS: readonly ErrorCode[] = ['ORIGIN_REFUSED', 'SERVER_CLOSING', 'INTERNAL']
/** Where the caller is asked who it is. */
const GUARDED: readonly ErrorCode[] = [
  'KEY_INVALID',
  'ACCESS_DENIED',
  'RATE_LIMITED',
  'INVALID_INPUT',
  'SERVER_BUSY',
  'TIMEOUT',
]
const WITH_BODY: readonly ErrorCode[] = ['BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED']

/** The codes that a route may answer, in the order of their statuses. */
function codesOf(route: RouteDescription, access: Access | null): ErrorCode[] {
  const { operation, body, errors = [] } = route
  const codes = [
    ...ALWAYS,
    ...errors,
    ...(access === null ? [] : GUARDED),
    ...(body ? WITH_BODY : []),
    ...(operation ? [...COMMON_ERRORS, ...OPERATION_ERRORS[operation]] : []),
  ]
  const seen = [...new Set(codes)].filter((code) => !UNSEEN.includes(code))
  return seen.sort((a, b) => statusOf(a) - statusOf(b) || (a < b ? -1 : 1))
}

/** The answers that are errors, by status. */
export function describeFailures(route: RouteDescription, access: Access | null): Record<string, DescribedResponse> {
  const isRemoval = route.operation === 'models.remove'
  const byStatus = Map.groupBy(codesOf(route, access), (code) =>
    isRemoval && code === 'MODEL_NOT_INSTALLED' ? 409 : statusOf(code),
  )
  if (access !== null && route.body) byStatus.set(408, ['TIMEOUT'])
  // Headers, the address included, that are longer than the server reads.
  byStatus.set(431, ['INVALID_INPUT'])
  const described = [...byStatus].map(([status, codes]) => [
    `${status}`,
    {
      description: codes.join(', '),
      content: { [JSON_TYPE]: { schema: route.failure ?? errorSchema(codes) } },
      ...(AGAIN.includes(status) && { headers: { 'retry-after': RETRY_AFTER } }),
    },
  ])
  return Object.fromEntries(described)
}

const AGAIN = [429, 503]
const RETRY_AFTER = { description: 'Seconds after which to try again', schema: { type: 'integer', minimum: 0 } }

function errorSchema(codes: readonly ErrorCode[]): JsonSchema {
  return {
    allOf: [
      { $ref: '#/components/schemas/Error' },
      { properties: { error: { properties: { code: { enum: [...codes] } } } } },
    ],
  }
}

/** `{error: {code, message, fix?, details?, requestId?}}` */
export const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'Codes are stable; sentences may change.',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string' },
        message: { type: 'string', description: 'One sentence for people' },
        fix: { type: 'string', description: 'The way out' },
        details: { type: 'object', description: 'For programs; `field` names what was wrong in the input' },
        requestId: { type: 'string', description: 'As in the header x-request-id and in the log' },
      },
      required: ['code', 'message'],
      additionalProperties: false,
    },
  },
  required: ['error'],
  additionalProperties: false,
}
