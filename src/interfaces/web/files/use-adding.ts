import { useEffect, useRef, useState } from 'preact/hooks'
import { api, type NamedFile } from '../api.ts'
import { toApiError } from '../state/asked.ts'

export type Outcome =
  | { state: 'waiting' }
  | { state: 'adding' }
  | { state: 'added'; chunks: number }
  | { state: 'failed'; message: string; fix: string | undefined }

export interface Adding {
  /** Those that are added, from the beginning on whatever is dropped meanwhile. */
  files: readonly NamedFile[]
  /** One for each file, in their order. */
  outcomes: Outcome[]
  /** Null before it began. */
  isRunning: boolean | null
  begin(collection: string): Promise<void>
}

/** Adds files one after the other; what becomes of one does not hinder the next. Stops when the component goes. */
export function useAdding(files: readonly NamedFile[]): Adding {
  const [taken, setTaken] = useState<readonly NamedFile[] | null>(null)
  const [outcomes, setOutcomes] = useState<Outcome[]>([])
  const [isRunning, setRunning] = useState<boolean | null>(null)
  const controller = useRef(new AbortController())
  useEffect(() => () => controller.current.abort(), [])

  const begin = async (collection: string) => {
    const { signal } = controller.current
    const all: Outcome[] = files.map(() => ({ state: 'waiting' }))
    const tell = (at: number, outcome: Outcome) => {
      all[at] = outcome
      setOutcomes([...all])
    }
    setTaken(files)
    setRunning(true)
    for (const [at, file] of files.entries()) {
      tell(at, { state: 'adding' })
      tell(at, await addOne(collection, file, signal))
      if (signal.aborted) return
    }
    setRunning(false)
  }
  const shown = taken ?? files
  return { files: shown, outcomes: shown.map((_, at) => outcomes[at] ?? { state: 'waiting' }), isRunning, begin }
}

async function addOne(collection: string, file: NamedFile, signal: AbortSignal): Promise<Outcome> {
  try {
    const [result] = (await api.addFile(collection, file, signal)).results
    if (result?.ok) return { state: 'added', chunks: result.chunks }
    return {
      state: 'failed',
      message: result?.error.message ?? 'The server said nothing of it.',
      fix: result?.error.fix,
    }
  } catch (thrown) {
    const { message, fix } = toApiError(thrown)
    return { state: 'failed', message, fix }
  }
}
