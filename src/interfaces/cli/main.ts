import { type ErrorAnswer, toSemdexError } from '../../core/errors.ts'
import { EXIT, exitCode } from './exit-codes.ts'
import type { FlagValues } from './flags.ts'
import { listenForInterrupts } from './interrupts.ts'
import { createOutput, type Output } from './output.ts'
import { type Command, parseCommand } from './parse.ts'
import { perform } from './perform.ts'
import { VERBS } from './verbs.ts'

/** Runs one command line and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWhenNobodyReads)
  const code = await run(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv)
  process.stderr.write('', () => process.exit(code))
}

async function run(argv: readonly string[]): Promise<number> {
  let output = outputFor({ json: argv.includes('--json'), 'no-color': argv.includes('--no-color') })
  const interrupts = listenForInterrupts((message) => output.note(message))
  try {
    const command = await parseCommand(argv, VERBS)
    output = outputFor(command.flags)
    const { verb, flags } = command
    if (!verb || flags.help || flags.version) return await answerWithoutWork(command, output)
    return await perform(verb, command, { output, signal: interrupts.signal, verbs: VERBS })
  } catch (thrown) {
    const error = toSemdexError(thrown)
    if (error.code === 'ABORTED' && interrupts.signal.aborted) return interrupts.exitCode()
    output.error(error.code === 'INTERNAL' ? defect(error.message) : error.toJSON())
    return exitCode(error.code)
  }
}

function outputFor(flags: FlagValues): Output {
  return createOutput({ json: flags.json === true, quiet: flags.quiet === true, colours: !flags['no-color'] })
}

/** `--help`, `--version`, or no verb at all. */
async function answerWithoutWork(command: Command, output: Output): Promise<number> {
  const { flags } = command
  if (flags.version && !flags.help) {
    const { createRequire } = await import('node:module')
    const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string }
    await output.data(`${output.json ? JSON.stringify({ version }) : version}\n`)
    return EXIT.ok
  }
  const { helpText } = await import('./help.ts')
  if (flags.help) {
    await output.data(helpText(command, VERBS, output.styles))
    return EXIT.ok
  }
  process.stderr.write(helpText({ verb: null }, VERBS, output.styles))
  return EXIT.badInput
}

function defect(message: string): ErrorAnswer {
  return {
    code: 'INTERNAL',
    message: `Something went wrong inside Semdex: ${message}`,
    fix: 'semdex doctor; if it finds nothing, please report this',
  }
}

function endWhenNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  throw error
}
