import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'

const USE_CASES = ['ingestion', 'memory', 'maintenance', 'evaluation']
const ADAPTERS = ['embedding', 'models', 'records', 'indexes']

/** One line of code in a module of its own, and the rule it breaks: [rule, from, to]. */
const PLANTED: [rule: string, from: string, to: string][] = [
  ['core-direction', 'core', 'operations'],
  ['threads-direction', 'threads', 'core'],
  ['sqlite-direction', 'sqlite', 'records'],
  ...ADAPTERS.map((folder, at): [string, string, string] => [
    `${folder}-direction`,
    folder,
    ADAPTERS[(at + 1) % ADAPTERS.length] ?? '',
  ]),
  ['routing-direction', 'routing', 'retrieval'],
  ['retrieval-direction', 'retrieval', 'ingestion'],
  ...USE_CASES.map((folder, at): [string, string, string] => [
    `${folder}-direction`,
    folder,
    USE_CASES[(at + 1) % USE_CASES.length] ?? '',
  ]),
  ['operations-direction', 'operations', 'interfaces/cli'],
  ['testing-direction', 'testing', 'retrieval'],
  ['only-compose-names-adapters', 'interfaces/cli', 'embedding'],
  ['only-compose-names-adapters', 'operations', 'sqlite'],
  ['compose-is-for-entries', 'operations', 'compose'],
  ['compose-knows-no-interface', 'compose', 'interfaces/cli'],
  ['testing-is-not-used', 'compose', 'testing'],
  ['interfaces-are-siblings', 'interfaces/http', 'interfaces/rpc'],
  ['server-joins-what-is-served', 'interfaces/server', 'interfaces/cli'],
  ['command-line-starts-servers', 'interfaces/cli', 'interfaces/http'],
  ['web-imports-types-alone', 'interfaces/web', 'core'],
  ['web-is-not-imported', 'interfaces/library', 'interfaces/web'],
  ['vendor-imports-no-source', 'vendor', 'core'],
  ['interfaces-alone-use-vendor', 'retrieval', 'vendor'],
]

/** Code that breaks a rule by itself. */
const PLANTED_CODE: [rule: string, from: string, code: string][] = [
  ['entry-is-not-imported', 'src/interfaces/planted-entry.ts', "export * from '../index.ts'"],
  ['core-does-no-io', 'src/core/planted-io.ts', "export * from 'node:fs'"],
  ['stays-in-src', 'src/retrieval/planted-out.ts', "export * from '../../test/planted.ts'"],
  ['no-development-dependency', 'src/retrieval/planted-dev.ts', "export * from 'vitest'"],
  ['resolves', 'src/retrieval/planted-missing.ts', "export * from './there-is-no-such-module.ts'"],
  ['no-cycle', 'src/retrieval/planted-cycle-a.ts', "export * from './planted-cycle-b.ts'"],
]

describe('the import checker', () => {
  const folders: string[] = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })

  test('fails on a planted violation of every rule, by its name', async () => {
    const folder = copyOfSources()
    for (const [rule, from, to] of PLANTED) plantImport(folder, rule, from, to)
    for (const [, path, code] of PLANTED_CODE) plant(folder, path, code)
    plant(folder, 'src/retrieval/planted-cycle-b.ts', "export * from './planted-cycle-a.ts'")
    plant(folder, 'test/planted.ts', 'export const planted = 1')
    const { status, stdout } = check(folder)
    expect(status).toBe(1)
    for (const [rule, from, to] of PLANTED) {
      expect(stdout).toContain(`${rule}: ${plantedFrom(rule, from)} → ${plantedTo(to)}\n`)
    }
    for (const [rule, path] of PLANTED_CODE) expect(stdout).toContain(`${rule}: ${path} → `)
    expect(new Set([...PLANTED, ...PLANTED_CODE].map(([rule]) => rule))).toEqual(await ruleNames())
  })

  test('fails where only a type is imported against the direction', () => {
    const folder = emptyProject()
    plant(folder, 'src/operations/planted.ts', 'export interface Planted {}')
    plant(
      folder,
      'src/core/planted.ts',
      "import type { Planted } from '../operations/planted.ts'\nexport type P = Planted",
    )
    expect(check(folder)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('core-direction: src/core/planted.ts → src/operations/planted.ts'),
    })
  })

  test('fails where it saw no module', () => {
    const folder = emptyProject()
    mkdirSync(join(folder, 'src'))
    expect(check(folder)).toMatchObject({ status: 1, stdout: expect.stringContaining('saw no module') })
  })

  test('fails where it saw modules but not what they import, as with a compiler that it does not know', () => {
    const folder = emptyProject()
    plant(folder, 'src/core/planted.ts', 'export const planted = 1')
    expect(check(folder)).toMatchObject({ status: 1, stdout: expect.stringContaining('saw no import') })
  })

  function copyOfSources(): string {
    const folder = emptyProject()
    cpSync(inRepository('src'), join(folder, 'src'), { recursive: true })
    return folder
  }

  function emptyProject(): string {
    const folder = mkdtempSync(join(tmpdir(), 'semdex-imports-'))
    folders.push(folder)
    for (const file of ['.dependency-cruiser.mjs', 'tsconfig.json', 'package.json']) {
      cpSync(inRepository(file), join(folder, file))
    }
    symlinkSync(inRepository('node_modules'), join(folder, 'node_modules'), 'junction')
    return folder
  }
})

test('src/index.ts only exports', async () => {
  const { default: typescript } = await import('typescript')
  const path = inRepository('src/index.ts')
  const source = typescript.createSourceFile(path, typescript.sys.readFile(path) ?? '', typescript.ScriptTarget.Latest)
  const others = source.statements.filter((statement) => !typescript.isExportDeclaration(statement))
  expect(source.statements.length).toBeGreaterThan(0)
  expect(others.map((statement) => statement.getText(source))).toEqual([])
})

function check(folder: string): { status: number | null; stdout: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [inRepository('scripts/check-imports.ts'), folder], {
    encoding: 'utf8',
  })
  return { status, stdout: `${stdout}${stderr}` }
}

async function ruleNames(): Promise<Set<string>> {
  const { default: configuration } = await import(pathToFileURL(inRepository('.dependency-cruiser.mjs')).href)
  return new Set(configuration.forbidden.map((rule: { name: string }) => rule.name))
}

function plantImport(folder: string, rule: string, from: string, to: string): void {
  plant(folder, plantedTo(to), 'export const planted = 1')
  const up = '../'.repeat(from.split('/').length)
  plant(folder, plantedFrom(rule, from), `export { planted } from '${up}${plantedTo(to).slice('src/'.length)}'`)
}

function plantedFrom(rule: string, from: string): string {
  return `src/${from}/planted-${rule}.ts`
}

function plantedTo(to: string): string {
  return `src/${to}/planted.ts`
}

function plant(folder: string, path: string, code: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), `${code}\n`)
}
