import { join } from 'node:path'
import type { ModelSpec } from '../../core/model-spec.ts'
import type { TokenCounter } from '../../core/ports/embedder.ts'
import { safeText } from '../../core/text.ts'
import { openTokenizer } from './tokenizer.ts'

/**
 * Counts as the model's tokenizer does. Its id is the tokenizer's sha256.
 * @throws {SemdexError} `MODEL_DAMAGED`, naming the file, where the tokenizer is missing or broken.
 */
export async function openTokenCounter({ spec, folder }: { spec: ModelSpec; folder: string }): Promise<TokenCounter> {
  const file = spec.files.find(({ role }) => role === 'tokenizer')
  if (!file) throw new TypeError(`the spec of ${spec.name} lists no tokenizer`)
  const tokenizer = await openTokenizer(join(folder, file.path))
  return { id: file.sha256 ?? file.path, count: (text) => tokenizer.count(safeText(text)) }
}
