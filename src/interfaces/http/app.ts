import { Hono } from '../../vendor/hono.ts'
import { answerError } from './errors.ts'
import { openKeyRing } from './key-ring.ts'
import { authenticate } from './middleware/authenticate.ts'
import { guard } from './middleware/guard.ts'
import { limitBody } from './middleware/limit-body.ts'
import { limitWork } from './middleware/limit-work.ts'
import { observe } from './middleware/observe.ts'
import { readAddress } from './middleware/read-address.ts'
import { openModelState } from './model-state.ts'
import { openMonitor } from './monitoring/monitor.ts'
import { openRateLimits } from './rate-limits.ts'
import { bulkRoutes } from './routes/bulk.ts'
import { descriptionRoutes } from './routes/description.ts'
import { embeddingRoutes } from './routes/embeddings.ts'
import { fileRoutes } from './routes/files.ts'
import { healthRoutes } from './routes/health.ts'
import { jobRoutes } from './routes/jobs.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { openAiRoutes } from './routes/openai.ts'
import { operationRoutes } from './routes/operations.ts'
import { pageRoutes } from './routes/page.ts'
import { rerankRoutes } from './routes/rerank.ts'
import { resourceRoutes } from './routes/resources.ts'
import { transferRoutes } from './routes/transfer.ts'
import type { Env, ServerParts } from './server-parts.ts'
import { answerUnmatched } from './unmatched.ts'

/** Everything the server answers, as one function from a request to a response. It does not listen. */
export function createApp(server: ServerParts): Hono<Env> {
  const { parts, onRequest, trace } = server
  const modelState = openModelState(parts)
  const monitor = openMonitor(parts, modelState)
  const app = new Hono<Env>()
  app.onError(answerError)
  app.notFound((c) => answerUnmatched(app, c))
  app.use(observe(monitor, onRequest))
  if (trace) app.use(trace)
  app.route('/', healthRoutes(server, modelState))
  app.use(guard(server))
  app.route('/', pageRoutes())
  app.route('/', descriptionRoutes(server))
  app.use(authenticate(server, openKeyRing(parts), openRateLimits(parts.configuration)))
  app.use(readAddress)
  app.use(limitBody(server))
  app.use(limitWork(server))
  app.route('/', metricsRoutes(monitor))
  app.route('/api', operationRoutes())
  app.route('/api', embeddingRoutes())
  app.route('/v1', openAiRoutes())
  app.route('/', rerankRoutes())
  app.route('/api', jobRoutes(server))
  app.route('/api', bulkRoutes(server))
  app.route('/api', fileRoutes())
  app.route('/api', transferRoutes(server))
  app.route('/', resourceRoutes())
  return app
}
