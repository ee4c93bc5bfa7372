import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'

const page = readFileSync(inRepository('docs/architecture.md'), 'utf8')
const house = readHouse()

test('the page names every folder and file directly under src', () => {
  const there = readdirSync(inRepository('src'), { withFileTypes: true }).map((entry) =>
    entry.isDirectory() ? `${entry.name}/` : entry.name,
  )
  expect(there.filter((name) => !house.has(name))).toEqual([])
})

test('what the page names is there, unless it is planned', () => {
  const built = [...house].filter(([, words]) => !words.startsWith('(planned)')).map(([name]) => name)
  expect(built.length).toBeGreaterThan(10)
  expect(built.filter((name) => !existsSync(inRepository(`src/${name}`)))).toEqual([])
})

test('what is planned is not there yet', () => {
  const planned = [...house].filter(([, words]) => words.startsWith('(planned)')).map(([name]) => name)
  expect(planned.filter((name) => existsSync(inRepository(`src/${name}`)))).toEqual([])
})

test('sub-folders that the page names are there, unless they are planned', () => {
  const missing = [...house].flatMap(([name, words]) => {
    if (words.startsWith('(planned)')) return []
    const built = words.split(';').filter((part) => !part.includes('(planned)'))
    const folders = built.join(' ').match(/\b[\w-]+\/(?=[\s,(]|$)/g) ?? []
    return folders.map((folder) => `src/${name}${folder}`).filter((path) => !existsSync(inRepository(path)))
  })
  expect(missing).toEqual([])
})

test('every decision is in the list of decisions', () => {
  const list = readFileSync(inRepository('docs/decisions/README.md'), 'utf8')
  const pages = readdirSync(inRepository('docs/decisions')).filter((name) => /^\d{4}-/.test(name))
  expect(pages.filter((name) => !list.includes(`](${name})`))).toEqual([])
})

/** Of each line of the house that is directly under src/: the name, and what is said of it. */
function readHouse(): Map<string, string> {
  const drawing = /```text\nsrc\/\n(.*?)\n```/s.exec(page)?.[1] ?? ''
  const lines = [...drawing.matchAll(/^ {2}(\S+)\s+(.*)$/gm)]
  return new Map(lines.map(([, name, words]) => [name as string, words as string]))
}
