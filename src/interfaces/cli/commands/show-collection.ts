import { SemdexError } from '../../../core/errors.ts'
import { invoke } from '../../../operations/operation.ts'
import { operations } from '../../../operations/table.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

export async function showCollectionCommand({ positionals: [name], parts, output }: Call): Promise<number> {
  const { collections } = await invoke(await operations.collections(), parts, {})
  const found = collections.find((each) => each.name === name)
  if (!found) {
    throw new SemdexError('COLLECTION_NOT_FOUND', {
      message: `There is no collection ${name}.`,
      fix: 'semdex collections lists them',
      details: { collection: name },
    })
  }
  if (output.json) await output.data(`${JSON.stringify(found)}\n`)
  else await output.data((await import('../render/tables.ts')).renderCollection(found, output))
  return EXIT.ok
}
