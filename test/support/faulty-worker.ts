import type { Job, JobValue } from '../../src/embedding/runtimes/onnx/messages.ts'
import { openPerformer, type PerformerSettings } from '../../src/embedding/runtimes/onnx/performer.ts'
import { type Performer, serve } from '../../src/embedding/scheduling/serve.ts'

export type Fault = 'exit' | 'throw' | 'allocation' | 'tokenizing'

/** A text with this word in it is the one that the worker cannot bear; the model knows it as one token. */
export const BAD_WORD = 'volcano'

/** The worker of the library over the real model, which ends, or has no memory, whenever a batch holds the word. */
await serve<PerformerSettings & { fault: Fault }, Job, JobValue>(async ({ fault, ...settings }) => {
  const performer = await openPerformer(settings)
  const word = await idOf(BAD_WORD, performer)
  return {
    ...performer,
    async perform(job, how) {
      const done = await performer.perform(job, how)
      if (holds(job, word, fault)) await fail(fault)
      return done
    },
  }
})

async function idOf(word: string, performer: Performer<Job, JobValue>): Promise<number> {
  const { value } = await performer.perform({ type: 'tokenize', texts: [word] }, { alone: false })
  const [encoding] = value as { ids: Int32Array }[]
  if (encoding?.ids.length !== 3) throw new Error(`${word} is not one token`)
  return encoding.ids[1] as number
}

function holds(job: Job, id: number, fault: Fault): boolean {
  if (job.type === 'tokenize' && fault !== 'tokenizing') return false
  if (job.type === 'infer') return job.batch.some((ids) => ids.includes(id))
  return job.texts.some((text) => `${text}`.includes(BAD_WORD))
}

async function fail(fault: Fault): Promise<void> {
  if (fault === 'exit' || fault === 'tokenizing') process.exit(9)
  if (fault === 'allocation') throw new Error('std::bad_alloc')
  setTimeout(() => {
    throw new Error('uncaught')
  })
  await new Promise(() => undefined)
}
