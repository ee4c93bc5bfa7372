import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve, sep, win32 } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pullModel } from '../../src/models/transfer/index.ts'
import { isSafePath } from '../../src/models/transfer/paths.ts'
import {
  bytesOf,
  corrupt,
  cut,
  gzip,
  type Hub,
  type Step,
  serve,
  specFor,
  startHub,
  status,
} from '../support/hub-server.ts'

const FILE = bytesOf(200_000)

let hub: Hub
let home: string
beforeAll(async () => {
  hub = await startHub({ 'model.onnx': FILE })
  home = await mkdtemp(join(tmpdir(), 'semdex-pull-'))
})
afterAll(async () => {
  await hub.close()
  await rm(home, { recursive: true, force: true })
})

const step: fc.Arbitrary<[string, Step]> = fc.oneof(
  fc.nat(200_000).map((bytes): [string, Step] => [`cut ${bytes}`, cut(bytes)]),
  fc.nat(200_000).map((bytes): [string, Step] => [`cut ${bytes}, no range`, cut(bytes, { ignoreRange: true })]),
  fc.nat(200_000).map((bytes): [string, Step] => [`cut ${bytes}, other ETag`, cut(bytes, { etag: '"other"' })]),
  fc.constantFrom(429, 503, 416, 404).map((code): [string, Step] => [`status ${code}`, status(code)]),
  fc.constantFrom<[string, Step]>(
    ['corrupt', corrupt()],
    ['gzip', gzip()],
    ['no ETag', cut(90_000, { etag: null })],
    ['too short', serve({ lie: -10, instead: (bytes) => bytes.subarray(0, -10) })],
  ),
)

test('whatever the server does, a pull gives the right file or an error and no file; the next one ends it', async () => {
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      const folder = join(home, String(run++))
      const settings = { hubEndpoint: hub.endpoint, hubToken: null, proxy: null, noProxy: null, offline: false }
      const pull = () =>
        pullModel(specFor({ 'model.onnx': FILE }), { folder }, { ...settings, attempts: 3, pauseMs: 1 })
      hub.next(...steps.map(([, each]) => each))
      for (let pulls = 0; pulls <= steps.length; pulls++) {
        const failed = await pull().then(
          () => null,
          (thrown: unknown) => thrown,
        )
        if (!failed) break
        expect(failed).toMatchObject({ code: expect.stringMatching(/^DOWNLOAD_(FAILED|CORRUPT)$/) })
        expect(readdirSync(folder)).not.toContain('model.onnx')
      }
      expect(readFileSync(join(folder, 'model.onnx'))).toEqual(FILE)
      expect(readdirSync(folder)).toEqual(['model.onnx'])
      hub.forget()
    }),
    { numRuns: 40 },
  )
}, 300_000)

test('a path that is safe stays below its folder, on every system', () => {
  const part = fc.oneof(fc.constantFrom('..', '.', '', 'C:', '\\', '/', '~', 'a', 'onnx'), fc.string({ maxLength: 4 }))
  const path = fc
    .array(part, { minLength: 1, maxLength: 6 })
    .chain((parts) => fc.constantFrom(parts.join('/'), parts.join('')))
  fc.assert(
    fc.property(path, (candidate) => {
      if (!isSafePath(candidate)) return
      const inside = relative('/models/tiny', resolve('/models/tiny', candidate))
      expect(inside.split(sep)[0]).not.toBe('..')
      expect(inside).not.toBe('')
      const onWindows = win32.relative('C:\\models\\tiny', win32.resolve('C:\\models\\tiny', candidate))
      expect(win32.isAbsolute(onWindows)).toBe(false)
      expect(onWindows.split('\\')[0]).not.toBe('..')
    }),
    { numRuns: 2_000 },
  )
})
