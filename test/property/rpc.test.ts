import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dispatch, dispatchBytes } from '../../src/interfaces/rpc/dispatch.ts'
import { openServed, type Served } from '../support/served.ts'

let served: Served
beforeAll(() => {
  served = openServed()
})
afterAll(() => served.close())
const caller = () => ({ parts: served.parts, access: 'admin' as const })

/** Operations that a wrong call cannot harm; the names that are none are in `anything`. */
const method = fc.constantFrom('status', 'collections', 'get', 'search', 'delete', 'rpc.discover', 'none')
const id = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.constant(null), fc.jsonValue())
const params = fc.oneof(
  fc.jsonValue(),
  fc.record({ id: fc.jsonValue(), query: fc.jsonValue(), limit: fc.jsonValue() }, { requiredKeys: [] }),
)
const request = fc.record(
  { jsonrpc: fc.constantFrom('2.0', '1.0', 2), method: fc.oneof(method, fc.jsonValue()), params, id },
  { requiredKeys: [] },
)
const valid = fc.record({ jsonrpc: fc.constant('2.0'), method, params, id }, { requiredKeys: ['jsonrpc', 'method'] })
const message = fc.oneof(request, valid)
const anything = fc.oneof(fc.jsonValue(), message, fc.array(fc.oneof(message, fc.jsonValue()), { maxLength: 6 }))

test('any JSON value in, a valid response out', async () => {
  await fc.assert(
    fc.asyncProperty(anything, async (value) => {
      const sent = JSON.parse(JSON.stringify(value))
      const answer = JSON.parse(JSON.stringify(await dispatch(sent, caller())))
      const requests = Array.isArray(sent) ? sent : [sent]
      const answers = answer === null ? [] : Array.isArray(answer) ? answer : [answer]
      for (const each of answers) expectResponse(each)
      if (requests.length === 0) expect(answers).toHaveLength(1)
      else expect(answers).toHaveLength(requests.filter((each) => !isNotification(each)).length)
      expect(Array.isArray(answer)).toBe(Array.isArray(sent) && requests.length > 0 && answers.length > 0)
    }),
    { numRuns: 500 },
  )
}, 120_000)

test('any bytes in, a valid response out', async () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string().map((text) => Buffer.from(text)),
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (given) => {
      const answer = await dispatchBytes(given, caller())
      for (const each of Array.isArray(answer) ? answer : [answer]) expectResponse(each)
    }),
    { numRuns: 300 },
  )
}, 120_000)

/** What the specification says of a response object. */
function expectResponse(response: unknown): void {
  const { jsonrpc, id, result, error, ...others } = response as Record<string, unknown>
  expect(others).toEqual({})
  expect(jsonrpc).toBe('2.0')
  expect(id === null || typeof id === 'string' || typeof id === 'number').toBe(true)
  expect((result === undefined) !== (error === undefined)).toBe(true)
  if (error === undefined) return
  expect(error).toMatchObject({ code: expect.any(Number), message: expect.any(String) })
  const { code } = error as { code: number }
  expect(Number.isInteger(code) && code >= -32_768 && code <= -32_000).toBe(true)
}

/** A request that is right in form and has no id. */
function isNotification(sent: unknown): boolean {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return false
  const { jsonrpc, method: name, params: given, ...others } = sent as Record<string, unknown>
  const isStructured = given === undefined || (typeof given === 'object' && given !== null)
  return jsonrpc === '2.0' && typeof name === 'string' && isStructured && Object.keys(others).length === 0
}
