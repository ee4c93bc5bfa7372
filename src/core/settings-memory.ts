import type { Setting } from './setting.ts'

/** What memory takes, and how it ranks what it recalls. */
export const MEMORY_SETTINGS: readonly Setting[] = [
  {
    key: 'memoryKinds',
    name: 'memory.kinds',
    variable: 'SEMDEX_MEMORY_KINDS',
    kind: 'list',
    summary: 'The kinds that memory records may have; empty: any.',
    initial: () => [],
  },
  {
    key: 'memoryWeights',
    name: 'memory.weights',
    variable: 'SEMDEX_MEMORY_WEIGHTS',
    kind: 'numbers',
    names: ['semantic', 'confidence', 'recency'],
    minimum: 0,
    maximum: 1,
    summary: 'What each part of a score counts when memory is recalled; a part that is not named keeps its own.',
    initial: () => ({ semantic: 0.6, confidence: 0.2, recency: 0.1 }),
  },
  {
    key: 'memoryBonus',
    name: 'memory.bonus',
    variable: 'SEMDEX_MEMORY_BONUS',
    kind: 'numbers',
    minimum: -1,
    maximum: 1,
    summary: 'What records of a kind get on top when memory is recalled; kinds that are not named get nothing.',
    initial: () => ({ decision: 0.1, preference: 0.1, lesson: 0.05, pattern: 0.05 }),
  },
  {
    key: 'memoryDuplicates',
    name: 'memory.duplicates',
    variable: 'SEMDEX_MEMORY_DUPLICATES',
    kind: 'number',
    minimum: 0,
    maximum: 1,
    summary: 'The least cosine at which a captured text is reported as nearly that of another record.',
    initial: () => 0.92,
  },
]
