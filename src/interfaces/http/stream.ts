/**
 * A body that is made piece by piece as it is read: where nobody reads on, nothing more is made. `leave` is called once,
 * when it ends or its reader has left.
 */
export function streamOf(pieces: AsyncIterator<string>, leave: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value, done } = await pieces.next()
          if (!done) {
            controller.enqueue(encoder.encode(value))
            return
          }
          controller.close()
        } catch (thrown) {
          controller.error(thrown)
        }
        leave()
      },
      cancel() {
        leave()
        // What it waits for is stopped by `leave`; it need not be waited for here.
        pieces.return?.().catch(() => undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
