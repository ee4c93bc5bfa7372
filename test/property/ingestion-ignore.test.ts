import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { walk } from '../../src/ingestion/walk.ts'

const name = fc.constantFrom('a', 'b', 'c', 'doc.md', 'x.log')
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map(
  (parts) =>
    `${parts
      .slice(0, -1)
      .map((part) => `${part}.d/`)
      .join('')}${parts.at(-1)}`,
)
const rule = fc
  .tuple(
    fc.constantFrom('', '', '!'),
    fc.constantFrom('', '/', '**/'),
    fc.constantFrom('a', 'b.d', '*.md', '*.d', 'a.d/b', 'a.d/**', '?.d', '[ab].d', 'x.*'),
    fc.constantFrom('', '', '/'),
  )
  .map((parts) => parts.join(''))
const rules = fc.array(rule, { maxLength: 4 }).map((lines) => lines.join('\n'))

test('ignore files mean to the walk what they mean to git', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path, { maxLength: 14 }), rules, rules, async (paths, top, nested) => {
      const root = realpathSync(mkdtempSync(join(tmpdir(), 'semdex-ignore-')))
      try {
        for (const file of paths) put(join(root, file), '')
        put(join(root, '.gitignore'), top)
        put(join(root, 'a.d', '.gitignore'), nested)
        execFileSync('git', ['init', '-q', root])
        const listed = execFileSync('git', ['ls-files', '-o', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
        const expected = listed.split('\n').filter((file) => file !== '' && !file.endsWith('.gitignore'))
        const { files } = await walk(root)
        expect(files.map((file) => file.path.slice(root.length + 1))).toEqual(expected.sort())
      } finally {
        rmSync(root, { recursive: true, force: true })
      }
    }),
    // A nearer file that takes back a folder of the same name.
    { numRuns: 60, examples: [[['a.d/a.d/a', 'a.d/a.d/doc.md'], '?.d\n!/*.d\n*.md', '!*.d']] },
  )
})

function put(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}
