import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import { splitLocation } from '../../src/interfaces/cli/commands/get.ts'
import { filterFrom } from '../../src/interfaces/cli/filter-flags.ts'
import { foreignLanguage } from '../../src/interfaces/cli/language.ts'
import { parseCommand } from '../../src/interfaces/cli/parse.ts'
import { didYouMean } from '../../src/interfaces/cli/suggest.ts'
import { VERBS } from '../../src/interfaces/cli/verbs.ts'

test.each([
  ['docs/a.md', 'docs/a.md', undefined],
  ['docs/a.md:12', 'docs/a.md', [12, 12]],
  ['docs/a.md:12-30', 'docs/a.md', [12, 30]],
  ['C:\\notes\\a.md', 'C:\\notes\\a.md', undefined],
  ['C:\\notes\\a.md:3-5', 'C:\\notes\\a.md', [3, 5]],
  ['D:/a b.md:7', 'D:/a b.md', [7, 7]],
  ['a:1:2-3', 'a:1', [2, 3]],
  ['a.md:x', 'a.md:x', undefined],
])('the place %s', (place, path, lines) => {
  expect(splitLocation(place)).toEqual(lines ? { path, lines } : { path })
})

test.each([
  ['lang=en', { lang: { $eq: 'en' } }],
  ['year>=2019', { year: { $gte: 2019 } }],
  ['year<2019.5', { year: { $lt: 2019.5 } }],
  ['author.name = Ada Lovelace', { 'author.name': { $eq: 'Ada Lovelace' } }],
  ['draft!=true', { draft: { $ne: true } }],
  ['gone=null', { gone: { $eq: null } }],
  ['version="2"', { version: { $eq: '2' } }],
  ['zip=02134', { zip: { $eq: '02134' } }],
  ['url=a=b', { url: { $eq: 'a=b' } }],
  ['empty=', { empty: { $eq: '' } }],
  ['{"tags": {"$in": ["a", "b"]}}', { tags: { $in: ['a', 'b'] } }],
])('the filter %s', (written, meant) => {
  expect(filterFrom([written], [])).toEqual({ $and: [meant] })
})

test.each([
  ['*.md', '**/*.md'],
  ['docs/**', '**/docs/**'],
  ['**/*.ts', '**/*.ts'],
  ['/abs/*.md', '/abs/*.md'],
  ['c:\\notes\\*.md', 'C:/notes/*.md'],
])('the glob %s', (written, meant) => {
  expect(filterFrom([], [written])).toEqual({ $and: [{ $or: [{ $path: { $glob: meant } }] }] })
})

describe('the command line', () => {
  const parse = (...argv: string[]) => parseCommand(argv, VERBS)

  test('takes flags anywhere, short ones together, and everything after -- as it is', async () => {
    const parsed = await parse('--json', 'search', '-qn5', 'a', '--mode=vector', 'b', '--', '--limit', '-x')
    expect(parsed.verb?.name).toBe('search')
    expect(parsed.positionals).toEqual(['a', 'b', '--limit', '-x'])
    expect(parsed.flags).toEqual({ json: true, quiet: true, limit: 5, mode: 'vector' })
  })

  test('reads negative numbers, sizes and repeated flags', async () => {
    const { flags } = await parse(
      'search',
      'x',
      '--min-similarity',
      '-0.25',
      '--max-file-size',
      '1.5M',
      '-f',
      'a=1',
      '-f',
      'b=2',
    )
    expect(flags).toEqual({ 'min-similarity': -0.25, 'max-file-size': 1_500_000, filter: ['a=1', 'b=2'] })
  })

  test('does not take the next flag for a value', async () => {
    await expect(parse('search', 'x', '--limit', '--json')).rejects.toThrow(/--limit needs a value/)
    await expect(parse('search', 'x', '--collection', '-q')).rejects.toThrow(SemdexError)
  })

  test('knows verbs of two words', async () => {
    expect((await parse('collections', 'create', 'x')).verb?.name).toBe('collections create')
    expect((await parse('collections', 'list')).verb?.name).toBe('collections')
    expect((await parse('models')).verb?.name).toBe('models')
  })
})

test('suggests what is near, and nothing else', () => {
  const known = ['--limit', '--mode', '--min-similarity', '--json']
  expect(didYouMean('--limti', known)).toBe('did you mean --limit?')
  expect(didYouMean('--lmit', known)).toBe('did you mean --limit?')
  expect(didYouMean('--min-sim', known)).toBe('did you mean --min-similarity?')
  expect(didYouMean('--frobnicate', known)).toBeNull()
})

const PROSE = {
  eng: 'The dough is kneaded first and then has to rest overnight in a warm place, so that the yeast has enough time to work. In the morning the oven is heated, a round loaf is formed and its surface is cut with a sharp knife.',
  deu: 'Der Teig wird zuerst geknetet und muss danach über Nacht an einem warmen Ort ruhen, damit die Hefe genug Zeit hat. Am nächsten Morgen heizt man den Ofen vor, formt einen runden Laib und schneidet die Oberfläche ein.',
  fra: "Le pain est pétri puis laissé au repos pendant toute la nuit dans un endroit tiède afin que la levure ait le temps d'agir. Le lendemain matin, on préchauffe le four, on forme une boule et on incise la surface.",
  rus: 'Сначала тесто замешивают, а затем оставляют на ночь в тёплом месте, чтобы у дрожжей было достаточно времени. На следующее утро разогревают духовку, формируют круглый хлеб и надрезают поверхность острым ножом.',
}

test('a language is foreign where most texts clearly are in it', () => {
  expect(foreignLanguage([PROSE.eng], ['eng'])).toBeNull()
  for (const language of ['deu', 'fra', 'rus'] as const) {
    expect(foreignLanguage([PROSE[language]], ['eng'])).toBe(language)
    expect(foreignLanguage([PROSE[language]], ['eng', language])).toBeNull()
  }
  expect(foreignLanguage([PROSE.eng, PROSE.deu], ['eng'])).toBeNull()
  expect(foreignLanguage([PROSE.eng, PROSE.deu, PROSE.deu], ['eng'])).toBe('deu')
  expect(foreignLanguage(['Zu kurz.', `\`\`\`\n${PROSE.deu}\n\`\`\``], ['eng'])).toBeNull()
  expect(foreignLanguage([], ['eng'])).toBeNull()
})
