import type { Side } from '../../src/core/sides.ts'

/** What a file is by its name; `side` null where the share of prose in it decides. */
export interface Label {
  language: string
  side: Side | null
}

const CODE: Readonly<Record<string, string>> = {
  ada: 'adb ads',
  agda: 'agda',
  apl: 'apl',
  assembly: 's asm nasm',
  awk: 'awk',
  basic: 'bas',
  batch: 'bat cmd',
  c: 'c h',
  clojure: 'clj cljs cljc edn',
  cmake: 'cmake',
  cobol: 'cob cbl cpy',
  coffeescript: 'coffee litcoffee',
  commonlisp: 'lisp asd',
  cpp: 'cc cpp cxx hh hpp hxx',
  crystal: 'cr',
  csharp: 'cs',
  css: 'css scss sass less styl',
  cython: 'pyx pxd',
  d: 'd di',
  dart: 'dart',
  elisp: 'el',
  elixir: 'ex exs',
  elm: 'elm',
  erlang: 'erl hrl',
  forth: 'fth 4th',
  fortran: 'f f90 f95 f03 for',
  fsharp: 'fsx fsi',
  gap: 'gi gd',
  glsl: 'glsl vert frag',
  gnuplot: 'dem gnu plt',
  go: 'go',
  graphql: 'graphql gql',
  groovy: 'groovy gradle',
  haskell: 'hs',
  hcl: 'tf hcl',
  haxe: 'hx',
  icon: 'icn',
  ini: 'ini cfg conf properties',
  java: 'java',
  javascript: 'js mjs cjs jsx',
  json: 'json',
  julia: 'jl',
  kotlin: 'kt kts',
  livescript: 'ls',
  lua: 'lua',
  m4: 'm4 ac',
  make: 'mk am',
  nim: 'nim',
  objectivec: 'mm objc',
  ocaml: 'ml mli mly mll',
  octave: 'octave',
  openscad: 'scad',
  pari: 'gp',
  pascal: 'pas pp lpr',
  perl: 'pl pm t',
  php: 'php',
  pike: 'pike pmod',
  powershell: 'ps1 psm1',
  prolog: 'pro prolog',
  proto: 'proto',
  purescript: 'purs',
  python: 'py pyi',
  r: 'r',
  racket: 'rkt',
  raku: 'p6 pm6 raku',
  rexx: 'rexx rex',
  ruby: 'rb rake gemspec',
  rust: 'rs',
  scala: 'scala sc',
  scheme: 'scm ss sld',
  shell: 'sh bash zsh fish ksh bats',
  smalltalk: 'st',
  sml: 'sml sig',
  solidity: 'sol',
  sql: 'sql',
  swift: 'swift',
  tcl: 'tcl tm',
  templates: 'hbs mustache ejs erb pug jade haml twig j2',
  toml: 'toml',
  typescript: 'ts tsx mts cts',
  vala: 'vala vapi',
  verilog: 'sv vh',
  vhdl: 'vhd vhdl',
  vimscript: 'vim',
  vue: 'vue svelte',
  yaml: 'yaml yml',
  zig: 'zig',
}

const TEXT: Readonly<Record<string, string>> = {
  markdown: 'md markdown mdown rmd qmd mdx',
  restructuredtext: 'rst',
  asciidoc: 'adoc asciidoc',
  texinfo: 'texi texinfo txi',
  latex: 'tex',
  pod: 'pod',
  manpage: 'man 1 2 3 4 5 6 7 8 3pm',
  catalog: 'po',
  plain: 'txt',
  table: 'csv tsv',
  log: 'log',
  org: 'org',
}

const EITHER: Readonly<Record<string, string>> = { html: 'html htm xhtml', xml: 'xml docbook dbk' }

const LABELS = new Map<string, Label>([...entries(CODE, 'code'), ...entries(TEXT, 'text'), ...entries(EITHER, null)])

const NAMES = new Map<string, Label>([
  ['makefile', { language: 'make', side: 'code' }],
  ['gnumakefile', { language: 'make', side: 'code' }],
  ['dockerfile', { language: 'docker', side: 'code' }],
  ['rakefile', { language: 'ruby', side: 'code' }],
  ['gemfile', { language: 'ruby', side: 'code' }],
  ['readme', { language: 'plain', side: 'text' }],
  ['news', { language: 'plain', side: 'text' }],
  ['copying', { language: 'licence', side: 'text' }],
  ['license', { language: 'licence', side: 'text' }],
  ['changelog', { language: 'changelog', side: 'text' }],
  ['changes', { language: 'changelog', side: 'text' }],
  ['todo', { language: 'plain', side: 'text' }],
  ['faq', { language: 'plain', side: 'text' }],
  ['install', { language: 'plain', side: 'text' }],
  ['hacking', { language: 'plain', side: 'text' }],
])

/** Files whose extension lies: programs of a build, and data under the name of prose. */
const UNTRUE =
  /(?:^|\/)(?:cmakelists\.txt|requirements[^/]*\.txt|robots\.txt|sources?\.txt|meson_options\.txt|copyright|top_level\.txt|entry_points\.txt|package-lock\.json)$|\.min\.(?:js|css)$/i

/** What a test reads or expects may be anything, whatever it is called. */
const FIXTURE =
  /(?:^|\/)[^/]*(?:tests?|testing|testsuite|specs?|fixtures?|snapshots?|snaps|resources|assets|requirements|binary-compatibility-validator|licenses)\/|\.js\.license\.txt$/i

const SNAPSHOT = /(?:^|\/)(?:_?snaps|_?snapshots|__snapshots__|_templates)\//

/** Fortunes and collections of sayings lie under names without an extension, or with that of a country. */
const SAYINGS = /(?:^|\/)games\/fortunes\/(?:[a-z]{2}\/)?[^/.]+(?:\.(?:pl|cs|fr))?$/

/** What a page of a manual has. */
const MANUAL_PAGE = /^\.(?:TH|SH|Dd|so)\b|\[manpage_begin/m

/** Whether the text may be what its name says. */
export function isLabelTrue({ language }: Label, text: string): boolean {
  return language !== 'manpage' || MANUAL_PAGE.test(text)
}

/** The label of a file by its path, or null where its name says nothing certain. */
export function labelOf(path: string, package_: string): Label | null {
  if (UNTRUE.test(path)) return null
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  if (SAYINGS.test(path)) return { language: 'plain', side: 'text' }
  const dot = name.lastIndexOf('.')
  if (dot <= 0) return /[A-Z]/.test(path.slice(-1)) || name === 'makefile' ? (NAMES.get(name) ?? null) : null
  const label = ambiguous(name.slice(dot + 1), package_) ?? LABELS.get(name.slice(dot + 1)) ?? null
  return SNAPSHOT.test(path) || (label?.language === 'plain' && FIXTURE.test(path)) ? null : label
}

/** Extensions that several languages share, by the package. */
function ambiguous(key: string, package_: string): Label | null {
  const language = AMBIGUOUS[key]?.[package_] ?? (key in AMBIGUOUS ? AMBIGUOUS[key]?.[''] : undefined)
  return language === undefined ? null : { language, side: 'code' }
}

const AMBIGUOUS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  v: { coq: 'coq', iverilog: 'verilog', yosys: 'verilog' },
  m: {
    'octave-signal': 'octave',
    'octave-statistics': 'octave',
    'octave-control': 'octave',
    'gnustep-base': 'objectivec',
    'gnustep-gui': 'objectivec',
  },
  fs: { gforth: 'forth', glmark2: 'glsl' },
  fb: { gforth: 'forth' },
  pl: { 'swi-prolog': 'prolog' },
  l: { picolisp: 'picolisp', '': 'lex' },
  lsp: { newlisp: 'newlisp' },
  lib: { singular: 'singular' },
  g: { gap: 'gap' },
}

function entries(table: Readonly<Record<string, string>>, side: Side | null): [string, Label][] {
  return Object.entries(table).flatMap(([language, extensions]) =>
    extensions.split(' ').map((extension): [string, Label] => [extension, { language, side }]),
  )
}

/** Share of a page's characters that stand in text nodes of at least five words; 0 to 1. Comments are left out of both. */
export function proseShare(page: string): number {
  const markup = page.replaceAll(/<!--[\s\S]*?-->/g, '')
  const nodes = markup
    .replaceAll(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '<>')
    .replaceAll(/<\/?(?:a|b|i|em|strong|code|tt|span|q|link|ulink|literal|command|filename|emphasis)\b[^>]*>/gi, '')
    .split(/<[^>]*>|\{[%{][\s\S]*?[%}]\}/)
  const prose = nodes.filter((node) => node.trim().split(/\s+/).length >= 5 || /[^\s\p{ASCII}]{8}/u.test(node))
  return squeezed(prose.join(' ')).length / (squeezed(markup).length || 1)
}

function squeezed(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
