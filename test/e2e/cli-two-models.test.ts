import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset, describeWithAssets } from '../support/assets.ts'
import { build, newUser, type User } from '../support/cli.ts'

const TEXT = asset('fixtures/tiny-jina-task')
const CODE = asset('fixtures/tiny-qodo-last')
const PYTHON = 'def retry(times):\n    for attempt in range(times):\n        sleep(2 ** attempt)\n        call()\n'
const FILES = {
  'work/bread.md': '# Bread\n\nKnead the dough, let it rise overnight, then bake the loaf in a hot oven.\n',
  'work/orbit.txt': 'The satellite circles the planet once every ninety minutes, high above the clouds.\n',
  'work/retry.py': PYTHON,
  'work/sum.ts': 'export function sum(numbers: number[]): number {\n  return numbers.reduce((a, b) => a + b, 0)\n}\n',
}

describeWithAssets('a collection with a model for text and one for code', [TEXT, CODE], () => {
  let user: User
  beforeAll(async () => {
    await build()
    user = newUser()
    user.write(FILES)
  }, 180_000)
  afterAll(() => user.remove())

  const index = (...args: string[]) => user.json(['index', 'work', ...args])
  const models = ['--model', TEXT, '--code-model', CODE]
  const show = () => user.json(['collections', 'show', 'work'])
  const search = (query: string, ...args: string[]) =>
    user.json(['search', query, '--no-index', '--mode', 'vector', ...args])

  test('a dry run counts the texts of both, and writes nothing', async () => {
    const { plans } = await index('--dry-run', ...models)
    expect(plans).toMatchObject([{ files: 4, chunks: 4, toEmbed: 4, basis: { kind: 'sample', texts: 4 } }])
    expect((await user.json(['collections'])).collections).toEqual([])
  })

  test('each file is read by the model of its side', async () => {
    const { reports } = await index(...models)
    expect(reports).toMatchObject([{ added: 4, chunks: 4, embedded: 4, pending: 0, degraded: null }])
    expect(await show()).toMatchObject({
      model: TEXT,
      dimensions: 1024,
      code: { model: CODE, dimensions: 1536, waiting: 0 },
      layout: 'native',
      documents: 4,
      vectors: 4,
      pending: 0,
    })
    const { documents } = await user.json(['documents', '-c', 'work'])
    const sides = documents.map(({ path, side }: { path: string; side: string }) => [path.split('/').at(-1), side])
    expect(Object.fromEntries(sides)).toEqual({
      'bread.md': 'text',
      'orbit.txt': 'text',
      'retry.py': 'code',
      'sum.ts': 'code',
    })
    const { stdout } = await user.semdex(['status'])
    expect(stdout).toContain(`${TEXT}, code: ${CODE}`)
  })

  test('a search finds across both, each hit by its own model, with its cosine', async () => {
    const { hits, degraded } = await search(PYTHON, '--side', 'both')
    expect(degraded).toBeNull()
    expect(hits.length).toBe(4)
    for (const { path, model, similarity } of hits) {
      expect(model).toBe(/\.(py|ts)$/.test(path) ? CODE : TEXT)
      expect(Math.abs(similarity)).toBeLessThanOrEqual(1.000001)
    }
    const prose = await search('Knead the dough and bake the loaf', '--side', 'text')
    expect(prose.hits.map(({ model }: { model: string }) => model)).toEqual([TEXT, TEXT])
  })

  test('with nothing changed nothing is done', async () => {
    expect((await index(...models)).reports).toMatchObject([{ unchanged: 4, added: 0, chunks: 0, embedded: 0 }])
    expect((await index()).reports).toMatchObject([{ unchanged: 4, embedded: 0 }])
  })

  test('other models than it has are refused, with the way out', async () => {
    const { status, stderr } = await user.semdex(['index', 'work', '--code-model', TEXT])
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining(`semdex collections update work --code-model ${TEXT}`),
    ])
    const { reports } = await index('--model', TEXT)
    expect(reports).toMatchObject([{ unchanged: 4 }])
  })

  test('a file whose content becomes prose moves to the other model, and leaves no vector behind', async () => {
    user.write({ 'work/retry.py.txt': PYTHON, 'work/plan': PYTHON })
    expect((await index()).reports).toMatchObject([{ added: 2, pending: 0 }])
    expect(await sideOf('plan')).toBe('code')
    user.write({
      'work/plan': 'First we knead the dough. Then it rises overnight, and in the morning we bake the loaf.\n',
    })
    expect((await index()).reports).toMatchObject([{ changed: 1, embedded: 1, pending: 0 }])
    expect(await sideOf('plan')).toBe('text')
    const { chunks, vectors } = await show()
    expect(vectors).toBe(chunks)
  })

  test('without the code model code waits and is found by keyword; backfill makes up for it', async () => {
    const before = (await search(PYTHON, '--side', 'code')).hits[0]
    expect(before).toMatchObject({ model: CODE })
    await user.json(['collections', 'update', 'work', '--no-code-model'])
    const { code, pending } = await show()
    expect([code, pending > 0]).toEqual([null, true])
    const byKeyword = await user.json(['search', 'retry attempt', '--no-index', '--mode', 'lexical'])
    expect(byKeyword.hits[0].path).toContain('retry.py')
    expect((await user.json(['backfill'])).filled).toBe(pending)
    expect(await show()).toMatchObject({ pending: 0 })
    expect((await search(PYTHON)).hits[0]).toMatchObject({ model: TEXT })
    const updated = await user.json(['collections', 'update', 'work', '--code-model', CODE])
    // The vectors of the model that it had were kept.
    expect(updated).toMatchObject({ code: { model: CODE, waiting: 0 } })
    expect((await search(PYTHON, '--side', 'code')).hits[0]).toMatchObject({ similarity: before.similarity })
  })

  test('both layouts answer alike', async () => {
    const native = await search(PYTHON, '--side', 'both')
    expect(await user.json(['collections', 'update', 'work', '--layout', 'padded'])).toMatchObject({ layout: 'padded' })
    const padded = await search(PYTHON, '--side', 'both')
    const plain = ({ hits }: { hits: { path: string; similarity: number }[] }) =>
      hits.map(({ path, similarity }) => [path, similarity.toFixed(5)])
    expect(plain(padded)).toEqual(plain(native))
  })

  test.each([
    ['an unknown model', ['--code-model', 'none'], 'none'],
    ['a reranker', ['--code-model', 'ms-marco-MiniLM-L-6-v2'], 'ranks passages'],
    ['a model whose files nobody publishes', ['--code-model', 'Qodo-Embed-1-1.5B'], 'not on this machine'],
    ['two wishes', ['--code-model', CODE, '--no-code-model'], 'exclude each other'],
    ['no wish', [], 'Give codeModel or layout'],
  ])('%s is refused, and nothing changes', async (_, flags, words) => {
    const before = await show()
    const { status, stderr } = await user.semdex(['collections', 'update', 'work', ...flags])
    expect([status === 0, stderr]).toEqual([false, expect.stringContaining(words)])
    expect(await show()).toEqual(before)
  })

  test('the settings name them for new collections; one model for both is no code model', async () => {
    const env = { SEMDEX_MODEL: TEXT, SEMDEX_CODE_MODEL: CODE }
    expect(await user.json(['collections', 'create', 'two'], { env })).toMatchObject({ code: { model: CODE } })
    const one = ['collections', 'create', 'one', '--code-model', TEXT]
    expect(await user.json(one, { env })).toMatchObject({ model: TEXT, code: null })
  })

  async function sideOf(name: string): Promise<string> {
    const { documents } = await user.json(['documents', '-c', 'work'])
    return documents.find(({ path }: { path: string }) => path.endsWith(`/${name}`)).side
  }
})
