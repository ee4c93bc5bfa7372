import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type CopyFile, copyModel, openSource } from '../../src/models/transfer/index.ts'
import { proxyFor } from '../../src/models/transfer/proxy.ts'
import { pauseAfter, readRetryAfter } from '../../src/models/transfer/retry.ts'
import { PATIENCE } from '../../src/models/transfer/settings.ts'
import { bytesOf, sha256 } from '../support/hub-server.ts'

const WEIGHTS = bytesOf(300_000)

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'semdex-copy-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

function write(path: string, content: Buffer | string): string {
  const file = join(home, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

describe('copying a model', () => {
  const folder = () => join(home, 'models/tiny')
  const source = (content: Buffer | string = WEIGHTS): CopyFile => {
    const from = write('source/model.onnx', content)
    return { path: 'onnx/model.onnx', from, sha256: null, bytes: null }
  }
  const copied = { path: 'onnx/model.onnx', sha256: sha256(WEIGHTS), bytes: WEIGHTS.length }
  const copy = (files: CopyFile[], options = {}) => copyModel(files, { folder: folder() }, options)

  test('puts the files in place and says what they are; those that are there are present', async () => {
    const told: unknown[] = []
    expect(await copy([source()], { onProgress: (progress: unknown) => told.push(progress) })).toEqual([
      { ...copied, state: 'copied' },
    ])
    expect(told.at(-1)).toEqual({ file: 'onnx/model.onnx', done: 300_000, total: 300_000 })
    expect(readFileSync(join(folder(), 'onnx/model.onnx'))).toEqual(WEIGHTS)
    expect(readdirSync(join(folder(), 'onnx'))).toEqual(['model.onnx'])
    expect(await copy([source()])).toEqual([{ ...copied, state: 'present' }])
    rmSync(join(home, 'source'), { recursive: true })
    expect(readFileSync(join(folder(), 'onnx/model.onnx'))).toEqual(WEIGHTS)
  })

  test('replaces what is other, of the same size too', async () => {
    await copy([source()])
    const other = bytesOf(300_000, 'other')
    expect(await copy([source(other)])).toEqual([{ ...copied, sha256: sha256(other), state: 'copied' }])
    expect(readFileSync(join(folder(), 'onnx/model.onnx'))).toEqual(other)
  })

  test('follows links, as a Hugging Face cache is made of them', async () => {
    const file = source()
    const link = join(home, 'link.onnx')
    symlinkSync(file.from, link)
    expect(await copy([{ ...file, from: link }])).toEqual([{ ...copied, state: 'copied' }])
  })

  test.each([
    ['sha256', { sha256: '0'.repeat(64) }],
    ['size', { bytes: 5 }],
  ])('MODEL_DAMAGED for a file of another %s; nothing is put in place', async (_what, wrong) => {
    const file = { ...source(), ...wrong }
    await expect(copy([file])).rejects.toMatchObject({ code: 'MODEL_DAMAGED', details: { file: file.from } })
    expect(readdirSync(join(folder(), 'onnx'))).toEqual([])
  })

  test('PATH_NOT_FOUND for a file that is not there, before any is copied', async () => {
    const missing = { ...source(), path: 'b', from: join(home, 'none') }
    await expect(copy([source(), missing])).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      details: { file: missing.from },
    })
    expect(existsSync(folder())).toBe(false)
  })

  test('MODEL_INVALID for a path that leaves the folder', async () => {
    await expect(copy([{ ...source(), path: '../../evil' }])).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  })

  test.skipIf(process.platform === 'win32')('through a link that leaves the folder nothing is written', async () => {
    mkdirSync(join(home, 'outside'))
    mkdirSync(folder(), { recursive: true })
    symlinkSync(join(home, 'outside'), join(folder(), 'onnx'))
    await expect(copy([source()])).rejects.toMatchObject({ code: 'PATH_UNREADABLE' })
    expect(readdirSync(join(home, 'outside'))).toEqual([])
  })

  test('aborted: ABORTED, and nothing is left', async () => {
    const controller = new AbortController()
    const copying = copy([source(bytesOf(3_000_000))], {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(copying).rejects.toMatchObject({ code: 'ABORTED' })
    expect(readdirSync(join(folder(), 'onnx'))).toEqual([])
  })

  test('PATH_UNREADABLE where the folder cannot be made', async () => {
    write('models', 'a file')
    await expect(copy([source()])).rejects.toMatchObject({ code: 'PATH_UNREADABLE', fix: expect.any(String) })
  })
})

describe('what a user names', () => {
  const opened = async (path: string) =>
    (await openSource(join(home, path), { temporary: join(home, 'temporary') })).folder
  const MODEL = 'hub/models--org--tiny'
  const cache = (revisions: string[], main?: string) => {
    for (const revision of revisions) {
      const blob = write(`${MODEL}/blobs/${revision}`, revision)
      mkdirSync(join(home, MODEL, 'snapshots', revision), { recursive: true })
      symlinkSync(blob, join(home, MODEL, 'snapshots', revision, 'config.json'))
    }
    if (main) write(`${MODEL}/refs/main`, main)
  }

  test('a folder is itself', async () => {
    write('model/onnx/model.onnx', 'x')
    expect(await opened('model')).toBe(join(home, 'model'))
  })

  test.each(['.', 'hub', MODEL])('a Hugging Face cache, by its folder %s: the newest snapshot', async (path) => {
    cache(['aaa', 'bbb'], 'bbb\n')
    const folder = await opened(path)
    expect(folder).toBe(join(home, MODEL, 'snapshots', 'bbb'))
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe('bbb')
  })

  test('a snapshot itself', async () => {
    cache(['aaa', 'bbb'], 'bbb')
    expect(await opened(`${MODEL}/snapshots/aaa`)).toBe(join(home, MODEL, 'snapshots', 'aaa'))
  })

  test('a cache with one snapshot needs no newest', async () => {
    cache(['aaa'])
    expect(await opened('hub')).toBe(join(home, MODEL, 'snapshots', 'aaa'))
  })

  test('a cache of several models: MODEL_INVALID, naming them', async () => {
    cache(['aaa'])
    mkdirSync(join(home, 'hub/models--org--other'))
    await expect(opened('hub')).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('models--org--other, models--org--tiny'),
      fix: expect.stringContaining(join(home, 'hub/models--org--other')),
    })
  })

  test('a model of several snapshots none of which is the newest: MODEL_INVALID', async () => {
    cache(['aaa', 'bbb'])
    await expect(opened(MODEL)).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { revisions: ['aaa', 'bbb'] } })
  })

  test('closing leaves it as it was', async () => {
    write('model/config.json', 'x')
    await (await openSource(join(home, 'model'), { temporary: home })).close()
    expect(existsSync(join(home, 'model/config.json'))).toBe(true)
  })
})

describe('which hosts are spoken to without the proxy', () => {
  const isDirect = (url: string, noProxy: string) =>
    proxyFor(new URL(url), { proxy: 'http://proxy:3128', noProxy }) === null

  test.each([
    ['https://hub.example', '*'],
    ['https://hub.example', 'hub.example'],
    ['https://HUB.example', 'a, Hub.Example ,b'],
    ['https://hub.example', '.example'],
    ['https://hub.example', '*.example'],
    ['https://cdn.hub.example', 'hub.example'],
    ['https://hub.example', 'hub.example:443'],
    ['http://hub.example', 'hub.example:80'],
    ['https://hub.example:8443', '.example:8443'],
    ['http://127.0.0.1:8080', '127.0.0.1'],
    ['http://[::1]:8080', '::1'],
    ['http://[::1]:8080', '[::1]:8080'],
  ])('%s by %j', (url, noProxy) => expect(isDirect(url, noProxy)).toBe(true))

  test.each([
    ['https://hub.example', ''],
    ['https://hub.example', 'ub.example'],
    ['https://myhub.example', 'hub.example'],
    ['https://hub.example', 'cdn.hub.example'],
    ['https://hub.example', 'hub.example:80'],
    ['https://hub.example.org', '.example'],
    ['https://hub.example', ',  ,'],
    ['http://127.0.0.10', '127.0.0.1'],
  ])('not %s by %j', (url, noProxy) => expect(isDirect(url, noProxy)).toBe(false))

  test('without a proxy all are', () => {
    expect(proxyFor(new URL('https://a'), { proxy: null, noProxy: null })).toBeNull()
  })
})

describe('the pause before the next attempt', () => {
  const pauseMs = (failures: number, random: number) =>
    pauseAfter(failures, { retryAfterMs: null }, PATIENCE, () => random)

  test('doubles up to the longest, and half of it is left to chance', () => {
    expect([1, 2, 3, 4].map((failures) => pauseMs(failures, 0))).toEqual([500, 1_000, 2_000, 4_000])
    expect(pauseMs(30, 0)).toBe(PATIENCE.longestPauseMs)
    expect(pauseMs(3, 1)).toBe(1_000)
  })

  test('is what the server asks for, up to what anybody waits', () => {
    expect(pauseAfter(1, { retryAfterMs: 7_000 }, PATIENCE)).toBe(7_000)
    expect(pauseAfter(1, { retryAfterMs: PATIENCE.longestRetryAfterMs + 1 }, PATIENCE)).toBeNull()
  })

  test.each([
    ['12', 12_000],
    ['0', 0],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 9_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', null],
    [undefined, null],
  ])('Retry-After: %j', (value, milliseconds) => expect(readRetryAfter(value, 1_000)).toBe(milliseconds))
})
