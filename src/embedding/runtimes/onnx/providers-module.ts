import { toSemdexError } from '../../../core/errors.ts'
import { type OnnxModelSettings, openOnnxModel } from './model.ts'
import type { TrialAnswer, TrialRequest } from './providers-trial.ts'

/** The process of one trial: a driver that crashes ends it, and nothing else. */
process.once('message', async (request: TrialRequest) => {
  const answer = await attempt(request)
  process.send?.(answer, () => process.exit(0))
})

async function attempt({ model: settings, provider }: TrialRequest): Promise<TrialAnswer> {
  const model = { ...settings, cacheDirectory: null }
  let expected: Measured
  try {
    expected = await measure({ ...model, provider: 'cpu' })
  } catch (thrown) {
    return { outcome: 'invalid', error: toSemdexError(thrown).toJSON() }
  }
  try {
    const actual = await measure({ ...model, provider })
    return { outcome: 'answered', cpuMilliseconds: expected.milliseconds, ...actual, expected: expected.vectors }
  } catch (thrown) {
    const { cause, message } = thrown as Error
    return { outcome: 'failed', reason: cause instanceof Error ? cause.message : message }
  }
}

interface Measured {
  vectors: Float32Array
  milliseconds: number
}

/** The vectors of some texts, and the median time of a few rounds; the first warms up and is not counted. */
async function measure(settings: OnnxModelSettings): Promise<Measured> {
  const model = await openOnnxModel(settings)
  const ids = model.tokenize(TEXTS).map((encoding) => encoding.ids)
  const values = Object.entries(settings.spec.inputs).map(([name, { passage }]) => [name, passage])
  const inputs = Object.fromEntries(values) as Record<string, number>
  const { vectors } = await model.infer(ids, inputs)
  const rounds: number[] = []
  for (let round = 0; round < 3; round++) {
    const began = performance.now()
    await model.infer(ids, inputs)
    rounds.push(performance.now() - began)
  }
  await model.release()
  return { vectors, milliseconds: rounds.sort((a, b) => a - b)[1] as number }
}

const SENTENCE = 'The satellite circles the planet once every ninety minutes, and each pass is a little further west. '
const TEXTS = [
  'dough',
  'How do I return early from a loop?',
  ...[1, 2, 3, 4, 4, 4].map((times) => SENTENCE.repeat(times)),
]
