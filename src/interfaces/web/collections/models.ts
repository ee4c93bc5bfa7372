import type { CollectionStatus } from '../answers.ts'
import { count } from '../parts/format.ts'

/** What embeds a collection, each model with its name for people: one for all of it, or one for text and one for code. */
export function modelFacts({ model, dimensions, code }: CollectionStatus): [name: string, value: string][] {
  const own = describe(model, dimensions)
  if (!code) return [['Model', own]]
  const waiting = code.waiting > 0 ? `; ${count(code.waiting, 'chunk waits', 'chunks wait')} for it` : ''
  return [
    ['Text model', own],
    ['Code model', `${describe(code.model, code.dimensions)}${waiting}`],
  ]
}

function describe(model: string | null, dimensions: number): string {
  return model === null ? 'vectors of its own' : `${model}, ${dimensions} dimensions`
}
