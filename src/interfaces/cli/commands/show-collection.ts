import { invoke } from '../../../operations/operation.ts'
import { operations } from '../../../operations/table.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

export async function showCollectionCommand({ positionals: [name], parts, output }: Call): Promise<number> {
  const found = await invoke(await operations['collections.get'](), parts, { name })
  if (output.json) await output.data(`${JSON.stringify(found)}\n`)
  else await output.data((await import('../render/tables.ts')).renderCollection(found, output))
  return EXIT.ok
}
