import { expect, test } from 'vitest'
import { createOutput } from '../../../src/interfaces/cli/output.ts'
import { type Plans, renderMigrationPlans } from '../../../src/interfaces/cli/render/migrations.ts'
import { renderDropped, renderStatus, renderUpdated } from '../../../src/interfaces/cli/render/tables.ts'

const output = createOutput({ json: false, quiet: false, colours: false })
const counts = { documents: 1, chunks: 1, pending: 1, failed: 0 }
const collection = { name: 'notes', model: 'm', dimensions: 3, layout: 'native', code: null, roots: [], ...counts }

test.each([
  [1, '1 passage of notes waits for its vector (semdex backfill); 1 is tried again'],
  [2, '2 passages of notes wait for their vectors (semdex backfill); 2 are tried again'],
])('status tells that %i waits', (n, said) => {
  const waiting = { collection: 'notes', use: 'serving', waiting: n, retrying: n, nextAt: 0, lastError: null }
  const status = { database: 'x.db', ...counts, collections: [{ ...collection, lastRunAt: null }], waiting: [waiting] }
  expect(renderStatus(status as never, output)).toContain(said)
})

test.each([
  [1, '1 chunk of 1 document, 1 text to embed;'],
  [2, '2 chunks of 2 documents, 2 texts to embed;'],
])('a plan of a move of %i', (n, said) => {
  const model = { model: 'm', dimensions: 3 }
  const numbers = { documents: n, chunks: n, toEmbed: n, longer: null, seconds: 1, basis: null, bytes: 1, freeBytes: 1 }
  const plans = [{ collection: 'notes', side: 'text', from: model, to: model, ...numbers }] as unknown as Plans['plans']
  expect(renderMigrationPlans({ plans }, output)).toContain(said)
})

test('a collection that is changed or dropped', () => {
  const models = { ...collection, code: { model: 'c', dimensions: 3, waiting: 1 } }
  expect(renderUpdated(models as never)).toContain(' 1 chunk of code waits for its vector (semdex backfill).')
  expect(renderDropped({ name: 'notes', documents: 1 })).toBe('Dropped the collection notes with 1 document.\n')
})
