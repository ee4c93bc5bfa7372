import { findOperation, OPERATION_NAMES } from '../../wire/operations.ts'
import { answerSchema, inputSchema } from './components.ts'
import { JSON_TYPE, type RouteDescription } from './description.ts'

/** Every operation under its own name. */
export function describeOperations(): Promise<RouteDescription[]> {
  return Promise.all(
    OPERATION_NAMES.map(async (name) => ({
      method: 'POST' as const,
      path: `/api/operations/${name}`,
      summary: (await findOperation(name)).summary,
      operation: name,
      body: { [JSON_TYPE]: inputSchema(name) },
      answers: { 200: { description: 'What it answers', content: { [JSON_TYPE]: answerSchema(name) } } },
    })),
  )
}
