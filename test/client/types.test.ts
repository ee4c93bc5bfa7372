import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'
import { build } from '../support/cli.ts'
import { run } from '../support/processes.ts'

const PROGRAM = `
import { type AnswerOf, connect, type InputOf, RequestError } from 'semdex/client'

const client = connect({ url: '', key: async () => 'key' })
const input: InputOf<'search'> = { query: 'a', filter: { year: { $gte: 1957 } }, mode: 'vector' }
const { hits } = await client.search(input, { signal: AbortSignal.timeout(5), timeout: 100 })
const text: string | undefined = hits[0]?.text
const { results } = await client.embed({ texts: ['a'] })
const vector: number[] | string | undefined = results[0]?.ok ? results[0].embedding : undefined
for await (const { id } of client.documents.all({ collection: 'a' })) id.length
for await (const { event, job } of client.jobs.events('x')) if (event === 'done') job.finishedAt
const answer: AnswerOf<'status'> = await client.status()
await client.documents.addFiles([{ name: 'a.md', content: new Blob([]) }])
const late: number | null = new RequestError({ code: 'TIMEOUT', message: '' }, { status: null, requestId: null, retryAfter: 1 }).retryAfter
export { answer, late, text, vector }

// @ts-expect-error: a query is a text
await client.search({ query: 1 })
// @ts-expect-error: there must be one
await client.search()
// @ts-expect-error: a field that there is not
await client.call('search', { query: 'a', lmit: 3 })
// @ts-expect-error: an operation that there is not
await client.call('serach', { query: 'a' })
`

const OPTIONS = {
  target: 'ES2022',
  module: 'ESNext',
  moduleResolution: 'bundler',
  lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
  types: [],
  strict: true,
  skipLibCheck: false,
  noEmit: true,
}

let folder: string
beforeAll(async () => {
  await build()
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'semdex-client-types-')))
  const installed = join(folder, 'node_modules/semdex')
  mkdirSync(installed, { recursive: true })
  cpSync(inRepository('package.json'), join(installed, 'package.json'))
  cpSync(inRepository('dist'), join(installed, 'dist'), { recursive: true })
  symlinkSync(inRepository('node_modules/valibot'), join(folder, 'node_modules/valibot'), 'junction')
  writeFileSync(join(folder, 'program.ts'), PROGRAM)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files: ['program.ts'] }))
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a browser project without types of Node compiles against the client, declarations included', async () => {
  const tsc = inRepository('node_modules/typescript/bin/tsc')
  const { status, stdout } = await run(process.execPath, [tsc, '-p', '.', '--listFiles'], { cwd: folder })
  const [errors, files] = [stdout.split('\n').filter((line) => line.includes('error TS')), stdout.split('\n')]
  expect({ status, errors }).toEqual({ status: 0, errors: [] })
  expect(
    files.filter((file) => /@types\/node|semdex\/dist\/(index|compose|vendor|interfaces\/library)/.test(file)),
  ).toEqual([])
  expect(files.some((file) => file.endsWith('dist/interfaces/client/client.d.ts'))).toBe(true)
})

test('what is loaded imports nothing of Node', async () => {
  const { rolldown } = await import('rolldown')
  const packed = await rolldown({
    input: inRepository('dist/interfaces/client/index.js'),
    platform: 'browser',
    external: /^(node:|[a-z@])/,
  })
  const { output } = await packed.generate({ format: 'esm', minify: true })
  await packed.close()
  expect(output).toHaveLength(1)
  expect(output[0].imports).toEqual([])
  expect(output[0].code.length).toBeLessThan(12_000)
})
