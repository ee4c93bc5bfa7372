import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { exitCode } from '../../../src/interfaces/cli/exit-codes.ts'
import { VERBS } from '../../../src/interfaces/cli/verbs.ts'
import { inRepository } from '../../support/assets.ts'
import { BINARY } from '../../support/cli.ts'
import { run } from '../../support/processes.ts'
import { argumentsOf, cannotSayOnCommandLine, SPELLINGS } from './cli-arguments.ts'
import { type Driver, failed } from './driver.ts'

/** The built binary, a process for each call, with `--json`. */
export const cliDriver: Driver = {
  name: 'cli',
  leavesOut: {
    add: 'people have files: semdex index',
    'add.files': 'semdex index',
    'search.semantic': 'semdex search --mode vector',
    'embeddings.get': 'a vector that is stored is nothing to read',
    'embeddings.fill': 'semdex index does it on its way',
    jobs: 'whoever types waits for the end; jobs are for servers',
    'jobs.start': 'as jobs',
    'jobs.get': 'as jobs',
    'jobs.cancel': 'as jobs',
    artifacts: 'artifacts are what programs and agents make',
    'artifacts.get': 'as artifacts',
    'artifacts.history': 'as artifacts',
    'artifacts.put': 'as artifacts',
    'artifacts.remove': 'as artifacts',
    'artifacts.search': 'as artifacts',
    metrics: 'a process that ends has nothing to tell; --timings and --debug say what a call took',
  },
  cannotSay: cannotSayOnCommandLine,
  async open({ environment, folder }) {
    return {
      offers: async () => offeredOperations(),
      async call(name, input) {
        const { args, stdin } = argumentsOf(name, input as Record<string, unknown>)
        const { status, stdout, stderr } = await run(process.execPath, [BINARY, '--json', ...args], {
          cwd: folder,
          env: environment,
          stdin,
          timeout: 300_000,
        })
        if (stdout !== '') return { answer: JSON.parse(stdout) }
        const { error } = JSON.parse(stderr.trim().split('\n').at(-1) as string)
        if (status !== exitCode(error.code)) throw new Error(`${error.code} ended with ${status}`)
        return failed(error)
      },
      shape: (name, answer) => SPELLINGS[name]?.shape?.(answer as never) ?? answer,
      close: async () => undefined,
    }
  },
}

/** Those that verbs are bound to, and those that commands name. */
function offeredOperations(): string[] {
  const bound = VERBS.flatMap(({ action }) => ('operation' in action ? [action.operation] : []))
  const folder = inRepository('src/interfaces/cli/commands')
  const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  const named = sources.flatMap((source) =>
    [...source.matchAll(/\boperations(?:\.(\w+)|\['([\w.]+)'\])|\brun\('([\w.]+)'/g)].map(
      ([, ...names]) => names.find(Boolean) as string,
    ),
  )
  return [...new Set([...bound, ...named])]
}
