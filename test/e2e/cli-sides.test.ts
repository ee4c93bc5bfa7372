import { afterAll, beforeAll, expect, test } from 'vitest'
import { asset, describeWithAssets } from '../support/assets.ts'
import { build, newUser, type User } from '../support/cli.ts'

const FILES = {
  'bread.md': '# Bread\n\nKnead the dough, let it rise overnight, then bake the loaf in a hot oven.\n',
  'orbit.md': '# Orbits\n\nThe satellite circles the planet every ninety minutes.\n',
  'tyres.md': '# Tyres\n\nCheck the pressure of the tyres before a long journey.\n',
  'sum.ts': 'export function sum(numbers: number[]): number {\n  return numbers.reduce((a, b) => a + b, 0)\n}\n',
  'retry.py':
    'def retry(call, times):\n    for _ in range(times):\n        try:\n            return call()\n        except OSError:\n            pass\n',
  'stack.py':
    'class Stack:\n    def push(self, item):\n        self.items.append(item)\n\n    def pop(self):\n        return self.items.pop()\n',
}
const PAIRS: [what: string, text: string, code: string][] = [
  ['of 1,024 and 1,536 dimensions', 'fixtures/tiny-jina-task', 'fixtures/tiny-qodo-last'],
  ['that are real', 'models/all-MiniLM-L6-v2', 'models/bge-small-en-v1.5'],
]

beforeAll(build, 180_000)

for (const [what, text, code] of PAIRS) {
  describeWithAssets(`two models ${what}`, [text, code], () => {
    let user: User
    let names: { text: string; code: string }
    beforeAll(async () => {
      user = newUser()
      user.write(FILES)
      await user.json(['index', '.', '--model', asset(text), '--code-model', asset(code)])
      const { collections } = await user.json(['collections'])
      names = { text: collections[0].model, code: collections[0].code.model }
    }, 120_000)
    afterAll(() => user.remove())

    // biome-ignore lint/suspicious/noExplicitAny: what a hit is is the subject of the test
    type Answer = { side: string; degraded: any; hits: any[] }
    const ask = (query: string, ...flags: string[]): Promise<Answer> =>
      user.json(['search', query, '--no-index', ...flags])

    test('each side is found by its own model', async () => {
      const both = await ask('numbers', '--side', 'both', '--mode', 'vector')
      expect(both).toMatchObject({ side: 'both', degraded: null })
      expect(both.hits.length).toBe(6)
      for (const { side, model, similarity } of both.hits) {
        expect(model).toBe(side === 'code' ? names.code : names.text)
        expect(similarity).not.toBeNull()
      }
      for (const side of ['text', 'code'] as const) {
        const alone = await ask('numbers', '--side', side, '--mode', 'vector')
        expect(alone.hits.map((hit) => [hit.side, hit.model])).toEqual(Array(3).fill([side, names[side]]))
      }
    })

    test('the same passage has the same similarity, whatever else is asked', async () => {
      const both = await ask('bake a loaf', '--side', 'both')
      const alone = await ask('bake a loaf', '--side', 'text')
      for (const { documentId, side, similarity } of alone.hits.filter(({ model }) => model !== null)) {
        const same = both.hits.find((hit) => hit.documentId === documentId)
        expect(same).toMatchObject({ side, similarity })
      }
    })

    test('padded vectors give the same answers', async () => {
      const queries = ['numbers', 'bake a loaf', 'try again where a call fails']
      const answers = () =>
        Promise.all(queries.map(async (query) => (await ask(query, '--side', 'both', '--explain')).hits))
      const native = await answers()
      await user.json(['collections', 'update', 'work', '--layout', 'padded'])
      expect(await answers()).toEqual(native)
      await user.json(['collections', 'update', 'work', '--layout', 'native'])
    })

    test('people see which model found a hit', async () => {
      const { stdout } = await user.semdex(['search', 'numbers', '--no-index', '--side', 'both', '--mode', 'vector'])
      for (const name of Object.values(names)) expect(stdout).toContain(` by ${name}`)
    })
  })
}

describeWithAssets('two real models', ['models/bge-small-en-v1.5'], () => {
  let user: User
  beforeAll(async () => {
    user = newUser()
    user.write(FILES)
    await user.json(['index', '.', '--code-model', asset('models/bge-small-en-v1.5')])
  }, 120_000)
  afterAll(() => user.remove())

  test.each([
    ['how long does dough rest before baking', 'bread.md'],
    ['what to look at before driving far', 'tyres.md'],
    ['add up the numbers in an array', 'sum.ts'],
    ['call again after an input/output error', 'retry.py'],
  ])('%s: %s', async (query, file) => {
    for (const mode of ['vector', 'hybrid']) {
      const { hits } = await user.json(['search', query, '--side', 'both', '--mode', mode, '--no-index'])
      expect(hits[0].path).toBe(`${user.folder}/${file}`)
    }
  })
})
