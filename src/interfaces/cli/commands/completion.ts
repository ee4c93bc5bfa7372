import { SemdexError } from '../../../core/errors.ts'
import { completionScript } from '../completion.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

export async function completionCommand({ positionals: [shell = ''], output, verbs }: Call): Promise<number> {
  const script = completionScript(shell, verbs)
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
