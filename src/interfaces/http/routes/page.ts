import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { answerNotFound } from '../errors.ts'
import type { Env } from '../server-parts.ts'

/** Where the build puts the page; the same from `src` and from `dist`. */
const BUILT = new URL('../../../../dist/interfaces/web/', import.meta.url)

/**
 * The web page: `/` and the files that it names, open to all; what they show is asked of the API. All are read when the
 * first is asked for, so a request names one of them or nothing, whatever its path looks like.
 */
export function pageRoutes(folder: URL = BUILT): Hono<Env> {
  const app = new Hono<Env>()
  let reading: Promise<Map<string, PageFile>> | null = null
  const files = () => {
    reading ??= readPage(folder)
    return reading
  }
  app.get('/', async (c) => answer(c, (await files()).get('index.html')) ?? notBuilt(c))
  app.get('/assets/:name', async (c) => {
    return answer(c, (await files()).get(`assets/${c.req.param('name')}`)) ?? answerNotFound(c)
  })
  return app
}

interface PageFile {
  bytes: Uint8Array<ArrayBuffer>
  headers: Record<string, string>
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ')

/** By path; empty where nothing was built. */
async function readPage(folder: URL): Promise<Map<string, PageFile>> {
  const names = await readdir(fileURLToPath(folder), { recursive: true }).catch(() => [])
  const served = names.map((name) => name.replaceAll('\\', '/')).filter((name) => extname(name) in TYPES)
  return new Map(await Promise.all(served.map(async (name) => [name, await readOne(folder, name)] as const)))
}

async function readOne(folder: URL, name: string): Promise<PageFile> {
  const { createHash } = await import('node:crypto')
  const bytes = new Uint8Array(await readFile(new URL(name, folder)))
  const hash = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  const headers = {
    'content-type': TYPES[extname(name)] as string,
    // Names below assets/ hold a digest of the content.
    'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: `"${hash}"`,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  }
  return { bytes, headers }
}

function answer(c: Context, file: PageFile | undefined): Response | null {
  if (!file) return null
  const known = c.req.header('if-none-match')?.split(',') ?? []
  const isKnown = known.some((each) => each.trim().replace(/^W\//, '') === file.headers.etag || each.trim() === '*')
  return isKnown ? c.body(null, 304, file.headers) : c.body(file.bytes, 200, file.headers)
}

function notBuilt(c: Context): Response {
  return c.text('The web page was not built (npm run build). The API answers all the same.\n', 404)
}
