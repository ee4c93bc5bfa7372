import { loadConfiguration } from '../../compose/configuration.ts'
import { openParts, type PartsOptions } from '../../compose/parts.ts'
import type { Configuration, ResolvedConfiguration } from '../../core/configuration.ts'
import { type DebugEvent, debugLine } from '../../core/debug.ts'
import type { Parts } from '../../core/parts.ts'
import { invoke } from '../../operations/operation.ts'
import { operations } from '../../operations/table.ts'
import { daemonPlace, mayHaveDaemon } from '../server/daemon/place.ts'
import type { DaemonCaller } from './daemon/use.ts'
import { EXIT } from './exit-codes.ts'
import { type FlagValues, GLOBAL_FLAGS } from './flags.ts'
import type { Output } from './output.ts'
import { trackProgress } from './progress.ts'
import type { AnyOperation, Arguments, Call, Verb } from './verb.ts'

/** Does what was asked for, prints the answer, and gives the exit code. */
export async function perform(verb: Verb, args: Arguments, { output, signal, verbs }: Surroundings): Promise<number> {
  const { action } = verb
  const { call, close } = openCall(verb, args, { output, signal, verbs })
  try {
    return await ('command' in action ? (await action.command())(call) : runOperation(action, call))
  } finally {
    await close()
  }
}

interface Surroundings {
  output: Output
  signal: AbortSignal
  verbs: readonly Verb[]
}

/** A verb that is one operation: its answer as JSON, or as the verb shows it to people. */
async function runOperation(action: Extract<Verb['action'], { operation: string }>, call: Call): Promise<number> {
  const { output } = call
  const answer = (await call.run(action.operation, await action.input(call))) as never
  call.endProgress()
  if (output.json) await output.data(`${JSON.stringify(answer)}\n`)
  else await output.data((await action.render())(answer, output))
  return action.exit?.(answer) ?? EXIT.ok
}

function openCall(verb: Verb, args: Arguments, { output, signal, verbs }: Surroundings) {
  const configuration = loadConfiguration({
    flags: settingsOf(args.flags, verb),
    ...(typeof args.flags.config === 'string' && { configFile: args.flags.config }),
  })
  const warned = new Set<string>()
  const onWarning = (message: string) => {
    if (!warned.has(message)) output.warn(message)
    warned.add(message)
  }
  const onDebug = (event: DebugEvent) => output.aside(debugLine(event))
  const parts = openParts(configuration, { mode: 'inline', onWarning, onDebug })
  const progress = trackProgress(output)
  const findDaemon = onceDaemon({ ...args, output, configuration }, onDebug)
  const threaded = onceThreaded(configuration, { onWarning, onDebug })
  const call: Call = {
    ...args,
    verbs,
    output,
    signal,
    configuration,
    parts,
    threadedParts: (changes) => ({ ...threaded.open(changes), storage: () => parts.storage() }),
    servedParts: () => threaded.open(),
    async run(name, input, { threads = false } = {}) {
      const daemon = await findDaemon()
      const answered = await daemon?.run(name, input, call.context())
      if (answered) return answered.answer as never
      const operation = (await operations[name]()) as unknown as AnyOperation
      return (await invoke(operation, threads ? call.threadedParts() : parts, input, call.context())) as never
    },
    context: () => ({ signal, onWarning, onProgress: progress.update }),
    endProgress: () => progress.end(),
  }
  async function close() {
    progress.end()
    await threaded.close()
    await parts.close()
  }
  return { call, close }
}

/** Everything in threads of its own, opened once; the first call decides what is changed of the configuration. */
function onceThreaded(configuration: ResolvedConfiguration, listeners: Pick<PartsOptions, 'onWarning' | 'onDebug'>) {
  let opened: Parts | null = null
  return {
    open(changes: Partial<Configuration> = {}): Parts {
      const changed = { ...configuration, values: { ...configuration.values, ...changes } }
      opened ??= openParts(changed, { mode: 'threads', ...listeners })
      return opened
    },
    close: async () => opened?.close(),
  }
}

/** Looks for the daemon of the database once. Where there is none, that is one look for a file. */
function onceDaemon(call: Pick<Call, 'configuration' | 'output'>, onDebug: (event: DebugEvent) => void) {
  const { values } = call.configuration
  let found: Promise<DaemonCaller | null> | null = null
  return async () => {
    if (found === null && (!values.daemon || !mayHaveDaemon(daemonPlace(values)))) return null
    found ??= import('./daemon/use.ts').then(({ useDaemon }) => useDaemon(call, onDebug))
    return found
  }
}

function settingsOf(flags: FlagValues, verb: Verb) {
  const all = [...verb.flags, ...GLOBAL_FLAGS]
  return Object.fromEntries(
    all.flatMap(({ name, setting, settingValue = flags[name] }) =>
      setting && flags[name] !== undefined ? [[setting, settingValue]] : [],
    ),
  )
}
