import { resolve } from 'node:path'
import { invoke } from '../../../operations/operation.ts'
import { backupRestore } from '../../../operations/upkeep/backups.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

/** Never in a daemon, which has the database open. */
export async function restoreCommand(call: Call): Promise<number> {
  const { output, flags, positionals, parts } = call
  const input = { path: resolve(positionals[0] ?? ''), force: flags.force === true }
  const answer = await invoke(backupRestore, parts, input, call.context())
  call.endProgress()
  if (output.json) await output.data(`${JSON.stringify(answer)}\n`)
  else await output.data((await import('../render/upkeep.ts')).renderRestored(answer, output))
  return EXIT.ok
}
