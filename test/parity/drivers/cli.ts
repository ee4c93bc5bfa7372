import { exitCode } from '../../../src/interfaces/cli/exit-codes.ts'
import type { OperationName } from '../../../src/operations/table.ts'
import { BINARY } from '../../support/cli.ts'
import { run } from '../../support/processes.ts'
import { argumentsOf, cannotSayWithVerb, SPELLINGS } from './cli-arguments.ts'
import { type Driver, failed, saysAll } from './driver.ts'

/** The built binary, a process for each call, with `--json`: the operation's verb, and `semdex call` for what has none. */
export const cliDriver: Driver = {
  name: 'cli',
  leavesOut: {},
  cannotSay: saysAll,
  async open({ environment, folder }) {
    const semdex = (args: readonly string[], stdin = '') =>
      run(process.execPath, [BINARY, '--json', ...args], { cwd: folder, env: environment, stdin, timeout: 300_000 })
    return {
      async offers() {
        const { operations } = JSON.parse((await semdex(['call', '--list'])).stdout)
        return operations.map(({ name }: { name: string }) => name)
      },
      async call(name, input) {
        const { args, stdin } = isVerb(name, input)
          ? argumentsOf(name, input as Record<string, unknown>)
          : { args: ['call', name, '-'], stdin: JSON.stringify(input) }
        const { status, stdout, stderr } = await semdex(args, stdin)
        if (stdout !== '') return { answer: JSON.parse(stdout) }
        const { error } = JSON.parse(stderr.trim().split('\n').at(-1) as string)
        if (status !== exitCode(error.code)) throw new Error(`${error.code} ended with ${status}`)
        return failed(error)
      },
      shape(name, answer, input) {
        if (name === 'metrics') return withoutModels(answer)
        return (isVerb(name, input) && SPELLINGS[name]?.shape?.(answer as never)) || answer
      },
      close: async () => undefined,
    }
  },
}

function isVerb(name: OperationName, input: unknown): boolean {
  return cannotSayWithVerb(name, input) === null
}

/** A process that has just begun has opened no model. */
function withoutModels(answer: unknown) {
  return { ...(answer as object), models: [] }
}
