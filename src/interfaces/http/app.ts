import { Hono } from '../../vendor/hono.ts'
import { answerError, answerNotFound } from './errors.ts'
import { authenticate } from './middleware/authenticate.ts'
import { healthRoutes } from './routes/health.ts'
import { operationRoutes } from './routes/operations.ts'
import { pageRoutes } from './routes/page.ts'
import type { Env, ServerParts } from './server-parts.ts'

/** Everything the server answers, as one function from a request to a response. It does not listen. */
export function createApp(server: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  app.onError(answerError)
  app.notFound(answerNotFound)
  app.route('/', healthRoutes(server))
  app.route('/', pageRoutes())
  app.use(authenticate(server))
  app.route('/api', operationRoutes(server))
  return app
}
