import { readFileSync } from 'node:fs'
import type { EmbeddingKind } from '../../src/core/model-spec.ts'
import { asset } from './assets.ts'
import { rowsOf } from './embedding.ts'

/** The golden.json of a fixture: how its model is run, and what it answers. */
export interface Golden {
  tolerance: number
  spec: {
    dimensions: number
    maxTokens: number
    pooling: string
    prompts: Record<string, string>
    appendEos: { id: number } | null
    tasks?: Record<string, number>
    matryoshkaDimensions?: number[]
  }
  cases: GoldenCase[]
  matryoshka?: { case: number; dimensions: number; embedding: number[] }[]
}

export interface GoldenCase {
  name: string
  text: string
  kind: EmbeddingKind
  task?: string
  /** After prompt, truncation and special tokens. */
  ids: number[]
  /** Null where the model gives NaN. */
  norm: number | null
}

/** With the whole vector of each case. */
export function readGolden(folder: string): Golden & { rows: Float32Array[] } {
  const golden = JSON.parse(readFileSync(asset(`${folder}/golden.json`), 'utf8')) as Golden
  return { ...golden, rows: rowsOf(readFileSync(asset(`${folder}/golden.f32le`)), golden.spec.dimensions) }
}
