import { createInterface } from 'node:readline'
import { memory } from '../../src/interfaces/library/memory.ts'

// Captures each line of its input once it comes, and answers with a line of JSON.
const [database = '', merge = 'false'] = process.argv.slice(2)
const records = await memory({ database, workers: 1, memoryDuplicates: 1 })
await records.capture('What is captured first loads the model.', { merge: true })
process.stdout.write('ready\n')
for await (const text of createInterface({ input: process.stdin })) {
  const { id, merged, duplicates } = await records.capture(text, { merge: merge === 'true' })
  process.stdout.write(`${JSON.stringify({ id, merged, duplicates })}\n`)
}
await records.close()
