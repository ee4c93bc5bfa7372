import { SemdexError } from '../../../core/errors.ts'
import type { Call } from '../call.ts'
import { completionScript } from '../completion.ts'
import { EXIT } from '../exit-codes.ts'
import { VERBS } from '../verbs.ts'

export async function completionCommand({ positionals: [shell = ''], output }: Call): Promise<number> {
  const script = completionScript(shell, VERBS)
  if (script === null) {
    throw new SemdexError('INVALID_INPUT', {
      message: `There is no completion for ${shell}.`,
      fix: 'semdex completion bash, zsh or fish',
      details: { field: 'shell' },
    })
  }
  await output.data(output.json ? `${JSON.stringify({ shell, script })}\n` : script)
  return EXIT.ok
}
