import { francAll } from 'franc-min'
import type { Parts } from '../../core/parts.ts'
import type { Output } from './output.ts'

/** Documents looked at, code points of each, and the least to judge by. */
const SAMPLE = { documents: 8, longest: 2_000, shortest: 200 }
/**
 * A text is foreign where even the likeliest of the model's languages scores less than this beside the best, which is 1.
 * Of 3,000 English texts none scored below .96, German, Dutch, French and Spanish prose .69 to .80 as English.
 */
const FOREIGN = 0.9

/** Says so where most of a sample of what was just indexed is in a language that the collection's model was not trained for. */
export async function warnAboutLanguage(
  parts: Parts,
  reports: readonly { root: string; collection: string }[],
  since: number,
  output: Output,
): Promise<void> {
  const { records } = await parts.storage()
  for (const name of new Set(reports.map(({ collection }) => collection))) {
    const collection = await records.collection(name)
    if (!collection?.model) continue
    const { spec } = await parts.models.resolve(collection.model)
    if (spec.languages.length === 0) continue
    const roots = reports.filter((report) => report.collection === name).map(({ root }) => root)
    const texts = await sample(parts, name, roots, since)
    const language = foreignLanguage(texts, spec.languages)
    if (language === null) continue
    output.warn(
      `The documents of ${name} seem to be in ${languageName(language)}, and ${spec.name} was trained for ${spec.languages.map(languageName).join(', ')}: hits by meaning will be poor, those by keyword are not affected.`,
    )
  }
}

async function sample(parts: Parts, collection: string, roots: readonly string[], since: number): Promise<string[]> {
  const { records } = await parts.storage()
  const files = (await Promise.all(roots.map((root) => records.files(collection, root)))).flat()
  const ids = files.flatMap(({ documentId, checkedAt }) =>
    documentId !== null && checkedAt >= since ? [documentId] : [],
  )
  const step = Math.max(1, Math.floor(ids.length / SAMPLE.documents))
  const texts: string[] = []
  for (let at = 0; at < ids.length && texts.length < SAMPLE.documents; at += step) {
    const document = await records.document(collection, ids[at] as string)
    if (document && document.side === 'text') texts.push(document.text)
  }
  return texts
}

/** The language (ISO 639-3) that most of the texts are in and the model was not trained for; null where there is none. */
export function foreignLanguage(texts: readonly string[], languages: readonly string[]): string | null {
  const judged = texts.map(prose).filter((text) => text.length >= SAMPLE.shortest)
  const votes = new Map<string, number>()
  for (const text of judged) {
    const ranking = francAll(text)
    const [best] = ranking[0] ?? ['und']
    const likeliest = Math.max(0, ...ranking.filter(([code]) => languages.includes(code)).map(([, score]) => score))
    if (best !== 'und' && likeliest < FOREIGN) votes.set(best, (votes.get(best) ?? 0) + 1)
  }
  const [winner] = [...votes].sort((a, b) => b[1] - a[1])
  return winner && winner[1] * 2 > judged.length ? winner[0] : null
}

/** The text without code and addresses. */
function prose(text: string): string {
  return text
    .slice(0, SAMPLE.longest * 4)
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, ' ')
    .replace(/`[^`\n]*`|https?:\S+|<[^>\n]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, SAMPLE.longest)
}

function languageName(code: string): string {
  return new Intl.DisplayNames('en', { type: 'language', fallback: 'code' }).of(code) ?? code
}
