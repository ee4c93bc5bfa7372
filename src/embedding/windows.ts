import type { EmbedInput } from '../core/ports/embedder.ts'
import { allSettled } from './settled.ts'

/** So many texts are in work at once that batches of one length fill, and so few that memory and event loop stay free. */
const WINDOW = { texts: 2_048, characters: 4_000_000 }

/** Windows in work at a time: while the last batches of one are computed, the workers have those of the next. */
const WINDOWS = 2

/** Does the work on consecutive ranges of the texts, some at a time. The first failure ends it, once what has begun is done. */
export async function forEachWindow(
  texts: readonly EmbedInput[],
  work: (from: number, to: number) => Promise<void>,
): Promise<void> {
  const windows = windowsOf(texts)
  const lane = async () => {
    // A lane that throws ends the generator, and so the other lane.
    for (const [from, to] of windows) await work(from, to)
  }
  await allSettled(Array.from({ length: WINDOWS }, lane))
}

/** Ranges [from, to) of at most a window each; a longer text alone. */
export function* windowsOf(
  texts: readonly EmbedInput[],
  { texts: most, characters } = WINDOW,
): Generator<[number, number]> {
  for (let from = 0; from < texts.length; ) {
    let to = from
    let left = characters
    do left -= texts[to++]?.length ?? 0
    while (to < texts.length && to - from < most && left >= (texts[to] as EmbedInput).length)
    yield [from, to]
    from = to
  }
}
