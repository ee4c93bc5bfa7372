import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runScript } from '../support/run-script.ts'

/** Makes packages look as if they were not there, or did not load, in this process and in its threads. */
function without(packages: Record<string, 'missing' | 'no binary'>): string {
  return `
    import { registerHooks } from 'node:module'
    const packages = ${JSON.stringify(packages)}
    registerHooks({ resolve(specifier, context, next) {
      if (packages[specifier] === 'missing') {
        throw Object.assign(new Error("Cannot find module '" + specifier + "'"), { code: 'MODULE_NOT_FOUND' })
      }
      if (packages[specifier] === 'no binary') {
        const message = 'Error loading shared library ld-linux-x86-64.so.2: No such file or directory'
        throw Object.assign(new Error(message), { code: 'ERR_DLOPEN_FAILED' })
      }
      return next(specifier, context)
    } })
  `
}

const EMBED = `
  import { openTestEmbedder } from './test/support/embedding.ts'
  try {
    const embedder = await openTestEmbedder(SETTINGS)
    const results = await embedder.embed(['hello world', 'hi world', 'quantum physics'], { kind: 'passage' })
    await embedder.close()
    console.log(JSON.stringify(results.map(({ vector }) => [...vector])))
  } catch (error) {
    console.log(JSON.stringify(error))
  }
`

async function embedWithout(packages: Record<string, 'missing' | 'no binary'>, settings: object) {
  const script = EMBED.replace('SETTINGS', JSON.stringify(settings))
  const { stdout, stderr, code } = await runScript(script, { preload: without(packages) })
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  return JSON.parse(stdout) as number[][] & { code: string; fix: string; message: string }
}

describe.each(['threads', 'inline'])('%s: onnxruntime-node', (mode) => {
  test.each(['missing', 'no binary'] as const)('%s: WebAssembly answers, near what it would', async (state) => {
    const native = await embedWithout({}, { mode, provider: 'auto' })
    const fallback = await embedWithout({ 'onnxruntime-node': state }, { mode, provider: 'auto' })
    expect(fallback).toHaveLength(3)
    for (const [row, vector] of fallback.entries()) {
      const cosine = vector.reduce((sum, value, at) => sum + value * (native[row]?.[at] ?? 0), 0)
      expect(cosine).toBeGreaterThan(0.965)
    }
    // Were it native code all the same, the numbers would be the very same.
    expect(fallback).not.toEqual(native)
  })

  test('missing, as onnxruntime-web is: RUNTIME_UNAVAILABLE, with the way out', async () => {
    const error = await embedWithout({ 'onnxruntime-node': 'missing', 'onnxruntime-web': 'missing' }, { mode })
    expect(error).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', fix: 'npm install onnxruntime-node' })
  })

  test('without a binary for this machine, and no onnxruntime-web: it says to install that', async () => {
    const error = await embedWithout({ 'onnxruntime-node': 'no binary', 'onnxruntime-web': 'missing' }, { mode })
    expect(error).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('ld-linux-x86-64.so.2'),
      fix: expect.stringContaining('npm install onnxruntime-web'),
    })
  })
})

test('WebAssembly asked for by name, and not installed: RUNTIME_UNAVAILABLE', async () => {
  const error = await embedWithout({ 'onnxruntime-web': 'missing' }, { provider: 'wasm' })
  expect(error).toMatchObject({ code: 'RUNTIME_UNAVAILABLE', fix: 'npm install onnxruntime-web' })
})

test('a device asked for by name, and no onnxruntime-node: PROVIDER_UNAVAILABLE', async () => {
  const error = await embedWithout({ 'onnxruntime-node': 'missing' }, { provider: 'cuda' })
  expect(error).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', fix: 'npm install onnxruntime-node' })
})

test('doctor says that WebAssembly answers, and a search works', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-runtime-'))
  const script = `
    process.env.SEMDEX_CACHE = ${JSON.stringify(folder)}
    process.argv.push('semdex', 'doctor', '--json', '--db', ${JSON.stringify(join(folder, 'semdex.db'))})
    await import('./src/interfaces/cli/bin.ts')
  `
  const { stdout } = await runScript(script, { preload: without({ 'onnxruntime-node': 'no binary' }) })
  rmSync(folder, { recursive: true })
  const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; message: string }[] }
  const states = Object.fromEntries(checks.map(({ name, status }) => [name, status]))
  expect(states).toMatchObject({ onnxruntime: 'warning', providers: 'ok', model: 'ok', search: 'ok' })
  const [runtime] = checks.filter(({ name }) => name === 'onnxruntime')
  expect(runtime?.message).toContain('in WebAssembly answers')
})
