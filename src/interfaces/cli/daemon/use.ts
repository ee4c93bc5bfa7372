import { statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { ResolvedConfiguration } from '../../../core/configuration.ts'
import type { DebugEvent } from '../../../core/debug.ts'
import { SemdexError } from '../../../core/errors.ts'
import type { OperationContext } from '../../../operations/operation.ts'
import { type OperationName, operations } from '../../../operations/table.ts'
import { callDaemon } from '../../server/daemon/client.ts'
import { isPrivate } from '../../server/daemon/folder.ts'
import { type DaemonPlace, daemonPlace } from '../../server/daemon/place.ts'
import { absoluteModel, type DaemonState, differenceOf, digest, readState } from '../../server/daemon/state.ts'
import type { Output } from '../output.ts'

export interface DaemonCaller {
  /** Null where this process has to run the operation itself. */
  run(name: OperationName, input: unknown, context: OperationContext): Promise<{ answer: unknown } | null>
}

interface User {
  configuration: ResolvedConfiguration
  output: Output
}

/** The daemon of the database; null where there is none that would answer as this process does. */
export function useDaemon({ configuration, output }: User, onDebug: (event: DebugEvent) => void): DaemonCaller | null {
  const { values } = configuration
  const place = daemonPlace(values)
  const state = isPrivate(place.folder) ? readState(place) : null
  if (!state) return null
  const difference = differenceOf(state, values)
  if (difference !== null) {
    output.note(`The daemon of this database is one ${difference}: this command works without it.`)
    return null
  }
  if (!hasSameKeys(state, configuration)) return null
  let isGone = false
  return {
    async run(name, input, context) {
      if (isGone || OWN.has(name) || dependsOnFolder(input)) return null
      const call = { operation: name, input: withAbsoluteModel(input), debug: values.log === 'debug', progress: true }
      const answered = await callDaemon(place, call, { ...context, onDebug })
      if (typeof answered === 'object') return answered
      isGone = answered !== 'own'
      if (answered === 'refused') await explainRefusal(place, output)
      if (answered === 'lost') await assertRepeatable(name, state)
      return null
    },
  }
}

/** What a daemon left that was killed is removed; one that lives is busy ending, or stopped by somebody. */
async function explainRefusal(place: DaemonPlace, output: Output): Promise<void> {
  const { removeLeftovers } = await import('../../server/daemon/stop.ts')
  if (await removeLeftovers(place)) return
  output.note('The daemon of this database takes no request now: this command works without it.')
}

/** They tell of the process that runs them, or measure it. */
const OWN: ReadonlySet<OperationName> = new Set(['config', 'doctor', 'bench.embed', 'eval'])

/** The keys of remote models that the daemon uses, and those that this process would. */
function hasSameKeys({ secrets }: DaemonState, { secret }: ResolvedConfiguration): boolean {
  return Object.entries(secrets).every(([variable, known]) => digest(secret(variable) ?? '') === known)
}

/** What is another thing from another working directory, as the daemon has one. Also in the input of a job. */
function dependsOnFolder(input: unknown): boolean {
  const { input: ofJob } = (input ?? {}) as { input?: unknown }
  const namesRelativeModel = () => modelsOf(ofJob).some(([, model]) => !isAbsolute(model) && isFolder(model))
  return namesOwnModel(input) || [input, ofJob].some(hasRelativePath) || namesRelativeModel()
}

/** A folder of the working directory, without a word that says so. */
function namesOwnModel(input: unknown): boolean {
  return modelsOf(input).some(([, model]) => !/[/\\]/.test(model) && isFolder(model))
}

function isFolder(path: string): boolean {
  return statSync(resolve(path), { throwIfNoEntry: false })?.isDirectory() === true
}

/** Verbs make paths absolute; `semdex call` takes them as they are. */
function hasRelativePath(input: unknown): boolean {
  const { paths, path, folder, eval: queries } = (input ?? {}) as Record<string, unknown>
  return [paths, path, folder, queries].flat().some((each) => typeof each === 'string' && !isAbsolute(each))
}

function withAbsoluteModel(input: unknown): unknown {
  const absolute = modelsOf(input).map(([field, model]) => [field, absoluteModel(model)])
  return absolute.length === 0 ? input : { ...(input as object), ...Object.fromEntries(absolute) }
}

/** The fields of an input that name a model. */
function modelsOf(input: unknown): [string, string][] {
  const { model, codeModel, to } = (input ?? {}) as Record<string, unknown>
  const named = Object.entries({ model, codeModel, to })
  return named.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
}

/** @throws {SemdexError} `SERVER_FAILED` where doing it again might do it twice */
async function assertRepeatable(name: OperationName, { pid }: DaemonState): Promise<void> {
  const { access } = await operations[name]()
  if (access === 'read' || REPEATABLE.has(name)) return
  throw new SemdexError('SERVER_FAILED', {
    message: `The daemon (process ${pid}) ended before it answered; whether it did what was asked is not known.`,
    fix: 'Look (semdex status), then ask again',
    details: { operation: name, pid },
  })
}

/** Writes that come to the same, once or twice. */
const REPEATABLE: ReadonlySet<OperationName> = new Set([
  'index',
  'index.plan',
  'add',
  'collections.update',
  'models.pull',
  'models.verify',
])
