/** Serves a database without a model on a free port, and prints the address: `serve-process.ts <database> <cache>`. */
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import { serve } from '../../src/interfaces/server/serve.ts'

const [database, cacheDirectory] = process.argv.slice(2)
const flags = { database, cacheDirectory, embeddings: false, port: 0 }
const parts = openParts(loadConfiguration({ flags, environment: {} }), { mode: 'threads' })
const server = await serve(parts)
process.on('SIGTERM', async () => {
  await server.close()
  await parts.close()
})
process.stdout.write(`${server.url}\n`)
