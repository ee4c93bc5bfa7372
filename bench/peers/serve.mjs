import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * Answers the benchmark's requests, one JSON object a line; child.ts is the other end.
 * @param {(model: string, options: object) => Promise<{
 *   embed(texts: string[], options: object): Promise<Float32Array[]>
 *   embedOne(text: string, options: object): Promise<Float32Array>
 *   close(): Promise<void>
 * }>} open
 */
export async function serve(open) {
  const [mode, model, options, text] = process.argv.slice(2)
  if (mode === 'start') return start(await open(model, JSON.parse(options)), text, JSON.parse(options))
  let engine = null
  let load = null
  let texts = {}
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    if (request.do === 'load') {
      load = request
      texts = JSON.parse(readFileSync(request.texts, 'utf8'))
      engine = await open(request.model, request.options)
      say({ ok: true })
      continue
    }
    const chosen = texts[request.workload].slice(0, request.limit)
    say(await ANSWERS[request.do](engine, chosen, { ...load.options, ...request.options }))
  }
  await engine?.close()
}

async function start(engine, text, options) {
  say({ vector: [...(await engine.embedOne(text, options))] })
  await engine.close()
}

const ANSWERS = {
  async together(engine, texts, options) {
    const { ms, value } = await timed(() => engine.embed(texts, options))
    return { ms, check: check(value) }
  },
  async each(engine, texts, options) {
    const runs = []
    for (const text of texts) runs.push(await timed(() => engine.embedOne(text, options)))
    return { ms: runs.map(({ ms }) => ms), check: check(runs.map(({ value }) => value)) }
  },
  async vectors(engine, texts, options) {
    return { vectors: (await engine.embed(texts, options)).map((vector) => [...vector]) }
  },
}

async function timed(work) {
  const started = performance.now()
  const value = await work()
  return { ms: performance.now() - started, value }
}

function check(vectors) {
  let squares = 0
  let sum = 0
  for (const vector of vectors) {
    for (const x of vector) {
      squares += x * x
      sum += x
    }
  }
  return { vectors: vectors.length, squares, sum }
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
