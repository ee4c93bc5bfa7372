/** Everything that can be configured, resolved once at the edge and passed down. Paths are absolute. */
export interface Configuration {
  database: string
  model: string | null
  codeModel: string | null
  embeddings: boolean
  backfill: 'auto' | 'on' | 'off'
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
  artifactTextKinds: string[]
  artifactCodeKinds: string[]
  memoryKinds: string[]
  memoryWeights: { semantic: number; confidence: number; recency: number }
  /** By kind. */
  memoryBonus: Record<string, number>
  memoryDuplicates: number
  host: string
  port: number
  warmUp: boolean
  hosts: string[]
  origins: string[]
  trustProxy: boolean
  rateLimit: number
  embeddingRateLimit: number
  bodyBytes: number
  timeoutSeconds: number
  maxRequests: number
  shutdownSeconds: number
  backups: boolean
  backupFolder: string | null
  backupsKept: number
  serverLog: 'off' | 'error' | 'warn' | 'info'
  telemetryEndpoint: string | null
  daemon: boolean
  daemonFolder: string
  daemonIdleMinutes: number
}

/** What runs an ONNX model. `auto`: the best that answers a trial inference as the CPU does. */
export type Provider = 'auto' | 'cpu' | 'cuda' | 'coreml' | 'webgpu' | 'wasm'

/** Where a value may come from, strongest first. */
export type Origin = 'flag' | 'environment' | 'file' | 'default'

export interface ResolvedConfiguration {
  values: Configuration
  origins: Record<keyof Configuration, Origin>
  /** The value of a variable that is no setting: the key of a remote model, whose spec names the variable. */
  secret: (variable: string) => string | null
}
