import { fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ErrorAnswer, SemdexError } from '../../../core/errors.ts'
import type { Precision } from '../../../core/model-spec.ts'
import type { ProviderTrial } from '../../../core/parts.ts'
import { dot } from '../../../core/vectors.ts'
import { workerFlags } from '../../../threads/worker-flags.ts'
import type { OnnxModelSettings } from './model.ts'
import type { RunProvider } from './runtime.ts'

export interface TrialRequest {
  model: Omit<OnnxModelSettings, 'provider'>
  provider: RunProvider
}

/** From the process of a trial. `invalid`: the CPU cannot run the model either. */
export type TrialAnswer =
  | { outcome: 'invalid'; error: ErrorAnswer }
  | { outcome: 'failed'; reason: string }
  | ({ outcome: 'answered'; milliseconds: number; cpuMilliseconds: number } & Answers)

interface Answers {
  /** Unit vectors of the same texts, by the provider and by the CPU. */
  vectors: Float32Array
  expected: Float32Array
}

/** What a provider may differ from the CPU, for it to be right: a vector's cosine to the CPU's, and any element. */
const TOLERANCE: Readonly<Record<Precision, { cosine: number; element: number }>> = {
  fp32: { cosine: 0.9999, element: 1e-3 },
  fp16: { cosine: 0.9999, element: 2e-3 },
  int8: { cosine: 0.965, element: 0.06 },
}

/**
 * Runs a model by a provider in a process of its own, and compares its vectors with the CPU's. `module` is what it runs.
 * @throws {SemdexError} what loading the model by the CPU throws.
 */
export async function tryProvider(request: TrialRequest, module = ownModule()): Promise<ProviderTrial> {
  const { provider, model } = request
  const answer = await ask(request, module)
  if (answer.outcome === 'invalid') throw SemdexError.fromJSON(answer.error)
  if (answer.outcome === 'failed') return fallenThrough(provider, 'fails', answer.reason)
  const { milliseconds, cpuMilliseconds } = answer
  const { cosine, element } = distance(answer, model.spec.dimensions)
  const allowed = TOLERANCE[model.spec.precision]
  // Not a number is not within it.
  if (!(cosine >= allowed.cosine && element <= allowed.element)) {
    const reason = `its vectors are not those of the CPU (least cosine ${cosine.toFixed(5)}, an element differs by ${element.toExponential(1)})`
    return fallenThrough(provider, 'wrong', reason)
  }
  return { provider, state: 'works', reason: null, fix: null, milliseconds, cpuMilliseconds, difference: element }
}

export function fallenThrough(
  provider: RunProvider,
  state: 'wrong' | 'fails' | 'untried',
  reason: string,
  fix: string | null = null,
): ProviderTrial {
  return { provider, state, reason, fix, milliseconds: null, cpuMilliseconds: null, difference: null }
}

/** The least cosine of two rows, and the largest difference of two elements. */
function distance({ vectors, expected }: Answers, dimensions: number): { cosine: number; element: number } {
  let [cosine, element] = [1, 0]
  for (let at = 0; at < expected.length; at += dimensions) {
    const [row, other] = [vectors.subarray(at, at + dimensions), expected.subarray(at, at + dimensions)]
    cosine = Math.min(cosine, dot(row, other))
    for (let i = 0; i < dimensions; i++)
      element = Math.max(element, Math.abs((row[i] as number) - (other[i] as number)))
  }
  return { cosine, element }
}

const MOST_SECONDS = 120

function ask(request: TrialRequest, module: URL): Promise<TrialAnswer> {
  return new Promise((resolve) => {
    const child = fork(fileURLToPath(module), {
      ...workerFlags(process.execArgv),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    })
    let answer: TrialAnswer | null = null
    let complaint = ''
    let late = false
    const failed = (reason: string) => resolve({ outcome: 'failed', reason })
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, MOST_SECONDS * 1_000)
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-20_000)
    })
    child.once('message', (message) => {
      answer = message as TrialAnswer
    })
    child.once('error', ({ message }) => failed(`no process could be started (${message})`))
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (answer)
        resolve(answer.outcome === 'failed' ? { ...answer, reason: explain(answer.reason, complaint) } : answer)
      else if (late) failed(`it did not answer within ${MOST_SECONDS} seconds`)
      else failed(explain(`its process ended (${signal ?? `exit code ${code}`})`, complaint))
    })
    child.send(request)
  })
}

/**
 * ONNX Runtime writes to stderr which library of a provider is not there, and leaves it out of its error. What its error
 * begins with, the condition in its source that was false, tells nobody anything.
 */
function explain(reason: string, complaint: string): string {
  const detail = complaint.match(/with error: ([^\n]+)/)?.[1]
  const line = (reason.split('\n')[0] as string).replace(/^.* was false\. /, '').replace(/\.$/, '')
  return (detail ? `${line}: ${detail}` : line).slice(0, 500)
}

function ownModule(): URL {
  return new URL(`./providers-module${extname(fileURLToPath(import.meta.url))}`, import.meta.url)
}
