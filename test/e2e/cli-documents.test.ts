import { afterAll, beforeAll, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'

const page = (lang: string, text: string) => `---\nlang: ${lang}\n---\n${text}\n`

let user: User
beforeAll(async () => {
  await build()
  user = newUser({ SEMDEX_EMBEDDINGS: 'off' })
  user.write({
    'notes/bread.md': page('en', 'Knead the dough.'),
    'notes/soup.md': page('en', 'Boil the onions.'),
    'notes/brot.md': page('de', 'Den Teig kneten.'),
  })
  await user.json(['index', 'notes'])
}, 180_000)
afterAll(() => user.remove())

test('documents lists them, page by page for a program', async () => {
  const { status, stdout } = await user.semdex(['documents', '-c', 'notes', '-f', 'lang=en'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/^document +passages +pending +failed +title\nnotes\/bread\.md +1 +1 +0/)
  expect(stdout).not.toContain('brot')
  const first = await user.json(['documents', '-c', 'notes', '-n', '2'])
  expect(first.documents).toMatchObject([{ path: `${user.folder}/notes/bread.md` }, {}])
  const rest = await user.json(['documents', '-c', 'notes', '--cursor', first.cursor, '--text'])
  expect(rest).toMatchObject({ documents: [{ text: expect.stringContaining('onions') }], cursor: null })
})

test('delete takes ids, a filter, or --all, and one of them', async () => {
  const removed = async (...args: string[]) => (await user.semdex(['delete', '-c', 'notes', ...args])).stdout
  const { status, stderr } = await user.semdex(['delete', '-c', 'notes'])
  expect([status, stderr]).toEqual([2, expect.stringContaining('Give one of ids, filter and all')])
  expect(await removed(`${user.folder}/notes/soup.md`, 'none')).toBe('Removed 1 document.\n')
  expect(await removed('-g', '*.txt')).toBe('Removed 0 documents.\n')
  expect(await removed('-f', 'lang=de')).toBe('Removed 1 document.\n')
  expect(await removed('--all')).toBe('Removed 1 document.\n')
  expect(await user.json(['documents', '-c', 'notes'])).toEqual({ documents: [], cursor: null })
})

test('collections show counts one collection', async () => {
  await user.json(['index', 'notes'])
  expect(await user.json(['collections', 'show', 'notes'])).toMatchObject({ documents: 3, pending: 3, failed: 0 })
  expect((await user.semdex(['collections', 'show', 'none'])).status).toBe(2)
})
