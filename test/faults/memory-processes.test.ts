import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { memory } from '../../src/interfaces/library/memory.ts'

const SCRIPT = fileURLToPath(new URL('../support/memory-process.ts', import.meta.url))
/** As the script captures it. */
const WARM_UP = 'What is captured first loads the model.'
const TEXTS = Array.from({ length: 20 }, (_, i) => `Ship number ${i} sails on the tide.`)

let folder: string
let database: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-memory-'))
  database = join(folder, 'semdex.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

interface Answer {
  id: string
  merged: boolean
  duplicates: { id: string; exact: boolean }[]
}

test('two processes that merge the same text at the same moment keep one record of it', async () => {
  for (const [first, second] of await captureAtOnce(true)) {
    expect([first.merged, second.merged].sort()).toEqual([false, true])
    expect(first.id).toBe(second.id)
  }
  const db = await memory({ database, embeddings: false })
  const kept: string[] = []
  for await (const { id, text } of db.records()) {
    expect((await db.history(id)).map(({ change }) => change)).toEqual(['captured', 'merged'])
    kept.push(text)
  }
  expect(kept.sort()).toEqual([WARM_UP, ...TEXTS].sort())
  await db.close()
}, 120_000)

test('two processes that keep both are told of the other once, as one after the other', async () => {
  for (const answers of await captureAtOnce(false)) {
    const [before, after] = [...answers].sort((a, b) => exact(a).length - exact(b).length) as [Answer, Answer]
    expect([exact(before), exact(after)]).toEqual([[], [before.id]])
  }
}, 120_000)

const exact = ({ duplicates }: Answer) => duplicates.filter((each) => each.exact).map(({ id }) => id)

/** The answers of two processes to each text, which is given to both at once. */
async function captureAtOnce(merge: boolean): Promise<[Answer, Answer][]> {
  const both = [start(merge), start(merge)] as const
  for (const { line } of both) expect(await line()).toBe('ready')
  const answers: [Answer, Answer][] = []
  for (const text of TEXTS) {
    for (const { child } of both) child.stdin.write(`${text}\n`)
    const [first, second] = await Promise.all(both.map(async ({ line }) => JSON.parse(await line()) as Answer))
    answers.push([first as Answer, second as Answer])
  }
  for (const { child } of both) child.stdin.end()
  await Promise.all(both.map(({ closed }) => closed))
  return answers
}

function start(merge: boolean) {
  const child = spawn(process.execPath, [SCRIPT, database, `${merge}`], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const closed = new Promise((resolve) => child.once('close', resolve))
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('The process ended.')
    return value
  }
  return { child, closed, line }
}
