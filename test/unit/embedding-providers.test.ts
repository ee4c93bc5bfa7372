import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import type { ProviderTrial } from '../../src/core/parts.ts'
import { chooseProvider, fastest, tryProviders } from '../../src/embedding/runtimes/onnx/providers.ts'
import { absentDevice, cudaCommand, missingParts } from '../../src/embedding/runtimes/onnx/providers-here.ts'
import { tryProvider } from '../../src/embedding/runtimes/onnx/providers-trial.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, largestDifference, openTestEmbedder, vectorsOf } from '../support/embedding.ts'
import { readGolden } from '../support/golden.ts'

const require = createRequire(import.meta.url)
const FOLDER = 'fixtures/tiny-bert-mean'

let cacheDirectory: string
beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'semdex-providers-'))
})
afterEach(() => rmSync(cacheDirectory, { recursive: true }))

async function settings(spec?: ModelSpec) {
  return { spec: spec ?? (await folderSpec(asset(FOLDER))), folder: asset(FOLDER), threads: 1, cacheDirectory }
}

/** What the process of a trial runs, as a module given as text: a file of its own, since processes start from files. */
function trialModule(body: string): URL {
  const file = join(cacheDirectory, `trial-${Math.random().toString(36).slice(2)}.mjs`)
  writeFileSync(file, `process.once('message', ({ model }) => { ${body} })`)
  return pathToFileURL(file)
}

const VECTOR = 'Float32Array.from({ length: model.spec.dimensions }, (_, i) => (i === 0 ? 1 : 0))'
const answering = (vectors: string, milliseconds = 1) =>
  trialModule(`
    const expected = ${VECTOR}
    const answer = { outcome: 'answered', milliseconds: ${milliseconds}, cpuMilliseconds: 2, vectors: ${vectors}, expected }
    process.send(answer, () => process.exit(0))
  `)

describeWithAssets('a trial', [FOLDER], () => {
  test('runs the model by both, and says how far apart they are', async () => {
    const trial = await tryProvider({ model: await settings(), provider: 'wasm' })
    expect(trial).toMatchObject({ provider: 'wasm', state: 'works', reason: null })
    expect(trial.difference).toBeGreaterThan(0)
    expect(trial.difference).toBeLessThan(1e-5)
    expect(Math.min(Number(trial.milliseconds), Number(trial.cpuMilliseconds))).toBeGreaterThan(0)
  })

  test('in which the provider is not there says why', async () => {
    // No build of onnxruntime-node has all three.
    const missing = (['cuda', 'coreml', 'webgpu'] as const).find((provider) => missingParts(provider))
    const trial = await tryProvider({ model: await settings(), provider: missing ?? 'coreml' })
    expect(trial).toMatchObject({ state: 'fails', reason: expect.stringMatching(/./), milliseconds: null })
  })

  test.each([
    ['other numbers', 'Float32Array.from(expected, (value, i) => (i === 1 ? 0.02 : value))'],
    ['numbers that are not finite', 'expected.map(() => NaN)'],
    ['another direction', 'expected.toReversed()'],
  ])('that answers with %s is wrong', async (_, vectors) => {
    const trial = await tryProvider({ model: await settings(), provider: 'webgpu' }, answering(vectors))
    expect(trial).toMatchObject({ state: 'wrong', reason: expect.stringContaining('are not those of the CPU') })
  })

  test.each([
    ['aborts', 'process.abort()', /SIGABRT|exit code/],
    ['ends without an answer', 'process.exit(3)', /exit code 3/],
    ['throws', 'throw new Error("driver")', /exit code 1/],
  ])('whose process %s costs nothing else', async (_, body, reason) => {
    const trial = await tryProvider({ model: await settings(), provider: 'webgpu' }, trialModule(body))
    expect(trial).toMatchObject({ state: 'fails', reason: expect.stringMatching(reason) })
  })

  test('of a model that the CPU cannot run either is the model’s error', async () => {
    const spec = await folderSpec(asset(FOLDER))
    const files = spec.files.map((file) => (file.role === 'weights' ? { ...file, path: 'none.onnx' } : file))
    const trial = tryProvider({ model: await settings({ ...spec, files }), provider: 'wasm' })
    await expect(trial).rejects.toMatchObject({
      code: 'MODEL_DAMAGED',
      details: { file: join(asset(FOLDER), 'none.onnx') },
    })
  })
})

describe('the choice', () => {
  const trial = (provider: ProviderTrial['provider'], milliseconds: number | null): ProviderTrial => ({
    provider,
    state: milliseconds === null ? 'wrong' : 'works',
    reason: null,
    fix: null,
    milliseconds,
    cpuMilliseconds: milliseconds === null ? null : 10,
    difference: 0,
  })

  test.each([
    ['the fastest', [trial('cuda', 8), trial('webgpu', 5)], 'webgpu'],
    ['one that is right', [trial('cuda', null), trial('webgpu', 5)], 'webgpu'],
    ['the CPU where all are slower', [trial('cuda', 11), trial('webgpu', 10)], 'cpu'],
    ['the CPU where there is no other', [], 'cpu'],
  ])('is %s', (_, trials, provider) => expect(fastest(trials)).toBe(provider))
})

const hasWebGpu = missingParts('webgpu') === null

describeWithAssets('a named provider', [FOLDER], () => {
  test.skipIf(!hasWebGpu)('that was right is remembered, for these threads (needs a build with WebGPU)', async () => {
    const crash = trialModule('process.abort()')
    expect(await chooseProvider('webgpu', await settings(), answering('expected'))).toBe('webgpu')
    expect(await chooseProvider('webgpu', await settings(), crash)).toBe('webgpu')
    const other = chooseProvider('webgpu', { ...(await settings()), threads: 2 }, crash)
    await expect(other).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', details: { state: 'fails' } })
  })

  test.skipIf(!hasWebGpu)('that failed is tried again (needs a build with WebGPU)', async () => {
    const failed = chooseProvider('webgpu', await settings(), trialModule('process.abort()'))
    await expect(failed).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
    expect(await chooseProvider('webgpu', await settings(), answering('expected', 5))).toBe('webgpu')
  })

  test.skipIf(!hasWebGpu)('answers as the CPU does, or says why it does not (needs a build with WebGPU)', async () => {
    const open = openTestEmbedder({ ...(await settings()), provider: 'webgpu' })
    const outcome = await open.then(
      async (embedder) => {
        const [vector] = vectorsOf(await embedder.embed(['hello'], { kind: 'passage' }))
        await embedder.close()
        return vector?.length
      },
      (error) => error,
    )
    if (outcome === 48) return
    expect(outcome).toMatchObject({ code: 'PROVIDER_UNAVAILABLE', details: { provider: 'webgpu' } })
    expect(outcome.message).toMatch(/does not run this model here: .{10}/)
    expect(outcome.message).not.toContain('onnxruntime_src')
  })

  test.skipIf(process.platform === 'darwin')(
    'that no build for this platform has: it says so (macOS has CoreML)',
    async () => {
      await expect(openTestEmbedder({ ...(await settings()), provider: 'coreml' })).rejects.toMatchObject({
        code: 'PROVIDER_UNAVAILABLE',
        message: expect.stringContaining(`no coreml for ${process.platform}-${process.arch}`),
        fix: 'Set embedding.provider to auto or cpu',
      })
    },
  )

  test.skipIf(missingParts('cuda')?.fix !== cudaCommand())(
    'CUDA without its files: the command that fetches them, as the script of this version understands it (needs Linux without them)',
    async () => {
      await expect(openTestEmbedder({ ...(await settings()), provider: 'cuda' })).rejects.toMatchObject({
        code: 'PROVIDER_UNAVAILABLE',
        fix: cudaCommand(),
      })
      const [, variable, value, script] = cudaCommand().match(/^(\w+)=(\w+) node (\S+)$/) as string[]
      const { parseInstallFlag } = require('onnxruntime-node/script/install-utils.js') as {
        parseInstallFlag(): unknown
      }
      const { requirements } = require('onnxruntime-node/script/install-metadata.js') as {
        requirements: Record<string, string[]>
      }
      expect(script).toBe(require.resolve('onnxruntime-node/script/install.js'))
      expect(requirements[`${process.platform}/${process.arch}`]).toEqual(['cuda12'])
      vi.stubEnv(variable as string, value)
      expect(parseInstallFlag()).toBe(true)
      vi.unstubAllEnvs()
    },
  )
})

describeWithAssets('auto', [FOLDER], () => {
  test('gives the golden vectors, whatever it chooses', async () => {
    const { cases, rows } = readGolden(FOLDER)
    const embedder = await openTestEmbedder({ ...(await settings()), provider: 'auto' })
    const results = await embedder.embed(
      cases.map(({ text }) => text),
      { kind: 'passage' },
    )
    await embedder.close()
    for (const [row, vector] of vectorsOf(results).entries()) {
      expect(largestDifference(vector, rows[row] as Float32Array)).toBeLessThan(1e-3)
    }
  })

  test.skipIf(process.platform !== 'linux' || !absentDevice('webgpu'))(
    'tries no device that is not there (needs Linux without a graphics device)',
    async () => {
      const crash = trialModule('process.abort()')
      expect(await chooseProvider('auto', await settings(), crash)).toBe('cpu')
      const trials = await tryProviders(await settings())
      expect(trials.map(({ provider, state }) => [provider, state])).toEqual([
        ['cuda', 'untried'],
        ['coreml', 'untried'],
        ['webgpu', 'untried'],
        ['wasm', 'works'],
      ])
      expect(trials[0]?.reason).toBe('no NVIDIA device')
      expect(trials[2]?.reason).toBe('no graphics device')
    },
  )
})
