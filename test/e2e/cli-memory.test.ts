import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'

const MINUTE = 60_000

let user: User
beforeAll(build, 3 * MINUTE)
beforeEach(() => {
  user = newUser()
})
afterEach(() => user.remove())

const error = (stderr: string) => JSON.parse(stderr.trim().split('\n').at(-1) as string)

describe('the memory of a user', { timeout: 3 * MINUTE }, () => {
  test('is captured, recalled, changed, superseded and forgotten', async () => {
    const text = 'We deploy on Tuesdays, after the standup.'
    const flags = ['--kind', 'decision', '--source', 'standup', '--tag', 'ops', '--tag', 'team', '--confidence', '0.9']
    const captured = await user.json(['memory', 'capture', text, ...flags])
    expect(captured).toMatchObject({ kind: 'decision', source: 'standup', tags: ['ops', 'team'], confidence: 0.9 })
    const { id } = captured
    const other = await user.json(['memory', 'capture', 'Rye bread keeps for a week.', '--id', 'bread'])
    expect(other).toMatchObject({ id: 'bread', kind: 'note', embedded: 1 })

    const query = 'on which day do we ship'
    const { records } = await user.json(['memory', 'recall', query, '--explain'])
    expect(records.map((record: { id: string }) => record.id)).toEqual([id, 'bread'])
    const [best] = records
    const { parts } = best.explanation
    expect(best).toMatchObject({ rank: 1, text })
    expect(parts).toMatchObject({ semantic: best.similarity, confidence: 0.9, kindBonus: 0.1, semanticBy: 'cosine' })
    expect(best.score).toBeCloseTo(0.6 * best.similarity + 0.2 * 0.9 + 0.1 / (1 + parts.ageDays) + 0.1, 9)

    expect(await user.json(['memory', 'update', id, '--confidence', '1'])).toMatchObject({ version: 2, embedded: 0 })
    const next = await user.json([
      'memory',
      'capture',
      'We deploy on Mondays.',
      '--kind',
      'decision',
      '--supersedes',
      id,
    ])
    expect(next).toMatchObject({ supersedes: [id] })
    const again = await user.json(['memory', 'recall', query, '--kind', 'decision'])
    expect(again.records.map((record: { id: string }) => record.id)).toEqual([next.id])

    const cycle = await user.semdex(['memory', 'update', id, '--supersedes', next.id, '--json'])
    expect([cycle.status, error(cycle.stderr)]).toMatchObject([2, { error: { code: 'SUPERSEDE_CYCLE' } }])
    const { revisions } = await user.json(['memory', 'history', id])
    expect(revisions.map(({ change }: { change: string }) => change)).toEqual(['captured', 'updated', 'superseded'])

    expect(await user.json(['memory', 'forget', id])).toEqual({ id, collection: 'memory', forgotten: true })
    const gone = await user.json(['memory', 'history', id])
    expect(gone.revisions.at(-1)).toMatchObject({ change: 'forgotten', text: null })
    expect(JSON.stringify(gone)).not.toContain('Tuesdays')
    const listed = await user.json(['memory', 'list', '--status', 'any'])
    expect(listed.records.map((record: { id: string }) => record.id)).toEqual(['bread', next.id])
    const missing = await user.semdex(['memory', 'forget', id, '--json'])
    expect([missing.status, error(missing.stderr)]).toMatchObject([2, { error: { code: 'MEMORY_NOT_FOUND' } }])
  })

  test('is said to people in words', async () => {
    const first = await user.semdex(['memory', 'capture', 'The tide follows the moon.', '--id', 'tide', '--tag', 'sea'])
    expect(first.stdout).toBe('Captured tide.\n')
    const second = await user.semdex(['memory', 'capture', 'the tide follows the MOON', '--id', 'again'])
    expect(second.stdout).toMatch(/^Captured again\.\nSays nearly the same as:\n {2}tide +the same text\n$/)
    const merged = await user.semdex(['memory', 'capture', 'The tide follows the moon!', '--merge', '--tag', 'night'])
    expect(merged.stdout).toBe('Merged into tide.\n')
    const { stdout } = await user.semdex(['memory', 'recall', 'moon', '--tag', 'night', '--explain'])
    expect(stdout).toMatch(
      /^tide {2}note\n {2}similarity 0\.\d+ · score 0\.\d+ · confidence 0\.50 · .* · #sea · #night\n/,
    )
    expect(stdout).toContain('score = semanticWeight·semantic')
    expect((await user.semdex(['memory', 'update', 'again', '--status', 'archived'])).stdout).toContain('version 2')
    const list = (await user.semdex(['memory', 'list', '--status', 'archived'])).stdout
    expect(list).toMatch(/again +note +archived +0\.50 .* the tide follows the MOON\n$/)
    expect((await user.semdex(['memory', 'forget', 'again'])).stdout).toBe('Forgot again.\n')
    expect((await user.semdex(['memory', 'history', 'again'])).stdout).toMatch(/3 {2}forgotten .*\(forgotten\)\n$/)
    expect((await user.semdex(['memory', 'recall', 'moon', '--kind', 'none'])).stdout).toBe('Nothing was recalled.\n')
  })

  test('works without a model, and embeds later what was not waited for', async () => {
    const off = { env: { SEMDEX_EMBEDDINGS: 'off' } }
    const captured = await user.json(['memory', 'capture', 'We deploy on Tuesdays.', '--id', 'a'], off)
    expect(captured).toMatchObject({ pending: 1, compared: 'text', degraded: { code: 'EMBEDDING_UNAVAILABLE' } })
    const byWord = await user.json(['memory', 'recall', 'when do we deploy'], off)
    expect(byWord).toMatchObject({ records: [{ id: 'a', similarity: null }], degraded: { code: expect.any(String) } })
    await user.json(['memory', 'capture', 'Rye bread keeps for a week.', '--id', 'b', '--no-wait'])
    expect(await user.json(['backfill'])).toMatchObject({ filled: 2 })
    expect(await user.json(['memory', 'recall', 'how long does a loaf last'])).toMatchObject({
      ...{ degraded: null, records: [{ id: 'b', similarity: expect.any(Number) }, { id: 'a' }] },
    })
  })

  test('takes only kinds that are configured, where some are', async () => {
    user.write({ 'semdex.json': JSON.stringify({ memory: { kinds: ['rule'], bonus: { rule: 0.5 } } }) })
    const config = ['--config', 'semdex.json', '--json']
    const refused = await user.semdex(['memory', 'capture', 'x', '--kind', 'note', ...config])
    expect([refused.status, error(refused.stderr)]).toMatchObject([
      2,
      { error: { code: 'KIND_UNKNOWN', details: { known: ['rule'] } } },
    ])
    await user.json(['memory', 'capture', 'Tests come first.', '--kind', 'rule', ...config])
    const { records } = await user.json(['memory', 'recall', 'tests', '--explain', ...config])
    expect(records[0].explanation.parts.kindBonus).toBe(0.5)
    const wrong = await user.semdex(['memory', 'recall', 'x', '--json'], {
      env: { SEMDEX_MEMORY_WEIGHTS: 'semantic=7' },
    })
    expect(error(wrong.stderr)).toMatchObject({ error: { code: 'CONFIGURATION_INVALID' } })
  })
})
