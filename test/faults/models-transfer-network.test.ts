import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { inspect } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type PullOptions, pullModel } from '../../src/models/transfer/index.ts'
import {
  bytesOf,
  CERTIFICATE,
  corrupt,
  cut,
  type Hub,
  type ProxyServer,
  REPOSITORY,
  redirect,
  serve,
  sha256,
  specFor,
  startHub,
  startProxy,
  status,
} from '../support/hub-server.ts'

const PATH = 'onnx/model.onnx'
const FILE = bytesOf(100_000)
const URL_PATH = `/${REPOSITORY}/resolve/main/${PATH}`
const TOKEN = 'hf_do-not-tell'

let folder: string
const open: { close(): Promise<void> }[] = []

/** Tests' certificates sign themselves; only here are they believed. */
let certificates: string[]
beforeAll(() => {
  certificates = getCACertificates('default')
  return () => setDefaultCACertificates(certificates)
})
const believe = () => setDefaultCACertificates([...certificates, readFileSync(CERTIFICATE, 'utf8')])

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'semdex-pull-')), 'tiny')
})
afterEach(async () => {
  setDefaultCACertificates(certificates)
  for (const server of open.splice(0)) await server.close()
  await rm(join(folder, '..'), { recursive: true, force: true })
})

async function hubOf(options: Parameters<typeof startHub>[1] = {}): Promise<Hub> {
  const hub = await startHub({ [PATH]: FILE }, options)
  open.push(hub)
  return hub
}

async function proxyOf(credentials?: string): Promise<ProxyServer> {
  const proxy = await startProxy(credentials)
  open.push(proxy)
  return proxy
}

function pull(options: Partial<PullOptions> & { hubEndpoint: string }, checksums = true) {
  const settings = { hubToken: null, proxy: null, noProxy: null, offline: false }
  const patience = { attempts: 2, connectMs: 5_000, stallMs: 5_000, pauseMs: 5 }
  return pullModel(specFor({ [PATH]: FILE }, { checksums }), { folder }, { ...settings, ...patience, ...options })
}

const placed = () => readFileSync(join(folder, PATH))
const tokens = ({ seen }: Hub) => seen.map(({ headers }) => headers.authorization)

describe('https', () => {
  test('a server whose certificate is known', async () => {
    believe()
    const hub = await hubOf({ secure: true })
    await pull({ hubEndpoint: hub.endpoint })
    expect(placed()).toEqual(FILE)
  })

  test('a server whose certificate is not known is not believed, and not asked again', async () => {
    const hub = await hubOf({ secure: true })
    await expect(pull({ hubEndpoint: hub.endpoint, hubToken: TOKEN })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('self-signed certificate'),
      details: { attempts: 1 },
    })
    expect(hub.seen).toEqual([])
  })

  test('a redirect from https to http is refused', async () => {
    believe()
    const [hub, plain] = [await hubOf({ secure: true }), await hubOf()]
    hub.next(redirect(`${plain.endpoint}${URL_PATH}`))
    await expect(pull({ hubEndpoint: hub.endpoint })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('from https to http'),
    })
    expect(plain.seen).toEqual([])
  })

  test('a server that takes the connection and says nothing: no connection within connectMs', async () => {
    const { createServer } = await import('node:net')
    const silent = createServer((socket) => socket.on('error', () => undefined))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const pulled = pull({ hubEndpoint: `https://127.0.0.1:${port}`, connectMs: 200, attempts: 1 })
    await expect(pulled).rejects.toMatchObject({
      message: expect.stringContaining('no connection was made within 0.2 s'),
    })
    silent.close()
  })
})

describe('the token', () => {
  test('goes to the endpoint, through redirects on its host, and not to another origin', async () => {
    const [hub, other] = [await hubOf(), await hubOf()]
    hub.next(redirect(URL_PATH), redirect(`${other.endpoint}/cdn${URL_PATH}?signature=s`))
    await pull({ hubEndpoint: hub.endpoint, hubToken: TOKEN })
    expect(tokens(hub)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`])
    expect(tokens(other)).toEqual([undefined])
    expect(other.seen[0]?.url).toBe(`/cdn${URL_PATH}?signature=s`)
    expect(placed()).toEqual(FILE)
  })

  test('is not sent any more once a redirect has left the endpoint, even where another leads back', async () => {
    const [hub, other] = [await hubOf(), await hubOf()]
    hub.next(redirect(`${other.endpoint}${URL_PATH}`))
    other.next(redirect(`${hub.endpoint}${URL_PATH}`))
    await pull({ hubEndpoint: hub.endpoint, hubToken: TOKEN })
    expect(tokens(hub)).toEqual([`Bearer ${TOKEN}`, undefined])
  })

  test('goes to the endpoint again when a download that was redirected is taken up', async () => {
    const [hub, other] = [await hubOf(), await hubOf()]
    hub.next(redirect(`${other.endpoint}${URL_PATH}`), redirect(`${other.endpoint}${URL_PATH}`))
    other.next(cut(40_000))
    await pull({ hubEndpoint: hub.endpoint, hubToken: TOKEN })
    expect(tokens(hub)).toEqual([`Bearer ${TOKEN}`, `Bearer ${TOKEN}`])
    expect(tokens(other)).toEqual([undefined, undefined])
    expect(other.seen[1]?.headers.range).toMatch(/^bytes=\d+-$/)
    expect(placed()).toEqual(FILE)
  })

  test.each([401, 403, 404, 503])('is in no error: %i', async (code) => {
    const hub = await hubOf({ otherwise: status(code) })
    const told: unknown[] = []
    const failed = await pull({
      hubEndpoint: hub.endpoint.replace('http://', 'http://user:secret@'),
      hubToken: TOKEN,
      onProgress: (progress) => told.push(progress),
    }).catch((thrown: unknown) => thrown)
    expect(tokens(hub)[0]).toBe(`Bearer ${TOKEN}`)
    const shown = inspect([failed, told], { depth: 20, showHidden: true })
    expect(shown).toContain('DOWNLOAD_FAILED')
    expect(shown).not.toMatch(/do-not-tell|secret/)
  })

  test('that a header cannot hold is in no error either', async () => {
    const hub = await hubOf()
    const failed = await pull({ hubEndpoint: hub.endpoint, hubToken: `${TOKEN}\n` }).catch((thrown: unknown) => thrown)
    expect(inspect(failed, { depth: 20, showHidden: true })).not.toContain('do-not-tell')
    expect(failed).toMatchObject({ code: 'CONFIGURATION_INVALID', details: { key: 'hub.token' } })
  })
})

describe('what a redirect tells', () => {
  test('the hub’s checksum and size count, those of the server behind it do not', async () => {
    const [hub, other] = [await hubOf(), await hubOf()]
    const linked = { 'x-linked-etag': `"${sha256(FILE)}"`, 'x-linked-size': String(FILE.length) }
    const cdn = { etag: `"${'0'.repeat(64)}"`, 'x-linked-etag': `"${'1'.repeat(64)}"` }
    hub.next(redirect(`${other.endpoint}${URL_PATH}`, linked), redirect(`${other.endpoint}${URL_PATH}`, linked))
    other.next(corrupt({ headers: cdn }), serve({ headers: cdn }))
    await pull({ hubEndpoint: hub.endpoint }, false)
    expect(other.seen).toHaveLength(2)
    expect(placed()).toEqual(FILE)
  })
})

describe('a proxy', () => {
  test('https goes through it by CONNECT, with its credentials and without the token', async () => {
    believe()
    const [hub, proxy] = [await hubOf({ secure: true }), await proxyOf('us er:pa:ss')]
    const credentials = `Basic ${Buffer.from('us er:pa:ss').toString('base64')}`
    await pull({ hubEndpoint: hub.endpoint, hubToken: TOKEN, proxy: proxy.url })
    expect(proxy.seen).toEqual([
      { line: `CONNECT ${hub.endpoint.slice('https://'.length)}`, authorization: credentials },
    ])
    expect(tokens(hub)).toEqual([`Bearer ${TOKEN}`])
    expect(hub.seen[0]?.headers['proxy-authorization']).toBeUndefined()
    expect(placed()).toEqual(FILE)
  })

  test('the certificate behind it is checked', async () => {
    const [hub, proxy] = [await hubOf({ secure: true }), await proxyOf()]
    await expect(pull({ hubEndpoint: hub.endpoint, proxy: proxy.url })).rejects.toMatchObject({
      message: expect.stringContaining('self-signed certificate'),
    })
    expect(hub.seen).toEqual([])
  })

  test('http goes through it with its whole URL', async () => {
    const [hub, proxy] = [await hubOf(), await proxyOf('user:pass')]
    await pull({ hubEndpoint: hub.endpoint, proxy: proxy.url })
    expect(proxy.seen.map(({ line }) => line)).toEqual([`GET ${hub.endpoint}${URL_PATH}`])
    expect(placed()).toEqual(FILE)
  })

  test('that is named without a scheme is an http proxy', async () => {
    const [hub, proxy] = [await hubOf(), await proxyOf()]
    await pull({ hubEndpoint: hub.endpoint, proxy: proxy.url.slice('http://'.length) })
    expect(proxy.seen).toHaveLength(1)
  })

  test('a download is taken up through it', async () => {
    believe()
    const [hub, proxy] = [await hubOf({ secure: true }), await proxyOf()]
    hub.next(cut(40_000))
    await pull({ hubEndpoint: hub.endpoint, proxy: proxy.url })
    expect(proxy.seen).toHaveLength(2)
    expect(placed()).toEqual(FILE)
  })

  test.each([true, false])('that refuses: 407, its way out, and no credentials in it (https: %s)', async (secure) => {
    const [hub, proxy] = [await hubOf({ secure }), await proxyOf('user:right')]
    const wrong = proxy.url.replace('user:right', 'user:wrong-one')
    const failed = await pull({ hubEndpoint: hub.endpoint, proxy: wrong }).catch((thrown: unknown) => thrown)
    expect(failed).toMatchObject({
      code: 'DOWNLOAD_FAILED',
      details: { status: 407, attempts: 1 },
      fix: expect.stringContaining('HTTPS_PROXY'),
    })
    const shown = inspect(failed, { depth: 20, showHidden: true })
    expect(shown).not.toContain('wrong-one')
    expect(shown).not.toContain(Buffer.from('user:wrong-one').toString('base64'))
  })

  test('that cannot be reached', async () => {
    const [hub, proxy] = [await hubOf({ secure: true }), await startProxy('user:pass-word')]
    await proxy.close()
    const failed = await pull({ hubEndpoint: hub.endpoint, proxy: proxy.url }).catch((thrown: unknown) => thrown)
    expect(failed).toMatchObject({
      message: expect.stringContaining('the proxy 127.0.0.1 cannot be reached (2 attempts)'),
    })
    expect(inspect(failed, { depth: 20, showHidden: true })).not.toContain('pass-word')
  })

  test.each(['socks5://127.0.0.1:1', 'http://', '::', 'http://a%zz@127.0.0.1:1'])(
    '%j is none: CONFIGURATION_INVALID',
    async (proxy) => {
      const hub = await hubOf()
      await expect(pull({ hubEndpoint: hub.endpoint, proxy })).rejects.toMatchObject({
        code: 'CONFIGURATION_INVALID',
        details: { key: 'hub.proxy' },
      })
      expect(hub.seen).toEqual([])
    },
  )

  test('hosts of NO_PROXY are spoken to without it', async () => {
    const [hub, proxy] = [await hubOf(), await proxyOf()]
    await pull({ hubEndpoint: hub.endpoint, proxy: proxy.url, noProxy: 'example.org, 127.0.0.1' })
    expect(proxy.seen).toEqual([])
    expect(hub.seen).toHaveLength(1)
  })

  test('each redirect finds its own way', async () => {
    const [hub, other, proxy] = [await hubOf(), await hubOf(), await proxyOf()]
    hub.next(redirect(`${other.endpoint}${URL_PATH}`))
    const { host } = new URL(hub.endpoint)
    await pull({ hubEndpoint: hub.endpoint, proxy: proxy.url, noProxy: host })
    expect(proxy.seen.map(({ line }) => line)).toEqual([`GET ${other.endpoint}${URL_PATH}`])
  })
})
