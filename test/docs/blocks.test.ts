import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'
import { run } from '../support/processes.ts'
import { type Block, listDocuments, readBlocks, readLinks } from './support/blocks.ts'
import { matchesText, shapeOf } from './support/compare.ts'
import { Scene } from './support/scene.ts'

const documents = listDocuments()
const all = documents.flatMap(readBlocks)
const MINUTE = 60_000

test('every fenced block says how it is held to its word', () => {
  expect(all.filter(({ treatment }) => treatment.kind === 'unknown').map(where)).toEqual([])
})

test('the blocks that are not run are known', async ({ annotate }) => {
  const exempt = all.flatMap(({ treatment, ...block }) =>
    treatment.kind === 'not run' ? [`${where(block)}: ${treatment.reason}`] : [],
  )
  const shown = all.filter(({ treatment }) => treatment.kind === 'shown').map(where)
  await annotate(
    [`${all.length} blocks, ${exempt.length} not run, ${shown.length} only shown`, ...exempt, ...shown].join('\n'),
  )
  expect(exempt.length).toBeLessThan(all.length / 4)
})

test(
  'the TypeScript of all pages is right',
  async () => {
    const scene = new Scene()
    const blocks = all.filter(({ treatment }) => treatment.kind === 'ts')
    for (const block of blocks) scene.write(fileOf(block), block.code)
    const flags = '--noEmit --strict --skipLibCheck --target ES2024 --module NodeNext --types node --typeRoots'.split(
      ' ',
    )
    const tsc = [inRepository('node_modules/typescript/bin/tsc'), ...flags, inRepository('node_modules/@types')]
    const { stdout } = await run(process.execPath, [...tsc, ...blocks.map(fileOf)], { cwd: scene.folder })
    scene.close()
    expect(blocks.length === 0 ? '' : stdout).toBe('')
  },
  3 * MINUTE,
)

describe.each(documents)('%s', (document) => {
  const blocks = readBlocks(document)
  const runnable = blocks.filter(({ treatment }) => ['sh', 'ts', 'output', 'file'].includes(treatment.kind))

  test('links to what is there', () => {
    const folder = dirname(inRepository(document))
    const broken = readLinks(document).filter((target) => !existsSync(`${folder}/${target}`))
    expect(broken).toEqual([])
  })

  test.each(blocks.filter(({ treatment, info }) => treatment.kind === 'shown' && info === 'json'))(
    'line $line shows JSON',
    ({ code }) => expect(() => JSON.parse(code)).not.toThrow(),
  )

  if (runnable.length === 0) return
  const scene = new Scene()
  let printed = ''
  afterAll(() => scene.close())

  test.each(runnable)('line $line: $info', { timeout: 3 * MINUTE }, async (block) => {
    const { treatment, code } = block
    if (treatment.kind === 'file') scene.write(treatment.path, `${code}\n`)
    if (treatment.kind === 'output') expectOutput(treatment.as, code, printed)
    if (treatment.kind === 'sh') printed = await expectEnd(scene.shell(code), treatment.exit)
    if (treatment.kind === 'ts') {
      scene.write(fileOf(block), code)
      printed = await expectEnd(scene.node(fileOf(block)), 0)
    }
  })
})

test('the command that passes the tests is the one that CI runs', () => {
  const commands = all.filter(({ treatment }) => treatment.kind === 'ci').map(({ code }) => code)
  const script = readFileSync(inRepository('.ci/run'), 'utf8').trimEnd().split('\n')
  const workflow = readFileSync(inRepository('.github/workflows/ci.yml'), 'utf8')
  expect(commands.length).toBeGreaterThan(0)
  for (const command of commands) {
    expect(script.at(-1)).toBe(command)
    expect(workflow).toContain(`run: ${command}\n`)
  }
})

async function expectEnd(process: ReturnType<Scene['shell']>, exit: number): Promise<string> {
  const { status, stdout, stderr } = await process
  expect({ status, stderr: status === exit ? '' : stderr }).toEqual({ status: exit, stderr: '' })
  return stdout
}

function expectOutput(as: 'text' | 'json', shown: string, printed: string): void {
  if (as === 'json') expect(shapeOf(JSON.parse(printed))).toEqual(shapeOf(JSON.parse(shown)))
  else if (!matchesText(shown, printed)) expect(printed).toBe(shown)
}

function where({ document, line, info }: Pick<Block, 'document' | 'line' | 'info'>): string {
  return `${document}:${line} (${info || 'no language'})`
}

function fileOf({ document, line }: Block): string {
  return `${document.replace(/\W/g, '-')}-${line}.ts`
}
