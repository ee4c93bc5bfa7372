import { readFileSync, renameSync, rmSync, unlinkSync, utimesSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FileRecord, RecordStore } from '../../src/core/ports/record-store.ts'
import type { Side } from '../../src/core/sides.ts'
import { indexFolder } from '../../src/ingestion/index-folder.ts'
import { moveCandidates, planSync, settleMoves } from '../../src/ingestion/plan-sync.ts'
import type { FoundFile } from '../../src/ingestion/walk.ts'
import {
  DIMENSIONS,
  FINGERPRINT,
  hashVector,
  openTestRecords,
  putFiles,
  temporaryFolder,
  testParts,
} from '../support/ingestion.ts'

const COLLECTION = 'docs'
const name = fc.constantFrom('a.md', 'b.md', 'c.txt', 'd/a.md', 'd/e/f.ts', 'z.txt')
const content = fc.constantFrom(
  '# One\n\ntext',
  '# Two\n\ntext',
  'same size 1',
  'same size 2',
  '',
  'NUL\0',
  'x\n\n# y\n',
)
const edit = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), name, content }),
  fc.record({ kind: fc.constant('remove' as const), name }),
  fc.record({ kind: fc.constant('move' as const), name, to: name }),
  fc.record({ kind: fc.constant('touch' as const), name, seconds: fc.integer({ min: 1, max: 1_800_000_000 }) }),
  fc.constant({ kind: 'run' as const }),
  fc.constant({ kind: 'lose the model' as const }),
  fc.constant({ kind: 'find the model' as const }),
)

describe('after any edits', () => {
  test('a run leaves exactly what is there, each chunk with the vector of its text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 14 }), async (edits) => {
        const base = temporaryFolder()
        const root = `${base}/files`
        const records = await openTestRecords(`${base}/test.db`)
        try {
          putFiles(root, { 'kept.md': '# Kept' })
          await records.createCollection({
            name: COLLECTION,
            model: 'm',
            fingerprint: FINGERPRINT,
            dimensions: DIMENSIONS,
          })
          const parts = testParts(records)
          const model = new Map([['kept.md', '# Kept']])
          let hasModel = true
          const embedding = parts.embedding
          const run = () =>
            indexFolder(root, { ...parts, embedding: hasModel ? embedding : null }, { collection: COLLECTION })
          for (const step of edits) {
            if (step.kind === 'run') await run()
            else if (step.kind === 'lose the model') hasModel = false
            else if (step.kind === 'find the model') hasModel = true
            else change(root, model, step)
          }
          hasModel = true
          await run()
          await expectStored(records, root, model)
        } finally {
          await records.close()
          rmSync(base, { recursive: true, force: true })
        }
      }),
      { numRuns: 60 },
    )
  })
})

type Change = Exclude<
  Parameters<Parameters<typeof edit.map>[0]>[0],
  { kind: 'run' | 'lose the model' | 'find the model' }
>

let touches = 0

function change(root: string, model: Map<string, string>, step: Change): void {
  const text = model.get(step.name)
  if (step.kind === 'write') {
    putFiles(root, { [step.name]: step.content })
    model.set(step.name, step.content)
  } else if (text === undefined) return
  else if (step.kind === 'touch') {
    // Never the same time twice: an edit that keeps size, time and inode is not meant to be seen.
    const time = step.seconds + ++touches / 1_000
    utimesSync(`${root}/${step.name}`, time, time)
  } else if (step.kind === 'remove') {
    unlinkSync(`${root}/${step.name}`)
    model.delete(step.name)
  } else {
    putFiles(root, { [step.to]: model.get(step.to) ?? '' })
    renameSync(`${root}/${step.name}`, `${root}/${step.to}`)
    model.delete(step.name)
    model.set(step.to, text)
  }
}

async function expectStored(records: RecordStore, root: string, model: ReadonlyMap<string, string>): Promise<void> {
  const texts = [...model].filter(([, text]) => !text.includes('\0'))
  const documents = await records.documents(COLLECTION, { limit: 100 })
  const stored = documents.map((document) => [document.id.slice(root.length + 1), document.text])
  expect(stored.sort()).toEqual(texts.sort())
  for (const { id, path, text, title } of documents) {
    expect(path).toBe(id)
    expect(readFileSync(id, 'utf8')).toBe(text)
    const isHeaded = /^# (One|Two|Kept|y)/m.exec(text)
    expect(title).toBe(id.endsWith('.md') && isHeaded ? isHeaded[1] : id.slice(id.lastIndexOf('/') + 1))
    const chunks = await records.chunksOfDocument(COLLECTION, id)
    expect(chunks.length > 0).toBe(text.trim() !== '')
    const vectors = await records.vectors(
      chunks.map(({ key }) => key),
      FINGERPRINT,
    )
    for (const { key, text: chunk } of chunks) {
      const candidates = [`${title}\n${chunk}`, chunk].map((candidate) => hashVector(candidate).join())
      expect(candidates).toContain(vectors.get(key)?.join())
    }
  }
}

describe('the plan', () => {
  const file = fc.record({
    path: fc.constantFrom('/r/a', '/r/b', '/r/c/d', '/r/c/e', '/r/f'),
    size: fc.constantFrom(1, 2),
    modifiedAt: fc.constantFrom(1_000, 50_000, 99_000),
    inode: fc.constantFrom(1, 2, 3),
  })
  const record: fc.Arbitrary<FileRecord> = fc
    .record({
      stamp: file,
      checkedAt: fc.constantFrom(50_000, 100_000),
      contentHash: fc.constantFrom('h1', 'h2'),
      chunkingFingerprint: fc.constantFrom('now', 'now, of code', 'before'),
      side: fc.constantFrom<Side>('text', 'code'),
      pending: fc.constantFrom(0, 0, 3),
      error: fc.constantFrom(null, null, { code: 'INTERNAL', message: '' }),
      hasDocument: fc.boolean(),
    })
    .map(({ stamp, hasDocument, contentHash, chunkingFingerprint, side, pending, ...rest }) => ({
      ...stamp,
      ...rest,
      documentId: hasDocument ? stamp.path : null,
      contentHash: hasDocument ? contentHash : null,
      chunkingFingerprint: hasDocument ? chunkingFingerprint : null,
      side: hasDocument ? side : null,
      pending: hasDocument ? pending : 0,
    }))
  const NOW = { text: 'now', code: 'now, of code' }
  const byPath = { selector: ({ path }: { path: string }) => path }
  const inputs = [
    fc.uniqueArray(file, byPath),
    fc.uniqueArray(record, byPath),
    fc.boolean(),
    fc.subarray(['/r/c']),
  ] as const

  test('puts every file and every record in one place, by the rules', () => {
    fc.assert(
      fc.property(...inputs, (found, records, embeds, unreadable) => {
        const plan = planSync(found, records, { chunkingFingerprints: NOW, embeds, unreadable })
        const placed = [
          ...[...plan.added, ...plan.unchanged].map(({ path }) => path),
          ...[...plan.suspect, ...plan.stale, ...plan.failedBefore].map((item) => item.file.path),
        ]
        expect(placed.sort()).toEqual(found.map(({ path }) => path).sort())
        for (const one of found)
          expect(placeOf(plan, one)).toBe(
            expected(
              one,
              records.find(({ path }) => path === one.path),
              embeds,
            ),
          )
        const missing = records.filter(
          ({ path }) => !found.some((one) => one.path === path) && !(unreadable.length > 0 && path.startsWith('/r/c/')),
        )
        expect([...plan.gone, ...plan.forgotten].map(({ path }) => path).sort()).toEqual(
          missing.map(({ path }) => path).sort(),
        )
      }),
    )
  })

  test('moves a file at most once, and only to the same content', () => {
    fc.assert(
      fc.property(
        ...inputs,
        fc.func(fc.constantFrom('h1', 'h2', 'h3')),
        (found, records, embeds, unreadable, hashOf) => {
          const plan = planSync(found, records, { chunkingFingerprints: NOW, embeds, unreadable })
          const hashes = new Map(moveCandidates(plan).map(({ path }) => [path, hashOf(path)]))
          const settled = settleMoves(plan, hashes)
          for (const { from, to } of settled.moves) expect(from.contentHash).toBe(hashes.get(to.path))
          const froms = settled.moves.map(({ from }) => from.path)
          expect([...froms, ...settled.gone.map(({ path }) => path)].sort()).toEqual(
            plan.gone.map(({ path }) => path).sort(),
          )
          const tos = settled.moves.map(({ to }) => to.path)
          expect([...tos, ...settled.added.map(({ path }) => path)].sort()).toEqual(
            plan.added.map(({ path }) => path).sort(),
          )
          const left = settled.gone.map(({ contentHash }) => contentHash)
          for (const { path } of settled.added) expect(left).not.toContain(hashes.get(path) ?? 'none')
        },
      ),
    )
  })

  function placeOf(plan: ReturnType<typeof planSync>, one: FoundFile): string {
    if (plan.added.includes(one)) return 'added'
    if (plan.unchanged.includes(one)) return 'unchanged'
    if (plan.suspect.some(({ file: other }) => other === one)) return 'suspect'
    return plan.stale.some(({ file: other }) => other === one) ? 'stale' : 'failedBefore'
  }

  function expected(one: FoundFile, known: FileRecord | undefined, embeds: boolean): string {
    if (!known) return 'added'
    if (known.error) return 'failedBefore'
    const isSame = one.size === known.size && one.modifiedAt === known.modifiedAt && one.inode === known.inode
    if (!isSame || one.modifiedAt + 2_000 >= known.checkedAt) return 'suspect'
    if (known.documentId === null) return 'unchanged'
    const now = known.side === 'code' ? 'now, of code' : 'now'
    return known.chunkingFingerprint !== now || (embeds && known.pending > 0) ? 'stale' : 'unchanged'
  }
})
