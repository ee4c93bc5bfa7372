import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { TransferStore } from '../../src/core/ports/transfer-store.ts'
import { connectTo, type Serving, startServing } from '../support/serving.ts'
import { documentsFrom, fill } from '../support/upkeep-parts.ts'

const PATIENCE = 120_000

let serving: Serving
beforeEach(async () => {
  serving = await startServing({ embeddings: false, shutdownSeconds: 600 })
})
afterEach(() => serving.close())

/** 60 MB, far more than what a socket and its two ends hold. */
async function fillLarge(): Promise<void> {
  await fill(serving.parts, 1)
  const { records } = await serving.parts.storage()
  const text = 'y'.repeat(1_000_000)
  for (let first = 1; first <= 60; first += 20) {
    const large = documentsFrom(first, 20).map((each) => ({ ...each, text, chunks: [] }))
    await records.putDocuments('own', large)
  }
}

test('an export that is not read is not made', { timeout: PATIENCE }, async () => {
  await fillLarge()
  const { transfer } = await serving.parts.storage()
  const read = vi.spyOn(transfer as TransferStore, 'readDocuments')
  const client = connectTo(serving)
  client.send('GET /api/export HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n')
  await client.until('semdex-export')
  client.socket.pause()
  const calls = () => read.mock.calls.length
  const isStill = async () => {
    const before = calls()
    await new Promise((resolve) => setTimeout(resolve, 500))
    return calls() === before
  }
  await expect.poll(isStill, { timeout: 30_000 }).toBe(true)
  const paused = calls()
  expect(paused).toBeLessThan(30)
  client.socket.resume()
  expect((await client.ended).includes('{"type":"end","documents":61,"histories":0}')).toBe(true)
  expect(calls()).toBeGreaterThan(paused)
})

test('a reader that leaves ends the export', { timeout: PATIENCE }, async () => {
  await fillLarge()
  const { transfer } = await serving.parts.storage()
  const read = vi.spyOn(transfer as TransferStore, 'readDocuments')
  const client = connectTo(serving)
  client.send('GET /api/collections/own/export HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n')
  await client.until('semdex-export')
  client.socket.destroy()
  await new Promise((resolve) => setTimeout(resolve, 500))
  const calls = read.mock.calls.length
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(read.mock.calls.length).toBe(calls)
  expect(calls).toBeLessThan(30)
})

test('a sender that leaves ends the import, and each line that was read stays', { timeout: PATIENCE }, async () => {
  await fill(serving.parts, 200)
  const lines = await (await fetch(`${serving.url}/api/export`)).text()
  await fetch(`${serving.url}/api/collections/own`, { method: 'DELETE' })
  const client = connectTo(serving)
  client.send(
    'POST /api/import/lines HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n',
  )
  const half = lines.slice(0, lines.length / 2)
  client.send(`${Buffer.byteLength(half).toString(16)}\r\n${half}\r\n`)
  const documents = async () => {
    const response = await fetch(`${serving.url}/api/status`)
    return ((await response.json()) as { documents: number }).documents
  }
  const kept = half
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{"type":"document"')).length
  // All full batches are stored; the rest of the lines is held.
  await expect.poll(documents, { timeout: 30_000 }).toBe(kept - (kept % 32))
  await new Promise((resolve) => setTimeout(resolve, 300))
  client.socket.destroy()
  const { records, upkeep } = await serving.parts.storage()
  await expect.poll(documents, { timeout: 30_000 }).toBe(kept)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect((await records.counts())[0]).toMatchObject({ documents: kept, vectors: 2 * kept })
  expect(await upkeep?.check()).toEqual([])
})
