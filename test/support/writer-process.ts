/** Writes documents until it has written enough or is killed; prints each id once the store has acknowledged it. */
import { openSqliteStorage } from '../../src/compose/storage.ts'
import { sampleDocument } from '../../src/testing/samples.ts'

const [file = '', prefix = '', count = '0', mode = 'inline'] = process.argv.slice(2)
const storage = await openSqliteStorage({ file, mode: mode as 'inline' | 'threads' })
for (let n = 0; n < Number(count); n++) {
  const chunks = Array.from({ length: 8 }, (_, at): [string, number[]] => [`apple ${prefix} ${n} ${at}`, [1, n, at, 1]])
  const [result] = await storage.records.putDocuments('a', [
    sampleDocument(`${prefix}-${n % 50}`, chunks, { title: `${n}` }),
  ])
  if (!result?.ok) throw result?.error
  process.stdout.write(`${prefix}-${n % 50} ${n}\n`)
}
await storage.close()
