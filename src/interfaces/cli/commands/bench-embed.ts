import { invoke } from '../../../operations/operation.ts'
import { operations } from '../../../operations/table.ts'
import { EXIT } from '../exit-codes.ts'
import { renderBench } from '../render/bench.ts'
import type { Call } from '../verb.ts'

/** Without the result cache: what is measured is the model. */
export async function benchEmbedCommand(call: Call): Promise<number> {
  const { flags, output } = call
  const parts = call.threadedParts({ resultCache: 0, resultCacheOnDisk: false })
  const input = { model: flags.model, quick: flags.quick }
  const answer = await invoke(await operations['bench.embed'](), parts, input, call.context())
  call.endProgress()
  await output.data(output.json ? `${JSON.stringify(answer)}\n` : renderBench(answer, output))
  return EXIT.ok
}
