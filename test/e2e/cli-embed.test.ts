import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromBlob, toBinary, toInt8 } from '../../src/core/vectors.ts'
import { BINARY, build, newUser, type User } from '../support/cli.ts'

interface Line {
  index: number
  id?: string | number
  embedding?: number[]
  scale?: number
  tokens?: number
  truncated?: boolean
  error?: { code: string; message: string }
}

let user: User
beforeAll(async () => {
  await build()
  user = newUser()
}, 180_000)
afterAll(() => user.remove())

const lines = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
const cosine = (a: Line | undefined, b: Line | undefined) =>
  (a?.embedding ?? []).reduce((sum, x, i) => sum + x * (b?.embedding?.[i] ?? 0), 0)

describe('semdex embed', () => {
  test('arguments become JSON lines of unit vectors, in order', async () => {
    const { status, stdout, stderr } = await user.semdex(['embed', 'hello world', 'hi world', 'quantum physics'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const [hello, hi, quantum] = lines(stdout)
    expect([hello, hi, quantum].map((line) => line?.embedding?.length)).toEqual([384, 384, 384])
    expect([hello, hi, quantum].map((line) => line?.index)).toEqual([0, 1, 2])
    expect(cosine(hello, hello)).toBeCloseTo(1, 5)
    expect(cosine(hello, hi)).toBeGreaterThan(0.8)
    expect(cosine(hello, quantum)).toBeLessThan(0.5)
  })

  test('stdin is lines, or JSON lines with ids', async () => {
    const plain = lines((await user.semdex(['embed'], { stdin: 'hello world\r\nhi world\n' })).stdout)
    const json = lines(
      (await user.semdex(['embed'], { stdin: '{"id": "a", "text": "hello world"}\n\n"hi world"\n' })).stdout,
    )
    expect(plain.length).toBe(2)
    expect(json.map(({ id }) => id)).toEqual(['a', undefined])
    expect(json.map(({ embedding }) => embedding)).toEqual(plain.map(({ embedding }) => embedding))
    const asLines = await user.semdex(['embed', '--input', 'lines'], { stdin: '"hi world"\n' })
    expect(lines(asLines.stdout)[0]?.embedding).not.toEqual(plain[1]?.embedding)
  })

  test('a file is one text; --json is one value', async () => {
    user.write({ 'a.txt': 'hello\nworld\n' })
    const answer = await user.json(['embed', '--file', 'a.txt'])
    expect(answer).toMatchObject({ model: 'all-MiniLM-L6-v2', dimensions: 384, results: [{ index: 0 }] })
    expect(answer.results.length).toBe(1)
  })

  test('a text that fails has its own error and costs no other its vector', async () => {
    const stdin = '"hello world"\n""\n{"id": 7}\n"hi world"\nnot json\n'
    const { status, stdout, stderr } = await user.semdex(['embed', '--input', 'jsonl'], { stdin })
    expect(status).toBe(3)
    expect(stderr).toContain('3 of 5 texts could not be embedded')
    const answer = lines(stdout)
    expect(answer.map(({ error }) => error?.code)).toEqual([
      undefined,
      'EMPTY_EMBEDDING',
      'INVALID_INPUT',
      undefined,
      'INVALID_INPUT',
    ])
    expect(answer[2]).toMatchObject({ id: 7, index: 2 })
    expect(answer[3]?.embedding?.length).toBe(384)
  })

  test('raw float32 rows equal the JSON, and a text that failed is a row of NaN', async () => {
    const args = ['embed', 'hello world', '', 'hi world', '--format', 'f32']
    const { status, stdout } = spawnSync(process.execPath, [BINARY, ...args], { cwd: user.folder, env: user.env })
    expect(status).toBe(3)
    expect(stdout.length).toBe(3 * 384 * 4)
    const row = (at: number) => Array.from({ length: 384 }, (_, i) => stdout.readFloatLE((at * 384 + i) * 4))
    const json = lines((await user.semdex(['embed', 'hello world', '', 'hi world'])).stdout)
    expect(row(0)).toEqual(json[0]?.embedding)
    expect(row(1).every(Number.isNaN)).toBe(true)
    expect(row(2)).toEqual(json[2]?.embedding)
    expect((await user.semdex([...args, '--json'])).status).toBe(2)
  })

  test('many texts keep their order', async () => {
    const texts = Array.from({ length: 40 }, (_, i) => `${'word '.repeat(((i * 7) % 13) + 1)}${i}`)
    const many = lines((await user.semdex(['embed'], { stdin: texts.join('\n') })).stdout)
    expect(many.map(({ index }) => index)).toEqual(texts.map((_, i) => i))
    const [last] = lines((await user.semdex(['embed', texts[39] as string])).stdout)
    expect(cosine(many[39], last)).toBeGreaterThan(0.97)
  })

  test('nothing on stdin is nothing on stdout', async () => {
    expect(await user.semdex(['embed'], { stdin: '' })).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(await user.json(['embed'], { stdin: '' })).toEqual({ results: [] })
  })

  test('int8 and binary are numbers or base64 of the same vector', async () => {
    const embed = async (...flags: string[]) => {
      const { status, stdout, stderr } = await user.semdex(['embed', 'hello world', ...flags])
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      return lines(stdout)[0] as Line
    }
    const vector = Float32Array.from((await embed()).embedding as number[])
    const { values, scale } = toInt8(vector)
    expect(await embed('--encoding', 'int8')).toMatchObject({ embedding: [...values], scale })
    expect((await embed('--encoding', 'binary')).embedding).toEqual([...toBinary(vector)])
    const bytes = async (encoding: string) => {
      const { embedding } = await embed('--encoding', encoding, '--format', 'base64')
      return Buffer.from(embedding as unknown as string, 'base64')
    }
    expect(fromBlob(await bytes('float32'))).toEqual(vector)
    expect(await bytes('int8')).toEqual(Buffer.from(values.buffer))
    expect(await bytes('binary')).toEqual(Buffer.from(toBinary(vector)))
    const whole = await user.json(['embed', 'hello world', '--encoding', 'int8', '--format', 'base64'])
    expect(whole).toMatchObject({ encoding: 'int8', dimensions: 384, results: [{ scale }] })
  })

  test.each([
    ['raw float32 of int8', ['--format', 'f32', '--encoding', 'int8'], /--format f32 writes float32, not int8/],
    ['a width it was not trained for', ['--dimensions', '100'], /cannot have 100 dimensions/],
    ['a task it does not have', ['--task', 'sorting'], /has no task sorting/],
    ['an encoding that is none', ['--encoding', 'int4'], /float32, int8, binary/],
  ])('%s is refused with the way out', async (_, flags, message) => {
    const { status, stdout, stderr } = await user.semdex(['embed', 'hello', ...flags])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test('--timings and --debug say what was done, on stderr or in the value, and no text', async () => {
    const { stdout, stderr } = await user.semdex(['embed', 'a secret', 'a secret', '--timings', '--debug'])
    expect(lines(stdout).length).toBe(2)
    const [load, call, ...table] = stderr.trimEnd().split('\n')
    expect(JSON.parse(load as string)).toMatchObject({ event: 'load', model: 'all-MiniLM-L6-v2', error: null })
    expect(JSON.parse(call as string)).toMatchObject({
      event: 'embed',
      kind: 'passage',
      texts: 2,
      failed: 0,
      tokens: 4,
    })
    expect(table.map((row) => row.split(' ')[0])).toEqual(['total', 'load', 'queue', 'tokenize', 'infer', 'pool'])
    expect(stderr).not.toContain('secret')
    const { timings } = await user.json(['embed', 'a secret', '--timings'])
    expect(timings.total).toBeGreaterThan(timings.infer)
    expect(timings.infer).toBeGreaterThan(0)
    const search = await user.semdex(['search', 'secret', '--no-index'], { env: { SEMDEX_LOG: 'debug' } })
    expect(search.stderr).not.toContain('"texts"')
  })

  test('a file of vectors answers the next run; where it cannot be written, the model answers', async () => {
    const on = { SEMDEX_RESULT_CACHE_ON_DISK: 'on', SEMDEX_CACHE: `${user.folder}/vectors` }
    const embed = async (env: NodeJS.ProcessEnv) => {
      const { status, stdout, stderr } = await user.semdex(['embed', 'again', '--debug'], { env })
      expect(status).toBe(0)
      const { cacheHits } = JSON.parse(stderr.trimEnd().split('\n').at(-1) as string)
      return { stdout, cacheHits }
    }
    const first = await embed(on)
    const second = await embed(on)
    expect([first.cacheHits, second.cacheHits]).toEqual([0, 1])
    expect(second.stdout).toBe(first.stdout)
    user.write({ 'plain-file': '' })
    const unusable = await embed({ ...on, SEMDEX_CACHE: `${user.folder}/plain-file` })
    expect(unusable).toEqual({ stdout: first.stdout, cacheHits: 0 })
  })

  test('five million characters and lone surrogates on stdin', async () => {
    const stdin = `"${'word '.repeat(1_000_000)}"\n"left \\ud800 right"\n"\\u0007"\n"left \ufffd right"\n`
    const { status, stdout } = await user.semdex(['embed'], { stdin })
    expect(status).toBe(3)
    const [long, broken, control, replaced] = lines(stdout)
    expect(long).toMatchObject({ truncated: true, tokens: 256 })
    expect(control?.error?.code).toBe('EMPTY_EMBEDDING')
    expect(cosine(broken, replaced)).toBeGreaterThan(0.999)
  })

  test('without a model it fails, and makes nothing up', async () => {
    const { status, stdout, stderr } = await user.semdex(['embed', 'x', '--json'], {
      env: { SEMDEX_EMBEDDINGS: 'off' },
    })
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' })
    expect(JSON.parse(stderr).error.code).toBe('EMBEDDING_UNAVAILABLE')
  })
})

describe('semdex get, status, collections, models, doctor, eval', () => {
  const TEXT = '# Title\n\nFirst line.\nSecond line.\n\n## Part\n\nThird line.\n'
  beforeAll(async () => {
    user.write({ 'docs/a.md': TEXT })
    await user.json(['index', 'docs'])
  })

  test('get prints lines as search cites them', async () => {
    const [hit] = (await user.json(['search', 'third line', '--no-index'])).hits
    const place = `${hit.path}:${hit.lines.join('-')}`
    expect((await user.semdex(['get', place])).stdout.trim()).toBe(hit.text.trim())
    expect((await user.semdex(['get', hit.chunkId])).stdout.trim()).toBe(hit.text.trim())
    expect((await user.semdex(['get', 'docs/a.md:3'])).stdout).toBe('First line.\n')
    expect((await user.semdex(['get', 'docs/a.md', '--lines', '3-4'])).stdout).toBe('First line.\nSecond line.\n')
    expect((await user.semdex(['get', hit.documentId, '--id'])).stdout).toBe(TEXT)
    expect(await user.json(['get', 'docs/a.md:3-4'])).toMatchObject({
      lines: [3, 4],
      totalLines: 8,
      collection: 'docs',
    })
  })

  test('status counts over all collections and for each', async () => {
    await user.json(['collections', 'create', 'empty'])
    const status = await user.json(['status'])
    const counts = { documents: 1, chunks: expect.any(Number), pending: 0, failed: 0 }
    expect(status).toMatchObject({ ...counts, database: user.database })
    expect(status.collections).toMatchObject([
      { name: 'docs', ...counts },
      { name: 'empty', documents: 0, chunks: 0, pending: 0, failed: 0 },
    ])
    expect((await user.semdex(['status'])).stdout).toMatch(/docs +1 +\d+ +0 +0 +all-MiniLM-L6-v2/)
  })

  test('collections are listed, shown, made and dropped', async () => {
    const shown = await user.json(['collections', 'show', 'docs'])
    expect(shown).toMatchObject({ name: 'docs', documents: 1, vectors: 2, pending: 0, failed: 0 })
    const { collections } = await user.json(['collections', 'list'])
    const listed = collections.find(({ name }: { name: string }) => name === 'docs')
    expect(listed).toMatchObject({ dimensions: 384, documents: 1, chunks: 2 })
    expect(shown).toMatchObject(listed)
    expect(await user.json(['collections', 'create', 'gone'])).toMatchObject({ name: 'gone', dimensions: 384 })
    expect(await user.json(['collections', 'drop', 'gone'])).toEqual({ name: 'gone', documents: 0 })
    expect((await user.semdex(['collections', 'show', 'gone'])).status).toBe(2)
    expect(readFileSync(`${user.folder}/docs/a.md`, 'utf8')).toBe(TEXT)
  })

  test('models are listed, shown and verified', async () => {
    const { models } = await user.json(['models'])
    expect(models).toContainEqual(
      expect.objectContaining({ name: 'all-MiniLM-L6-v2', installed: true, isDefault: true }),
    )
    expect(await user.json(['models', 'show'])).toMatchObject({ spec: { dimensions: 384 } })
    expect((await user.json(['models', 'verify'])).files.length).toBe(2)
  })

  test('doctor tries everything out', { timeout: 240_000 }, async () => {
    const { healthy, checks } = await user.json(['doctor'])
    expect({ healthy, failed: checks.filter(({ status }: { status: string }) => status !== 'ok') }).toEqual({
      healthy: true,
      failed: [],
    })
    user.write({ 'broken.db': 'no database at all '.repeat(300) })
    const broken = await user.semdex(['doctor', '--db', 'broken.db'])
    expect(broken.status).toBe(1)
    expect(broken.stdout).toMatch(/failed +database .*→/)
  })

  test('eval judges a folder in BEIR form, and leaves the database alone', async () => {
    user.write({
      'beir/corpus.jsonl': [
        { _id: 'd1', title: 'Bread', text: 'Knead the dough and bake the loaf.' },
        { _id: 'd2', title: 'Orbit', text: 'The satellite circles the planet.' },
        { _id: 'd3', title: 'Tyres', text: 'Check the pressure of the tyres.' },
      ]
        .map((line) => JSON.stringify(line))
        .join('\n'),
      'beir/queries.jsonl': '{"_id": "q1", "text": "baking a loaf"}\n{"_id": "q2", "text": "planet"}\n',
      'beir/qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n',
    })
    const before = await user.json(['status'])
    for (const mode of ['hybrid', 'vector', 'lexical']) {
      const answer = await user.json(['eval', 'beir', '--mode', mode])
      expect(Object.keys(answer)).toEqual(['ndcg@10', 'recall@10', 'recall@100', 'mrr@10', 'queries', 'timings'])
      expect(answer).toMatchObject({ 'ndcg@10': 1, 'recall@10': 1, 'recall@100': 1, 'mrr@10': 1, queries: 2 })
    }
    expect((await user.semdex(['eval', 'beir'])).stdout).toMatch(/^ndcg@10 +1\.0000\n/)
    expect(await user.json(['status'])).toEqual(before)
  })
})
