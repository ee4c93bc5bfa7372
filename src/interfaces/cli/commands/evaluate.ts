import { resolve } from 'node:path'
import { EXIT } from '../exit-codes.ts'
import { table } from '../render/table.ts'
import type { Call } from '../verb.ts'

export async function evaluateCommand(call: Call): Promise<number> {
  const { positionals, flags, output } = call
  const input = { folder: resolve(positionals[0] as string), mode: flags.mode, model: flags.model }
  const answer = await call.run('eval', input, { threads: true })
  call.endProgress()
  if (output.json) {
    await output.data(`${JSON.stringify(answer)}\n`)
    return EXIT.ok
  }
  const { timings, queries, ...metrics } = answer
  const rows = [
    ...Object.entries(metrics).map(([name, value]) => [name, value.toFixed(4)]),
    ['queries', `${queries}`],
    ...Object.entries(timings).map(([name, value]) => [`${name} ms`, value.toFixed(1)]),
  ]
  await output.data(`${table(rows, { right: [1] })}\n`)
  return EXIT.ok
}
