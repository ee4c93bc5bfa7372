import { describe, expect, test } from 'vitest'
import { toArtifact, toMetadata } from '../../../src/memory/artifacts/artifact.ts'
import { compose } from '../../../src/memory/artifacts/compose.ts'
import { ARTIFACT_KINDS, artifactKinds, requireKind } from '../../../src/memory/artifacts/kinds.ts'

const ARTIFACT = {
  id: 'a',
  kind: 'pattern',
  title: 'Title',
  description: ' What it does. ',
  tags: ['x', 'y'],
  body: '\n  the body \n',
  payload: { deep: [1, null] },
  metadata: { stars: 5 },
}

describe('what is embedded', () => {
  const embeds = ['description', 'tags', 'body'] as const

  test('is the description, the tags and the body, in this order', () => {
    expect(compose(ARTIFACT, { embeds }).text).toBe('What it does.\n\nx, y\n\n\n  the body \n')
  })

  test.each([
    ['without a description', { ...ARTIFACT, description: '  ' }, 'x, y\n\n\n  the body \n'],
    ['without tags', { ...ARTIFACT, tags: [] }, 'What it does.\n\n\n  the body \n'],
    ['of a body alone', { ...ARTIFACT, title: '', description: '', tags: [] }, '\n  the body \n'],
    ['of a title alone', { ...ARTIFACT, description: '', tags: [], body: '' }, 'Title'],
  ])('%s leaves out what is empty', (_, artifact, text) => {
    expect(compose(artifact, { embeds }).text).toBe(text)
  })

  test('leaves out what the kind does not embed', () => {
    expect(compose(ARTIFACT, { embeds: ['body'] }).text).toBe(ARTIFACT.body)
  })

  test('must be something', () => {
    const nothing = { ...ARTIFACT, title: ' ', description: '', tags: [], body: '\n' }
    expect(() => compose(nothing, { embeds })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })
})

test.each([
  ['whole', ARTIFACT],
  ['of a body alone', { ...ARTIFACT, title: '', description: '', tags: [], payload: {}, metadata: {} }],
  ['of a title alone', { ...ARTIFACT, description: '', tags: [], body: '' }],
  ['with lone surrogates', { ...ARTIFACT, body: '\ud800 \0', tags: ['\udc00'] }],
])('an artifact %s comes back as it was put', (_, artifact) => {
  const { text, bodyAt } = compose(artifact, { embeds: ['description', 'tags', 'body'] })
  const document = {
    ...{ key: 1, id: 'a', collection: 'c', path: null, title: artifact.title || null, format: 'text' as const },
    ...{ contentHash: '', chunkingFingerprint: '', side: 'text' as const, active: true, version: 3 },
    ...{ text, metadata: toMetadata(artifact, { bodyAt }), createdAt: 1, updatedAt: 2 },
  }
  expect(toArtifact(document)).toEqual({
    ...artifact,
    ...{ collection: 'c', side: 'text', version: 3, createdAt: 1, updatedAt: 2 },
  })
  expect(toArtifact({ ...document, metadata: { kind: 'pattern' } })).toBeNull()
})

describe('kinds', () => {
  test('say who reads them', () => {
    expect(Object.entries(ARTIFACT_KINDS).map(([name, { side }]) => [name, side])).toEqual([
      ['document', 'text'],
      ['template', 'text'],
      ['pattern', 'text'],
      ['code_template', 'code'],
      ['code_pattern', 'code'],
    ])
  })

  test('can be configured, and others are unknown', () => {
    const kinds = artifactKinds({ text: ['recipe'], code: ['macro'] })
    expect(requireKind('recipe', kinds).side).toBe('text')
    expect(requireKind('macro', kinds)).toMatchObject({ side: 'code', format: 'code' })
    for (const kind of ['haiku', 'constructor', '']) {
      expect(() => requireKind(kind, kinds)).toThrow(expect.objectContaining({ code: 'KIND_UNKNOWN' }))
    }
  })
})
