import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'
import { describeWithBrowser, launchBrowser, visit } from '../support/browser.ts'
import { build } from '../support/cli.ts'
import { type Serving, startServing } from '../support/serving.ts'

/** What a page of somebody else does with the built client, as it is. */
const SCRIPT = `
import { connect, RequestError } from '/interfaces/client/index.js'
const client = connect({ url: new URLSearchParams(location.search).get('server') })
const results = []
await client.documents.add({ documents: [{ id: 'bread', text: 'Knead the dough.' }] })
const { hits } = await client.search({ query: 'dough' })
results.push(hits[0].documentId)
await client.documents.addFiles([{ name: 'a.md', content: new File(['# Soup'], 'other.md') }])
for await (const { id } of client.documents.all()) results.push(id)
const error = await client.collections.get({ name: 'none' }).catch((thrown) => thrown)
results.push(error instanceof RequestError, error.code, error.status)
const { id } = await client.jobs.start({ operation: 'index', input: { paths: [] } })
for await (const { event } of client.jobs.events(id)) results.push(event)
const worker = new Worker('/worker.js', { type: 'module' })
results.push(await new Promise((resolve) => {
  worker.onmessage = ({ data }) => resolve(data)
  worker.postMessage(new URLSearchParams(location.search).get('server'))
}))
window.results = results
`

const WORKER = `
import { connect } from '/interfaces/client/index.js'
onmessage = async ({ data }) => postMessage((await connect({ url: data }).status()).documents)
`

describeWithBrowser('the client in a browser', () => {
  let serving: Serving
  let site: Server
  let browser: Browser
  let origin: string
  beforeAll(async () => {
    await build()
    site = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      const scripts: Record<string, string> = { '/script.js': SCRIPT, '/worker.js': WORKER }
      if (pathname === '/')
        return response.setHeader('content-type', 'text/html').end('<script type=module src=/script.js></script>')
      response.setHeader('content-type', 'text/javascript')
      if (!/^\/[\w./-]+\.js$/.test(pathname)) return response.writeHead(204).end()
      return response.end(scripts[pathname] ?? readFileSync(inRepository(`dist${pathname}`)))
    })
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    serving = await startServing({ embeddings: false, origins: [origin] })
    browser = await launchBrowser()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await serving?.close()
    site?.close()
  })

  test('searches, sends files, follows a job, and runs in a worker', async () => {
    const { page } = await visit(browser, `${origin}/?server=${encodeURIComponent(serving.url)}`)
    const results = await page.waitForFunction('window.results', undefined, { timeout: 60_000 })
    const [found, first, second, isError, code, status, ...rest] = (await results.jsonValue()) as unknown[]
    expect([found, first, second]).toEqual(['bread', 'bread', 'a.md'])
    expect([isError, code, status]).toEqual([true, 'COLLECTION_NOT_FOUND', 404])
    expect(rest.at(-2)).toBe('done')
    expect(rest.at(-1)).toBe(2)
  }, 120_000)
})
