import { toSemdexError } from '../../../core/errors.ts'
import { askDaemon } from '../../server/daemon/client.ts'
import { openDaemon } from '../../server/daemon/daemon.ts'
import { type DaemonPlace, daemonPlace } from '../../server/daemon/place.ts'
import { awaitDaemon, type StartMessage, startDaemon } from '../../server/daemon/start.ts'
import { type DaemonState, differenceOf } from '../../server/daemon/state.ts'
import { endDaemon } from '../../server/daemon/stop.ts'
import { untilNotNeeded } from '../../server/daemon/watch.ts'
import { EXIT } from '../exit-codes.ts'
import { requestLog } from '../request-log.ts'
import { keepHeapsSmallSoon } from '../small-heaps.ts'
import type { Call } from '../verb.ts'

/** Starts, shows, ends or is the daemon of the database. */
export async function daemonCommand(call: Call): Promise<number> {
  const place = daemonPlace(call.configuration.values)
  if (call.flags.status) return showStatus(call, place)
  if (call.flags.stop) return stop(call, place)
  if (call.flags.foreground) return beDaemon(call, place)
  return start(call, place)
}

async function start(call: Call, place: DaemonPlace): Promise<number> {
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1), '--foreground']
  const { state, already } = await startDaemon(place, call.configuration.values, command)
  await tell(call, place, state, already ? 'The daemon runs already' : 'The daemon listens')
  return EXIT.ok
}

/** In the process that stays: until it is asked to end, or nobody needs it any more. */
async function beDaemon(call: Call, place: DaemonPlace): Promise<number> {
  const { configuration, output, signal } = call
  const { values, origins } = configuration
  const options = {
    address: origins.port !== 'default' || origins.host !== 'default',
    onWarning: output.warn,
    ...requestLog(call),
  }
  try {
    const daemon = await openDaemon(configuration, options)
    const state = daemon?.state ?? (await awaitDaemon(place))
    report({ state, already: daemon === null })
    await tell(call, place, state, daemon ? 'The daemon listens' : 'The daemon runs already')
    if (!daemon) return EXIT.ok
    process.chdir(place.folder)
    keepHeapsSmallSoon()
    const reason = await untilNotNeeded(daemon, { signal, log: place.log, idleMinutes: values.daemonIdleMinutes })
    output.note(`The daemon ends: ${reason}.`)
    await daemon.close()
    return EXIT.ok
  } catch (thrown) {
    report({ error: toSemdexError(thrown).toJSON() })
    throw thrown
  }
}

/** To the process that started this one, if one did and still listens. */
function report(message: StartMessage): void {
  process.send?.(message, undefined, undefined, () => undefined)
}

async function showStatus(call: Call, place: DaemonPlace): Promise<number> {
  const state = await askDaemon(place)
  if (state) {
    const difference = differenceOf(state, call.configuration.values)
    await tell(call, place, state, difference === null ? 'The daemon listens' : `A daemon ${difference} listens`)
    return EXIT.ok
  }
  const { database, log } = place
  if (call.output.json) await call.output.data(`${JSON.stringify({ running: false, database, log })}\n`)
  else await call.output.data(`No daemon serves ${database}.\n`)
  return EXIT.failed
}

async function stop({ output }: Call, place: DaemonPlace): Promise<number> {
  const ended = await endDaemon(place)
  if (output.json) await output.data(`${JSON.stringify({ stopped: ended !== null, pid: ended?.pid ?? null })}\n`)
  else await output.data(ended ? `The daemon has ended (process ${ended.pid}).\n` : 'There was no daemon.\n')
  return EXIT.ok
}

async function tell({ output, configuration }: Call, place: DaemonPlace, state: DaemonState, what: string) {
  const { pid, version, url, startedAt, database } = state
  const { socket, log } = place
  const usable = differenceOf(state, configuration.values) === null
  const answer = { running: true, pid, version, database, socket, url, log, startedAt, usable }
  const places = [socket, ...(url ? [url] : [])].join(' and ')
  await output.data(output.json ? `${JSON.stringify(answer)}\n` : `${what} on ${places} (process ${pid}).\n`)
}
