import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BINARY, build } from '../support/cli.ts'
import { type DaemonUser, gone, isAlive, kill, newDaemonUser, overSocket } from '../support/daemons.ts'
import { run } from '../support/processes.ts'

const FILES = {
  'docs/bread.md': '# Bread\n\nKnead the dough, let it rise overnight.\n\n## Oven\n\nBake the loaf in a hot oven.\n',
  'docs/orbit.md': '---\nyear: 2024\n---\n# Orbits\n\nThe satellite circles the planet every ninety minutes.\n',
  'src/sum.ts': 'export function sum(numbers: number[]): number {\n  return numbers.reduce((a, b) => a + b, 0)\n}\n',
  'texts.jsonl': '{"text": "one", "id": "a"}\n"two"\n{"no": "text"}\n',
}
const TIMEOUT = 120_000

beforeAll(build, 180_000)

describe(
  'with a daemon and without, the same answers, errors and exit codes',
  () => {
    let user: DaemonUser
    beforeAll(async () => {
      user = newDaemonUser()
      user.write(FILES)
      await user.json(['index', 'docs', 'src'])
      await user.startDaemon()
    }, TIMEOUT)
    afterAll(() => user.leave())

    /** What the clock decides is left out. */
    const steady = (text: string) => text.replace(/"(timings|ms)":\{[^}]*\}|"(time|elapsed|load|seconds)":[^,}]*/g, '')

    test.each([
      ['search', 'how do I make a loaf'],
      ['search', 'how do I make a loaf', '--json', '--mode', 'vector', '--explain'],
      ['search', 'hot oven', 'docs', '--json', '-n', '1'],
      ['search', 'satellite', '--no-index', '--json', '-f', 'year=2024'],
      ['search', 'xyzzy', '--mode', 'lexical', '--no-index'],
      ['search', '', '--json'],
      ['search', 'oven', '--limit', '0', '--json'],
      ['search', 'oven', '-c', 'none', '--no-index', '--json'],
      ['search', 'oven', 'nowhere'],
      ['get', 'docs/bread.md:1-3'],
      ['get', 'chunk-1', '--json'],
      ['get', 'docs/none.md'],
      ['embed', 'one', 'two', '--json'],
      ['embed', 'a lone text', '--format', 'f32'],
      ['embed', 'another one', '--encoding', 'int8', '--format', 'base64'],
      ['embed', 'one', '--model', 'nothing', '--json'],
      ['embed', 'one', '--model', './docs'],
      ['rerank', 'query', 'passage', '--model', 'ms-marco-MiniLM-L-6-v2', '--json'],
      ['status'],
      ['collections', '--json'],
      ['collections', 'show', 'docs'],
      ['collections', 'show', 'none', '--json'],
      ['collections', 'create', 'docs'],
      ['models', 'show', '--json'],
      ['models', 'remove', 'gte-small', '--json'],
      ['index', 'docs', '--dry-run', '--json'],
      ['config', '--json'],
      ['call', 'get', '{"chunkId": "chunk-1"}'],
      ['call', 'embed', '{"texts": ["yet another one"]}'],
      ['call', 'collections', 'null'],
      ['call', 'artifacts.get', '{"id": "none"}', '--json'],
      ['--no-such-flag'],
    ])('%s %s %s', async (...args: string[]) => {
      const [withDaemon, alone] = await Promise.all([
        user.semdex(args),
        user.semdex(args, { env: { SEMDEX_DAEMON: 'off' } }),
      ])
      const same = ({ status, stdout, stderr }: typeof alone) => ({ status, out: steady(stdout), err: steady(stderr) })
      if (args[0] !== 'config') expect(same(withDaemon)).toEqual(same(alone))
      else
        expect(withDaemon.stdout).toBe(
          alone.stdout.replace(/(daemon\.use","value":)false,"origin":"environment"/, '$1true,"origin":"default"'),
        )
    })

    test('texts from stdin, with one that is none', async () => {
      const stdin = FILES['texts.jsonl']
      const [withDaemon, alone] = await Promise.all([
        user.semdex(['embed'], { stdin }),
        user.semdex(['embed', '--no-daemon'], { stdin }),
      ])
      expect(withDaemon).toEqual(alone)
      expect(withDaemon.status).toBe(3)
    })

    test('semdex call is answered by it, and takes relative paths as those of its own folder', async () => {
      const call = async (name: string, input: object, folder = user.folder) => {
        const args = [BINARY, 'call', name, '-', '--debug']
        const { status, stdout, stderr } = await run(process.execPath, args, {
          cwd: folder,
          env: user.env,
          stdin: JSON.stringify(input),
        })
        expect(status).toBe(0)
        return { answer: JSON.parse(stdout), stderr }
      }
      await user.json(['embed', 'warm'])
      expect((await call('embed', { texts: ['some text of its own'] })).stderr).not.toContain('"event":"load"')
      const { answer } = await call('index.plan', { paths: ['bread.md'] }, `${user.folder}/docs`)
      expect(answer.plans).toMatchObject([{ root: `${user.folder}/docs/bread.md` }])
      const job = { operation: 'index', input: { paths: ['bread.md'] } }
      const { id } = (await call('jobs.start', job, `${user.folder}/docs`)).answer
      expect((await call('jobs.get', { id })).answer).toMatchObject({ state: 'succeeded' })
    })

    test('a job runs on in it when the command has ended', async () => {
      const input = JSON.stringify({ operation: 'index', input: { paths: [`${user.folder}/docs`] } })
      const { id } = await user.json(['call', 'jobs.start', input])
      const state = async () => (await user.json(['call', 'jobs.get', JSON.stringify({ id })])).state
      await expect.poll(state, { timeout: TIMEOUT }).toBe('succeeded')
    })

    test('a search loads no model in its own process, nor in the daemon', async () => {
      const events = async (...flags: string[]) => {
        const { stderr, stdout } = await user.semdex(['search', 'warm bread', '--debug', '--json', ...flags])
        const lines = stderr
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
        return { events: lines.map(({ event }) => event), load: JSON.parse(stdout).timings.load, ms: lines.at(-1).ms }
      }
      expect((await events('--no-daemon')).events).toEqual(['load', 'embed'])
      await events()
      const second = await events()
      expect(second.events).toEqual(['embed'])
      expect(second.ms.load).toBe(0)
      expect(second.load).toBeLessThan(5)
    })

    test('what was written through it is there without it', async () => {
      await user.json(['collections', 'create', 'fresh'])
      const names = async (...flags: string[]) => {
        const { collections } = await user.json(['collections', ...flags])
        return collections.map(({ name }: { name: string }) => name)
      }
      expect(await names('--no-daemon')).toContain('fresh')
      await user.json(['collections', 'drop', 'fresh', '--no-daemon'])
      expect(await names()).not.toContain('fresh')
    })

    test('other settings than the daemon has hold: the command then works by itself', async () => {
      const env = { SEMDEX_EMBEDDINGS: 'off' }
      const { degraded } = await user.json(['search', 'oven', '--no-index'], { env })
      expect(degraded).toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
      const { stderr } = await user.semdex(['search', 'oven', '--no-index'], { env })
      expect(stderr).toContain('The daemon of this database is one with other settings')
      const { status, stderr: refusal } = await user.semdex(['serve', '--daemon'], { env })
      expect({ status, refusal }).toEqual({ status: 1, refusal: expect.stringContaining('with other settings serves') })
    })

    test('its socket and folder are for the user alone, and over it the whole API answers, whatever the Host', async () => {
      if (process.platform === 'win32') return
      const mode = (path: string) => statSync(path).mode & 0o777
      expect([mode(user.place.folder), mode(user.place.socket)]).toEqual([0o700, 0o600])
      for (const file of [user.place.state, user.place.log]) expect(mode(file)).toBe(0o600)
      const answer = await overSocket(user.place.socket, '/api/collections', { host: 'elsewhere.example' })
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.body).collections.length).toBeGreaterThan(0)
    })

    test('says where it is; a second start finds it; an address only where one is named', async () => {
      const status = await user.json(['serve', '--status'])
      expect(status).toMatchObject({ running: true, socket: user.place.socket, url: null, usable: true })
      expect(await user.json(['serve', '--daemon'])).toEqual(status)
      const other = ['--db', `${user.folder}/other.db`]
      const second = await user.json(['serve', '--daemon', '--port', '0', ...other])
      expect(second.pid).not.toBe(status.pid)
      expect((await fetch(`${second.url}/healthz`)).status).toBe(200)
      expect(await user.json(['serve', '--stop', ...other])).toEqual({ stopped: true, pid: second.pid })
      await gone(second.pid)
      expect(isAlive(status.pid)).toBe(true)
    })
  },
  TIMEOUT,
)

describe(
  'a daemon',
  () => {
    let user: DaemonUser
    beforeAll(async () => {
      user = newDaemonUser()
      user.write(FILES)
      await user.json(['index', 'docs'])
    }, TIMEOUT)
    afterAll(() => user.leave())

    test('is one, however many start it at once', async () => {
      const pids = await Promise.all([1, 2, 3].map(() => user.startDaemon()))
      expect(new Set(pids).size).toBe(1)
    })

    test('that was killed leaves nothing that is in the way', async () => {
      const pid = await user.startDaemon()
      kill(pid, 'SIGKILL')
      await gone(pid)
      expect(existsSync(user.place.state)).toBe(true)
      expect(await user.semdex(['serve', '--status'])).toMatchObject({ status: 1, stderr: '' })
      expect(await user.semdex(['search', 'oven'])).toMatchObject({ status: 0, stderr: '' })
      expect(existsSync(user.place.state) || existsSync(user.place.socket)).toBe(false)
      const next = await user.startDaemon()
      kill(next, 'SIGKILL')
      await gone(next)
      expect(await user.startDaemon()).not.toBe(next)
    })

    test('starts over a state and a socket that are no such thing', async () => {
      await user.semdex(['serve', '--stop'])
      writeFileSync(user.place.state, 'no JSON')
      writeFileSync(user.place.socket, 'no socket')
      expect(await user.semdex(['search', 'oven'])).toMatchObject({ status: 0, stderr: '' })
      const pid = await user.startDaemon()
      expect(await user.json(['serve', '--status'])).toMatchObject({ running: true, pid })
    })

    test('of another version is not used, and a note says so', async () => {
      const pid = await user.startDaemon()
      const state = readFileSync(user.place.state, 'utf8')
      writeFileSync(user.place.state, JSON.stringify({ ...JSON.parse(state), version: '0.0.1' }))
      const { status, stderr } = await user.semdex(['search', 'oven', '--debug'])
      expect(status).toBe(0)
      expect(stderr).toContain('of version 0.0.1')
      expect(stderr).toContain('"event":"load"')
      writeFileSync(user.place.state, state)
      expect((await user.semdex(['search', 'oven', '--debug'])).stderr).not.toContain('"event":"load"')
      expect(isAlive(pid)).toBe(true)
    })

    const stops = process.platform === 'win32' ? ' [skipped: no signals]' : ''
    test.skipIf(stops)(`that does not answer is left alone${stops}`, async () => {
      const pid = await user.startDaemon()
      kill(pid, 'SIGSTOP')
      const { status, stderr, stdout } = await user.semdex(['search', 'oven'])
      kill(pid, 'SIGCONT')
      expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('takes no request now') })
      expect(stdout).toContain('bread.md')
      expect(await user.json(['serve', '--status'])).toMatchObject({ running: true, pid })
    })

    test('is not used in a folder that others can write into', async () => {
      if (process.platform === 'win32') return
      await user.startDaemon()
      const { chmodSync } = await import('node:fs')
      chmodSync(user.place.folder, 0o777)
      expect((await user.semdex(['search', 'oven', '--debug'])).stderr).toContain('"event":"load"')
      await user.startDaemon()
      expect(statSync(user.place.folder).mode & 0o777).toBe(0o777)
      chmodSync(user.place.folder, 0o700)
    })

    test('ends when it is asked to, and by SIGTERM, and takes its traces along', async () => {
      for (const end of [() => user.semdex(['serve', '--stop']), async (pid: number) => kill(pid, 'SIGTERM')]) {
        const pid = await user.startDaemon()
        await end(pid)
        await gone(pid)
        const left = readdirSync(user.place.folder).map((name) => name.split('.').at(-1))
        expect(left.sort()).toEqual(['lock', 'log'])
      }
      expect(await user.json(['serve', '--stop'])).toEqual({ stopped: false, pid: null })
      expect((await user.semdex(['serve', '--stop'])).stdout).toBe('There was no daemon.\n')
    })

    test('that cannot start says why', async () => {
      const env = { SEMDEX_DAEMON_FOLDER: `${user.folder}/${'d'.repeat(120)}` }
      const long = await user.semdex(['serve', '--daemon', '--json'], { env })
      expect(long.status).toBe(1)
      expect(JSON.parse(long.stderr).error).toMatchObject({
        code: 'SERVER_FAILED',
        fix: expect.stringContaining('SEMDEX_DAEMON_FOLDER'),
      })
      const taken = await user.semdex(['serve', '--daemon', '--json', '--host', '203.0.113.1', '--port', '0'])
      expect(taken.status).not.toBe(0)
      expect(JSON.parse(taken.stderr).error.code).toMatch(/SERVER_FAILED|CONFIGURATION_INVALID/)
      expect(await user.json(['serve', '--stop'])).toEqual({ stopped: false, pid: null })
    })
  },
  TIMEOUT,
)
