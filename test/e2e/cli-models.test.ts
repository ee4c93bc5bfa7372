import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { BINARY, build, newUser, type User } from '../support/cli.ts'
import { specOf } from '../support/embedding.ts'
import { drip, type Hub, sha256, startHub } from '../support/hub-server.ts'
import { run } from '../support/processes.ts'

const TINY = 'fixtures/tiny-bert-mean'
const WEIGHTS = 'onnx/model.onnx'
const NAME = 'multilingual-e5-small'

describeWithAssets('semdex models', ['fixtures'], () => {
  let hub: Hub
  let user: User
  beforeAll(async () => {
    const paths = [WEIGHTS, 'onnx/model.onnx_data', 'tokenizer.json']
    const file = (path: string) =>
      readFileSync(asset(`${path.endsWith('_data') ? 'fixtures/tiny-jina-task' : TINY}/${path}`))
    hub = await startHub(Object.fromEntries(paths.map((path) => [path, file(path)])))
    user = newUser({ HF_ENDPOINT: hub.endpoint })
    user.env.SEMDEX_CACHE = `${user.folder}/cache`
    cpSync(asset(TINY), `${user.folder}/tiny`, { recursive: true })
    await build()
  }, 300_000)
  afterAll(async () => {
    user.remove()
    await hub.close()
  })

  test('list is the same as nothing, and says of each what it is', async () => {
    const { models } = await user.json(['models', 'list'])
    expect(models).toEqual((await user.json(['models'])).models)
    expect(models.find(({ name }: { name: string }) => name === 'all-MiniLM-L6-v2')).toMatchObject({
      task: 'embed',
      runtime: 'onnx',
      dimensions: 384,
      maxTokens: 256,
      bytes: 23_684_031,
      licence: 'Apache-2.0',
      installed: true,
      isDefault: true,
    })
    const { stdout } = await user.semdex(['models'])
    expect(stdout).toMatch(/^all-MiniLM-L6-v2 +installed, default +embed +onnx +384 +256 +24 MB +Apache-2\.0/m)
    expect(stdout).toMatch(/^potion-base-8M +embed +static +256 +any +- +MIT/m)
    expect(stdout).toMatch(/^bge-reranker-base +rerank +onnx +- +512 +- +MIT/m)
  })

  test('offline, nothing is asked for', async () => {
    const before = hub.seen.length
    const pull = await user.semdex(['models', 'pull', NAME, '--offline'])
    expect(pull).toMatchObject({ status: 5, stdout: '' })
    expect(pull.stderr).toContain('hub.offline')
    expect(hub.seen.length).toBe(before)
  })

  test('pull, show, verify and remove', async () => {
    expect(await user.json(['models', 'show', NAME])).toMatchObject({ folder: null, fingerprint: null })
    const pulled = await user.semdex(['models', 'pull', NAME])
    expect(pulled).toMatchObject({ status: 0, stderr: '' })
    expect(pulled.stdout).toMatch(
      /^multilingual-e5-small \(MIT\) in .*\ndownloaded +onnx\/model\.onnx +596 kB\ndownloaded/,
    )
    const again = await user.json(['models', 'pull', NAME])
    expect(again.files.map(({ state }: { state: string }) => state)).toEqual(['present', 'present'])

    const { folder, fingerprint, spec } = await user.json(['models', 'show', NAME])
    expect({ folder, fingerprint }).toEqual({
      folder: again.folder,
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(spec.files[0].sha256).toBe(sha256(hub.files[WEIGHTS] as Buffer))
    expect((await user.json(['models', 'verify', NAME])).files.length).toBe(2)

    const removed = await user.semdex(['models', 'remove', NAME])
    expect(removed).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Removed multilingual-e5-small from .*kB\.\n$/),
    })
    expect(existsSync(folder)).toBe(false)
    expect(await user.semdex(['models', 'verify', NAME])).toMatchObject({
      status: 5,
      stderr: expect.stringContaining(`semdex models pull ${NAME}`),
    })
  })

  test('a folder and a spec of our own embed after they were added', async () => {
    expect((await user.json(['models', 'add', 'tiny', '--name', 'mine'])).model).toBe('mine')
    const { sha256: _, ...weights } = { ...specOf('all-MiniLM-L6-v2').files[0], path: WEIGHTS, bytes: null }
    const spec: Partial<ModelSpec> = {
      ...specOf('all-MiniLM-L6-v2'),
      name: 'pulled',
      source: { repository: 'tests/tiny', revision: null },
      dimensions: 48,
      maxTokens: 128,
      precision: 'fp32',
      files: [weights as never, { role: 'tokenizer', path: 'tokenizer.json' } as never],
    }
    user.write({ 'pulled.json': JSON.stringify(spec) })
    expect((await user.json(['models', 'add', 'pulled.json'])).files[0]).toMatchObject({ state: 'downloaded' })
    const golden = JSON.parse(readFileSync(asset(`${TINY}/golden.json`), 'utf8')) as {
      cases: { text: string; embedding: number[] }[]
    }
    const { text, embedding } = golden.cases.find((each) => each.text.length > 20) as (typeof golden.cases)[0]
    for (const name of ['mine', 'pulled']) {
      const { results, dimensions } = await user.json(['embed', text, '--model', name])
      expect(dimensions).toBe(48)
      for (const [at, value] of embedding.entries()) expect(results[0].embedding[at]).toBeCloseTo(value, 5)
    }
    const { models } = await user.json(['models'])
    expect(models.filter(({ installed }: { installed: boolean }) => installed).length).toBe(3)
  })

  const python = spawnSync('python3', ['--version']).status === 0
  test.skipIf(!python)(`an archive${python ? '' : ' [skipped: needs python3 to make one]'}`, async () => {
    spawnSync('python3', ['-c', 'import shutil; shutil.make_archive("packed", "zip", "tiny")'], { cwd: user.folder })
    expect((await user.json(['models', 'add', 'packed.zip'])).model).toBe('packed')
    expect((await user.json(['embed', 'hello', '--model', 'packed'])).dimensions).toBe(48)
  })

  test('a licence that binds is told before the download, on stderr, and when the model is used', async () => {
    const { notice } = specOf('jina-embeddings-v3')
    const { status, stderr } = await user.semdex(['models', 'pull', 'jina-embeddings-v3'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: `warning: ${notice}\n` })
    const failed = await user.semdex(['models', 'pull', 'embeddinggemma-300m'], {
      env: { HF_ENDPOINT: 'http://127.0.0.1:9', SEMDEX_OFFLINE: 'on' },
    })
    expect(failed.status).toBe(5)
    expect(failed.stderr.split('\n')[0]).toBe(`warning: ${specOf('embeddinggemma-300m').notice}`)
    const { stderr: json } = await user.semdex(['--json', 'models', 'pull', 'jina-embeddings-v3'])
    expect(JSON.parse(json)).toEqual({ warning: { message: notice } })
    const used = await user.semdex(['embed', 'hello', '--model', 'jina-embeddings-v3'])
    expect(used.stderr.split('\n')[0]).toBe(`warning: ${notice}`)
  })

  test('a damaged file in the cache is pulled again by whoever needs it', async () => {
    const { folder } = await user.json(['models', 'show', 'pulled'])
    user.write({ [`${folder.slice(user.folder.length + 1)}/${WEIGHTS}`]: 'damaged' })
    const { status, stdout, stderr } = await user.semdex(['embed', 'hello', '--model', 'pulled'])
    expect({ status, vectors: stdout.split('\n').length - 1 }).toEqual({ status: 0, vectors: 1 })
    expect(stderr).toMatch(/^warning: .*damaged.*It is pulled again\.\n$/)
    expect(readFileSync(`${folder}/${WEIGHTS}`)).toEqual(hub.files[WEIGHTS])
  })

  test.each([
    [['pull', 'nope'], 2, /There is no model nope/],
    [['pull', 'Qodo-Embed-1-1.5B'], 5, /docs\/models\.md/],
    [['pull'], 2, /model/],
    [['add', 'nowhere'], 2, /nowhere/],
    [['add', 'tiny', '--name', 'e5-small-v2'], 2, /--name/],
    [['remove', 'all-MiniLM-L6-v2'], 5, /npm uninstall @semdex\/all-minilm-l6-v2/],
  ])('%j is refused with the way out', async (args, code, message) => {
    const { status, stdout, stderr } = await user.semdex(['models', ...args])
    expect({ status, stdout }).toEqual({ status: code, stdout: '' })
    expect(stderr).toMatch(message)
  })

  const terminal = process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0
  test.skipIf(!terminal)(
    `a long download shows a bar${terminal ? '' : ' [skipped: needs python3 to make a terminal]'}`,
    async () => {
      hub.next(drip(20, 60))
      const env = { ...user.env, TERM: 'xterm-256color' }
      const code = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'
      const ended = await run('python3', ['-c', code, process.execPath, BINARY, 'models', 'pull', NAME], {
        cwd: user.folder,
        env,
      })
      expect(ended.stdout).toMatch(/Fetching [█░]{24} \d+% [\d.]+ MB/)
      expect(ended.stdout).toContain('downloaded')
    },
  )
})
