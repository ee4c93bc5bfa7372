import type { DocumentFormat } from '../core/documents.ts'
import type { Side } from '../core/sides.ts'

/** Types that say nothing of the side: pages of prose and markup for programs have the same ending. */
const EITHER = new Set(['html', 'xml'])

const TEXT_EXTENSIONS = extensions(`
  md markdown mdown mkd mdx qmd rmd rst adoc asciidoc org tex latex texinfo texi pod log csv tsv po srt vtt eml rtf
`)

/** Beside those that the reader of code knows by itself. */
const CODE_EXTENSIONS = extensions(`
  s asm f f90 f95 for pas pp adb ads vhd vhdl v sv tcl awk bat cmd vb vbs bas cob cl lisp prolog d nim cr elm purs rkt ss
  ipynb wgsl glsl hlsl frag vert metal jinja j2 ejs erb hbs mustache bzl gn ninja am ac m4 pyx pxd coffee vala gd hx raku
  sas do stan svg plist wat
`)

interface Typed {
  path: string | null
  format: DocumentFormat
  /** Language of a file of code, as the reader names it; null or left out where none is known. */
  language?: string | null
}

/** The side that a document's file type decides, or null where its content has to be read. */
export function sideOfFileType({ path, format, language }: Typed): Side | null {
  if (format === 'markdown') return 'text'
  if (format === 'code') return language && EITHER.has(language) ? null : 'code'
  const extension = path === null ? '' : extensionOf(path)
  if (TEXT_EXTENSIONS.has(extension)) return 'text'
  return CODE_EXTENSIONS.has(extension) ? 'code' : null
}

/** In small letters, without the dot; empty where there is none. */
function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(dot + 1) : ''
}

function extensions(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/))
}
