import { describeUploads } from '../routes/bulk-described.ts'
import { describeEmbeddings } from '../routes/embeddings-described.ts'
import { describeJobs } from '../routes/jobs-described.ts'
import { describeOpenAi } from '../routes/openai-described.ts'
import { describeReranking } from '../routes/rerank-described.ts'
import { describeServer } from '../routes/server-described.ts'
import { describeTransfer } from '../routes/transfer-described.ts'
import type { RouteDescription } from './description.ts'
import { describeTable } from './from-table.ts'

/** Every route but those of the operations by name. */
export async function describeRoutes(): Promise<RouteDescription[]> {
  const described = await Promise.all([
    describeTable(),
    describeEmbeddings(),
    describeUploads(),
    describeTransfer(),
    describeJobs(),
    describeOpenAi(),
    describeReranking(),
    describeServer(),
  ])
  return described.flat()
}
