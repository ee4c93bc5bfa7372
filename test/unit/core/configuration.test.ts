import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import { type ConfigurationSources, resolveConfiguration } from '../../../src/core/resolve-configuration.ts'
import { type Places, SETTINGS } from '../../../src/core/settings.ts'

const places: Places = {
  data: '/data',
  cache: '/cache',
  runtime: '/run/user/1000/semdex',
  cores: 2,
  resolve: (path) => (path.startsWith('/') ? path : `/home/${path}`),
  delimiter: ':',
}

function resolved(given: Partial<Omit<ConfigurationSources, 'places'>> & { places?: Partial<Places> } = {}) {
  return resolveConfiguration({
    flags: {},
    environment: {},
    file: undefined,
    filePath: '/etc/semdex.json',
    ...given,
    places: { ...places, ...given.places },
  })
}

function refusal(given: Partial<ConfigurationSources>): SemdexError {
  try {
    resolved(given)
  } catch (error) {
    expect(error).toBeInstanceOf(SemdexError)
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' })
    return error as SemdexError
  }
  throw new Error('nothing was refused')
}

test('every setting has a key, a name and a variable of its own, and says what it does', () => {
  for (const of of ['key', 'name', 'variable'] as const) {
    expect(new Set(SETTINGS.map((setting) => setting[of])).size).toBe(SETTINGS.length)
  }
  for (const { variable, summary, name } of SETTINGS) {
    expect(variable).toMatch(/^(hub|telemetry)\./.test(name) ? /^[A-Z_]+$/ : /^SEMDEX_[A-Z_]+$/)
    expect(name).toMatch(/^[a-z][a-zA-Z]*(\.[a-zA-Z]+)?$/)
    expect(summary).toMatch(/^[A-Za-z].*\.$/)
  }
})

test('without any source every value is a default', () => {
  const { values, origins } = resolved()
  expect(values).toEqual({
    database: '/data/semdex.db',
    model: null,
    embeddings: true,
    modelFolders: [],
    cacheDirectory: '/cache',
    workers: 2,
    threads: 1,
    provider: 'auto',
    queueBytes: 64_000_000,
    idleSeconds: 600,
    resultCache: 4_096,
    resultCacheOnDisk: false,
    offline: false,
    hubEndpoint: 'https://huggingface.co',
    hubToken: null,
    proxy: null,
    noProxy: null,
    chunkTokens: 250,
    chunkOverlap: 32,
    maxFileBytes: 10_000_000,
    synchronous: 'full',
    sqliteVec: true,
    log: 'off',
    artifactTextKinds: [],
    artifactCodeKinds: [],
    memoryKinds: [],
    memoryWeights: { semantic: 0.6, confidence: 0.2, recency: 0.1 },
    memoryBonus: { decision: 0.1, preference: 0.1, lesson: 0.05, pattern: 0.05 },
    memoryDuplicates: 0.92,
    host: '127.0.0.1',
    port: 7_333,
    warmUp: true,
    hosts: [],
    origins: [],
    trustProxy: false,
    rateLimit: 60_000,
    embeddingRateLimit: 30_000,
    bodyBytes: 16_000_000,
    timeoutSeconds: 120,
    maxRequests: 100,
    shutdownSeconds: 10,
    serverLog: 'info',
    telemetryEndpoint: null,
    backfill: 'auto',
    backupFolder: null,
    backups: true,
    backupsKept: 7,
    codeModel: null,
    daemon: true,
    daemonFolder: '/run/user/1000/semdex',
    daemonIdleMinutes: 0,
  })
  expect(Object.keys(origins).sort()).toEqual(SETTINGS.map(({ key }) => key).sort())
  expect(new Set(Object.values(origins))).toEqual(new Set(['default']))
})

test.each([
  [1, 1],
  [3, 3],
  [64, 4],
])('%d cores make %d workers', (cores, workers) => {
  expect(resolved({ places: { cores } }).values.workers).toBe(workers)
})

/** For each setting a value as a flag, a text in the environment, a value in the file, and what each becomes. */
const GIVEN: Record<string, [flag: unknown, variable: string, file: unknown, becomes: [unknown, unknown, unknown]]> = {
  database: ['a.db', 'b.db', '/c.db', ['/home/a.db', '/home/b.db', '/c.db']],
  model: ['one', 'two', 'three', ['one', 'two', 'three']],
  embeddings: [false, 'off', 'No', [false, false, false]],
  modelFolders: [['a'], 'b:/c:', ['/d', 'e'], [['/home/a'], ['/home/b', '/c'], ['/d', '/home/e']]],
  cacheDirectory: ['a', '/b', 'c', ['/home/a', '/b', '/home/c']],
  workers: [1, '64', 3, [1, 64, 3]],
  threads: ['5', '6', 7, [5, 6, 7]],
  provider: ['cpu', 'wasm', 'cuda', ['cpu', 'wasm', 'cuda']],
  queueBytes: [1, '2', 3, [1, 2, 3]],
  idleSeconds: [0, '60', 3, [0, 60, 3]],
  resultCache: [0, '60', 3, [0, 60, 3]],
  resultCacheOnDisk: [true, 'on', true, [true, true, true]],
  offline: [true, 'on', true, [true, true, true]],
  hubEndpoint: ['http://a', 'http://b', 'http://c', ['http://a', 'http://b', 'http://c']],
  hubToken: ['a', 'b', 'c', ['a', 'b', 'c']],
  proxy: ['a', 'b', 'c', ['a', 'b', 'c']],
  noProxy: ['a', 'b', 'c', ['a', 'b', 'c']],
  chunkTokens: [100, '120', '130', [100, 120, 130]],
  chunkOverlap: [0, '10', 20, [0, 10, 20]],
  maxFileBytes: [1, '2', 1_000_000_000, [1, 2, 1_000_000_000]],
  synchronous: ['normal', 'normal', 'normal', ['normal', 'normal', 'normal']],
  sqliteVec: ['0', 'FALSE', false, [false, false, false]],
  log: ['debug', 'debug', 'debug', ['debug', 'debug', 'debug']],
  artifactTextKinds: [['a'], 'b, c', ['d', 'e'], [['a'], ['b', 'c'], ['d', 'e']]],
  artifactCodeKinds: [['a'], 'b, c', ['d', 'e'], [['a'], ['b', 'c'], ['d', 'e']]],
  memoryKinds: [['a'], 'b, c', ['d', 'e'], [['a'], ['b', 'c'], ['d', 'e']]],
  memoryWeights: [
    { semantic: 1 },
    'semantic=0.5, recency=0',
    {},
    [
      { semantic: 1, confidence: 0.2, recency: 0.1 },
      { semantic: 0.5, confidence: 0.2, recency: 0 },
      { semantic: 0.6, confidence: 0.2, recency: 0.1 },
    ],
  ],
  memoryBonus: [{}, 'a=.5,b.c=-0.25', { d: 1 }, [{}, { a: 0.5, 'b.c': -0.25 }, { d: 1 }]],
  memoryDuplicates: [0, '0.5', 1, [0, 0.5, 1]],
  host: ['a', 'b', 'c', ['a', 'b', 'c']],
  port: [0, '8080', 65_535, [0, 8_080, 65_535]],
  warmUp: [false, 'off', false, [false, false, false]],
  hosts: [['a'], 'b, c', ['d', 'e'], [['a'], ['b', 'c'], ['d', 'e']]],
  origins: ['http://a', 'http://b,', [], [['http://a'], ['http://b'], []]],
  trustProxy: [true, 'on', true, [true, true, true]],
  rateLimit: [0, '2', 3, [0, 2, 3]],
  embeddingRateLimit: [0, '2', 3, [0, 2, 3]],
  bodyBytes: [1_000, '2000', 3_000, [1_000, 2_000, 3_000]],
  timeoutSeconds: [1, '2', 3, [1, 2, 3]],
  maxRequests: [1, '2', 3, [1, 2, 3]],
  shutdownSeconds: [0, '2', 3, [0, 2, 3]],
  serverLog: ['off', 'warn', 'error', ['off', 'warn', 'error']],
  telemetryEndpoint: ['http://a', 'http://b', 'http://c', ['http://a', 'http://b', 'http://c']],
  codeModel: ['one', 'two', 'three', ['one', 'two', 'three']],
  backfill: ['on', 'off', 'auto', ['on', 'off', 'auto']],
  backups: [false, 'off', false, [false, false, false]],
  backupFolder: ['a', '/b', 'c', ['/home/a', '/b', '/home/c']],
  backupsKept: [1, '2', 10_000, [1, 2, 10_000]],
  daemon: [false, 'off', false, [false, false, false]],
  daemonFolder: ['a', '/b', 'c', ['/home/a', '/b', '/home/c']],
  daemonIdleMinutes: [0, '15', 60, [0, 15, 60]],
}

describe.each(SETTINGS.map((setting) => [setting.name, setting] as const))('%s', (_, setting) => {
  const [flag, variable, file, [fromFlag, fromVariable, fromFile]] = GIVEN[setting.key] as (typeof GIVEN)[string]
  const nested = setting.name.split('.').reduceRight<unknown>((value, part) => ({ [part]: value }), file)
  const environment = { [setting.variable]: variable }

  test('a flag comes before the environment', () => {
    const { values, origins } = resolved({ flags: { [setting.key]: flag }, environment, file: nested })
    expect([values[setting.key], origins[setting.key]]).toEqual([fromFlag, 'flag'])
  })

  test('the environment comes before the file', () => {
    const { values, origins } = resolved({ flags: { [setting.key]: undefined }, environment, file: nested })
    expect([values[setting.key], origins[setting.key]]).toEqual([fromVariable, 'environment'])
  })

  test('the file comes before the default, nested or with a dotted name', () => {
    for (const content of [nested, { [setting.name]: file }]) {
      const { values, origins } = resolved({ environment: { [setting.variable]: '' }, file: content })
      expect([values[setting.key], origins[setting.key]]).toEqual([fromFile, 'file'])
    }
  })
})

describe('what cannot be a value is refused, with its name and where it was set', () => {
  test.each([
    ['database', 5],
    ['database', ''],
    ['model', 7],
    ['model', ''],
    ['embeddings', 'maybe'],
    ['embeddings', 'constructor'],
    ['embeddings', '__proto__'],
    ['sqliteVec', 2],
    ['sqliteVec', null],
    ['modelFolders', [1]],
    ['modelFolders', 3],
    ['workers', 0],
    ['workers', 65],
    ['workers', 1.5],
    ['workers', '1e1'],
    ['workers', ' 3'],
    ['workers', '-1'],
    ['workers', Number.NaN],
    ['workers', true],
    ['chunkTokens', 15],
    ['chunkTokens', 8_193],
    ['chunkOverlap', -1],
    ['maxFileBytes', 0],
    ['memoryKinds', [1]],
    ['memoryDuplicates', 'high'],
    ['memoryDuplicates', 1.5],
    ['memoryDuplicates', Number.NaN],
    ['memoryWeights', 'semantic'],
    ['memoryWeights', 'semantic=2'],
    ['memoryWeights', 'meaning=0.5'],
    ['memoryWeights', { semantic: -0.1 }],
    ['memoryWeights', [0.6]],
    ['memoryBonus', 'a=1,=1'],
    ['memoryBonus', { a: '' }],
    ['memoryBonus', null],
    ['synchronous', 'off'],
    ['synchronous', ['full']],
  ] as const)('%s as %j', (key, value) => {
    const setting = SETTINGS.find((each) => each.key === key) as (typeof SETTINGS)[number]
    const flag = refusal({ flags: { [key]: value } })
    expect(flag.message).toContain(setting.name)
    expect(flag.message).toContain('the flag')
    expect(flag.details).toEqual({ key: setting.name, origin: 'flag' })
    const file = refusal({ file: { [setting.name]: value } })
    expect(file.message).toContain('/etc/semdex.json')
    expect(file.fix).toBeTruthy()
    if (typeof value === 'string' && value !== '') {
      expect(refusal({ environment: { [setting.variable]: value } }).message).toContain(setting.variable)
    }
  })

  test.each([['text'], [[]], [4]])('a file that holds %j', (file) => {
    expect(refusal({ file }).details).toEqual({ file: '/etc/semdex.json' })
  })

  test.each([
    ['databse', { databse: '/x' }],
    ['embedding.worker', { embedding: { worker: 1 } }],
    ['embedding.workers.count', { embedding: { workers: { count: 1 } } }],
    ['__proto__', JSON.parse('{"__proto__": 1}')],
    ['constructor', { constructor: 1 }],
  ])('the unknown key %s in the file', (key, file) => {
    const error = refusal({ file })
    expect(error.message).toContain(key)
    expect(error.details).toEqual({ file: '/etc/semdex.json', key })
  })

  test('an unknown option, unless it is undefined', () => {
    const flags = { databse: '/x' } as never
    expect(refusal({ flags })).toMatchObject({ details: { key: 'databse' }, fix: expect.stringContaining('database') })
    expect(resolved({ flags: { databse: undefined } as never }).values.database).toBe('/data/semdex.db')
  })
})

test('null names the default model, over a weaker source', () => {
  const { values, origins } = resolved({ flags: { model: null }, environment: { SEMDEX_MODEL: 'other' } })
  expect([values.model, origins.model]).toEqual([null, 'flag'])
})

describe('overlap', () => {
  test('is less where a chunk has room for less than the default', () => {
    expect(resolved({ flags: { chunkTokens: 16 } }).values.chunkOverlap).toBe(7)
    expect(resolved({ flags: { chunkTokens: 65 } }).values.chunkOverlap).toBe(32)
    expect(resolved({ flags: { chunkTokens: 64 } }).values.chunkOverlap).toBe(31)
  })

  test('that was asked for and is half of a chunk is refused', () => {
    expect(refusal({ flags: { chunkTokens: 100, chunkOverlap: 50 } }).message).toContain('chunking.overlap')
    expect(resolved({ flags: { chunkTokens: 100, chunkOverlap: 49 } }).values.chunkOverlap).toBe(49)
    expect(refusal({ environment: { SEMDEX_CHUNK_OVERLAP: '200' } }).message).toContain('SEMDEX_CHUNK_OVERLAP')
  })
})

test('a setting has further variables where other programs have names for it; the first that is set counts', () => {
  expect(resolved({ environment: { https_proxy: 'http://low:1' } }).values.proxy).toBe('http://low:1')
  const both = { https_proxy: 'http://low:1', HTTPS_PROXY: 'http://high:1' }
  expect(resolved({ environment: both }).values.proxy).toBe('http://high:1')
  expect(resolved({ environment: { HF_HUB_OFFLINE: '1' } }).values.offline).toBe(true)
})

test('a refusal does not repeat a secret', () => {
  expect(refusal({ file: { hub: { token: ['hf_secret'] } } }).message).not.toContain('hf_secret')
})
