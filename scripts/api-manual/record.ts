import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Example } from '../../src/interfaces/http/openapi/examples.ts'
import { serve } from '../../src/interfaces/server/serve.ts'
import { writeReranker } from '../../test/support/reranker-folder.ts'
import { writeStaticModel } from '../../test/support/static-model.ts'
import { type Known, type Step, scenario } from './scenario.ts'
import { tidy } from './tidy.ts'

const FILES = {
  'notes/bicycle.md': '# Bicycle\n\nOil the chain every month.\n',
  'beir/corpus.jsonl': '{"_id": "d1", "title": "Bread", "text": "Flour and water."}\n',
  'beir/queries.jsonl': '{"_id": "q1", "text": "flour"}\n',
  'beir/qrels/test.tsv': 'q1\td1\t1\n',
}

/** The answers of a real server with the default model to the scenario, by route. */
export async function record(): Promise<Record<string, Example>> {
  const folder = makeFolder()
  const own = { database: join(folder, 'semdex.db'), cacheDirectory: join(folder, 'cache'), workers: 1, port: 0 }
  const flags = { ...own, rateLimit: 0, embeddingRateLimit: 0 }
  const parts = openParts(loadConfiguration({ flags, environment: {}, workingDirectory: folder }), { mode: 'threads' })
  await parts.models.add(join(folder, 'letter-pairs'), { name: 'letter-pairs' })
  const server = await serve(parts)
  try {
    const examples = await play(server.url as string, folder)
    return tidy(examples, { folder, url: server.url as string })
  } finally {
    await server.close()
    await parts.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function makeFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'semdex-api-')))
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  writeStaticModel(join(folder, 'letter-pairs'), { dimensions: 16, seed: 1 })
  writeReranker(join(folder, 'reranker'), { form: 'bert', words: { dough: 1, the: 0, tyres: -1 } })
  return folder
}

/** From the first use of a key on, requests carry it. */
async function play(url: string, folder: string): Promise<Record<string, Example>> {
  const known: Known = { chunk: '', job: '', key: '' }
  const examples: Record<string, Example> = {}
  let secret: string | null = null
  for (let at = 0; at < scenario(folder, known).length; at++) {
    const step = scenario(folder, known)[at] as Step
    if (step.route === 'GET /api/jobs/:id/events') await ended(url, known.job)
    const response = await ask(url, step, secret)
    const text = await response.text()
    if (!response.ok) throw new Error(`${step.route} answered ${response.status}: ${text}`)
    const answer = step.answers === 'text' ? text : JSON.parse(text)
    if (step.route === 'GET /api/search') known.chunk = answer.hits[0].chunkId
    if (step.route === 'POST /api/index') known.job = answer.id
    if (step.route.startsWith('POST /api/migrations') && answer.state === 'queued') await ended(url, answer.id)
    if (step.route === 'POST /api/keys') {
      known.key = answer.id
      secret = answer.key
    }
    const { parameters, query, body } = step
    examples[step.route] = {
      ...(parameters && { parameters }),
      ...(query && { query }),
      ...(body !== undefined && { body }),
      status: response.status,
      answer,
    }
  }
  return examples
}

/** What is shown of a job does not depend on how quick the machine is. */
async function ended(url: string, job: string): Promise<void> {
  for (;;) {
    const response = await ask(url, { route: 'GET /api/jobs/:id', parameters: { id: job } }, null)
    const { state } = (await response.json()) as { state: string }
    if (state !== 'queued' && state !== 'running') return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function ask(url: string, { route, parameters = {}, query = {}, body, type }: Step, secret: string | null) {
  const [method = '', path = ''] = route.split(' ')
  const address = new URL(
    path.replaceAll(/:(\w+)/g, (_, name) => encodeURIComponent(parameters[name] ?? '')),
    url,
  )
  for (const [name, value] of Object.entries(query))
    for (const each of [value].flat()) address.searchParams.append(name, each)
  return fetch(address, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
      // A key that was just made is looked for at the next request; before, the server had none.
      ...(secret !== null && { authorization: `Bearer ${secret}` }),
    },
    ...(body !== undefined && { body: type ? String(body) : JSON.stringify(body) }),
  })
}
