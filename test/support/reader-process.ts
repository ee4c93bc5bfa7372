/** Opens a file that this user cannot write, searches it, and tries to write; prints what happened as JSON. */
import { openSqliteStorage } from '../../src/compose/storage.ts'

const [file = '', mode = 'inline', user = ''] = process.argv.slice(2)
if (user) process.setuid?.(Number(user))
const warnings: string[] = []
try {
  const storage = await openSqliteStorage({
    file,
    mode: mode as 'inline' | 'threads',
    warn: ({ code }) => warnings.push(code),
  })
  const collection = await storage.records.collection('a')
  if (!collection) throw new Error('no collection')
  const { hits } = await storage.lexicalIndex(collection).search('apple', { limit: 9 })
  const nearest = await storage.vectorIndex(collection).search(Float32Array.of(1, 0, 0, 0), { limit: 9 })
  const refused = await storage.records.deleteDocuments('a', ['x']).catch(({ code }) => code)
  await storage.close()
  process.stdout.write(
    JSON.stringify({ readOnly: storage.readOnly, lexical: hits.length, vectors: nearest.length, refused, warnings }),
  )
} catch (thrown) {
  process.stdout.write(JSON.stringify({ error: (thrown as { code?: string }).code, message: String(thrown) }))
}
