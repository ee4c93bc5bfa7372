import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pageRoutes } from '../../src/interfaces/http/routes/page.ts'
import { inRepository } from '../support/assets.ts'
import { build } from '../support/cli.ts'
import { openServed, type Served } from '../support/served.ts'

const BUILT = inRepository('dist/interfaces/web')
const MINUTES = 60_000

describe('the page, as the server gives it', () => {
  let served: Served

  beforeAll(async () => {
    await build()
    served = openServed()
  }, 5 * MINUTES)
  afterAll(() => served.close())

  test('/ is the built page, asked for again each time, under a strict policy', async () => {
    const { status, headers, body } = await served.request('GET', '/')
    expect(status).toBe(200)
    expect(body).toBe(readFileSync(join(BUILT, 'index.html'), 'utf8'))
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-cache')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')?.split('; ').sort()).toEqual(
      [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "script-src 'self'",
        "style-src 'self'",
      ].sort(),
    )
  })

  test('every file that the page names is there, with its type, and is kept for ever', async () => {
    const names = readFileSync(join(BUILT, 'index.html'), 'utf8').match(/assets\/[\w.-]+/g) ?? []
    expect(new Set(names.map((name) => name.split('.').at(-1)))).toEqual(new Set(['js', 'css', 'svg']))
    const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml' }
    for (const name of names) {
      const { status, headers, body } = await served.request('GET', `/${name}`)
      expect({ name, status }).toEqual({ name, status: 200 })
      expect(headers.get('content-type')).toBe(types[name.split('.').at(-1) as keyof typeof types])
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(body).toBe(readFileSync(join(BUILT, name), 'utf8'))
    }
  })

  test('what a browser has already is not sent again', async () => {
    const etag = (await served.request('GET', '/')).headers.get('etag') as string
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    const same = await served.request('GET', '/', undefined, { 'if-none-match': `"other", W/${etag}` })
    expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, '', etag])
    expect((await served.request('GET', '/', undefined, { 'if-none-match': '"other"' })).status).toBe(200)
  })

  test('HEAD tells the headers alone', async () => {
    const { status, headers, body } = await served.request('HEAD', '/')
    expect([status, body, headers.get('content-type')]).toEqual([200, '', 'text/html; charset=utf-8'])
  })

  test.each([
    '/assets/../../../package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/assets/%2e%2e/LICENSES.txt',
    '/assets/..%5c..%5cindex.js',
    '/assets/%00',
    '/assets/',
    '/assets/nothing.js',
    '/index.html/../../index.js',
    '/interfaces/web/main.tsx',
  ])('%s is nothing', async (path) => {
    const { status, body } = await served.request('GET', path)
    expect({ status, code: body.error?.code }).toEqual({ status: 404, code: 'NOT_FOUND' })
  })
})

test('a server whose page was not built says so, in plain text', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-page-'))
  const missing = await pageRoutes(pathToFileURL(join(folder, 'not-there/'))).request('/')
  rmSync(folder, { recursive: true })
  expect(missing.status).toBe(404)
  expect(missing.headers.get('content-type')).toMatch(/^text\/plain/)
  expect(await missing.text()).toContain('was not built')
})

test('only files of known types are served, and none from below other folders', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-page-'))
  mkdirSync(join(folder, 'assets'))
  for (const name of ['assets/a.js', 'assets/a.map', 'secret.txt']) writeFileSync(join(folder, name), 'x')
  const app = pageRoutes(pathToFileURL(`${folder}/`))
  const paths = ['/assets/a.js', '/assets/a.map', '/secret.txt', '/assets/secret.txt']
  const statuses = await Promise.all(paths.map(async (path) => (await app.request(path)).status))
  rmSync(folder, { recursive: true })
  expect(statuses).toEqual([200, 404, 404, 404])
})

test('the page is small, holds no inline script or style, and names no other host', async () => {
  await build()
  const assets = readdirSync(join(BUILT, 'assets')).filter((name) => name.endsWith('.js'))
  const bytes = assets.map((name) => gzipSync(readFileSync(join(BUILT, 'assets', name))).length)
  expect(bytes.reduce((sum, each) => sum + each, 0)).toBeLessThan(60_000)
  const html = readFileSync(join(BUILT, 'index.html'), 'utf8')
  expect(html).not.toMatch(/<script(?![^>]*\ssrc="\.\/assets\/)|<style|\sstyle=|\son\w+=/)
  expect(html).not.toMatch(/https?:/)
}, 300_000)

test('the licences of what is packed into the page come with it', async () => {
  const text = readFileSync(join(BUILT, 'LICENSES.txt'), 'utf8')
  expect(text).toMatch(/^preact \d+\.\d+\.\d+ \(MIT\)\n\nThe MIT License/m)
})
