import { indexFolder } from '../../src/ingestion/index-folder.ts'
import { openTestRecords, testParts } from './ingestion.ts'

// A process that indexes a folder, for tests that kill it: node index-and-wait.ts DATABASE FOLDER COLLECTION
const [database = '', folder = '', collection = ''] = process.argv.slice(2)
const records = await openTestRecords(database)
const parts = testParts(records)
const open = parts.embedding?.open
if (parts.embedding && open) {
  parts.embedding.open = async () => {
    const embedder = await open()
    return {
      ...embedder,
      async embed(texts, options) {
        // As slow as a model, so that a kill meets every stage.
        await new Promise((resolve) => setTimeout(resolve, 20))
        return embedder.embed(texts, options)
      },
    }
  }
}
process.send?.('ready')
const report = await indexFolder(folder, parts, { collection })
await records.close()
process.send?.(report)
process.disconnect?.()
