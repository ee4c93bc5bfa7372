import type { ServeOptions } from '../server/serve.ts'
import type { Call } from './verb.ts'

/** A line for each request on stderr, unless `--quiet` or the setting says otherwise. */
export function requestLog({ configuration, flags }: Call): Pick<ServeOptions, 'onAnswer'> {
  const { serverLog } = configuration.values
  if (serverLog === 'off' || flags.quiet) return {}
  let opening: Promise<NonNullable<ServeOptions['onAnswer']>> | null = null
  return {
    onAnswer(request) {
      opening ??= import('../server/request-log.ts').then(({ openRequestLog }) => openRequestLog(serverLog))
      opening.then((write) => write(request))
    },
  }
}
