const turns = new WeakMap<object, Map<string, Promise<void>>>()

/** Does works of one key one after the other, in the order in which they came; a failure costs no other. */
export async function inTurn<T>(owner: object, key: string, work: () => Promise<T>): Promise<T> {
  const last = turns.get(owner) ?? new Map<string, Promise<void>>()
  turns.set(owner, last)
  const own = (last.get(key) ?? Promise.resolve()).then(work)
  const ended = own.then(
    () => undefined,
    () => undefined,
  )
  last.set(key, ended)
  try {
    return await own
  } finally {
    if (last.get(key) === ended) last.delete(key)
  }
}
