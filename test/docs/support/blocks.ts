import { readdirSync, readFileSync } from 'node:fs'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { inRepository } from '../../support/assets.ts'

/** How a fenced block is held to what it says; CONTRIBUTING.md, "Documentation that runs", describes the info strings. */
export type Treatment =
  | { kind: 'sh'; exit: number }
  | { kind: 'clone' }
  | { kind: 'ci' }
  | { kind: 'ts' }
  | { kind: 'output'; as: 'text' | 'json' }
  | { kind: 'file'; path: string }
  | { kind: 'shown' }
  | { kind: 'not run'; reason: string }
  | { kind: 'unknown' }

export interface Block {
  /** In the repository, with `/`. */
  document: string
  line: number
  /** What stands after the fence: `sh exit=2`. */
  info: string
  code: string
  treatment: Treatment
}

/** Every Markdown page that people read, in order. */
export function listDocuments(): string[] {
  const pages = readdirSync(inRepository('docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path.replaceAll('\\', '/')}`)
  return ['README.md', 'CONTRIBUTING.md', ...pages.sort()]
}

export function readBlocks(document: string): Block[] {
  const blocks: Block[] = []
  visit(fromMarkdown(readFileSync(inRepository(document))), (node) => {
    if (node.type !== 'code') return
    const info = [node.lang, node.meta].filter(Boolean).join(' ')
    const line = node.position?.start.line ?? 0
    blocks.push({ document, line, info, code: node.value ?? '', treatment: treatmentOf(info) })
  })
  return blocks
}

/** What a page links to inside the repository, without anchors. */
export function readLinks(document: string): string[] {
  const links: string[] = []
  visit(fromMarkdown(readFileSync(inRepository(document))), (node) => {
    const target = node.url?.replace(/#.*$/, '')
    if (target && !/^[a-z]+:/.test(target)) links.push(target)
  })
  return links
}

export function treatmentOf(info: string): Treatment {
  const [language = '', ...words] = info.split(' ')
  const rest = words.join(' ')
  const reason = /^no-run: (\S.*)$/.exec(rest)?.[1]
  if (reason) return { kind: 'not run', reason }
  const file = /^file=([\w./-]+)$/.exec(rest)?.[1]
  if (file) return { kind: 'file', path: file }
  if (language === 'sh') return shellTreatment(rest)
  if (language === 'ts' && rest === '') return { kind: 'ts' }
  if ((language === 'text' || language === 'json') && rest === 'output') return { kind: 'output', as: language }
  if (['text', 'json'].includes(language) && rest === '') return { kind: 'shown' }
  return { kind: 'unknown' }
}

function shellTreatment(rest: string): Treatment {
  if (rest === 'clone') return { kind: 'clone' }
  if (rest === 'ci') return { kind: 'ci' }
  const exit = /^(?:exit=(\d+))?$/.exec(rest)
  return exit ? { kind: 'sh', exit: Number(exit[1] ?? 0) } : { kind: 'unknown' }
}

interface MarkdownNode {
  type: string
  lang?: string | null
  meta?: string | null
  value?: string
  url?: string
  position?: { start: { line: number } } | undefined
  children?: MarkdownNode[]
}

function visit(node: MarkdownNode, see: (node: MarkdownNode) => void): void {
  see(node)
  for (const child of node.children ?? []) visit(child, see)
}
