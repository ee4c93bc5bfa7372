/** What the code chunker knows of a family of languages. */
export interface Syntax {
  /** Marks that make the rest of a line a comment. */
  lineComments: string[]
  blockComment: [open: string, close: string] | null
  /** Quotes around text in which brackets do not count. The longest first. */
  quotes: string[]
  /** Matched against a line without its indentation; the first group that matched is the name. */
  definitions: RegExp[]
  /** Only inside a definition: methods, which begin like calls. */
  members: RegExp[]
  /** Only outside any definition: variables. */
  outermost?: RegExp[]
}

const MODIFIERS =
  '(?:(?:export|default|public|private|protected|internal|static|final|abstract|sealed|open|override|virtual|async|partial|readonly|inline|extern|unsafe|data|case|implicit|lazy|suspend|operator|companion|actual|expect|mutating|fileprivate|indirect|declare|native|synchronized|constexpr|const|readonly|ref|new|required|covariant|external|factory|late|abstract)\\s+)*'
const TYPE_WORDS =
  'class|interface|enum(?:\\s+class)?|record|object|trait|struct|union|protocol|extension|namespace|module|actor|mixin|contract|library|annotation|@interface'
const NOT_A_NAME =
  '(?!(?:if|for|while|switch|catch|return|else|do|try|throw|new|await|yield|typeof|assert|sizeof|delete|with|lock|using|foreach|elif|until|when|match|super|this|function)\\b)'

const SLASHES: Pick<Syntax, 'lineComments' | 'blockComment'> = { lineComments: ['//'], blockComment: ['/*', '*/'] }
const HASHES: Pick<Syntax, 'lineComments' | 'blockComment'> = { lineComments: ['#'], blockComment: null }
const QUOTES = ['"', "'"]

const typeDefinition = new RegExp(`^${MODIFIERS}(?:${TYPE_WORDS})\\s+(\\w+)`)
const functionWord = new RegExp(
  `^${MODIFIERS}(?:fun|func|def|fn|function|sub|proc)\\s+(?:<[^>]*>\\s*)?(?:[\\w?]+\\.)?([\\w$!?=]+)`,
)
/** `int main(`, `void Stack<T>::push(`: a type, a name and an opening parenthesis, and no semicolon at the end. */
const typedFunction = new RegExp(
  `^${MODIFIERS}${NOT_A_NAME}[\\w:.]+(?:<[^;()]*>)?[\\w\\s:.,?*&[\\]]*?[\\s*&]${NOT_A_NAME}([\\w:~$]+)\\s*\\([^;]*$`,
)
const constructorLike = new RegExp(`^${MODIFIERS}${NOT_A_NAME}([\\w$]+)\\s*\\([^;]*\\{\\s*$`)

const cLike: Syntax = {
  ...SLASHES,
  quotes: ['"""', ...QUOTES],
  definitions: [typeDefinition, /^(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)/, functionWord, typedFunction],
  members: [constructorLike],
}

const javascript: Syntax = {
  ...SLASHES,
  outermost: [/^(?:export\s+)?(?:declare\s+)?(?:const|let|var)\s+([\w$]+)/],
  quotes: ['`', ...QUOTES],
  definitions: [
    /^(?:export\s+)?(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\s*\*?|class|interface|type|enum|const\s+enum|namespace|module)\s+([\w$]+)/,
    /^(?:module\.)?exports\.([\w$]+)\s*=/,
    /^([\w$.]+)\.prototype\.(?:[\w$]+)\s*=/,
  ],
  members: [
    new RegExp(
      `^(?:(?:public|private|protected|static|async|readonly|override|abstract|get|set|\\*)\\s*)*${NOT_A_NAME}(#?[\\w$]+)\\s*(?:<[^>]*>)?\\([^;]*$`,
    ),
    /^(?:(?:public|private|protected|static|readonly|override)\s+)*(#?[\w$]+)\s*[:=]\s*(?:async\s*)?(?:function\b|\([^)]*\)\s*(?::[^=]+)?=>)/,
  ],
}

const python: Syntax = {
  ...HASHES,
  quotes: ['"""', "'''", ...QUOTES],
  definitions: [/^(?:async\s+)?(?:def|class)\s+(\w+)/],
  members: [],
}

const rust: Syntax = {
  ...SLASHES,
  // A single quote mostly begins a lifetime, which nothing closes.
  quotes: ['"'],
  definitions: [
    /^(?:pub(?:\([^)]*\))?\s+)?(?:default\s+)?(?:(?:async|const|unsafe|extern(?:\s+"[^"]*")?)\s+)*(?:fn|struct|enum|trait|union|mod|type|static|const)\s+(?:mut\s+)?(\w+)/,
    /^(?:unsafe\s+)?impl(?:<.*?>)?\s+(?:.*?\sfor\s+)?&?(?:[\w]+::)*(\w+)/,
    /^macro_rules!\s*(\w+)/,
  ],
  members: [],
}

const go: Syntax = {
  ...SLASHES,
  quotes: ['`', ...QUOTES],
  definitions: [/^func\s+(?:\([^)]*\)\s*)?(\w+)/, /^type\s+(\w+)/],
  outermost: [/^(?:var|const)\s+(\w+)/],
  members: [],
}

const ruby: Syntax = {
  ...HASHES,
  quotes: QUOTES,
  definitions: [
    /^(?:private\s+|protected\s+|public\s+)?(?:def|class|module)\s+((?:self\.)?[\w:]+[?!=]?)/,
    /^(?:defmodule|defp?|defmacrop?|defprotocol|defimpl)\s+([\w.]+[?!]?)/,
  ],
  members: [],
}

const script: Syntax = {
  ...HASHES,
  quotes: QUOTES,
  definitions: [
    /^function\s+([\w:-]+)/i,
    /^([\w:-]+)\s*\(\)\s*\{?/,
    /^sub\s+(\w+)/,
    /^([\w.-]+)\s*(?:<-|=)\s*function\b/,
    /^([\w./%-]+)\s*:(?!=)/,
  ],
  members: [],
}

const lua: Syntax = {
  lineComments: ['--'],
  blockComment: ['--[[', ']]'],
  quotes: QUOTES,
  definitions: [/^(?:local\s+)?function\s+([\w.:]+)/],
  members: [],
}

const sql: Syntax = {
  lineComments: ['--'],
  blockComment: ['/*', '*/'],
  quotes: QUOTES,
  definitions: [
    /^create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+|unique\s+|virtual\s+|materialized\s+)*(?:table|view|index|function|procedure|trigger|type|schema|sequence)\s+(?:if\s+not\s+exists\s+)?["`[]?([\w.]+)/i,
  ],
  members: [],
}

const haskell: Syntax = {
  lineComments: ['--'],
  blockComment: ['{-', '-}'],
  quotes: ['"'],
  definitions: [
    /^(?:data|newtype|type|class|instance|module)\s+(\w+)/,
    /^let\s+(?:rec\s+)?(\w+)/,
    /^([a-z_][\w']*)\s*::/,
  ],
  members: [],
}

const lisp: Syntax = {
  lineComments: [';'],
  blockComment: null,
  quotes: ['"'],
  definitions: [/^\((?:def[\w-]*|ns|define)\s+\(?(?:\^\S+\s+)?([^\s()]+)/],
  members: [],
}

const style: Syntax = {
  ...SLASHES,
  quotes: QUOTES,
  definitions: [/^(@(?:media|keyframes|mixin|include|layer|supports)[^{]*)/, /^([^{}@;]+?)\s*\{/],
  members: [],
}

const keyed: Syntax = {
  ...HASHES,
  quotes: ['"'],
  definitions: [/^\[\[?([^\]]+)\]/, /^["']?([\w.$/-]+)["']?\s*[:=]/, /^(?:\w+)\s+"([^"]+)"/],
  members: [],
}

const markup: Syntax = {
  lineComments: [],
  blockComment: ['<!--', '-->'],
  quotes: [],
  definitions: [/^<([A-Za-z][\w:.-]*)/],
  members: [],
}

const SYNTAX_OF_LANGUAGE: Readonly<Record<string, Syntax>> = {
  typescript: javascript,
  javascript,
  python,
  julia: script,
  rust,
  go,
  ruby,
  elixir: ruby,
  shell: script,
  powershell: script,
  perl: script,
  r: script,
  makefile: script,
  dockerfile: script,
  cmake: script,
  lua,
  sql,
  haskell,
  fsharp: haskell,
  ocaml: haskell,
  clojure: lisp,
  lisp,
  css: style,
  json: keyed,
  yaml: keyed,
  toml: keyed,
  ini: keyed,
  hcl: keyed,
  html: markup,
  xml: markup,
}

/** The syntax of a language; of C and its many relatives where it has no entry of its own. */
export function syntaxOf(language: string | null): Syntax {
  return language !== null && Object.hasOwn(SYNTAX_OF_LANGUAGE, language)
    ? (SYNTAX_OF_LANGUAGE[language] as Syntax)
    : cLike
}

/** The name that a line defines, or null. */
export function definedName(syntax: Syntax, line: string, inside: boolean): string | null {
  if (line.length > LONGEST_DEFINITION) return null
  const patterns = [...syntax.definitions, ...(inside ? syntax.members : (syntax.outermost ?? []))]
  for (const pattern of patterns) {
    const name = pattern
      .exec(line)
      ?.slice(1)
      .find((group) => group !== undefined)
    if (name) return name.trim().replace(/^(?:self\.|#)/, '')
  }
  return null
}

/** Longer lines are data or minified, and would cost the patterns more than linear time. */
const LONGEST_DEFINITION = 400
