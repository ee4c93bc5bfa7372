import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import envPaths from 'env-paths'
import type { Configuration, ResolvedConfiguration } from '../core/configuration.ts'
import { SemdexError } from '../core/errors.ts'
import { resolveConfiguration } from '../core/resolve-configuration.ts'

export interface ConfigurationRequest {
  /** The strongest source: flags of a command, options of `open()`. */
  flags?: Partial<Record<keyof Configuration, unknown>>
  /** Default: the process's own. */
  environment?: Record<string, string | undefined>
  /** The configuration file; else `SEMDEX_CONFIG`, else `config.json` in the user's configuration folder, if it is there. */
  configFile?: string
  /** Relative paths start here. Default: the process's own. */
  workingDirectory?: string
}

/**
 * Reads the configuration file and the environment. The one place that looks at either.
 * @throws {SemdexError} `CONFIGURATION_INVALID`
 */
export function loadConfiguration(request: ConfigurationRequest): ResolvedConfiguration {
  const { environment = process.env, workingDirectory = process.cwd(), flags = {} } = request
  const folders = envPaths('semdex', { suffix: '' })
  const toAbsolute = (path: string) => resolve(workingDirectory, path)
  const named = request.configFile ?? (environment.SEMDEX_CONFIG || undefined)
  const filePath = named === undefined ? join(folders.config, 'config.json') : toAbsolute(named)
  return resolveConfiguration({
    flags,
    environment,
    file: readConfigurationFile(filePath, named !== undefined),
    filePath,
    places: {
      data: folders.data,
      cache: folders.cache,
      runtime: environment.XDG_RUNTIME_DIR ? join(environment.XDG_RUNTIME_DIR, 'semdex') : join(folders.data, 'run'),
      cores: availableParallelism(),
      resolve: toAbsolute,
      delimiter,
    },
  })
}

function readConfigurationFile(path: string, mustExist: boolean): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (!mustExist && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unreadable(path, 'cannot be read', cause)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable(path, `is not JSON: ${(cause as Error).message}`, cause)
  }
}

function unreadable(path: string, reason: string, cause: unknown): SemdexError {
  return new SemdexError('CONFIGURATION_INVALID', {
    message: `The configuration file ${path} ${reason}.`,
    fix: 'correct or remove the file, or name another one with --config',
    cause,
    details: { file: path },
  })
}
