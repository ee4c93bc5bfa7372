/** One server-sent event as it came. */
export interface SentEvent {
  event: string
  id: string
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what the tests look at.
  data: any
}

/** The events of a stream until it ends or the consumer leaves, which closes the connection. */
export async function* eventsFrom(url: string, headers: Record<string, string> = {}): AsyncGenerator<SentEvent, void> {
  const leave = new AbortController()
  const response = await fetch(url, { headers, signal: leave.signal })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  let text = ''
  try {
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      text += chunk
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const fields = Object.fromEntries(block.split('\n').map((line) => splitField(line)))
        if (fields.data) yield { event: fields.event ?? '', id: fields.id ?? '', data: JSON.parse(fields.data) }
      }
    }
  } finally {
    leave.abort()
  }
}

function splitField(line: string): [name: string, value: string] {
  const at = line.indexOf(':')
  return [line.slice(0, at), line.slice(at + 1).trim()]
}
