import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

export async function showCollectionCommand({ positionals: [name], run, output }: Call): Promise<number> {
  const found = await run('collections.get', { name })
  if (output.json) await output.data(`${JSON.stringify(found)}\n`)
  else await output.data((await import('../render/tables.ts')).renderCollection(found, output))
  return EXIT.ok
}
