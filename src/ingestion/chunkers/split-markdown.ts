import type { Cutter } from './cutter.ts'
import { type MarkdownBlock, markdownBlocks } from './markdown-blocks.ts'
import type { Measure } from './measure.ts'
import { type Block, pack } from './pack.ts'
import { splitLines, splitSentences } from './split-prose.ts'

/** Markdown: a chunk stays within its section, and code, tables and lists stay whole where they fit. */
export const cutMarkdown: Cutter = (measure, packingOf) =>
  sections(measure.text).flatMap(({ heading, blocks }) => {
    const packing = packingOf(heading)
    const spans = pack(
      blocks.map((block) => toBlock(measure, block, packing.limit)),
      packing,
    )
    return spans.map((span) => ({ ...span, heading, symbol: null }))
  })

interface Section {
  heading: string[]
  blocks: MarkdownBlock[]
}

/** A heading begins a section; one with nothing below it but a deeper heading joins that one's section. */
function sections(text: string): Section[] {
  const found: Section[] = []
  let path: { depth: number; title: string }[] = []
  let blocks: MarkdownBlock[] = []
  const flush = () => {
    const heading = path.map(({ title }) => title).filter((title) => title !== '')
    if (blocks.length > 0) found.push({ heading, blocks })
    blocks = []
  }
  for (const block of markdownBlocks(text)) {
    if (block.kind === 'heading') {
      const { depth = 1, title = '' } = block
      if (!blocks.every((above) => leadsTo(above, depth))) flush()
      path = [...path.filter((above) => above.depth < depth), { depth, title }]
    }
    blocks.push(block)
  }
  flush()
  return found
}

function leadsTo({ kind, depth = 0 }: MarkdownBlock, below: number): boolean {
  return kind === 'front' || (kind === 'heading' && depth < below)
}

function toBlock(measure: Measure, { kind, start, end }: MarkdownBlock, limit: number): Block {
  const isProse = kind === 'prose' || kind === 'heading'
  const split = isProse ? splitSentences : splitLines
  return { whole: !isProse, pieces: split(measure, start, end, limit) }
}
