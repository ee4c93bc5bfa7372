import { parse } from 'yaml'
import type { Reader } from '../../core/ports/chunker.ts'
import { markdownBlocks } from '../chunkers/markdown-blocks.ts'
import { decode } from './decode.ts'
import { nameOf } from './name.ts'

const EXTENSIONS = /\.(?:md|markdown|mdown|mkd|mdx|qmd|rmd)$/i

/** Markdown. The title is the front matter's, or the first heading's of the first level, or the file's name. */
export const markdownReader: Reader = {
  name: 'markdown',
  accepts: (path) => EXTENSIONS.test(path),
  read(bytes, path) {
    const { text, replacements } = decode(bytes, path)
    return { ...describeMarkdown(text, nameOf(path)), replacements }
  },
}

/** Markdown text as a document; `name` is its title where it has none. */
function describeMarkdown(text: string, name: string | null) {
  const blocks = markdownBlocks(text)
  const front = blocks[0]?.kind === 'front' ? text.slice(0, blocks[0].end) : ''
  const metadata = frontMatter(front)
  const heading = blocks.find(({ kind, depth, title }) => kind === 'heading' && depth === 1 && title)?.title
  const own = typeof metadata.title === 'string' && metadata.title.trim() !== '' ? metadata.title.trim() : undefined
  return { text, format: 'markdown' as const, language: null, title: own ?? heading ?? name, metadata }
}

/** The keys of YAML front matter; none where it is not a mapping or cannot be read, since the text is kept anyway. */
function frontMatter(front: string): Record<string, unknown> {
  const yaml = front.replace(/^---[^\n]*\n/, '').replace(/(?:---|\.\.\.)\s*$/, '')
  if (yaml.trim() === '') return {}
  try {
    const value: unknown = parse(yaml, { maxAliasCount: 100, logLevel: 'silent' })
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch {
    return {}
  }
}
