import * as v from 'valibot'
import { SemdexError } from '../../core/errors.ts'
import { assertMayRun } from '../access.ts'
import { type Operation, operation } from '../operation.ts'
import { described } from '../schemas.ts'
import type { FindOperation } from './run-job.ts'
import { jobRunner } from './runner.ts'
import { JobState } from './schemas.ts'

/** UTF-16 code units of an input as JSON. What is larger is for the calls that take much. */
const MOST_INPUT = 2 ** 20

const JobInput = described(
  v.custom<object>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    'An input is an object',
  ),
  { type: 'object', description: 'What the operation takes' },
)

/**
 * Whoever starts a job must be allowed to run its operation with that input at once: the access of this operation is only
 * the least that any needs.
 */
export const startJob = (find: FindOperation) =>
  operation({
    name: 'jobs.start',
    summary: 'Run an operation that takes long in the background.',
    access: 'write',
    input: v.strictObject({
      operation: v.pipe(v.string(), v.description('One that can be a job, such as index, eval or models.pull')),
      input: v.optional(JobInput, {}),
    }),
    output: v.object({ id: v.string(), operation: v.string(), state: JobState }),
    async run(parts, { operation: name, input }, { asker }) {
      const target = await requireJobOperation(find, name)
      if (asker) await assertMayRun(asker, target, { input, parts })
      assertInput(target, input)
      const runner = await jobRunner(parts, find)
      const { id, state } = await runner.start(name, input, asker?.key ?? null)
      return { id, operation: name, state }
    },
  })

async function requireJobOperation(find: FindOperation, name: string): Promise<Operation<unknown, unknown>> {
  const target = await find(name)
  if (target?.job) return target
  if (target) {
    const message = `jobs.start: operation: ${name} cannot be a job; it answers at once.`
    throw new SemdexError('INVALID_INPUT', { message, details: { field: 'operation', operation: 'jobs.start' } })
  }
  throw new SemdexError('OPERATION_UNKNOWN', {
    message: `There is no operation ${name}.`,
    details: { field: 'operation', operation: name },
  })
}

/** What the operation would refuse is refused now, and not when its turn has come. */
function assertInput({ name, input: schema }: Operation<unknown, unknown>, input: object): void {
  const checked = v.safeParse(schema, input)
  if (!checked.success) {
    const [issue] = checked.issues
    const path = v.getDotPath(issue)
    const field = path === null ? 'input' : `input.${path}`
    throw invalid(`${field}: ${issue.message}`, field, name)
  }
  const length = JSON.stringify(input).length
  if (length > MOST_INPUT)
    throw invalid(`input: it has ${length} characters as JSON; a job takes ${MOST_INPUT}`, 'input', name)
}

function invalid(reason: string, field: string, started: string): SemdexError {
  const details = { field, operation: 'jobs.start', started }
  return new SemdexError('INVALID_INPUT', { message: `jobs.start: ${reason}.`, details })
}
