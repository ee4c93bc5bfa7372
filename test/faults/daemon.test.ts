import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callDaemon } from '../../src/interfaces/server/daemon/client.ts'
import { makePrivateFolder } from '../../src/interfaces/server/daemon/folder.ts'
import { settingsDigest, writeState } from '../../src/interfaces/server/daemon/state.ts'
import { untilNotNeeded } from '../../src/interfaces/server/daemon/watch.ts'
import { readVersion } from '../../src/interfaces/wire/version.ts'
import type { Progress } from '../../src/operations/operation.ts'
import { build } from '../support/cli.ts'
import { type DaemonUser, gone, isAlive, kill, newDaemonUser } from '../support/daemons.ts'

const TIMEOUT = 180_000
const SENTENCE = 'The satellite circles the planet every ninety minutes, and nobody on it bakes any bread. '

beforeAll(build, 180_000)

describe('work in the daemon', () => {
  let user: DaemonUser
  const documents = async () => (await user.json(['status', '--no-daemon'])).documents as number
  const many = (folder: string, count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, at) => [`${folder}/${at}.md`, `# ${at}\n\n${SENTENCE.repeat(60)}${at}\n`]),
    )

  beforeAll(() => {
    user = newDaemonUser()
  })
  afterAll(() => user.leave())

  test(
    'tells how far it is, and stops when its caller says so',
    async () => {
      user.write(many('long', 120))
      const pid = await user.startDaemon()
      const caller = new AbortController()
      const seen: Progress[] = []
      const call = { operation: 'index', input: { paths: [`${user.folder}/long`] }, debug: true, progress: true }
      const ended = callDaemon(user.place, call, {
        signal: caller.signal,
        onProgress(progress) {
          seen.push(progress)
          if (progress.chunks) caller.abort()
        },
      })
      await expect(ended).rejects.toMatchObject({ code: 'ABORTED' })
      expect(seen.at(-1)).toMatchObject({ stage: 'index', unit: 'bytes' })
      expect(seen.at(-1)?.done).toBeLessThan(seen.at(-1)?.total as number)
      expect(isAlive(pid)).toBe(true)
    },
    TIMEOUT,
  )

  const signals = process.platform === 'win32' ? ' [skipped: no signals]' : ''
  test.skipIf(signals)(
    `stops by Ctrl-C in the command that asked${signals}`,
    async () => {
      const pid = await user.startDaemon()
      const command = user.start(['index', 'long'])
      await pause(1_500)
      command.kill('SIGINT')
      const [status] = await once(command, 'exit')
      expect(status).toBe(130)
      const count = await documents()
      expect(count).toBeLessThan(120)
      await pause(1_000)
      expect(await documents()).toBe(count)
      expect(await user.json(['serve', '--status'])).toMatchObject({ running: true, pid })
    },
    TIMEOUT,
  )

  test.skipIf(signals)(
    `stops where the command that asked is killed${signals}`,
    async () => {
      await user.startDaemon()
      const command = user.start(['index', 'long'])
      await pause(1_500)
      command.kill('SIGKILL')
      await once(command, 'exit')
      await pause(1_000)
      const count = await documents()
      expect(count).toBeLessThan(120)
      await pause(1_500)
      expect(await documents()).toBe(count)
    },
    TIMEOUT,
  )

  test.skipIf(signals)(
    `is done by the command itself where the daemon is killed under it${signals}`,
    async () => {
      const pid = await user.startDaemon()
      const command = user.start(['index', 'long', '--quiet'])
      await pause(1_000)
      kill(pid, 'SIGKILL')
      const [status] = await once(command, 'exit')
      expect(status).toBe(0)
      expect(await documents()).toBe(120)
      await gone(pid)
    },
    TIMEOUT,
  )
})

describe('a daemon that ends before it answers', () => {
  let user: DaemonUser
  let answer: (response: ServerResponse) => void = () => undefined
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    response.write('{"begun":true}\n', () => answer(response))
  })

  beforeAll(async () => {
    user = newDaemonUser()
    user.write({ 'docs/bread.md': 'Knead the dough, let it rise overnight.\n' })
    await user.json(['index', 'docs'])
    makePrivateFolder(user.place)
    server.listen(user.place.socket)
    await once(server, 'listening')
    const { values } = user.configuration
    writeState(user.place, {
      pid: process.pid,
      version: readVersion(),
      database: values.database,
      settings: settingsDigest(values),
      secrets: {},
      url: null,
      startedAt: 0,
    })
  }, TIMEOUT)
  afterAll(async () => {
    server.close()
    await user.leave()
  })

  test(
    'leaves a question to the command',
    async () => {
      answer = (response) => response.destroy()
      const { hits } = await user.json(['search', 'dough'])
      expect(hits).toHaveLength(1)
    },
    TIMEOUT,
  )

  test(
    'leaves what is not to be done twice, with an error that says so',
    async () => {
      const { status, stderr } = await user.semdex(['collections', 'drop', 'docs', '--json'])
      expect(status).toBe(1)
      expect(JSON.parse(stderr).error).toMatchObject({
        code: 'SERVER_FAILED',
        message: expect.stringContaining('whether it did what was asked is not known'),
      })
      expect(await user.json(['collections', 'show', 'docs', '--no-daemon'])).toMatchObject({ name: 'docs' })
    },
    TIMEOUT,
  )

  test(
    'leaves what depends on the environment of the command',
    async () => {
      answer = (response) => response.end('{"own":true}\n')
      expect((await user.json(['collections', 'show', 'docs'])).name).toBe('docs')
    },
    TIMEOUT,
  )

  test(
    'passes on warnings, debug lines and the error',
    async () => {
      const error = { code: 'COLLECTION_NOT_FOUND', message: 'None.', fix: 'Make it' }
      answer = (response) =>
        response.end(`{"warning":"mind"}\n{"debug":{"event":"load"}}\n${JSON.stringify({ error })}\n`)
      const { status, stderr, stdout } = await user.semdex(['collections', 'show', 'docs', '--json'])
      const lines = stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect({ status, stdout, lines }).toEqual({
        status: 2,
        stdout: '',
        lines: [{ warning: { message: 'mind' } }, { event: 'load' }, { error }],
      })
    },
    TIMEOUT,
  )
})

describe('a daemon that nobody needs', () => {
  const daemon = {
    stopping: new AbortController().signal,
    idle: () => 0,
    hasNoJobs: async () => true,
    isFound: () => true,
  }
  const options = { signal: new AbortController().signal, log: '/nowhere/log', idleMinutes: 1, every: 5 }

  test('ends after minutes without a request, but not while a job runs', async () => {
    let jobs = 2
    const idle = { ...daemon, idle: () => 60_001, hasNoJobs: async () => jobs-- <= 0 }
    expect(await untilNotNeeded(idle, options)).toBe('nothing was asked for 1 minutes')
    expect(jobs).toBe(-1)
  })

  test('stays where minutes are not limited, until it is asked to end', async () => {
    const asked = new AbortController()
    const idle = { ...daemon, idle: () => 1e9, stopping: asked.signal }
    const ended = untilNotNeeded(idle, { ...options, idleMinutes: 0 })
    expect(await Promise.race([ended, pause(100, 'stays')])).toBe('stays')
    asked.abort()
    expect(await ended).toBe('it was asked to')
  })

  test('ends where its folder is gone', async () => {
    expect(await untilNotNeeded({ ...daemon, isFound: () => false }, options)).toContain('folder is gone')
  })
})
