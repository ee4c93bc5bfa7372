import { describe, expect, test, vi } from 'vitest'
import { runScript } from '../support/run-script.ts'

vi.setConfig({ testTimeout: 300_000 })

const OPEN = `
  import { openTestEmbedder } from './test/support/embedding.ts'
  const mode = MODE
`
const withMode = (mode: string, source: string) => OPEN.replace('MODE', JSON.stringify(mode)) + source

describe('without any ONNX Runtime', () => {
  const preload = `
    import { registerHooks } from 'node:module'
    registerHooks({ resolve(specifier, context, next) {
      if (!/^onnxruntime-(node|web)/.test(specifier)) return next(specifier, context)
      throw Object.assign(new Error("Cannot find module '" + specifier + "'"), { code: 'MODULE_NOT_FOUND' })
    } })
  `
  test.each(['threads', 'inline'])('%s: RUNTIME_UNAVAILABLE, with the way out', async (mode) => {
    const script = withMode(mode, 'await openTestEmbedder({ mode }).catch((e) => console.log(JSON.stringify(e)))')
    const { stdout, code, stderr } = await runScript(script, { preload })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', fix: 'npm install onnxruntime-node' })
  })
})

describe('a process that has embedded', () => {
  test.each([
    ['closed', 'await embedder.close()'],
    ['left open', ''],
  ])('ends by itself, the embedder %s', async (_, last) => {
    const script = withMode(
      'threads',
      `const embedder = await openTestEmbedder({ mode })
       const [result] = await embedder.embed(['hello'], { kind: 'query' })
       console.log(result.ok)
       ${last}`,
    )
    const { stdout, stderr, code, signal } = await runScript(script)
    expect({ stdout, stderr, code, signal }).toEqual({ stdout: 'true\n', stderr: '', code: 0, signal: null })
  })
})

describe('a process that ends in the middle of it does not abort', () => {
  test.each([
    ['while models are loaded', ''],
    ['after the first query, which loads more', "await embedder.embed(['hello'], { kind: 'query' })"],
    [
      'while passages are embedded',
      `const texts = Array.from({ length: 200 }, (_, at) => ('word ' + at + ' ').repeat(100))
       embedder.embed(texts, { kind: 'passage' })
       await embedder.embed(['hello'], { kind: 'query' })`,
    ],
  ])('%s', async (_, work) => {
    const script = withMode(
      'threads',
      `const opening = openTestEmbedder({ mode, workers: 2 })
       ${work && `const embedder = await opening\n${work}`}
       await new Promise((resolve) => setTimeout(resolve, ${work ? 0 : 60}))
       process.exit(7)`,
    )
    for (let run = 0; run < 3; run++) {
      const { stderr, code, signal } = await runScript(script)
      expect({ stderr, code, signal }).toEqual({ stderr: '', code: 7, signal: null })
    }
  })
})

test('lone queries leave no thread spinning', async () => {
  const script = withMode(
    'threads',
    `const embedder = await openTestEmbedder({ mode })
     for (let at = 0; at < 12; at++) await embedder.embed(['query ' + at], { kind: 'query' })
     await new Promise((resolve) => setTimeout(resolve, 1_000))
     await embedder.embed(['the last one'], { kind: 'query' })
     const before = process.cpuUsage()
     await new Promise((resolve) => setTimeout(resolve, 2_000))
     const { user, system } = process.cpuUsage(before)
     console.log((user + system) / 1_000)
     await embedder.close()`,
  )
  const { stdout, stderr } = await runScript(script)
  expect(stderr).toBe('')
  // Milliseconds of CPU time in two seconds.
  expect(Number(stdout)).toBeLessThan(60)
})

describe.skipIf(process.platform !== 'linux')(
  'threads and workers reach ONNX Runtime (counted in /proc, so on Linux)',
  () => {
    const started = async (workers: number, threads: number) => {
      const script = withMode(
        'threads',
        `import { readdirSync } from 'node:fs'
       const embedder = await openTestEmbedder({ mode, workers: ${workers}, threads: ${threads} })
       const texts = Array.from({ length: 300 }, (_, at) => 'a passage of some words, number ' + at)
       do await embedder.embed(texts, { kind: 'passage' })
       while (embedder.metrics().workers < ${workers})
       console.log(readdirSync('/proc/self/task').length)
       await embedder.close()`,
      )
      const { stdout, stderr } = await runScript(script)
      expect(stderr).toBe('')
      return Number(stdout)
    }

    test('a session computes with `threads` threads, its own among them; each worker is one more', async () => {
      const one = await started(1, 1)
      expect((await started(1, 4)) - one).toBe(3)
      expect((await started(3, 1)) - one).toBe(2)
      expect((await started(2, 3)) - one).toBe(1 + 2 * 2)
    })
  },
)
