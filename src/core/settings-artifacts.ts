import type { Setting } from './setting.ts'

/** The kinds of artifacts beside those that everybody has. */
export const ARTIFACT_SETTINGS: readonly Setting[] = [
  {
    key: 'artifactTextKinds',
    name: 'artifacts.textKinds',
    variable: 'SEMDEX_ARTIFACT_TEXT_KINDS',
    kind: 'list',
    summary: 'Kinds of artifacts of your own that the text side of their collection reads.',
    initial: () => [],
  },
  {
    key: 'artifactCodeKinds',
    name: 'artifacts.codeKinds',
    variable: 'SEMDEX_ARTIFACT_CODE_KINDS',
    kind: 'list',
    summary: 'Kinds of artifacts of your own that the code side of their collection reads.',
    initial: () => [],
  },
]
