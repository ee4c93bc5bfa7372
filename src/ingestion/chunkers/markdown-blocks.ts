/** What a Markdown text is made of at its outermost level; blocks follow each other without a gap. */
export interface MarkdownBlock {
  kind: 'front' | 'heading' | 'code' | 'table' | 'list' | 'html' | 'prose'
  /** Offsets in UTF-16 code units; white space behind a block belongs to it. */
  start: number
  end: number
  /** Of headings only: 1 to 6, and the text without markup. */
  depth?: number
  title?: string
}

/**
 * Finds the outermost blocks of a Markdown text by CommonMark's rules for lines (https://spec.commonmark.org/0.31.2/).
 * One pass, linear: a whole parser takes 2 s for a megabyte, and quadratic time for some.
 * Headings inside lists, quotations, code and HTML are not headings of the document.
 */
export function markdownBlocks(text: string): MarkdownBlock[] {
  const scanner = new Scanner(text)
  let at = scanner.frontMatter()
  while (at < text.length) {
    const newline = text.indexOf('\n', at)
    const end = newline === -1 ? text.length : newline + 1
    scanner.line(at, end)
    at = end
  }
  return scanner.finish()
}

const FRONT_MATTER = /^---[ \t]*\r?\n(?:[^\n]*\n)*?(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/
const ATX = /^(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/
const SETEXT = /^(?:=+|-+)[ \t]*$/
const FENCE = /^(?:(`{3,})[^`]*|(~{3,}).*)$/
const BREAK = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/
const BULLET = /^(?:[-*+]|(\d{1,9})[.)])(?=[ \t]|$)[ \t]*/
const DELIMITER_ROW = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/

/** HTML blocks that end at a mark, by how they begin. */
const HTML_SPANS: [begin: RegExp, end: RegExp][] = [
  [/^<(?:script|pre|style|textarea)(?:[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<![A-Za-z]/, />/],
  [/^<!\[CDATA\[/, /\]\]>/],
]
/** HTML blocks that end at an empty line. */
const HTML_TAG =
  /^<\/?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ \t]|\/?>|$)/i
const ANY_TAG =
  /^<(?:(?!(?:script|pre|style|textarea)\b)[A-Za-z][\w-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*\s*\/?|\/[A-Za-z][\w-]*\s*)>[ \t]*$/

type Open =
  | { kind: 'paragraph' | 'indented' }
  | { kind: 'code'; fence: string }
  | { kind: 'html'; until: RegExp | null }
  /** `lazy`: a paragraph inside is open, which goes on with a line outside. */
  | { kind: 'quote'; lazy: boolean }
  | { kind: 'list'; indent: number; lazy: boolean; fence: string | null }

class Scanner {
  readonly #text: string
  readonly #blocks: MarkdownBlock[] = []
  #open: Open | null = null
  /** Where the block that is open, or the next one, begins. */
  #start = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Takes YAML front matter and answers where the rest begins. */
  frontMatter(): number {
    const match = this.#text.startsWith('---') ? FRONT_MATTER.exec(this.#text) : null
    if (match) this.#emit('front', match[0].length)
    return this.#start
  }

  line(start: number, end: number): void {
    const raw = this.#text.slice(start, end).replace(/\r?\n$/, '')
    const { indent, rest } = measureIndent(raw)
    if (this.#open && this.#continues(this.#open, { start, end, indent, rest })) return
    if (rest !== '') this.#begin({ start, end, indent, rest })
  }

  finish(): MarkdownBlock[] {
    this.#close(this.#text.length)
    return this.#blocks
  }

  /** Whether the line belongs to the open block, whatever is in it. Closes the block where the line ends it. */
  #continues(open: Open, { start, end, indent, rest }: Line): boolean {
    switch (open.kind) {
      case 'code':
        if (indent < 4 && closesFence(rest, open.fence)) this.#close(end)
        return true
      case 'html':
        if (open.until ? open.until.test(rest) : rest === '') this.#close(end)
        return true
      case 'indented':
        return rest === '' || indent >= 4
      case 'list':
        return continuesList(open, indent, rest)
      case 'quote':
        if (rest === '') this.#close(start)
        if (!rest.startsWith('>') || indent >= 4) return rest === ''
        open.lazy = endsInParagraph(rest, open.lazy)
        return true
      case 'paragraph':
        if (rest === '') this.#close(start)
        return rest === ''
    }
  }

  #begin({ start, end, indent, rest }: Line): void {
    const open = this.#open
    const isLazy = (open?.kind === 'quote' || open?.kind === 'list') && open.lazy
    const inParagraph = open?.kind === 'paragraph' || isLazy
    if (open?.kind === 'paragraph' && indent < 4 && SETEXT.test(rest)) {
      const markup = this.#text.slice(this.#start, start).trim().replace(/\s+/g, ' ')
      this.#emit('heading', end, rest.startsWith('=') ? 1 : 2, plainText(markup))
      return
    }
    const next = blockThatBegins(indent, rest, inParagraph)
    if (next === null) return
    this.#close(start)
    if (next.kind === 'heading') this.#emit('heading', end, next.depth, next.title)
    else if (next.kind === 'break') this.#emit('prose', end)
    else {
      this.#open = next
      if (next.kind === 'html' && next.until?.test(rest)) this.#close(end)
    }
  }

  #close(end: number): void {
    const kind = this.#open?.kind
    if (kind === undefined && this.#text.slice(this.#start, end).trim() === '') return
    if (kind === 'indented' || kind === 'code') this.#emit('code', end)
    else if (kind === 'list' || kind === 'html') this.#emit(kind, end)
    else this.#emit(isTable(this.#text.slice(this.#start, end)) ? 'table' : 'prose', end)
  }

  #emit(kind: MarkdownBlock['kind'], end: number, depth?: number, title?: string): void {
    this.#blocks.push({ kind, start: this.#start, end, ...(depth !== undefined && { depth, title: title ?? '' }) })
    this.#start = end
    this.#open = null
  }
}

interface Line {
  start: number
  end: number
  /** Columns of white space before the text; a tab goes to the next multiple of 4. */
  indent: number
  /** The line without the white space at its ends. */
  rest: string
}

type Beginning = Open | { kind: 'heading'; depth: number; title: string } | { kind: 'break' }

/** The block that begins with a line, or null where the line goes on with the paragraph before it. */
function blockThatBegins(indent: number, rest: string, inParagraph: boolean): Beginning | null {
  if (indent >= 4) return inParagraph ? null : { kind: 'indented' }
  const atx = ATX.exec(rest)
  if (atx) return { kind: 'heading', depth: (atx[1] as string).length, title: plainText(atx[2] ?? '') }
  const fence = openFence(rest)
  if (fence) return { kind: 'code', fence }
  if (BREAK.test(rest)) return { kind: 'break' }
  const html = htmlBlock(rest, inParagraph)
  if (html) return html
  const bullet = BULLET.exec(rest)
  const interrupts = bullet && bullet[0] !== rest && (bullet[1] ?? '1') === '1'
  if (bullet && (interrupts || !inParagraph)) {
    const fence = openFence(rest.slice(bullet[0].length))
    return { kind: 'list', indent: contentIndent(indent, rest, bullet[0]), fence, lazy: endsInParagraph(rest, false) }
  }
  if (rest.startsWith('>')) return { kind: 'quote', lazy: endsInParagraph(rest, false) }
  return inParagraph ? null : { kind: 'paragraph' }
}

function continuesList(list: Open & { kind: 'list' }, indent: number, rest: string): boolean {
  if (rest === '') {
    list.lazy = false
    return true
  }
  const inside = indent >= list.indent
  const bullet = indent < 4 && !BREAK.test(rest) ? BULLET.exec(rest) : null
  if (!inside && !bullet) return false
  if (inside && list.fence !== null) {
    if (closesFence(rest, list.fence)) list.fence = null
    return true
  }
  if (bullet && !inside) list.indent = contentIndent(indent, rest, bullet[0])
  list.lazy = endsInParagraph(rest, inside && list.lazy)
  list.fence = openFence(bullet ? rest.slice(bullet[0].length) : rest)
  return true
}

/** Marks of lists and quotations that are looked behind in one line. */
const MOST_NESTED = 16
const CONTAINER = /^(?:>[ \t]?|(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$))/

/** Whether a paragraph is open behind a line of a list or a quotation; `wasOpen` tells whether one was before it. */
function endsInParagraph(line: string, wasOpen: boolean): boolean {
  let rest = line
  let isOpen = wasOpen
  for (let level = 0; level < MOST_NESTED; level++) {
    const inner = measureIndent(rest.replace(CONTAINER, ''))
    if (inner.rest === '') return false
    if (inner.rest === rest) break
    isOpen = inner.indent < 4 || wasOpen
    rest = inner.rest
  }
  if (CONTAINER.test(rest)) return true
  const next = blockThatBegins(0, rest, isOpen)
  return next === null || next.kind === 'paragraph'
}

function measureIndent(raw: string): { indent: number; rest: string } {
  let indent = 0
  let at = 0
  for (; raw[at] === ' ' || raw[at] === '\t'; at++) indent += raw[at] === ' ' ? 1 : 4 - (indent % 4)
  return { indent, rest: raw.slice(at).trimEnd() }
}

/** The column at which an item's content begins; content five or more columns behind the mark is code in the item. */
function contentIndent(indent: number, rest: string, mark: string): number {
  const width = mark.trimEnd().length
  const space = mark.length - width
  return indent + width + (rest === mark || space === 0 || space > 4 ? 1 : space)
}

/** The run of marks that opens a fenced block, or null. */
function openFence(rest: string): string | null {
  const match = FENCE.exec(rest)
  return match ? ((match[1] ?? match[2]) as string) : null
}

function closesFence(rest: string, fence: string): boolean {
  return rest.length >= fence.length && rest === (fence[0] as string).repeat(rest.length)
}

function htmlBlock(rest: string, inParagraph: boolean): (Open & { kind: 'html' }) | null {
  if (!rest.startsWith('<')) return null
  const span = HTML_SPANS.find(([begin]) => begin.test(rest))
  if (span) return { kind: 'html', until: span[1] }
  if (HTML_TAG.test(rest) || (!inParagraph && ANY_TAG.test(rest))) return { kind: 'html', until: null }
  return null
}

function isTable(block: string): boolean {
  const [head = '', delimiter = ''] = block.trimStart().split('\n', 2)
  return head.includes('|') && delimiter.includes('-') && DELIMITER_ROW.test(delimiter.trim())
}

/** A heading's text without the marks of links, images, code, emphasis and HTML. */
function plainText(markup: string): string {
  return markup
    .replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
    .replace(/<\/?[A-Za-z][^>]*>/g, '')
    .replace(/\{#[\w-]+\}\s*$/, '')
    .replace(/(\*\*|__|\*|`+)(?=\S)(.*?\S)\1/g, '$2')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .trim()
}
