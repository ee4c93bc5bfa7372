import type { Configuration } from './configuration.ts'

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
  /** For what ends with the user's session: sockets. */
  runtime: string
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
  {
    key: 'host',
    name: 'server.host',
    variable: 'SEMDEX_HOST',
    kind: 'text',
    summary: 'The address that the server listens on; any other than this machine itself needs keys.',
    initial: () => '127.0.0.1',
  },
  {
    key: 'port',
    name: 'server.port',
    variable: 'SEMDEX_PORT',
    kind: 'integer',
    minimum: 0,
    maximum: 65_535,
    summary: 'The port that the server listens on; 0: any that is free.',
    initial: () => 7_333,
  },
  {
    key: 'warmUp',
    name: 'server.warmUp',
    variable: 'SEMDEX_WARM_UP',
    kind: 'switch',
    summary: 'On: a server that listens loads the models of the collections at once, instead of at the first request.',
    initial: () => true,
  },
  {
    key: 'daemon',
    name: 'daemon.use',
    variable: 'SEMDEX_DAEMON',
    kind: 'switch',
    summary: 'Off: the command line works by itself, also where a daemon serves the database.',
    initial: () => true,
  },
  {
    key: 'daemonFolder',
    name: 'daemon.folder',
    variable: 'SEMDEX_DAEMON_FOLDER',
    kind: 'path',
    summary: 'Where daemons have their sockets and logs: a folder of the user alone.',
    initial: ({ runtime }) => runtime,
  },
  {
    key: 'daemonIdleMinutes',
    name: 'daemon.idleMinutes',
    variable: 'SEMDEX_DAEMON_IDLE_MINUTES',
    kind: 'integer',
    minimum: 0,
    maximum: 1_000_000,
    summary: 'Minutes without a request after which a daemon ends; 0: never.',
    initial: () => 0,
  },
]
