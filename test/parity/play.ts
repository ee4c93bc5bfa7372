import type { OperationName } from '../../src/operations/table.ts'
import type { Driver, Session } from './drivers/driver.ts'
import type { Entry, Outcome, Step } from './entry.ts'
import type { Scene, State } from './scene.ts'

/** What one interface made of the calls of an operation. */
export interface Played {
  inputs: unknown[]
  /** By the call's place among the good ones, then the bad ones; null where the interface cannot say it. */
  outcomes: (Outcome | null)[]
  /** What the database holds afterwards. */
  left: unknown
}

/** Sends an operation's calls through one interface, in order. */
export async function play(
  name: OperationName,
  entry: Entry,
  { driver, scene, sessions }: { driver: Driver; scene: Scene; sessions: Sessions },
): Promise<Played & { session: Session }> {
  const state = entry.changes === 'nothing' ? scene.shared : scene.renewed(entry.changes)
  const session = entry.changes === 'nothing' ? await sessions.of(driver, state) : await driver.open(state)
  try {
    const earlier: unknown[] = []
    for (const step of entry.before ?? []) earlier.push(await take(step, session, step.input(scene, earlier)))
    const inputs: unknown[] = []
    const outcomes: (Outcome | null)[] = []
    for (const { input } of [...entry.good, ...entry.bad]) {
      const given = input(scene, earlier)
      const outcome = driver.cannotSay(name, given) === null ? await session.call(name, given) : null
      inputs.push(given)
      outcomes.push(outcome)
      earlier.push(outcome && 'answer' in outcome ? outcome.answer : null)
    }
    return { inputs, outcomes, left: entry.changes === 'nothing' ? null : await readAll(state), session }
  } finally {
    if (entry.changes !== 'nothing') await session.close()
  }
}

async function take({ operation, until, takesKey }: Step, session: Session, input: unknown): Promise<unknown> {
  for (;;) {
    const outcome = await session.call(operation, input)
    if ('error' in outcome) throw new Error(`${operation}: ${outcome.error.code} ${outcome.error.field ?? ''}`)
    if (takesKey) session.takeKey?.((outcome.answer as { key: string }).key)
    if (until?.(outcome.answer) ?? true) return outcome.answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Sessions over the shared database, opened once. */
export class Sessions {
  readonly #open = new Map<Driver, Promise<Session>>()

  of(driver: Driver, state: State): Promise<Session> {
    const session = this.#open.get(driver) ?? driver.open(state)
    this.#open.set(driver, session)
    return session
  }

  async close(): Promise<void> {
    for (const session of this.#open.values()) await (await session).close()
  }
}

/** Every collection with its documents, chunks and where they are, without what the clock and the store decide. */
async function readAll(state: State): Promise<unknown> {
  const parts = state.openParts()
  try {
    const { records } = await parts.storage()
    const collections = await records.collections()
    return await Promise.all(
      collections.map(async ({ name, model, fingerprint, roots }) => {
        const documents = await records.documents(name, { limit: 1_000 })
        const chunks = await Promise.all(documents.map(({ id }) => records.chunksOfDocument(name, id)))
        return {
          ...{ name, model, fingerprint, roots },
          documents: documents.map(({ id, path, title, format, metadata, contentHash }) => ({
            id,
            path,
            title,
            format,
            metadata,
            contentHash,
          })),
          places: chunks.map((list) => list.map(({ place }) => place)),
        }
      }),
    )
  } finally {
    await parts.close()
  }
}
