import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ErrorAnswer } from '../../src/core/errors.ts'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { pullModel, type TransferredFile, withFolderLock } from '../../src/models/transfer/index.ts'
import { inRepository } from '../support/assets.ts'
import { bytesOf, drip, type Hub, REPOSITORY, serve, specFor, stall, startHub } from '../support/hub-server.ts'

const WEIGHTS = 'onnx/model.onnx'
const FILES = { [WEIGHTS]: bytesOf(400_000), 'tokenizer.json': bytesOf(5_000, 'tokenizer') }
const FILE = FILES[WEIGHTS] as Buffer

let hub: Hub
let folder: string
const children: ChildProcess[] = []

beforeEach(async () => {
  hub = await startHub({ ...FILES })
  folder = join(await mkdtemp(join(tmpdir(), 'semdex-pull-')), 'tiny')
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await hub.close()
  await rm(join(folder, '..'), { recursive: true, force: true })
})

interface Line {
  progress?: { file: string; done: number; total: number | null }
  files?: TransferredFile[]
  kilobytes?: number
  error?: ErrorAnswer
}

const settings = () => ({ hubEndpoint: hub.endpoint, hubToken: null, proxy: null, noProxy: null, offline: false })

/** A pull in a process of its own; `prefix` is what a shell does before. */
function start(spec: ModelSpec, { to = folder, prefix = '' } = {}) {
  const task = JSON.stringify({ spec, folder: to, options: { ...settings(), attempts: 2, pauseMs: 5 } })
  const command = `${prefix} exec "$0" --disable-warning=ExperimentalWarning "$1" "$2"`
  const child = spawn('/bin/sh', ['-c', command, process.execPath, inRepository('test/support/pull-process.ts'), task])
  children.push(child)
  const lines: Line[] = []
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    const parts = (text + part).split('\n')
    text = parts.pop() as string
    lines.push(...parts.map((line) => JSON.parse(line) as Line))
  })
  const told = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
  const ended = once(child, 'close').then(() => lines.at(-1) ?? {})
  return { child, told, ended }
}

describe('processes', () => {
  test('four that ask at once: each file is downloaded once, and all have it', async () => {
    hub.next(drip(20, 50))
    const ended = await Promise.all(Array.from({ length: 4 }, () => start(specFor(FILES)).ended))
    expect(hub.seen.map(({ url }) => url)).toEqual([
      `/${REPOSITORY}/resolve/main/${WEIGHTS}`,
      `/${REPOSITORY}/resolve/main/tokenizer.json`,
    ])
    const states = ended.map(({ files }) => files?.map(({ state }) => state).join())
    expect(states.toSorted()).toEqual(['downloaded,downloaded', ...Array(3).fill('present,present')])
    expect(readFileSync(join(folder, WEIGHTS))).toEqual(FILE)
    expect(readdirSync(join(folder, 'onnx'))).toEqual(['model.onnx'])
  })

  test('one that waits tells the progress of the one that downloads, and may be aborted', async () => {
    hub.next(stall(100_000))
    const first = start(specFor(FILES))
    await first.told
    const controller = new AbortController()
    const told: { file: string; done: number; total: number | null }[] = []
    const waiting = pullModel(
      specFor(FILES),
      { folder },
      {
        ...settings(),
        signal: controller.signal,
        onProgress: (progress) => {
          told.push(progress)
          if (progress.done === 100_000) controller.abort()
        },
      },
    )
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
    expect(told.at(-1)).toEqual({ file: WEIGHTS, done: 100_000, total: FILE.length })
    expect(hub.seen).toHaveLength(1)
  })

  test('one that is killed: nothing is in place, another takes the lock and goes on from there', async () => {
    hub.next(stall(150_000))
    const first = start(specFor(FILES))
    await first.told
    const second = start(specFor(FILES))
    first.child.kill('SIGKILL')
    await first.ended
    expect(existsSync(join(folder, WEIGHTS))).toBe(false)
    expect((await second.ended).files?.map(({ state }) => state)).toEqual(['downloaded', 'downloaded'])
    expect(hub.seen[1]?.headers.range).toMatch(/^bytes=\d+-$/)
    expect(readFileSync(join(folder, WEIGHTS))).toEqual(FILE)
  })

  test('killed at any moment: a file is whole or not there, and the next run ends it', async () => {
    const names = ['a.onnx', 'b.onnx', 'c.onnx', 'd.onnx']
    const files = Object.fromEntries(names.map((name) => [name, bytesOf(100_000, name)]))
    Object.assign(hub.files, files)
    for (const wait of [0, 20, 60, 120, 200]) {
      hub.next(...names.map(() => drip(5, 15)))
      const killed = start(specFor(files))
      await Promise.race([killed.told, killed.ended])
      await pause(wait)
      killed.child.kill('SIGKILL')
      await killed.ended
      for (const name of names.filter((each) => existsSync(join(folder, each)))) {
        expect(readFileSync(join(folder, name))).toEqual(files[name])
      }
    }
    await pullModel(specFor(files), { folder }, settings())
    for (const name of names) expect(readFileSync(join(folder, name))).toEqual(files[name])
    // Killed between the renaming of a file and the removal of its note, a process leaves the note: bytes, no megabytes.
    expect(
      readdirSync(folder)
        .filter((name) => !name.endsWith('.partial.json'))
        .sort(),
    ).toEqual(names)
  })

  test('the memory stays flat: a file of 300 MB costs no more than one of 3 kB', async () => {
    const size = 300_000_000
    const part = bytesOf(1_000_000)
    const flowing = await startHub(
      { 'model.onnx': Buffer.alloc(0), 'small.onnx': bytesOf(3_000) },
      {
        otherwise: (file, _request, response) => {
          if (file.length > 0) return response.end(file)
          response.writeHead(200, { 'content-length': String(size) })
          let sent = 0
          const more = () => {
            if (sent === size) return response.end()
            sent += part.length
            response.write(part, more)
          }
          return more()
        },
      },
    )
    const kept = hub
    hub = flowing
    const small = await start(specFor({ 'small.onnx': part }, { checksums: false })).ended
    const large = await start(specFor({ 'model.onnx': part }, { checksums: false })).ended
    hub = kept
    await flowing.close()
    expect(large.files?.[0]?.bytes).toBe(size)
    expect((large.kilobytes as number) - (small.kilobytes as number)).toBeLessThan(100_000)
  }, 300_000)
})

describe('the lock of a folder', () => {
  test('admits one at a time in one process, too', async () => {
    const order: string[] = []
    const hold = (name: string) =>
      withFolderLock(folder, {}, async () => {
        order.push(`${name} in`)
        await pause(30)
        order.push(`${name} out`)
      })
    await Promise.all([hold('a'), hold('b'), hold('c')])
    const names = order.filter((_, index) => index % 2 === 0).map((step) => step[0])
    expect(order).toEqual(names.flatMap((name) => [`${name} in`, `${name} out`]))
  })

  test('is free again after an error', async () => {
    await expect(withFolderLock(folder, {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await withFolderLock(folder, {}, async () => 'in')).toBe('in')
  })

  test('another folder has another', async () => {
    const inner = withFolderLock(folder, {}, () => withFolderLock(`${folder}-2`, {}, async () => 'both'))
    expect(await inner).toBe('both')
  })
})

describe('a disk without space', () => {
  test('that a file is known not to fit on: DISK_FULL with the sizes, before anything is asked', async () => {
    const { bavail, bsize } = statfsSync(tmpdir())
    const spec = specFor(FILES)
    const needed = bavail * bsize * 2
    const files = spec.files.map((file) => ({ ...file, bytes: needed / 2 }))
    await expect(pullModel({ ...spec, files }, { folder }, settings())).rejects.toMatchObject({
      code: 'DISK_FULL',
      details: { needed, free: expect.any(Number) },
    })
    expect(hub.seen).toEqual([])
  })

  test('that the server says a file does not fit on: DISK_FULL before its bytes', async () => {
    const headers = { 'x-linked-size': String(2 ** 52) }
    hub.next(serve({ headers }))
    const pulled = pullModel(specFor({ [WEIGHTS]: FILE }, { checksums: false }), { folder }, settings())
    await expect(pulled).rejects.toMatchObject({ code: 'DISK_FULL', details: { needed: 2 ** 52 } })
    expect(readdirSync(join(folder, 'onnx'))).toEqual([])
  })

  test.skipIf(process.platform === 'win32')(
    'a limit on the size of files: DISK_FULL, and what was there stays',
    async () => {
      mkdirSync(join(folder, 'onnx'), { recursive: true })
      writeFileSync(join(folder, WEIGHTS), 'what was there')
      const { error } = await start(specFor({ [WEIGHTS]: FILE }), { prefix: 'ulimit -f 200;' }).ended
      expect(error).toMatchObject({ code: 'DISK_FULL' })
      expect(readdirSync(join(folder, 'onnx'))).toEqual(['model.onnx'])
      expect(readFileSync(join(folder, WEIGHTS), 'utf8')).toBe('what was there')
    },
  )

  test('that is full in the middle: DISK_FULL, and its space is free again', async (context) => {
    const disk = join(folder, '..', 'disk')
    mkdirSync(disk)
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'semdex-test', disk])
    if (mounted.status !== 0) return context.skip('needs the right to mount a small disk')
    try {
      const large = bytesOf(3_000_000)
      hub.files['large.onnx'] = large
      // Sent without a length, so that nobody can know before.
      hub.next((file, _request, response) => response.writeHead(200).end(file))
      const free = statfsSync(disk).bavail
      const pulled = pullModel(
        specFor({ 'large.onnx': large }, { checksums: false }),
        { folder: join(disk, 'tiny') },
        settings(),
      )
      await expect(pulled).rejects.toMatchObject({ code: 'DISK_FULL', fix: expect.any(String) })
      expect(readdirSync(join(disk, 'tiny'))).toEqual([])
      expect(free - statfsSync(disk).bavail).toBeLessThan(10)
    } finally {
      spawnSync('umount', [disk])
    }
  })
})
