import { useState } from 'preact/hooks'
import type { Answer } from '../answers.ts'
import { ApiError, api } from '../api.ts'
import { type Asked, useAsked } from '../state/asked.ts'
import type { OpenDocument } from '../state/place.ts'

/** Lines that are shown around a passage on each side, and by which the window then grows. */
const AROUND = 250
const STEP = 1_000

export interface Shown {
  document: Answer<'get'>
  /** The window's lines, without their ends. */
  lines: string[]
  /** The window that was asked for. */
  window: string
}

export interface DocumentWindow extends Asked<Shown> {
  /** True while the answer is still that of another window. */
  isNew: boolean
  earlier(): void
  later(): void
}

/** A document's lines around the passage; more of them on demand. */
export function useDocument({ collection, id, lines }: OpenDocument): DocumentWindow {
  const name = `${collection}/${id}`
  const wanted = around(lines)
  const [held, setHeld] = useState({ name, window: wanted })
  const covers = held.name === name && (lines === null || (held.window[0] <= lines[0] && lines[1] <= held.window[1]))
  if (!covers) setHeld({ name, window: wanted })
  const [from, to] = covers ? held.window : wanted
  const asked = useAsked((signal) => load({ collection, id }, [from, to], signal), [name, from, to])
  const isThis = asked.answer?.document.id === id && asked.answer.document.collection === collection
  return {
    ...asked,
    answer: isThis ? asked.answer : null,
    isNew: asked.answer?.window !== `${[from, to]}`,
    earlier: () => setHeld({ name, window: [Math.max(1, from - STEP), to] }),
    later: () => setHeld({ name, window: [from, to + STEP] }),
  }
}

function around(lines: OpenDocument['lines']): [number, number] {
  return lines ? [Math.max(1, lines[0] - AROUND), lines[1] + AROUND] : [1, 2 * AROUND]
}

async function load(
  named: { collection: string; id: string },
  window: [number, number],
  signal: AbortSignal,
): Promise<Shown> {
  const document = await api.lines({ ...named, lines: window }, signal).catch((error) => {
    // It was longer when the passage was found.
    if (!(error instanceof ApiError) || error.field !== 'lines') throw error
    return api.lines({ ...named, lines: [1, 2 * AROUND] }, signal)
  })
  const lines = document.text.split(/\r?\n/)
  const [from, to] = document.lines
  return { document, lines: lines.slice(0, to - from + 1), window: `${window}` }
}
