import { open } from '../../src/index.ts'

// Captures one note after the other, and tells of each once it was acknowledged, until it is killed.
const [database = '', from = '0', synchronous = 'full'] = process.argv.slice(2)
const db = await open({ database, synchronous: synchronous as 'full', workers: 1, backfill: 'on' })
for (let i = Number(from); ; i++) {
  const { added } = await db.add(
    { id: `note-${i}`, text: `Note ${i} is about the moon.`, side: 'text' },
    { wait: false },
  )
  if (added === 1) process.stdout.write(`${i}\n`)
}
