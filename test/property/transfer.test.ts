import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { Storage } from '../../src/core/parts.ts'
import type { StoredDocument, TransferStore } from '../../src/core/ports/transfer-store.ts'
import { exportDocuments } from '../../src/maintenance/transfer/export.ts'
import { importDocuments, type LineError } from '../../src/maintenance/transfer/import.ts'
import { openTemporaryStorage } from '../support/storage.ts'

const DIMENSIONS = 4
const MODELS = { text: { model: null, fingerprint: 'text' }, code: { model: 'm', fingerprint: 'code' } }

/** Any UTF-16 at all: lone surrogates and NULs are frequent. */
const oddText = fc
  .array(
    fc.oneof(fc.constantFrom('\0', '\ud800', '\udc00', '\ud83d\ude00', '\n', '\r\n', '\u2028', '"', '\\'), fc.string()),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''))

const metadata = fc.dictionary(oddText, fc.jsonValue() as fc.Arbitrary<never>, { maxKeys: 3 })
const vector = fc
  .array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1, max: 1 }), {
    minLength: DIMENSIONS,
    maxLength: DIMENSIONS,
  })
  .map((values) => Float32Array.from(values))
  .filter((values) => Math.hypot(...values) > 1e-3)

const document = fc
  .record({
    id: oddText.filter((id) => id !== ''),
    title: fc.option(oddText),
    text: oddText,
    metadata,
    side: fc.constantFrom('text' as const, 'code' as const),
    active: fc.boolean(),
    path: fc.option(oddText),
    cuts: fc.array(fc.record({ at: fc.nat(20), vector: fc.option(vector), symbol: fc.option(oddText) }), {
      maxLength: 3,
    }),
    revisions: fc.array(fc.record({ change: oddText, at: fc.nat(), note: metadata }), { maxLength: 2 }),
  })
  .map(({ cuts, path, text, ...rest }) => ({
    ...rest,
    text,
    format: 'text' as const,
    contentHash: 'hash',
    chunkingFingerprint: 'chunker',
    ...(path && { file: { path, size: 1.5, modifiedAt: 2.25, inode: 3, checkedAt: 4 } }),
    chunks: cuts.map(({ at, vector, symbol }, i) => ({
      place: {
        start: Math.min(at, text.length),
        end: text.length,
        lines: [1, i + 1] as [number, number],
        heading: [`${symbol}`],
        symbol,
      },
      embeddingHash: `${i}`,
      vector,
    })),
  }))

async function write(storage: Storage, given: (typeof document extends fc.Arbitrary<infer T> ? T : never)[]) {
  const { records } = storage
  const { text, code } = MODELS
  await records.createCollection({
    name: 'odd \ud800',
    ...text,
    dimensions: DIMENSIONS,
    code: { ...code, dimensions: DIMENSIONS },
    roots: ['/a\0b'],
  })
  for (const { revisions, ...each } of given) {
    const [revision, ...more] = revisions
    const [result] = await records.putDocuments('odd \ud800', [{ ...each, ...(revision && { revision }) }])
    if (result && !result.ok) throw result.error
    for (const later of more) await records.reviseDocuments('odd \ud800', [{ id: each.id, revision: later }])
  }
}

async function exported(storage: Storage): Promise<string> {
  const all: string[] = []
  await exportDocuments(storage, async (lines) => void all.push(lines))
  return all.join('')
}

async function* inPieces(text: string | Buffer, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text as string)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const withoutTime = (lines: string) => lines.replace(/"exportedAt":\d+/, '')

test('what is exported and imported is the same, and so is what that exports', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(document, { maxLength: 5 }), fc.integer({ min: 1, max: 5_000 }), async (given, size) => {
      const [from, to] = await Promise.all([openTemporaryStorage(), openTemporaryStorage()])
      try {
        await write(from, given)
        const gone = given.find(({ active, revisions }) => !active && revisions.length > 0)?.id
        if (gone !== undefined) {
          await from.records.deleteDocuments('odd \ud800', [gone], { revision: { change: 'forgotten', at: 9 } })
        }
        const lines = await exported(from)
        const errors: LineError[] = []
        const report = await importDocuments(to, inPieces(lines, size), { onError: (error) => errors.push(error) })
        expect(errors).toEqual([])
        expect(report).toMatchObject({ failed: 0, complete: true, vectorsLeftOut: 0 })
        expect(withoutTime(await exported(to))).toBe(withoutTime(lines))
        expect(await to.records.counts()).toEqual(await from.records.counts())
        for (const { id } of given) {
          const read = async ({ records }: Storage) => {
            const found = await records.document('odd \ud800', id)
            return found && { ...found, key: 0, revisions: await records.revisions('odd \ud800', id) }
          }
          expect(await read(to)).toEqual(await read(from))
        }
        expect(await to.upkeep?.check()).toEqual([])
      } finally {
        await Promise.all([from.close(), to.close()])
      }
    }),
    { numRuns: 25 },
  )
})

const HEADER = '{"type":"header","format":"semdex-export","version":1,"exportedAt":1}'
const COLLECTION =
  '{"type":"collection","collection":{"name":"c","model":null,"fingerprint":"f","dimensions":2,"code":null,"layout":"native","roots":[]}}'
const END = '{"type":"end","documents":0,"histories":0}'

function documentLine(id: string, change: Partial<StoredDocument> = {}, vectors: object[] = []): string {
  const place = { start: 0, end: 1, lines: [1, 1], heading: [], symbol: null }
  const document = {
    ...{ id, title: null, format: 'text', text: 'x', metadata: {}, contentHash: '', chunkingFingerprint: '' },
    ...{ side: 'text', active: true, version: 0, createdAt: 1, updatedAt: 2, file: null, revisions: [] },
    chunks: [{ place, embeddingHash: 'h', error: null, vectors }],
    ...change,
  }
  return JSON.stringify({ type: 'document', collection: 'c', document })
}

const base64 = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer).toString('base64')

test('lines that cannot be taken are said in order, and the others are taken', async () => {
  const storage = await openTemporaryStorage()
  const broken = [
    [5, '{"type":', 'IMPORT_INVALID'],
    [7, documentLine('long', {}, [{ fingerprint: 'f', vector: base64(1, 0, 0) }]), 'DIMENSION_MISMATCH'],
    [9, documentLine('nan', {}, [{ fingerprint: 'f', vector: base64(Number.NaN, 1) }]), 'VECTOR_INVALID'],
    [10, documentLine('odd', {}, [{ fingerprint: 'f', vector: 'AAA' }]), 'IMPORT_INVALID'],
    [11, documentLine('out', { text: '' }), 'IMPORT_INVALID'],
    [12, documentLine('lost').replace('"c"', '"none"'), 'IMPORT_INVALID'],
    [13, '[]', 'IMPORT_INVALID'],
    [14, HEADER, 'IMPORT_INVALID'],
  ] as const
  const lines = [HEADER, '', COLLECTION, documentLine('a', {}, [{ fingerprint: 'f', vector: base64(1, 0) }])]
  for (const [number, line] of broken) {
    while (lines.length < number - 1)
      lines.push(documentLine(`fill ${lines.length}`, {}, [{ fingerprint: 'other', vector: base64(1, 0) }]))
    lines.push(line)
  }
  lines.push(END, documentLine('late'))
  const errors: LineError[] = []
  const bytes = Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), Buffer.of(0xff, 0xfe)])
  const report = await importDocuments(storage, inPieces(bytes, 1e9), {
    onError: (e) => errors.push(e),
  })
  expect(errors.slice(0, broken.length).map(({ line, error }) => [line, error.code])).toEqual(
    broken.map(([line, , code]) => [line, code]),
  )
  expect(report).toMatchObject({ documents: 3, failed: broken.length + 2, vectorsLeftOut: 2, complete: true })
  expect((await storage.records.counts())[0]).toMatchObject({ documents: 3, vectors: 1, pending: 2 })
  await storage.close()
})

test.each([
  ['nothing', '', /empty/],
  ['another kind of file', '{"query": 1}\n', /type/],
  ['a later version', HEADER.replace('"version":1', '"version":2'), /version 2/],
  ['no header', `${COLLECTION}\n`, /begins with its header/],
])('%s is no export', async (_, text, message) => {
  const storage = await openTemporaryStorage()
  await expect(importDocuments(storage, inPieces(text, 7))).rejects.toMatchObject({
    code: 'IMPORT_INVALID',
    message: expect.stringMatching(message),
  })
  await storage.close()
})

test('an export that was cut off is taken as far as it goes, and said to be', async () => {
  const storage = await openTemporaryStorage()
  const report = await importDocuments(storage, inPieces([HEADER, COLLECTION, documentLine('a')].join('\n'), 9))
  expect(report).toMatchObject({ documents: 1, complete: false })
  const again = await importDocuments(storage, inPieces([HEADER, documentLine('a'), END].join('\n'), 9), {
    ifExists: 'fail',
  })
  expect(again).toMatchObject({ documents: 0, failed: 1, complete: true })
  await storage.close()
})

describe('an import whose bytes break off', () => {
  const LINES = [HEADER, COLLECTION, ...Array.from({ length: 37 }, (_, n) => documentLine(`d${n}`))]
  LINES[5] = '{"type":'
  const COMPLETE = 36

  async function* thenThrow(text: string, thrown: unknown): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text)
    throw thrown
  }

  test('stores each line that came whole, says the bad ones, and says how far it got', async () => {
    const storage = await openTemporaryStorage()
    const errors: LineError[] = []
    const bytes = thenThrow(`${LINES.join('\n')}\n${documentLine('half').slice(0, 40)}`, new Error('The disk is gone.'))
    await expect(importDocuments(storage, bytes, { onError: (error) => errors.push(error) })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'The disk is gone. The import broke off after line 39: 36 documents are imported.',
      details: { line: 39, documents: COMPLETE, histories: 0, failed: 1 },
    })
    expect(errors.map(({ line, error }) => [line, error.code])).toEqual([[6, 'IMPORT_INVALID']])
    expect(await storage.records.countDocuments('c')).toBe(COMPLETE)
    await storage.close()
  })

  test('so it does where it is stopped, for the reason it was stopped for', async () => {
    const storage = await openTemporaryStorage()
    const stop = new AbortController()
    async function* stopped(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${LINES.join('\n')}\n`)
      stop.abort(new SemdexError('SERVER_CLOSING', { message: 'Enough.', details: { a: 1 } }))
      yield Buffer.from(`${documentLine('late')}\n`)
    }
    await expect(importDocuments(storage, stopped(), { signal: stop.signal })).rejects.toMatchObject({
      code: 'SERVER_CLOSING',
      message: expect.stringMatching(/^Enough\. .* 36 documents/),
      details: { a: 1, line: 39, documents: COMPLETE },
    })
    expect(await storage.records.countDocuments('c')).toBe(COMPLETE)
    await storage.close()
  })

  test('where the database fails, what it tells of as stored is', async () => {
    const storage = await openTemporaryStorage()
    const transfer = storage.transfer as TransferStore
    let calls = 0
    const failing: TransferStore = {
      ...transfer,
      writeDocuments: (...args) => {
        if (++calls > 1) throw new SemdexError('DISK_FULL', { message: 'Full.' })
        return transfer.writeDocuments(...args)
      },
    }
    const bytes = inPieces(`${LINES.join('\n')}\n${END}\n`, 1_000)
    await expect(importDocuments({ ...storage, transfer: failing }, bytes)).rejects.toMatchObject({
      code: 'DISK_FULL',
      details: { line: 34, documents: 31, failed: 1 },
    })
    expect(await storage.records.countDocuments('c')).toBe(31)
    await storage.close()
  })
})
