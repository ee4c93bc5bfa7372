import { addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { SemdexError, throwIfAborted } from '../../../core/errors.ts'
import type { Progress } from '../../../operations/operation.ts'
import type { OperationName } from '../../../operations/table.ts'
import { toJsonValue } from '../../wire/json.ts'
import { parseJson } from '../../wire/json-text.ts'
import { findOperation, isOperation, OPERATION_NAMES, unknownOperation } from '../../wire/operations.ts'
import { EXIT } from '../exit-codes.ts'
import { table } from '../render/table.ts'
import { keepHeapsSmall } from '../small-heaps.ts'
import { didYouMean } from '../suggest.ts'
import type { Call } from '../verb.ts'

/** Any operation by its name; the answer is JSON, also without `--json`. */
export async function callCommand(call: Call): Promise<number> {
  const { positionals, flags, output, signal } = call
  const [word, json] = positionals
  if (flags.list || (word === undefined && process.stdin.isTTY)) return listOperations(call)
  const name = requireOperation(word)
  const input = await readInput(json, signal)
  const threads = await takesLong(name)
  if (threads) await keepHeapsSmall()
  const answer = await call.run(name, input, { threads })
  call.endProgress()
  await output.data(`${JSON.stringify(toJsonValue(answer))}\n`)
  if (name === 'jobs.start') await awaitOwnJob(call, (answer as { id: string }).id)
  return EXIT.ok
}

async function listOperations({ output }: Call): Promise<number> {
  const operations = (await Promise.all(OPERATION_NAMES.map(findOperation))).map(({ name, summary }) => ({
    name,
    summary,
  }))
  const rows = operations.map(({ name, summary }) => [name, output.styles.dim(summary)])
  await output.data(output.json ? `${JSON.stringify({ operations })}\n` : `${table(rows)}\n`)
  return EXIT.ok
}

/** @throws {SemdexError} `INVALID_INPUT`, `OPERATION_UNKNOWN` */
function requireOperation(word: string | undefined): OperationName {
  if (word === undefined) {
    throw new SemdexError('INVALID_INPUT', {
      message: 'semdex call needs <operation>: its name.',
      fix: 'semdex call --list',
      details: { field: 'operation' },
    })
  }
  if (isOperation(word)) return word
  throw unknownOperation(word, didYouMean(word, OPERATION_NAMES) ?? 'semdex call --list')
}

/** @throws {SemdexError} `INVALID_INPUT` for what is not JSON */
async function readInput(json: string | undefined, signal: AbortSignal): Promise<unknown> {
  if (json !== undefined && json !== '-') return parseJson(Buffer.from(json), 'input')
  if (json === undefined && process.stdin.isTTY) return {}
  const bytes = await buffer(addAbortSignal(signal, process.stdin))
  const isLeftOut = json === undefined && bytes.toString('latin1').trim() === ''
  return isLeftOut ? {} : parseJson(bytes, 'input')
}

/** Models are then loaded in threads of their own; what estimates has to run as the work itself will. */
async function takesLong(name: OperationName): Promise<boolean> {
  return LONG.has(name) || (await findOperation(name)).job !== undefined
}

const LONG: ReadonlySet<OperationName> = new Set(['index.plan', 'migrate.plan', 'embed', 'jobs.start'])

/** A job that the daemon did not take ends with this process: it is given the time that it takes. */
async function awaitOwnJob(call: Call, id: string): Promise<void> {
  const { output, signal } = call
  const { watchOwnJob } = await import('../../../operations/jobs/serving.ts')
  const { onProgress } = call.context()
  for await (const { progress, error } of watchOwnJob(call.threadedParts(), id, { signal })) {
    if (progress) onProgress?.(progress as Progress)
    if (error) output.warn(`The job ${id} failed: ${error.message}`)
  }
  call.endProgress()
  throwIfAborted(signal)
}
