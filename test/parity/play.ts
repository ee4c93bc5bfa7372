import type { OperationName } from '../../src/operations/table.ts'
import type { Driver, Session } from './drivers/driver.ts'
import type { Entry, Outcome } from './entry.ts'
import type { Scene, State } from './scene.ts'

/** What one interface made of the calls of an operation. */
export interface Played {
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
    for (const { operation, input } of entry.before ?? []) {
      const outcome = await session.call(operation, input(scene))
      if ('error' in outcome) throw new Error(`${operation} before ${name}: ${outcome.error.code}`)
    }
    const outcomes: (Outcome | null)[] = []
    for (const { input } of [...entry.good, ...entry.bad]) {
      const given = input(scene)
      outcomes.push(driver.cannotSay(name, given) === null ? await session.call(name, given) : null)
    }
    return { outcomes, left: entry.changes === 'nothing' ? null : await readAll(state), session }
  } finally {
    if (entry.changes !== 'nothing') await session.close()
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
