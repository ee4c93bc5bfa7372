import type { Parts } from '../../../core/parts.ts'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '../../../vendor/metrics.ts'
import type { ModelState } from '../model-state.ts'
import type { RequestSummary } from '../server-parts.ts'
import { readIndexSizes } from './index-sizes.ts'

interface Sources {
  parts: Parts
  modelState: () => Promise<ModelState>
  /** Requests that are being answered. */
  inWork: () => number
}

/** All figures by their names. Labels have few values: never an id, a text or a path that somebody sent. */
export function openRegistry(sources: Sources) {
  const registry = new Registry()
  const countRequest = requestMetrics(registry, sources)
  const countStages = stageMetrics(registry)
  modelMetrics(registry, sources)
  stateMetrics(registry, sources)
  indexMetrics(registry, sources)
  let watchesProcess = false
  return {
    count(request: RequestSummary) {
      countRequest(request)
      countStages(request)
    },
    async read() {
      // Watching the event loop costs a timer: only once somebody reads.
      if (!watchesProcess) collectDefaultMetrics({ register: registry })
      watchesProcess = true
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}

function requestMetrics(registry: Registry, { inWork }: Sources): (request: RequestSummary) => void {
  const registers = [registry]
  const seconds = new Histogram({
    name: 'semdex_http_request_seconds',
    help: 'How long requests took until their answer began, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers,
  })
  new Gauge({
    name: 'semdex_http_requests_in_work',
    help: 'Requests that are being answered.',
    registers,
    collect() {
      this.set(inWork())
    },
  })
  return ({ method, route, status, milliseconds }) =>
    seconds.observe({ method, route: route ?? 'none', status }, milliseconds / 1_000)
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

function stageMetrics(registry: Registry): (request: RequestSummary) => void {
  const seconds = new Histogram({
    name: 'semdex_stage_seconds',
    help: 'How long each stage of a request took: load and embed, of its texts, vector and lexical, of its search.',
    labelNames: ['stage'],
    buckets: BUCKETS,
    registers: [registry],
  })
  return ({ stages }) => {
    for (const [stage, milliseconds] of stages) seconds.observe({ stage }, milliseconds / 1_000)
  }
}

/** Sums since a model was opened; they begin again where it is opened anew. */
function modelMetrics(registry: Registry, { parts }: Sources): void {
  const { models } = parts
  const labelNames = ['model']
  const registers = [registry]
  const counter = (name: string, help: string, value: (of: Measured) => number) =>
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const each of models.metrics()) this.inc({ model: each.model }, value(each))
      },
    })
  const gauge = (name: string, help: string, value: (of: Measured) => number) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        for (const each of models.metrics()) this.set({ model: each.model }, value(each))
      },
    })
  counter('semdex_embedding_calls_total', 'Calls of a model.', ({ calls }) => calls)
  counter('semdex_embedding_texts_total', 'Texts that a model was given.', ({ texts }) => texts)
  counter('semdex_embedding_failed_total', 'Texts that gave an error instead of a vector.', ({ failed }) => failed)
  counter('semdex_embedding_tokens_total', 'Tokens that a model read.', ({ tokens }) => tokens)
  counter('semdex_embedding_cache_hits_total', 'Texts whose vector was kept.', ({ cacheHits }) => cacheHits)
  counter('semdex_embedding_cache_misses_total', 'Texts whose vector was not kept.', (each) => each.cacheMisses)
  gauge('semdex_embedding_cache_hit_ratio', 'Hits of the result cache among all lookups, 0 to 1.', hitRatio)
  gauge('semdex_embedding_queue', 'Jobs that wait for a model.', ({ waiting }) => waiting)
  gauge('semdex_embedding_workers', 'Workers that have a model loaded.', ({ workers }) => workers)
  counter('semdex_embedding_worker_restarts_total', 'Workers that ended unasked.', ({ restarts }) => restarts)
  new Counter({
    name: 'semdex_embedding_stage_seconds_total',
    help: 'What calls of a model took, by stage; jobs run side by side.',
    labelNames: ['model', 'stage'],
    registers,
    collect() {
      this.reset()
      for (const { model, timings } of models.metrics()) {
        for (const [stage, ms] of Object.entries(timings)) this.inc({ model, stage }, ms / 1_000)
      }
    },
  })
}

type Measured = ReturnType<Parts['models']['metrics']>[number]

function hitRatio({ cacheHits, cacheMisses }: Measured): number {
  return cacheHits === 0 ? 0 : cacheHits / (cacheHits + cacheMisses)
}

function stateMetrics(registry: Registry, { modelState }: Sources): void {
  const states: ModelState[] = ['ready', 'loading', 'off', 'unavailable']
  new Gauge({
    name: 'semdex_embeddings_state',
    help: '1 for the state that the model of new collections is in.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const present = await modelState()
      for (const state of states) this.set({ state }, state === present ? 1 : 0)
    },
  })
}

/** One reading of the sizes serves all of them. */
function indexMetrics(registry: Registry, { parts }: Sources): void {
  const sizes = readIndexSizes(parts)
  const registers = [registry]
  for (const size of ['documents', 'chunks', 'vectors', 'pending', 'failed'] as const) {
    new Gauge({
      name: `semdex_index_${size}`,
      help: SIZES[size],
      labelNames: ['collection'],
      registers,
      async collect() {
        this.reset()
        for (const counts of (await sizes()).collections) this.set({ collection: counts.collection }, counts[size])
      },
    })
  }
  new Gauge({
    name: 'semdex_database_bytes',
    help: 'Size of the database file.',
    registers,
    async collect() {
      this.set((await sizes()).bytes)
    },
  })
  new Gauge({
    name: 'semdex_database_up',
    help: '1 where the database can be read.',
    registers,
    async collect() {
      this.set((await sizes()).up ? 1 : 0)
    },
  })
}

const SIZES = {
  documents: 'Documents of a collection.',
  chunks: 'Chunks of a collection.',
  vectors: 'Vectors of a collection.',
  pending: 'Chunks that wait for their vector.',
  failed: 'Chunks that could not be embedded.',
}
