import { SemdexError } from './errors.ts'

/** Everything that can be configured, resolved once at the edge and passed down. Paths are absolute. */
export interface Configuration {
  database: string
  model: string | null
  embeddings: boolean
  modelFolders: string[]
  cacheDirectory: string
  workers: number
  threads: number
  provider: Provider
  queueBytes: number
  idleSeconds: number
  resultCache: number
  resultCacheOnDisk: boolean
  offline: boolean
  hubEndpoint: string
  hubToken: string | null
  proxy: string | null
  noProxy: string | null
  chunkTokens: number
  chunkOverlap: number
  maxFileBytes: number
  synchronous: 'full' | 'normal'
  sqliteVec: boolean
  log: 'off' | 'debug'
}

/** What runs an ONNX model. `auto`: the best that answers a trial inference as the CPU does. */
export type Provider = 'auto' | 'cpu' | 'cuda' | 'coreml' | 'webgpu' | 'wasm'

/** Where a value may come from, strongest first. */
export type Origin = 'flag' | 'environment' | 'file' | 'default'

export interface Setting {
  key: keyof Configuration
  /** The key in the configuration file. */
  name: string
  variable: string
  /** Further variables, for names that other programs use as well; the first that is set counts. */
  aliases?: readonly string[]
  /** Never printed. */
  secret?: true
  kind: 'path' | 'paths' | 'text' | 'switch' | 'integer' | 'choice'
  choices?: readonly string[]
  minimum?: number
  maximum?: number
  summary: string
  initial: (places: Places) => Configuration[keyof Configuration]
}

/** What only the machine can tell. */
export interface Places {
  data: string
  cache: string
  cores: number
  /** Turns a path of the user's into an absolute one. */
  resolve: (path: string) => string
  /** Separates paths in a variable: `:`, on Windows `;`. */
  delimiter: string
}

export const SETTINGS: readonly Setting[] = [
  {
    key: 'database',
    name: 'database',
    variable: 'SEMDEX_DB',
    kind: 'path',
    summary: 'The database file.',
    initial: ({ data, resolve }) => resolve(`${data}/semdex.db`),
  },
  {
    key: 'model',
    name: 'model',
    variable: 'SEMDEX_MODEL',
    kind: 'text',
    summary: 'The model of new collections: a name, or a folder in Hugging Face layout.',
    initial: () => null,
  },
  {
    key: 'embeddings',
    name: 'embeddings',
    variable: 'SEMDEX_EMBEDDINGS',
    kind: 'switch',
    summary: 'Off: no model is used; texts are stored and found by keyword.',
    initial: () => true,
  },
  {
    key: 'modelFolders',
    name: 'models.folders',
    variable: 'SEMDEX_MODELS',
    kind: 'paths',
    summary: 'Folders that hold model folders, looked through before the cache.',
    initial: () => [],
  },
  {
    key: 'cacheDirectory',
    name: 'cache',
    variable: 'SEMDEX_CACHE',
    kind: 'path',
    summary: 'Where downloaded models and files that can be made again are kept.',
    initial: ({ cache }) => cache,
  },
  {
    key: 'workers',
    name: 'embedding.workers',
    variable: 'SEMDEX_WORKERS',
    kind: 'integer',
    minimum: 1,
    maximum: 64,
    summary: 'Worker threads that run the model; each keeps its own copy of it.',
    initial: ({ cores }) => Math.max(1, Math.min(4, cores)),
  },
  {
    key: 'threads',
    name: 'embedding.threads',
    variable: 'SEMDEX_THREADS',
    kind: 'integer',
    minimum: 1,
    maximum: 64,
    summary: 'Threads of ONNX Runtime in each worker.',
    initial: () => 1,
  },
  {
    key: 'provider',
    name: 'embedding.provider',
    variable: 'SEMDEX_PROVIDER',
    kind: 'choice',
    choices: ['auto', 'cpu', 'cuda', 'coreml', 'webgpu', 'wasm'],
    summary: 'What runs ONNX models; auto takes the best that answers a trial inference as the CPU does.',
    initial: () => 'auto',
  },
  {
    key: 'queueBytes',
    name: 'embedding.queueBytes',
    variable: 'SEMDEX_QUEUE_BYTES',
    kind: 'integer',
    minimum: 1,
    maximum: 10_000_000_000,
    summary: 'Bytes of text that may wait for the model; a call beyond it is refused. One call alone is always taken.',
    initial: () => 64_000_000,
  },
  {
    key: 'idleSeconds',
    name: 'embedding.idleSeconds',
    variable: 'SEMDEX_IDLE_SECONDS',
    kind: 'integer',
    minimum: 0,
    maximum: 1_000_000,
    summary: 'Seconds without work after which a model is unloaded until it is needed again; 0: never.',
    initial: () => 600,
  },
  {
    key: 'resultCache',
    name: 'embedding.cache',
    variable: 'SEMDEX_RESULT_CACHE',
    kind: 'integer',
    minimum: 0,
    maximum: 10_000_000,
    summary: 'Vectors of texts kept in memory, some 3 kB each, so that a repeated text skips the model; 0: none.',
    initial: () => 4_096,
  },
  {
    key: 'resultCacheOnDisk',
    name: 'embedding.cacheOnDisk',
    variable: 'SEMDEX_RESULT_CACHE_ON_DISK',
    kind: 'switch',
    summary: 'On: these vectors are also kept in a file in the cache directory, 256 MB of them at most.',
    initial: () => false,
  },
  {
    key: 'offline',
    name: 'hub.offline',
    variable: 'SEMDEX_OFFLINE',
    aliases: ['HF_HUB_OFFLINE'],
    kind: 'switch',
    summary: 'On: nothing is downloaded.',
    initial: () => false,
  },
  {
    key: 'hubEndpoint',
    name: 'hub.endpoint',
    variable: 'HF_ENDPOINT',
    kind: 'text',
    summary: 'Where models are pulled from.',
    initial: () => 'https://huggingface.co',
  },
  {
    key: 'hubToken',
    name: 'hub.token',
    variable: 'HF_TOKEN',
    kind: 'text',
    secret: true,
    summary: 'Sent to hub.endpoint, and nowhere else.',
    initial: () => null,
  },
  {
    key: 'proxy',
    name: 'hub.proxy',
    variable: 'HTTPS_PROXY',
    aliases: ['https_proxy'],
    kind: 'text',
    secret: true,
    summary: 'The proxy for downloads.',
    initial: () => null,
  },
  {
    key: 'noProxy',
    name: 'hub.noProxy',
    variable: 'NO_PROXY',
    aliases: ['no_proxy'],
    kind: 'text',
    summary: 'Hosts that are spoken to without the proxy, with commas between them.',
    initial: () => null,
  },
  {
    key: 'chunkTokens',
    name: 'chunking.tokens',
    variable: 'SEMDEX_CHUNK_TOKENS',
    kind: 'integer',
    minimum: 16,
    maximum: 8_192,
    summary: 'Most tokens of a chunk, its headings included; never more than the model reads.',
    initial: () => 250,
  },
  {
    key: 'chunkOverlap',
    name: 'chunking.overlap',
    variable: 'SEMDEX_CHUNK_OVERLAP',
    kind: 'integer',
    minimum: 0,
    maximum: 1_024,
    summary: 'Tokens that a chunk repeats of the one before it; less than half of the chunk. Smaller chunks have less.',
    initial: () => 32,
  },
  {
    key: 'maxFileBytes',
    name: 'indexing.maxFileBytes',
    variable: 'SEMDEX_MAX_FILE_BYTES',
    kind: 'integer',
    minimum: 1,
    maximum: 1_000_000_000,
    summary: 'Larger files are skipped and counted.',
    initial: () => 10_000_000,
  },
  {
    key: 'synchronous',
    name: 'sqlite.synchronous',
    variable: 'SEMDEX_SYNCHRONOUS',
    kind: 'choice',
    choices: ['full', 'normal'],
    summary: 'full: a power cut loses nothing acknowledged; normal: it may lose the last commits, never corrupts.',
    initial: () => 'full',
  },
  {
    key: 'sqliteVec',
    name: 'sqlite.vec',
    variable: 'SEMDEX_SQLITE_VEC',
    kind: 'switch',
    summary: 'Off: vectors are searched by the exact scan instead of the sqlite-vec index.',
    initial: () => true,
  },
  {
    key: 'log',
    name: 'log',
    variable: 'SEMDEX_LOG',
    kind: 'choice',
    choices: ['off', 'debug'],
    summary:
      'debug: a JSON line on stderr for each call of a model, with counts and milliseconds; never a text or a key.',
    initial: () => 'off',
  },
]

export interface ConfigurationSources {
  flags: Partial<Record<keyof Configuration, unknown>>
  environment: Record<string, string | undefined>
  /** The parsed configuration file: nested objects or dotted names. */
  file: unknown
  /** Its path, for errors. */
  filePath: string | null
  places: Places
}

export interface ResolvedConfiguration {
  values: Configuration
  origins: Record<keyof Configuration, Origin>
  /** The value of a variable that is no setting: the key of a remote model, whose spec names the variable. */
  secret: (variable: string) => string | null
}

/**
 * Flags over environment over file over defaults. What is undefined, and a variable that is empty, is not set.
 * @throws {SemdexError} `CONFIGURATION_INVALID`, naming the key and where it was set.
 */
export function resolveConfiguration(sources: ConfigurationSources): ResolvedConfiguration {
  const file = flatten(sources.file, sources.filePath)
  rejectUnknown(file, sources)
  const entries = SETTINGS.map((setting) => ({ setting, ...pick(setting, file, sources) }))
  const values = Object.fromEntries(
    entries.map(({ setting, value }) => [setting.key, value]),
  ) as unknown as Configuration
  const origins = Object.fromEntries(entries.map(({ setting, origin }) => [setting.key, origin])) as Record<
    keyof Configuration,
    Origin
  >
  const most = Math.ceil(values.chunkTokens / 2) - 1
  if (origins.chunkOverlap === 'default') values.chunkOverlap = Math.min(values.chunkOverlap, most)
  if (values.chunkOverlap > most) {
    throw invalid('chunking.overlap', 'must be less than half of chunking.tokens', origins.chunkOverlap, sources)
  }
  return { values, origins, secret: (variable) => sources.environment[variable] || null }
}

function pick(setting: Setting, file: Map<string, unknown>, sources: ConfigurationSources) {
  const { flags, environment, places } = sources
  const given: [Origin, unknown][] = [
    ['flag', flags[setting.key]],
    ['environment', fromEnvironment(setting, environment)],
    ['file', file.get(setting.name)],
  ]
  const [origin, raw] = given.find(([, value]) => value !== undefined) ?? ['default' as const, undefined]
  if (raw === undefined) return { origin, value: setting.initial(places) }
  return { origin, value: parseValue(setting, raw, origin, sources) }
}

function fromEnvironment({ variable, aliases = [] }: Setting, environment: ConfigurationSources['environment']) {
  return [variable, ...aliases].map((name) => environment[name] || undefined).find((value) => value !== undefined)
}

function parseValue(setting: Setting, raw: unknown, origin: Origin, sources: ConfigurationSources): unknown {
  const fail = (expected: string) =>
    invalid(
      setting.name,
      `must be ${expected}, not ${setting.secret ? 'what it is' : JSON.stringify(raw)}`,
      origin,
      sources,
    )
  switch (setting.kind) {
    case 'text':
      if (raw !== null && (typeof raw !== 'string' || raw === '')) throw fail('a text')
      return raw
    case 'path':
      if (typeof raw !== 'string' || raw === '') throw fail('a path')
      return sources.places.resolve(raw)
    case 'paths': {
      const list = typeof raw === 'string' ? raw.split(sources.places.delimiter).filter(Boolean) : raw
      if (!Array.isArray(list) || list.some((path) => typeof path !== 'string')) throw fail('a list of paths')
      return list.map((path: string) => sources.places.resolve(path))
    }
    case 'switch': {
      const value = SWITCHES.get(String(raw).toLowerCase())
      if (value === undefined) throw fail('on or off')
      return value
    }
    case 'choice':
      if (!setting.choices?.includes(raw as string)) throw fail(`one of ${setting.choices?.join(', ')}`)
      return raw
    case 'integer': {
      const value = typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : raw
      const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = setting
      if (!Number.isSafeInteger(value) || (value as number) < minimum || (value as number) > maximum) {
        throw fail(`a whole number from ${minimum} to ${maximum}`)
      }
      return value
    }
  }
}

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['true', true],
  ['1', true],
  ['yes', true],
  ['off', false],
  ['false', false],
  ['0', false],
  ['no', false],
])

function flatten(file: unknown, path: string | null): Map<string, unknown> {
  const flat = new Map<string, unknown>()
  const visit = (value: unknown, prefix: string) => {
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      const name = prefix ? `${prefix}.${key}` : key
      if (typeof child === 'object' && child !== null && !Array.isArray(child)) visit(child, name)
      else flat.set(name, child)
    }
  }
  if (file === undefined || file === null) return flat
  if (typeof file !== 'object' || Array.isArray(file)) {
    throw new SemdexError('CONFIGURATION_INVALID', {
      message: `${path} must hold a JSON object.`,
      details: { file: path },
    })
  }
  visit(file, '')
  return flat
}

function rejectUnknown(file: Map<string, unknown>, { flags, filePath }: ConfigurationSources): void {
  const keys: string[] = SETTINGS.map(({ key }) => key)
  for (const [key, value] of Object.entries(flags)) {
    if (keys.includes(key) || value === undefined) continue
    throw new SemdexError('CONFIGURATION_INVALID', {
      message: `There is no option ${key}.`,
      fix: `options: ${keys.join(', ')}`,
      details: { key, origin: 'flag' },
    })
  }
  const names = SETTINGS.map(({ name }) => name)
  for (const name of file.keys()) {
    if (names.includes(name)) continue
    throw new SemdexError('CONFIGURATION_INVALID', {
      message: `${filePath} sets ${name}, which is not a setting.`,
      fix: 'semdex config lists every setting',
      details: { file: filePath, key: name },
    })
  }
}

function invalid(name: string, reason: string, origin: Origin, { filePath }: ConfigurationSources): SemdexError {
  const variable = SETTINGS.find((setting) => setting.name === name)?.variable
  const place = {
    flag: 'the flag',
    environment: `the variable ${variable}`,
    file: `${filePath}`,
    default: 'the default',
  }[origin]
  return new SemdexError('CONFIGURATION_INVALID', {
    message: `The setting ${name} ${reason} (set by ${place}).`,
    fix: 'semdex config explains every setting',
    details: { key: name, origin },
  })
}
