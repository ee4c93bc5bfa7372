import type { Hit } from '../answers.ts'
import { explain } from './explain.ts'

/** The score as a bar of two inks: what meaning adds, and what words add. */
export function ScoreBar({ hit }: { hit: Hit }) {
  const { meaning, words } = explain(hit, '') ?? { meaning: hit.score, words: 0 }
  const [first, second] = widths(
    Math.max(0, meaning),
    Math.max(0, words),
    hit.explanation?.rule.startsWith('1/') ? 30 : 1,
  )
  return (
    <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-ground" width="100" height="6" />
      <rect class="bar-meaning" width={first} height="6" />
      <rect class="bar-words" x={first} width={second} height="6" />
    </svg>
  )
}

/** Percents of the bar's width; both together are at most all of it. */
function widths(meaning: number, words: number, scale: number): [number, number] {
  const whole = Math.max(1, (meaning + words) * scale)
  return [(100 * meaning * scale) / whole, (100 * words * scale) / whole]
}

/** Why a hit stands where it stands: in words, and below them every number. */
export function Why({ hit, query }: { hit: Hit; query: string }) {
  const reasons = explain(hit, query)
  if (!reasons) return null
  return (
    <div class="why">
      {reasons.sentences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <details>
        <summary>Every number</summary>
        <p class="small">
          <code>{reasons.rule}</code>
        </p>
        <dl class="numbers">
          {reasons.numbers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </div>
  )
}
