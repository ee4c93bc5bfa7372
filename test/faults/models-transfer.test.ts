import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { type PullOptions, pullModel } from '../../src/models/transfer/index.ts'
import {
  bytesOf,
  corrupt,
  cut,
  drip,
  etagOf,
  gzip,
  type Hub,
  redirect,
  type Step,
  serve,
  sha256,
  specFor,
  stall,
  startHub,
  status,
} from '../support/hub-server.ts'

const WEIGHTS = 'onnx/model.onnx'
const FILES = { [WEIGHTS]: bytesOf(300_000), 'tokenizer.json': Buffer.from('{"model":{}}') }
const FILE = FILES[WEIGHTS] as Buffer

let hub: Hub
let folder: string

beforeEach(async () => {
  hub = await startHub({ ...FILES })
  folder = join(await mkdtemp(join(tmpdir(), 'semdex-pull-')), 'models', 'tiny')
})
afterEach(async () => {
  await hub.close()
  await rm(join(folder, '../..'), { recursive: true, force: true })
})

/** Pulls with little patience, so that a test is short. */
function pull(spec: ModelSpec, options: Partial<PullOptions> = {}) {
  const settings = { hubEndpoint: hub.endpoint, hubToken: null, proxy: null, noProxy: null, offline: false }
  const patience = { attempts: 4, connectMs: 20_000, stallMs: 20_000, pauseMs: 5, longestPauseMs: 20 }
  return pullModel(spec, { folder }, { ...settings, ...patience, ...options })
}

const onlyWeights = (options?: { checksums: boolean }) => specFor({ [WEIGHTS]: FILE }, options)
const placed = (path = WEIGHTS) => readFileSync(join(folder, path))
const ranges = () => hub.seen.map(({ headers }) => headers.range ?? null)

describe('a pull', () => {
  test('puts every file in place, says so, and finds them the next time without a request', async () => {
    const spec = specFor(FILES)
    const files = await pull(spec)
    expect(files).toEqual(spec.files.map(({ path, sha256, bytes }) => ({ path, sha256, bytes, state: 'downloaded' })))
    for (const [path, file] of Object.entries(FILES)) expect(placed(path)).toEqual(file)
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['onnx', WEIGHTS, 'tokenizer.json'])
    expect(hub.seen.map(({ url }) => url)).toEqual([
      '/tests/tiny/resolve/main/onnx/model.onnx',
      '/tests/tiny/resolve/main/tokenizer.json',
    ])
    expect((await pull(spec)).map(({ state }) => state)).toEqual(['present', 'present'])
    expect(hub.seen).toHaveLength(2)
  })

  test.each(['', '/', '/mirror/', '/mirror//'])('asks below the endpoint with %j at its end', async (end) => {
    const spec = { ...onlyWeights(), source: { repository: 'an org/näme', revision: 'refs/pr/1' } }
    await pull(spec, { hubEndpoint: `${hub.endpoint}${end}` })
    const prefix = end.replace(/\/+$/, '')
    expect(hub.seen[0]?.url).toBe(`${prefix}/an%20org/n%C3%A4me/resolve/refs%2Fpr%2F1/onnx/model.onnx`)
  })

  test('fetches what is missing or damaged, and nothing else', async () => {
    await pull(specFor(FILES))
    writeFileSync(join(folder, 'tokenizer.json'), '{"model":[]}')
    const files = await pull(specFor(FILES))
    expect(files.map(({ state }) => state)).toEqual(['present', 'downloaded'])
    expect(hub.seen).toHaveLength(3)
    expect(placed('tokenizer.json')).toEqual(FILES['tokenizer.json'])
  })

  test('takes a file without a checksum as it comes, and as it lies there', async () => {
    const spec = onlyWeights({ checksums: false })
    expect(await pull(spec)).toEqual([{ path: WEIGHTS, sha256: sha256(FILE), bytes: FILE.length, state: 'downloaded' }])
    expect(await pull(spec)).toEqual([{ path: WEIGHTS, sha256: sha256(FILE), bytes: FILE.length, state: 'present' }])
    expect(hub.seen).toHaveLength(1)
  })

  test('tells what has come of a file, and how large it is', async () => {
    hub.next(drip(4, 10))
    const told: [number, number | null][] = []
    await pull(onlyWeights({ checksums: false }), { onProgress: ({ done, total }) => told.push([done, total]) })
    expect(told.length).toBeGreaterThan(1)
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b))
    expect(told.at(-1)).toEqual([FILE.length, FILE.length])
  })

  test('tells no size where nobody knows it', async () => {
    hub.next((file, _request, response) => response.writeHead(200).end(file))
    const told: (number | null)[] = []
    await pull(onlyWeights({ checksums: false }), { onProgress: ({ total }) => told.push(total) })
    expect(new Set(told)).toEqual(new Set([null]))
    expect(placed()).toEqual(FILE)
  })
})

describe('a connection that breaks', () => {
  test('is taken up where it was cut, and the sum of all bytes is checked', async () => {
    hub.next(cut(100_000), cut(100_000))
    await pull(onlyWeights())
    expect(placed()).toEqual(FILE)
    expect(ranges()[0]).toBeNull()
    expect(hub.seen[2]?.headers['if-range']).toBe(etagOf(FILE))
    expect(Number(ranges()[2]?.slice('bytes='.length, -1))).toBeGreaterThan(0)
  })

  test('for good: the error names URL and attempts, and the next run goes on from there', async () => {
    hub.next(...Array.from({ length: 4 }, () => cut(50_000)))
    await expect(pull(onlyWeights())).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('(4 attempts)'),
      details: { url: `${hub.endpoint}/tests/tiny/resolve/main/onnx/model.onnx`, status: null, attempts: 4 },
      fix: expect.stringContaining('next run'),
    })
    expect(existsSync(join(folder, WEIGHTS))).toBe(false)
    const kept = readFileSync(join(folder, `${WEIGHTS}.partial`))
    expect(kept.length).toBeGreaterThan(0)
    expect(kept).toEqual(FILE.subarray(0, kept.length))
    await pull(onlyWeights())
    expect(ranges().at(-1)).toBe(`bytes=${kept.length}-`)
    expect(placed()).toEqual(FILE)
    expect(readdirSync(join(folder, 'onnx'))).toEqual(['model.onnx'])
  })

  test('stalls: it is given up and taken up', async () => {
    hub.next(stall(100_000))
    await pull(onlyWeights(), { stallMs: 1_000 })
    expect(placed()).toEqual(FILE)
    expect(ranges()).toEqual([null, 'bytes=100000-'])
  })

  test('never answers: the error says how long it waited', async () => {
    hub.next(...Array.from({ length: 2 }, (): Step => () => undefined))
    await expect(pull(onlyWeights(), { attempts: 2, stallMs: 150 })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('no byte arrived within 0.15 s (2 attempts)'),
    })
  })

  test('drips: as long as bytes come, it is waited for', async () => {
    hub.next(drip(10, 250))
    await pull(onlyWeights(), { stallMs: 2_000 })
    expect(placed()).toEqual(FILE)
    expect(hub.seen).toHaveLength(1)
  })

  test('cannot be made', async () => {
    await hub.close()
    await expect(pull(onlyWeights(), { attempts: 2 })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('the connection was refused (2 attempts)'),
    })
  })
})

describe('a server that resumes in its own way', () => {
  test('ignores Range: the file comes from its start', async () => {
    hub.next(cut(100_000), serve({ ignoreRange: true }))
    await pull(onlyWeights())
    expect(ranges()[1]).toMatch(/^bytes=\d+-$/)
    expect(hub.seen).toHaveLength(2)
    expect(placed()).toEqual(FILE)
  })

  test('has another file by now: the old bytes are not used', async () => {
    const next = bytesOf(300_000, 'another')
    hub.next(cut(100_000), (_file, request, response) => serve()(next, request, response))
    await pull(onlyWeights({ checksums: false }))
    expect(placed()).toEqual(next)
  })

  test('answers Range with bytes of another ETag: all comes anew', async () => {
    const other = bytesOf(300_000, 'another')
    hub.next(cut(100_000), (_file, { headers }, response) => {
      const from = Number(/\d+/.exec(headers.range ?? '')?.[0])
      const range = { 'content-range': `bytes ${from}-299999/300000`, etag: '"other"' }
      response.writeHead(206, range).end(other.subarray(from))
    })
    await pull(onlyWeights({ checksums: false }))
    expect(ranges()[2]).toBeNull()
    expect(placed()).toEqual(FILE)
  })

  test('answers Range with another part', async () => {
    hub.next(cut(100_000), (file, { headers }, response) => {
      const from = Number(/\d+/.exec(headers.range ?? '')?.[0])
      const range = { 'content-range': `bytes ${from - 5}-299999/300000` }
      response.writeHead(206, range).end(file.subarray(from - 5, -5))
    })
    await pull(onlyWeights({ checksums: false }))
    expect(placed()).toEqual(FILE)
  })

  test('refuses the range (416)', async () => {
    hub.next(cut(100_000), status(416))
    await pull(onlyWeights())
    expect(ranges()[2]).toBeNull()
    expect(placed()).toEqual(FILE)
  })

  test.each([
    ['a weak ETag', 'W/"weak"'],
    ['no ETag', null],
  ])('gives %s: the file comes from its start', async (_what, etag) => {
    hub.next(cut(100_000, { etag }))
    await pull(onlyWeights())
    expect(ranges()).toEqual([null, null])
    expect(placed()).toEqual(FILE)
  })

  test('compresses although it was asked not to', async () => {
    hub.next(gzip())
    await pull(onlyWeights())
    expect(hub.seen[0]?.headers['accept-encoding']).toBe('identity')
    expect(placed()).toEqual(FILE)
  })

  test('an earlier run brought all, and died before it was put in place: nothing is asked', async () => {
    const spec = onlyWeights()
    mkdirSync(join(folder, 'onnx'), { recursive: true })
    const url = `${hub.endpoint}/tests/tiny/resolve/main/onnx/model.onnx`
    writeFileSync(join(folder, `${WEIGHTS}.partial`), FILE)
    writeFileSync(
      join(folder, `${WEIGHTS}.partial.json`),
      JSON.stringify({ url, etag: etagOf(FILE), sha256: null, bytes: FILE.length }),
    )
    await pull(spec)
    expect(hub.seen).toEqual([])
    expect(placed()).toEqual(FILE)
  })

  test.each(['{"url":', ''])('a note that was cut (%j): the bytes beside it are not used', async (note) => {
    mkdirSync(join(folder, 'onnx'), { recursive: true })
    writeFileSync(join(folder, `${WEIGHTS}.partial`), 'what nobody knows')
    writeFileSync(join(folder, `${WEIGHTS}.partial.json`), note)
    await pull(onlyWeights({ checksums: false }))
    expect(placed()).toEqual(FILE)
  })
})

describe('bytes that are not the published ones', () => {
  test('once: the file is downloaded once more, from its start', async () => {
    hub.next(corrupt())
    await pull(onlyWeights())
    expect(ranges()).toEqual([null, null])
    expect(placed()).toEqual(FILE)
  })

  test('twice: DOWNLOAD_CORRUPT; nothing is put in place, nothing is kept, and what was there stays', async () => {
    mkdirSync(join(folder, 'onnx'), { recursive: true })
    writeFileSync(join(folder, WEIGHTS), 'damaged')
    hub.next(corrupt(), corrupt())
    await expect(pull(onlyWeights())).rejects.toMatchObject({
      code: 'DOWNLOAD_CORRUPT',
      details: { path: WEIGHTS, expectedSha256: sha256(FILE) },
    })
    expect(hub.seen).toHaveLength(2)
    expect(readdirSync(join(folder, 'onnx'))).toEqual(['model.onnx'])
    expect(placed().toString()).toBe('damaged')
  })

  test('in what was resumed: the sum is over all bytes, so one turned in the first part is found', async () => {
    const turned = Buffer.from(FILE)
    turned[10] = (turned[10] as number) ^ 1
    hub.next((_file, request, response) => cut(100_000, { etag: etagOf(FILE) })(turned, request, response))
    await pull(onlyWeights())
    expect(ranges()).toEqual([null, expect.stringMatching(/^bytes=/), null])
    expect(placed()).toEqual(FILE)
  })

  test('too few, by a Content-Length that is too short', async () => {
    hub.next(...Array.from({ length: 2 }, () => serve({ lie: -1_000, instead: (all) => all.subarray(0, 299_000) })))
    await expect(pull(onlyWeights())).rejects.toMatchObject({
      code: 'DOWNLOAD_CORRUPT',
      details: { expectedBytes: 300_000, actualBytes: 299_000 },
    })
  })

  test('fewer than a Content-Length that is too long: whole by the size that is known', async () => {
    hub.next(cut(300_000, { lie: 1_000 }))
    await pull(onlyWeights())
    expect(placed()).toEqual(FILE)
  })

  test('fewer than a Content-Length that is too long, always, and no size is known: DOWNLOAD_FAILED', async () => {
    const lying = await startHub({ [WEIGHTS]: FILE }, { otherwise: cut(1_000, { lie: 1_000, ignoreRange: true }) })
    const pulled = pull(onlyWeights({ checksums: false }), { hubEndpoint: lying.endpoint })
    await expect(pulled).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', details: { attempts: 4 } })
    await lying.close()
    expect(existsSync(join(folder, WEIGHTS))).toBe(false)
  })

  test('more than there should be: it is not read to its end', async () => {
    const endless: Step = (_file, _request, response) => {
      response.writeHead(200)
      const more = () => void (response.destroyed || response.write(FILE, more))
      more()
    }
    hub.next(endless, endless)
    await expect(pull(onlyWeights())).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' })
  })

  test.each([
    ['X-Linked-Etag', { 'x-linked-etag': `"${sha256(FILE)}"` }],
    ['a weak X-Linked-Etag', { 'x-linked-etag': `W/"${sha256(FILE)}"` }],
    ['ETag', { etag: `"${sha256(FILE)}"` }],
  ])('are found by the hub’s own %s, where the spec has no sum', async (_what, headers) => {
    hub.next(corrupt({ headers }), serve({ headers }))
    await pull(onlyWeights({ checksums: false }))
    expect(hub.seen).toHaveLength(2)
    expect(placed()).toEqual(FILE)
  })

  test('are found by X-Linked-Size', async () => {
    const short = serve({ headers: { 'x-linked-size': '300000' }, lie: -7, instead: (all) => all.subarray(0, 299_993) })
    hub.next(short, short)
    await expect(pull(onlyWeights({ checksums: false }))).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' })
  })

  test('are not downloaded at all where the hub itself says that its file is another', async () => {
    const bytes: number[] = []
    hub.next(serve({ headers: { 'x-linked-etag': `"${'0'.repeat(64)}"` } }))
    const pulled = pull(onlyWeights(), { onProgress: ({ done }) => bytes.push(done) })
    await expect(pulled).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' })
    expect(bytes).toEqual([])
  })

  test('are a web page', async () => {
    hub.next((_file, _request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'))
    await expect(pull(onlyWeights({ checksums: false }))).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('a web page (1 attempt)'),
    })
  })
})

describe('an answer that is no file', () => {
  test.each([429, 500, 502, 503, 504, 408])('%i: tried again', async (code) => {
    hub.next(status(code), status(code))
    await pull(onlyWeights())
    expect(hub.seen).toHaveLength(3)
  })

  test('503 for good: status and attempts are told', async () => {
    hub.next(...Array.from({ length: 4 }, () => status(503)))
    await expect(pull(onlyWeights())).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      details: { status: 503, attempts: 4 },
      message: expect.stringContaining('the server answered 503 (4 attempts)'),
    })
  })

  test.each([
    [400, /hub.endpoint/],
    [401, /set HF_TOKEN/],
    [403, /licence of tests\/tiny/],
    [404, /has this revision and file/],
  ])('%i: not tried again, with its way out', async (code, fix) => {
    hub.next(status(code))
    await expect(pull(onlyWeights())).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      details: { status: code, attempts: 1 },
      fix: expect.stringMatching(fix),
    })
    expect(hub.seen).toHaveLength(1)
  })

  test('Retry-After in seconds is waited for', async () => {
    hub.next(status(429, { 'retry-after': '1' }))
    const started = Date.now()
    await pull(onlyWeights())
    expect(Date.now() - started).toBeGreaterThanOrEqual(950)
  })

  test('Retry-After as a date is waited for', async () => {
    const until = Math.ceil(Date.now() / 1000 + 1) * 1000
    hub.next(status(503, { 'retry-after': new Date(until).toUTCString() }))
    await pull(onlyWeights())
    expect(Date.now()).toBeGreaterThanOrEqual(until - 50)
  })

  test('Retry-After that is too long is told at once', async () => {
    hub.next(status(503, { 'retry-after': '3600' }))
    await expect(pull(onlyWeights())).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('3600 s'),
      details: { status: 503, attempts: 1 },
    })
  })

  test('a redirect to the same host is followed', async () => {
    hub.next(redirect('/elsewhere/resolve/main/onnx/model.onnx'))
    await pull(onlyWeights())
    expect(hub.seen.map(({ url }) => url)[1]).toBe('/elsewhere/resolve/main/onnx/model.onnx')
  })

  test('redirects in a circle are not followed for ever', async () => {
    const circle = await startHub({ [WEIGHTS]: FILE }, { otherwise: redirect('/a/resolve/main/onnx/model.onnx') })
    await expect(pull(onlyWeights(), { hubEndpoint: circle.endpoint })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('circle (1 attempt)'),
    })
    expect(circle.seen).toHaveLength(11)
    await circle.close()
  })

  test.each(['file:///etc/passwd', 'http://', 'ftp://a/b'])('a redirect to %s is refused', async (to) => {
    hub.next(redirect(to))
    await expect(pull(onlyWeights())).rejects.toMatchObject({ code: 'DOWNLOAD_FAILED', details: { attempts: 1 } })
  })
})

describe('aborted', () => {
  test.each([
    ['before it began', [], 0],
    ['while bytes come', [stall(100_000)], 1],
    ['while it waits to try again', [status(503, { 'retry-after': '60' })], 1],
  ] as const)('%s: ABORTED, and what has come is kept', async (_when, steps, requests) => {
    hub.next(...steps)
    const controller = new AbortController()
    if (requests === 0) controller.abort()
    const pulled = pull(onlyWeights(), {
      signal: controller.signal,
      stallMs: 60_000,
      onProgress: () => controller.abort(),
    })
    const failed = expect(pulled).rejects.toMatchObject({ code: 'ABORTED' })
    await vi.waitFor(() => expect(hub.seen).toHaveLength(requests), 20_000)
    setTimeout(() => controller.abort(), 100)
    await failed
    expect(hub.seen).toHaveLength(requests)
    if (requests === 0) return
    await pull(onlyWeights())
    expect(placed()).toEqual(FILE)
  })
})

describe('offline', () => {
  test('nothing is asked, and the error names what is missing', async () => {
    const spec = specFor(FILES)
    await expect(pull(spec, { offline: true })).rejects.toMatchObject({
      code: 'OFFLINE',
      message: expect.stringContaining('onnx/model.onnx, tokenizer.json'),
      details: { model: 'tiny', files: [WEIGHTS, 'tokenizer.json'] },
      fix: expect.stringContaining('hub.offline'),
    })
    expect(hub.seen).toEqual([])
    expect(existsSync(folder)).toBe(false)
  })

  test('what is there is found', async () => {
    await pull(specFor(FILES))
    expect((await pull(specFor(FILES), { offline: true })).map(({ state }) => state)).toEqual(['present', 'present'])
  })
})

test('aborted while it reads what is there: ABORTED', async () => {
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  writeFileSync(join(folder, WEIGHTS), FILE)
  const controller = new AbortController()
  const pulled = pull(onlyWeights(), { signal: controller.signal })
  controller.abort()
  await expect(pulled).rejects.toMatchObject({ code: 'ABORTED' })
})

test.each(['../out', 'onnx/../../out', '/etc/out', 'C:/out', 'a\\..\\..\\out', 'a//b', './a', '', 'a:stream', 'a\0b'])(
  'the path %j of a spec leaves no folder',
  async (path) => {
    await expect(pull(specFor({ [path]: FILE }))).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { path } })
    expect(hub.seen).toEqual([])
  },
)

test.each(['', '../other', '/'])('the repository %j: MODEL_INVALID', async (repository) => {
  const spec = { ...onlyWeights(), source: { repository, revision: null } }
  await expect(pull(spec)).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { repository } })
  expect(hub.seen).toEqual([])
})

test.each(['', 'hub', 'ftp://host'])('the endpoint %j: CONFIGURATION_INVALID', async (hubEndpoint) => {
  await expect(pull(onlyWeights(), { hubEndpoint })).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' })
})
