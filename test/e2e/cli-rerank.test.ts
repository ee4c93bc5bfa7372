import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build, newUser, type User } from '../support/cli.ts'
import { writeReranker } from '../support/reranker-folder.ts'

/** Its logit is the sum of its words' numbers, those of the passage three times. */
const WORDS = { light: 1, sun: 2, rain: -1, poison: Number.NaN }

let user: User
beforeAll(async () => {
  await build()
  user = newUser()
  writeReranker(join(user.folder, 'ranker'), { form: 'bert', words: WORDS })
}, 180_000)
afterAll(() => user.remove())

const rerank = (...args: string[]) => ['rerank', '--model', './ranker', 'what do plants eat', ...args]

describe('semdex rerank', () => {
  test('shows the passages best first, one a line', async () => {
    const { status, stdout, stderr } = await user.semdex(
      rerank('rain', `light\nand\tsun ${'light '.repeat(40)}`, 'sun'),
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(4)
    expect(lines.map((line) => line.split(/\s+/).filter(Boolean)[1])).toEqual(['passage', '1', '2', '0'])
    expect(lines[1]).toMatch(/light and sun light .*… \(cut\)$/)
    expect(lines[2]).toMatch(/^0\.9975 +2 +sun$/)
  })

  test('--json holds score, logit and place, at most as many as asked for', async () => {
    const answer = await user.json(rerank('rain', 'sun', 'light', '--limit', '2'))
    expect(answer.results.map(({ index, logit }: { index: number; logit: number }) => [index, logit])).toEqual([
      [1, 6],
      [2, 3],
    ])
    expect(answer.results[0].score).toBeCloseTo(1 / (1 + Math.exp(-6)), 6)
    expect(answer.failed).toEqual([])
    expect(answer.model).toMatch(/ranker$/)
  })

  test('passages come from files, and from stdin with their ids', async () => {
    user.write({ 'a.txt': 'rain\nrain', 'b.txt': 'sun' })
    const files = await user.json(rerank('--file', 'a.txt', '--file', 'b.txt'))
    expect(files.results.map(({ index, logit }: { index: number; logit: number }) => [index, logit])).toEqual([
      [1, 6],
      [0, -6],
    ])
    const stdin = '{"id": "r", "text": "rain"}\n{"id": "s", "text": "sun"}\n'
    const lines = await user.json(rerank(), { stdin })
    expect(lines.results.map(({ id }: { id: string }) => id)).toEqual(['s', 'r'])
  })

  test('what fails is told, costs the others nothing, and shows in the exit code', async () => {
    const stdin = '{"id": "p", "text": "poison"}\n{"no": "text"}\n{"id": "e", "text": ""}\n{"id": "s", "text": "sun"}\n'
    const { status, stdout } = await user.semdex(['--json', ...rerank()], { stdin })
    const answer = JSON.parse(stdout)
    expect(answer.results).toMatchObject([{ index: 3, id: 's', logit: 6 }])
    expect(answer.failed).toMatchObject([
      { index: 0, id: 'p', error: { code: 'NAN_EMBEDDING' } },
      { index: 1, error: { code: 'INVALID_INPUT' } },
      { index: 2, id: 'e', error: { code: 'EMPTY_EMBEDDING' } },
    ])
    const shown = await user.semdex(rerank('poison', 'sun'))
    expect(shown.status).toBe(status)
    expect(status).not.toBe(0)
    expect(shown.stderr).toContain('Passage 0: The model gives a number that is not finite')
    expect(shown.stdout).toMatch(/0\.9975 +1 +sun/)
  })

  test('without a model it says how to get one', async () => {
    const { status, stdout, stderr } = await user.semdex(['rerank', 'a question', 'a passage'])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain('semdex models pull ms-marco-MiniLM-L-6-v2')
  })

  test('a model that embeds is refused', async () => {
    const { status, stderr } = await user.semdex(['rerank', 'a question', 'a passage', '--model', 'all-MiniLM-L6-v2'])
    expect(status).not.toBe(0)
    expect(stderr).toContain('ranks passages')
  })
})
