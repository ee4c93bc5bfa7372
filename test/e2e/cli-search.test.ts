import { renameSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asset, describeWithAssets } from '../support/assets.ts'
import { build, newUser, type User } from '../support/cli.ts'

const FILES = {
  'docs/bread.md': '# Bread\n\nKnead the dough, let it rise overnight.\n\n## Oven\n\nBake the loaf in a hot oven.\n',
  'docs/orbit.md':
    '---\nlang: en\nyear: 2024\n---\n# Orbits\n\nThe satellite circles the planet every ninety minutes.\n',
  'docs/tyres.md':
    '---\nlang: de\nyear: 2019\n---\n# Tyres\n\nCheck the pressure of the tyres before a long journey.\n',
  'src/sum.ts': 'export function sum(numbers: number[]): number {\n  return numbers.reduce((a, b) => a + b, 0)\n}\n',
}

beforeAll(build, 180_000)

describe('semdex search', () => {
  let user: User
  beforeAll(async () => {
    user = newUser()
    user.write(FILES)
    await user.json(['index', 'docs', 'src'])
  }, 120_000)
  afterAll(() => user.remove())

  test('indexes the paths, then answers with cited hits as JSON', async () => {
    const fresh = newUser()
    fresh.write(FILES)
    const answer = await fresh.json(['search', 'how do I make a loaf', 'docs', '--mode', 'vector'])
    expect(Object.keys(answer).sort()).toEqual(['degraded', 'hits', 'mode', 'query', 'side', 'timings'])
    expect(answer).toMatchObject({ query: 'how do I make a loaf', mode: 'vector', degraded: null })
    const [hit] = answer.hits
    expect(hit).toMatchObject({
      rank: 1,
      path: `${fresh.folder}/docs/bread.md`,
      chunkId: expect.stringMatching(/^chunk-\d+$/),
      documentId: expect.any(String),
      heading: expect.arrayContaining(['Bread']),
    })
    expect(hit.lines).toEqual([expect.any(Number), expect.any(Number)])
    expect(FILES['docs/bread.md']).toContain(hit.text)
    expect(hit.similarity).toBeGreaterThan(0.3)
    expect(hit.similarity).toBeLessThanOrEqual(1)
    expect(hit.score).toBe(hit.similarity)
    fresh.remove()
  })

  test('shows people the place, the heading, the similarity and the snippet', async () => {
    const { status, stdout, stderr } = await user.semdex(['search', 'hot oven', '-n', '1'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^docs\/bread\.md:\d+-\d+ {2}Bread › Oven\n {2}similarity 0\.\d{3} · score \d\.\d{3}/)
    expect(stdout).toContain('Bake the loaf in a hot oven.')
    expect(stdout).not.toContain('\u001B')
  })

  test('marks the words that were found where colours are forced, and only there', async () => {
    const args = ['search', 'hot oven', '-n', '1']
    const { stdout } = await user.semdex(args, { env: { FORCE_COLOR: '1' } })
    expect(stdout).toContain('\u001B[33moven')
    const refused = await user.semdex([...args, '--no-color'], { env: { FORCE_COLOR: '1' } })
    expect(refused.stdout).not.toContain('\u001B')
  })

  test('explains every part of a score', async () => {
    const { hits } = await user.json(['search', 'oven', '--explain', '-n', '1'])
    const { vectorPart, lexicalPart } = hits[0].explanation.parts
    expect(vectorPart + lexicalPart).toBeCloseTo(hits[0].score, 6)
    const { stdout } = await user.semdex(['search', 'oven', '--explain', '-n', '1'])
    expect(stdout).toMatch(/ {4}score = share·z\S+ \+/)
    expect(stdout).toMatch(/ {4}lexicalPart +0\.\d{4}/)
  })

  test('picks up what is new, changed and deleted since', async () => {
    const changing = newUser()
    changing.write(FILES)
    await changing.json(['search', 'oven', 'docs'])
    changing.write({
      'docs/bread.md': '# Bread\n\nNothing about baking any more, but zeppelins.\n',
      'docs/new.md': 'A gyroscope keeps its axis.\n',
    })
    rmSync(`${changing.folder}/docs/tyres.md`)
    const names = async (query: string) =>
      (await changing.json(['search', query, '--mode', 'lexical'])).hits.map(({ path }: { path: string }) =>
        path.slice(changing.folder.length + 6),
      )
    expect(await names('zeppelins')).toEqual(['bread.md'])
    expect(await names('gyroscope')).toEqual(['new.md'])
    expect(await names('tyres')).toEqual([])
    expect(await names('oven')).toEqual([])
    changing.remove()
  })

  test('searches what is indexed with --no-index, and touches nothing', async () => {
    user.write({ 'docs/later.md': 'A marmot whistles.\n' })
    const before = await user.json(['status'])
    expect((await user.json(['search', 'marmot', '--no-index', '--mode', 'lexical'])).hits).toEqual([])
    expect(await user.json(['status'])).toEqual(before)
    rmSync(`${user.folder}/docs/later.md`)
  })

  test('a path restricts what answers', async () => {
    const paths = async (...args: string[]) =>
      (await user.json(['search', 'sum of numbers', ...args])).hits.map(({ path }: { path: string }) => path)
    expect(await paths('docs/orbit.md')).toEqual([`${user.folder}/docs/orbit.md`])
    expect((await paths('src')).every((path: string) => path.startsWith(`${user.folder}/src/`))).toBe(true)
    expect((await paths()).length).toBe(4)
  })

  test.each([
    [['--filter', 'lang=en'], ['orbit.md']],
    [
      ['--filter', 'lang!=en', '-g', 'docs/**'],
      ['bread.md', 'tyres.md'],
    ],
    [['--filter', 'year>=2019', '-f', 'year<2024'], ['tyres.md']],
    [['--filter', '{"lang": {"$in": ["de", "fr"]}}'], ['tyres.md']],
    [['--filter', 'year="2024"'], []],
    [['--path-glob', '*.ts'], ['sum.ts']],
    [
      ['--path-glob', './docs/o*.md', '--path-glob', 'src/**'],
      ['orbit.md', 'sum.ts'],
    ],
  ])('filters by metadata and path: %j', async (flags, expected) => {
    const { hits } = await user.json(['search', 'the planet', '--no-index', ...flags])
    const names = hits.map(({ path }: { path: string }) => path.split('/').at(-1)).sort()
    expect(names).toEqual(expected)
  })

  test('--min-similarity and --limit cut the list', async () => {
    const { hits } = await user.json(['search', 'a satellite around a planet', '--min-similarity', '0.4'])
    expect(hits.map(({ path }: { path: string }) => path.split('/').at(-1))).toEqual(['orbit.md'])
    expect((await user.json(['search', 'a', '--min-similarity', '-1', '-n', '2'])).hits.length).toBe(2)
  })

  test('a search without hits ends with 0', async () => {
    const { status, stdout } = await user.semdex(['search', 'xylophone', '--mode', 'lexical'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  })

  test('a root that is gone is a warning, and what was indexed of it is still found', async () => {
    renameSync(`${user.folder}/src`, `${user.folder}/away`)
    const { status, stdout, stderr } = await user.semdex(['search', 'sum numbers', '-n', '1', '-g', '*.ts'])
    expect(status).toBe(0)
    expect(stderr).toContain(`warning: ${user.folder}/src is not there; what was indexed of it is kept.`)
    expect(stdout).toContain('src/sum.ts:1-3')
    renameSync(`${user.folder}/away`, `${user.folder}/src`)
  })

  test('without a model it answers by keyword and says so', async () => {
    const { status, stdout, stderr } = await user.semdex(['search', 'dough', '--json'], {
      env: { SEMDEX_EMBEDDINGS: 'off' },
    })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ degraded: { code: 'EMBEDDING_UNAVAILABLE' }, hits: [{ rank: 1 }] })
    expect(JSON.parse(stderr.trim().split('\n').at(-1) as string).warning.message).toMatch(/by keyword alone/)
  })

  test('another model for a collection that exists is an error that names the way', async () => {
    const { status, stderr } = await user.semdex(['search', 'x', 'docs', '--model', 'all-MiniLM-L6-v2-fp32'])
    expect(status).toBe(2)
    expect(stderr).toContain('was embedded with all-MiniLM-L6-v2')
    expect(stderr).toContain('semdex migrate --to ')
  })
})

describe('the language of the content', () => {
  const GERMAN = `# Brot

Der Teig wird zuerst geknetet und muss danach über Nacht an einem warmen Ort ruhen, damit die Hefe genug Zeit hat. Am
nächsten Morgen heizt man den Ofen vor, formt einen runden Laib und schneidet die Oberfläche mit einem scharfen Messer
ein. Nach ungefähr vierzig Minuten ist das Brot fertig und sollte vor dem Anschneiden vollständig abkühlen.
`
  test('is a warning where it is not one of the model', async () => {
    const user = newUser()
    user.write({ 'brot/teig.md': GERMAN, 'docs/bread.md': FILES['docs/bread.md'].repeat(5) })
    const german = await user.semdex(['index', 'brot'])
    expect(german.status).toBe(0)
    expect(german.stderr).toMatch(/warning: .*German.*all-MiniLM-L6-v2 was trained for English/)
    expect((await user.semdex(['index', 'docs'])).stderr).toBe('')
    expect((await user.semdex(['index', 'brot'])).stderr).toBe('')
    user.remove()
  })
})

describeWithAssets('the Rust book', ['data/corpora/rust-book'], () => {
  test('has the right chapter first, in a process of its own', { timeout: 600_000 }, async () => {
    const user = newUser({ SEMDEX_WORKERS: '2' })
    const book = asset('data/corpora/rust-book')
    const args = ['search', 'how do I return early from a loop', book]
    const { status, stdout, stderr } = await user.semdex([...args, '--json'], { timeout: 590_000 })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout).hits[0]).toMatchObject({ path: expect.stringMatching(/ch03-05-control-flow\.md$/) })
    const [report] = (await user.json(['index'])).reports
    expect(report).toMatchObject({ added: 0, changed: 0, chunks: 0, embedded: 0, failed: 0 })
    user.remove()
  })
})
