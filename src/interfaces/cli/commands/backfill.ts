import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

/** Embeds in threads of their own, so that several batches are under way. */
export async function backfillCommand(call: Call): Promise<number> {
  const { flags, output } = call
  const input = { collection: flags.collection, retryFailed: flags['retry-failed'] }
  const answer = await call.run('backfill', input, { threads: true })
  call.endProgress()
  for (const { collection, error } of answer.indexes) if (error) output.warn(`${collection}: ${error.message}`)
  await output.data(output.json ? `${JSON.stringify(answer)}\n` : `${sentence(answer)}\n`)
  const { failed, waiting } = answer
  return failed > 0 || waiting > 0 ? EXIT.partlyFailed : EXIT.ok
}

function sentence({ filled, failed, waiting }: { filled: number; failed: number; waiting: number }): string {
  const parts = [
    filled === 1 ? '1 passage got its vector' : `${filled} passages got their vectors`,
    ...(failed > 0 ? [`${failed} cannot be embedded`] : []),
    ...(waiting > 0 ? [`${waiting} still wait`] : []),
  ]
  return `${parts.join(', ')}.`
}
