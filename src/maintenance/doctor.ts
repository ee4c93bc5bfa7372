import { toSemdexError } from '../core/errors.ts'
import type { Parts, ProviderTrial, Versions } from '../core/parts.ts'
import { examineBackups, examineIntegrity, examineOrphans } from './doctor-database.ts'

export interface Check {
  name: string
  status: 'ok' | 'warning' | 'failed'
  message: string
  fix: string | null
}

type Finding = Omit<Check, 'name'> | string

/**
 * Tries what Semdex stands on, each part on its own, so that one failure hides no other.
 * `tryOut` indexes and searches once, in a database that is thrown away.
 */
export async function examine(parts: Parts, tryOut: () => Promise<void>): Promise<Check[]> {
  const versions = await parts.versions()
  const { configuration } = parts
  return [
    await check('node', async () => `Node ${versions.node}, Semdex ${versions.semdex}`),
    await check('sqlite', async () => {
      if (versions.sqlite) return `SQLite ${versions.sqlite}`
      return failed('better-sqlite3 cannot be loaded.', 'npm install better-sqlite3')
    }),
    await check('sqlite-vec', async () => {
      if (!configuration.sqliteVec)
        return warning('sqlite-vec is switched off; the exact scan answers.', 'set sqlite.vec to on')
      if (versions.sqliteVec) return `sqlite-vec ${versions.sqliteVec}`
      return warning('sqlite-vec cannot be loaded; the exact scan answers instead.', 'npm install sqlite-vec')
    }),
    await check('onnxruntime', async () => examineRuntime(versions)),
    await check('providers', () => examineProviders(parts)),
    await check('database', () => examineDatabase(parts)),
    await check('integrity', () => examineIntegrity(parts)),
    await check('orphans', () => examineOrphans(parts)),
    await check('backups', () => examineBackups(parts)),
    await check('model', () => examineModel(parts)),
    await check('search', async () => {
      await tryOut()
      return 'a document was embedded, stored and found'
    }),
  ]
}

async function check(name: string, examineIt: () => Promise<Finding>): Promise<Check> {
  try {
    const finding = await examineIt()
    return typeof finding === 'string' ? { name, status: 'ok', message: finding, fix: null } : { name, ...finding }
  } catch (thrown) {
    const { message, fix } = toSemdexError(thrown)
    return { name, ...failed(message, fix ?? null) }
  }
}

function examineRuntime({ onnxruntime, onnxruntimeWeb }: Versions): Finding {
  if (onnxruntime) return `ONNX Runtime ${onnxruntime}`
  if (onnxruntimeWeb) {
    const message = `onnxruntime-node cannot be loaded; ONNX Runtime ${onnxruntimeWeb} in WebAssembly answers, several times slower.`
    return warning(message, 'npm install onnxruntime-node')
  }
  const fix = 'npm install onnxruntime-node, or onnxruntime-web where that has no binary'
  return warning('onnxruntime-node cannot be loaded; search is lexical.', fix)
}

async function examineProviders(parts: Parts): Promise<Finding> {
  const { embeddings, provider } = parts.configuration
  if (!embeddings) return warning('embeddings are switched off', 'set embeddings to on')
  const trials = await parts.providers()
  if (trials.length === 0) return 'none to choose: the model is not on this machine, or runs without ONNX Runtime'
  const message = trials.map(describeTrial).join('; ')
  const named = trials.find((trial) => trial.provider === provider)
  return named && named.state !== 'works' ? failed(message, named.fix ?? 'set embedding.provider to auto') : message
}

function describeTrial(trial: ProviderTrial): string {
  const { provider, state, reason, milliseconds, cpuMilliseconds, difference } = trial
  if (state === 'untried') return `${provider} was not tried on this machine: ${reason}`
  if (state !== 'works') return `${provider} is not right here: ${reason}`
  const times = `${milliseconds?.toFixed(1)} ms where the CPU takes ${cpuMilliseconds?.toFixed(1)}`
  return `${provider} answers as the CPU does (${times}; elements differ by up to ${difference?.toExponential(0)})`
}

async function examineDatabase(parts: Parts): Promise<Finding> {
  const { records, file } = await parts.storage()
  const counts = await records.counts()
  const sum = (field: 'documents' | 'pending' | 'failed') => counts.reduce((total, count) => total + count[field], 0)
  const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
  const summary = `${file}: ${count(sum('documents'), 'document')} in ${count(counts.length, 'collection')}`
  if (sum('pending') > 0) return warning(`${summary}, ${sum('pending')} of them wait for vectors`, 'semdex index')
  if (sum('failed') > 0) return warning(`${summary}, ${sum('failed')} failed`, 'semdex index tries them again')
  return summary
}

async function examineModel(parts: Parts): Promise<Finding> {
  const { name } = await parts.models.resolve(parts.configuration.model)
  if (!parts.configuration.embeddings) return warning('embeddings are switched off', 'set embeddings to on')
  const { files, folder } = await parts.models.verify(parts.configuration.model)
  return `${name}: ${files.length} files verified in ${folder}`
}

function failed(message: string, fix: string | null) {
  return { status: 'failed' as const, message, fix }
}

function warning(message: string, fix: string) {
  return { status: 'warning' as const, message, fix }
}
