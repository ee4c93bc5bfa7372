import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Packed, pack } from '../../scripts/support/npm.ts'
import { inRepository } from '../support/assets.ts'
import { run, userEnvironment } from '../support/processes.ts'
import { nodeBinary, npm } from '../support/toolchain.ts'

const SUPPORTED = [22, 24, 26]
/** Of 2^20 bytes. */
const INSTALL_LIMIT_MB = 350
const MINUTES = 60_000

const NOTES = {
  'bread.md': '# Bread\n\nKnead the dough, let it rise overnight, then bake it in a hot oven.\n',
  'bicycle.md': '# Bicycle\n\nOil the chain and check the pressure of the tyres before a long ride.\n',
  'quota.txt': 'E1042 means that the disk quota of the account is used up.\n',
}

const LIBRARY = `
import { open } from 'semdex'
const db = await open('library.db')
await db.index('notes')
const { hits } = await db.search('how do I make a loaf')
await db.close()
process.stdout.write(JSON.stringify(hits))
`

const CONSUMER = `
import { open, type SearchAnswer, SemdexError } from 'semdex'
export async function find(query: string): Promise<SearchAnswer['hits'][number]['path'] | undefined> {
  const db = await open('library.db')
  try {
    const { hits } = await db.search(query, { limit: 1, mode: 'hybrid' })
    const similarity: number | null | undefined = hits[0]?.similarity
    return similarity === undefined ? undefined : hits[0]?.path
  } catch (error) {
    if (error instanceof SemdexError && error.code === 'MODEL_NOT_INSTALLED') return undefined
    throw error
  } finally {
    await db.close()
  }
}
// @ts-expect-error: the types are really there, so a wrong option is an error
export const wrong = (await open('library.db')).search('query', { mode: 'telepathic' })
`

describe('the packed package', () => {
  let temporary: string
  let main: Packed
  let model: Packed

  beforeAll(() => {
    temporary = realpathSync(mkdtempSync(join(tmpdir(), 'semdex-package-')))
    main = pack(inRepository('.'), temporary)
    model = pack(inRepository('models/all-MiniLM-L6-v2'), temporary)
  })
  afterAll(() => rmSync(temporary, { recursive: true, force: true, maxRetries: 5 }))

  test('ships what is built and what is read by people, nothing else', () => {
    const unexpected = main.files.filter(
      (path) =>
        !/^(dist\/.+(\.js|\.d\.ts|\/LICENSES\.txt)|dist\/routing\/weights\.bin|dist\/interfaces\/web\/.+\.(html|css|svg)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(
          path,
        ),
    )
    expect(unexpected).toEqual([])
    expect(main.files).toEqual(
      expect.arrayContaining([
        'README.md',
        'LICENSE',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/interfaces/cli/bin.js',
        'dist/interfaces/web/index.html',
        'dist/interfaces/web/LICENSES.txt',
      ]),
    )
    expect(main.files.filter((path) => /\.test\.|(^|\/)test\//.test(path))).toEqual([])
    expect(model.files).toEqual(expect.arrayContaining(['LICENSE', 'semdex.json', 'tokenizer.json']))
  })

  describe.each(SUPPORTED)('installed without scripts under Node %i', (major) => {
    let folder: string
    let node: string

    beforeAll(async () => {
      node = await nodeBinary(major)
      folder = await install(`node-${major}`, node)
    }, 8 * MINUTES)
    afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

    test('the command finds the right passage', async () => {
      expect((await run(node, ['--version'], { cwd: folder })).stdout).toMatch(new RegExp(`^v${major}\\.`))
      const { status, stdout, stderr } = await semdex('search', 'how do I make a loaf', 'notes', '--json')
      expect({ status, stderr }).toMatchObject({ status: 0 })
      const { hits, degraded } = JSON.parse(stdout)
      expect(degraded ?? null).toBeNull()
      expect(hits[0]).toMatchObject({ path: expect.stringMatching(/bread\.md$/), lines: [expect.any(Number), 3] })
      expect(hits[0].similarity).toBeGreaterThan(0.2)
    })

    test('the command finds a keyword', async () => {
      const { stdout } = await semdex('search', 'E1042', 'notes', '--json')
      expect(JSON.parse(stdout).hits[0].path).toMatch(/quota\.txt$/)
    })

    test('the library finds the right passage', async () => {
      writeFileSync(join(folder, 'use.mjs'), LIBRARY)
      const { status, stdout, stderr } = await run(node, ['use.mjs'], { cwd: folder, env: environment() })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(JSON.parse(stdout)[0].path).toMatch(/bread\.md$/)
    })

    if (major === 24) describeOnce()

    function describeOnce(): void {
      test(`takes less than ${INSTALL_LIMIT_MB} MB`, async ({ annotate }) => {
        const megabytes = sizeOf(join(folder, 'node_modules')) / 2 ** 20
        await annotate(`The base install takes ${megabytes.toFixed(1)} MB.`)
        expect(megabytes).toBeLessThan(INSTALL_LIMIT_MB)
      })

      test('runs no script of ours, and none is needed', async () => {
        const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/semdex/package.json'), 'utf8'))
        expect(Object.keys(manifest.scripts)).not.toEqual(expect.arrayContaining([expect.stringMatching(/install$/)]))
      })

      test(
        'its types serve a strict TypeScript project',
        async () => {
          writeFileSync(join(folder, 'consumer.mts'), CONSUMER)
          const flags =
            '--noEmit --strict --skipDefaultLibCheck --target ES2024 --module NodeNext --types node --typeRoots'.split(
              ' ',
            )
          const args = [inRepository('node_modules/typescript/bin/tsc'), ...flags, inRepository('node_modules/@types')]
          const { status, stdout } = await run(node, [...args, 'consumer.mts'], { cwd: folder })
          expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
        },
        3 * MINUTES,
      )

      test(
        'an old Node gets one clear line',
        async () => {
          const old = await nodeBinary(20)
          const bin = join(folder, 'node_modules/semdex/dist/interfaces/cli/bin.js')
          const { status, stdout, stderr } = await run(old, [bin, 'search', 'bread', 'notes'], { cwd: folder })
          expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
          expect(stderr).toMatch(/^semdex needs Node 22\.14 or newer; this is Node 20\.[^\n]+\n$/)
        },
        4 * MINUTES,
      )
    }

    /** By the name that npm links, as a shell would find it. */
    function semdex(...args: string[]) {
      const windows = process.platform === 'win32'
      const words = windows ? args.map((word) => `"${word}"`) : args
      return run('semdex', words, { cwd: folder, env: environment(), shell: windows })
    }

    function environment(): NodeJS.ProcessEnv {
      return userEnvironment(join(folder, 'home'), node, join(folder, 'node_modules/.bin'))
    }
  })

  async function install(name: string, node: string): Promise<string> {
    const folder = join(temporary, name)
    mkdirSync(join(folder, 'notes'), { recursive: true })
    mkdirSync(join(folder, 'home'))
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    for (const [path, text] of Object.entries(NOTES)) writeFileSync(join(folder, 'notes', path), text)
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--no-package-lock']
    const { status, stderr } = await npm(folder, [...args, main.tarball, model.tarball], node)
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
    return folder
  }
})

/** Bytes of all files below a folder, rounded up to blocks of 4 KiB as `du` counts them; a link counts as nothing. */
function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, file) => sum + Math.ceil(statSync(join(file.parentPath, file.name)).size / 4096) * 4096, 0)
}
