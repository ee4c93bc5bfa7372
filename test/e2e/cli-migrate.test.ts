import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asset, describeWithAssets } from '../support/assets.ts'
import { BINARY, build, newUser, type User } from '../support/cli.ts'
import { writeStaticModel } from '../support/static-model.ts'
import { noTerminal, runOnTerminal, type Talk } from '../support/terminal.ts'

beforeAll(build, 180_000)

const NOTES = {
  'notes/bread.md': '# Bread\n\nKnead the dough, let it rise, and bake it in a hot oven.\n',
  'notes/lizard.md': '# Lizards\n\nA lizard drops its tail to escape, and grows a new one.\n',
  'notes/orbit.md': '# Orbits\n\nThe satellite circles the planet once a day.\n',
}

async function topOf(user: User, query: string): Promise<[path: string, similarity: number]> {
  const { hits } = await user.json(['search', query, '-m', 'vector', '--no-index'])
  return [hits[0].path.replace(`${user.folder}/`, ''), hits[0].similarity]
}

describe('semdex migrate', () => {
  let user: User
  let to: string
  beforeAll(async () => {
    user = newUser()
    to = writeStaticModel(`${user.folder}/letters`, { dimensions: 16, seed: 9 })
    user.write(NOTES)
    await user.semdex(['index', 'notes'])
  }, 60_000)
  afterAll(() => user.remove())

  test('--dry-run says what it takes and does nothing', async () => {
    const { status, stdout } = await user.semdex(['migrate', '--to', to, '--dry-run'])
    expect(status).toBe(0)
    expect(stdout).toMatch(
      /^notes all-MiniLM-L6-v2 → .*letters: 3 chunks of 3 documents, 3 texts to embed; about 1 s; .* MB \(.* free\)\n$/,
    )
    expect((await user.semdex(['migrate', '--status'])).stdout).toBe(
      'No migration is under way or can be taken back.\n',
    )
  })

  test('estimates on stderr, moves, and says on stdout what came of it', async () => {
    const { status, stdout, stderr } = await user.semdex(['migrate', '--to', to])
    expect(status).toBe(0)
    expect(stderr).toContain('3 texts to embed')
    expect(stdout).toMatch(
      /3 chunks embedded; 3 queries: overlap@10 1\.00, own document found .*letters answers now\n$/,
    )
    expect((await user.semdex(['migrate', '--status'])).stdout).toContain('switched; ')
    expect((await user.semdex(['migrate', '--to', to])).stdout).toContain('Nothing to move')
  })

  test('goes back, and gives up what is kept', async () => {
    expect((await user.semdex(['migrate', '--rollback'])).stdout).toContain('all-MiniLM-L6-v2 answers again')
    const refused = await user.semdex(['migrate', '--remove-old'])
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain('semdex migrate --abandon --collection notes')
    const abandoned = await user.json(['migrate', '--abandon'])
    expect(abandoned).toEqual({ collection: 'notes', side: 'text', removed: to, serving: 'all-MiniLM-L6-v2' })
  })

  test.each([
    [['migrate'], 2, 'Say where to'],
    [['migrate', '--to', 'x', '--rollback'], 2, 'exclude each other'],
    [['migrate', '--to', 'none'], 2, 'none'],
    [['migrate', '--to', 'bge-small-en-v1.5', '-y'], 5, 'semdex models pull bge-small-en-v1.5'],
    [['migrate', '--rollback'], 2, 'There is no migration'],
  ])('%j ends with %i', async (args, status, message) => {
    const ended = await user.semdex(args)
    expect(ended.status).toBe(status)
    expect(ended.stderr).toContain(message)
  })
})

describe.skipIf(noTerminal)(`on a terminal it asks before it begins${noTerminal}`, () => {
  const user = newUser({ TERM: 'xterm-256color' })
  let to: string
  beforeAll(async () => {
    to = writeStaticModel(`${user.folder}/letters`, { dimensions: 16, seed: 9 })
    user.write(NOTES)
    await user.semdex(['index', 'notes'])
  }, 60_000)
  afterAll(() => user.remove())

  const migrate = (flags: readonly string[], talk: Talk = []) =>
    runOnTerminal([process.execPath, BINARY, 'migrate', '--to', to, ...flags], {
      cwd: user.folder,
      env: user.env,
      talk,
    })
  const migrations = async () => (await user.json(['migrate', '--status'])).migrations

  test.each([
    ['n', 'n\r', 0],
    ['nothing', '\r', 0],
    ['another word', 'yet\r', 0],
    ['Ctrl-D', '\u0004', 0],
    ['Ctrl-C', '\u0003', 130],
  ])('%s: nothing is moved', async (_, typed, code) => {
    const { status, screen } = migrate([], [['Go on? [y/N]', typed]])
    expect(status).toBe(code)
    expect(screen.indexOf('3 texts to embed')).toBeGreaterThan(-1)
    expect(screen.indexOf('Go on?')).toBeGreaterThan(screen.indexOf('3 texts to embed'))
    expect(screen).not.toContain('answers now')
    expect(await migrations()).toEqual([])
  })

  test('--dry-run does not ask', () => {
    expect(migrate(['--dry-run'])).toMatchObject({ status: 0, screen: expect.not.stringContaining('Go on?') })
  })

  test.each(['--yes', '--quiet', '--json'])('%s moves without a question', async (flag) => {
    expect(migrate([flag])).toMatchObject({ status: 0, screen: expect.not.stringContaining('Go on?') })
    expect(await migrations()).toMatchObject([{ collection: 'notes' }])
    await user.semdex(['migrate', '--rollback'])
    await user.semdex(['migrate', '--abandon'])
    expect(await migrations()).toEqual([])
  })

  test('y: it moves', async () => {
    const { status, screen } = migrate([], [['Go on? [y/N]', 'y\r']])
    expect(status).toBe(0)
    expect(screen).toContain('3 chunks embedded')
    expect(await migrations()).toMatchObject([{ collection: 'notes' }])
  })
})

describeWithAssets('other widths', ['fixtures/tiny-jina-task', 'fixtures/tiny-qodo-last'], () => {
  test.each(['native', 'padded'])(
    'from 1,024 to 1,536 dimensions and back, %s',
    async (layout) => {
      const [small, wide] = [asset('fixtures/tiny-jina-task'), asset('fixtures/tiny-qodo-last')]
      const user = newUser({ SEMDEX_MODEL: small })
      user.write(NOTES)
      await user.semdex(['collections', 'create', 'notes', '--layout', layout])
      expect((await user.semdex(['index', 'notes', '-c', 'notes'])).status).toBe(0)
      const before = await topOf(user, 'Bread')
      const { migrations } = await user.json(['migrate', '--to', wide, '-y'])
      expect(migrations).toMatchObject([{ ok: true, from: { dimensions: 1024 }, to: { dimensions: 1536 }, filled: 3 }])
      expect((await topOf(user, 'Bread'))[1]).not.toBe(before[1])
      expect(await user.json(['migrate', '--rollback'])).toMatchObject({ serving: 'old' })
      expect(await topOf(user, 'Bread')).toEqual([before[0], expect.closeTo(before[1], 5)])
      user.remove()
    },
    60_000,
  )
})

describeWithAssets('real models', ['models/bge-small-en-v1.5', 'models/e5-small-v2'], () => {
  test('from all-MiniLM-L6-v2 to bge-small-en-v1.5, then on to e5-small-v2', async () => {
    const user = newUser()
    user.write(NOTES)
    expect((await user.semdex(['index', 'notes'])).status).toBe(0)
    for (const name of ['bge-small-en-v1.5', 'e5-small-v2']) {
      await user.semdex(['models', 'add', asset(`models/${name}`)])
      const { migrations } = await user.json(['migrate', '--to', name, '-y', '--min-overlap', '0.9'])
      expect(migrations).toMatchObject([
        { ok: true, to: { model: name }, comparison: { 'found@10': { old: 1, new: 1 } } },
      ])
      expect((await topOf(user, 'how does a reptile get away'))[0]).toBe('notes/lizard.md')
      expect(await user.json(['migrate', '--remove-old'])).toMatchObject({ serving: name })
    }
    const { collections } = await user.json(['status'])
    expect(collections).toMatchObject([{ name: 'notes', model: 'e5-small-v2', vectors: 3, pending: 0 }])
    user.remove()
  }, 120_000)
})
