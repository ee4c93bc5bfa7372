import { Hono } from '../../../vendor/hono.ts'
import type { OpenApiDocument } from '../openapi/shapes.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/** What the server says of itself, open to all: for programs at /openapi.json, for people at /docs. */
export function descriptionRoutes({ version }: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  let making: Promise<OpenApiDocument> | null = null
  const document = () => {
    making ??= import('../openapi/document.ts').then(({ openApiDocument }) => openApiDocument(version))
    return making
  }
  app.get('/openapi.json', async (c) => c.json(await document(), 200, { 'cache-control': 'no-cache' }))
  app.get('/docs', async (c) => {
    const { renderPage } = await import('../docs/page.ts')
    return c.html(renderPage(await document(), new URL(c.req.url).origin), 200, PAGE_HEADERS)
  })
  app.get('/docs/style.css', async (c) => {
    const { STYLE } = await import('../docs/style.ts')
    return c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache' })
  })
  return app
}

const PAGE_HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}
