import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { open } from '../../src/index.ts'

const SCRIPT = fileURLToPath(new URL('../support/capture-process.ts', import.meta.url))

let folder: string
let database: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-capture-'))
  database = join(folder, 'semdex.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

test.each(['full', 'normal'])(
  'with synchronous %s no acknowledged capture is lost when its process is killed',
  async (synchronous) => {
    const acknowledged = new Set<number>()
    for (let round = 0; round < 5; round++) {
      for (const i of await captureUntilKilled(acknowledged.size, synchronous)) acknowledged.add(i)
      const db = await open({ database, backfill: 'off' })
      for (const i of acknowledged) {
        const found = await db.get(`note-${i}`)
        expect(found, `note-${i} after round ${round}`).not.toBeNull()
      }
      await db.close()
    }
    expect(acknowledged.size).toBeGreaterThan(20)
    const db = await open({ database, backfill: 'off', workers: 1 })
    const { pending } = await db.status()
    const { filled, waiting } = await db.backfill()
    expect(filled).toBe(pending)
    expect(waiting).toBe(0)
    const { collections } = await db.status()
    expect(collections[0]).toMatchObject({ pending: 0, failed: 0 })
    expect(collections[0]?.vectors).toBe(collections[0]?.chunks)
    await db.close()
  },
  180_000,
)

/** The captures that the process told of before it was killed, at a moment that is another one each time. */
async function captureUntilKilled(from: number, synchronous: string): Promise<number[]> {
  const child = spawn(process.execPath, [SCRIPT, database, `${from}`, synchronous], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let told = ''
  const most = 5 + Math.floor(Math.random() * 40)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text
    if (told.split('\n').length > most) setTimeout(() => child.kill('SIGKILL'), Math.random() * 20)
  })
  await new Promise((resolve) => child.once('close', resolve))
  // The last line may have been cut in two.
  return told.split('\n').slice(0, -1).map(Number)
}
