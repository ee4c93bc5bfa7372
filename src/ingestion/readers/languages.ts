/** Language of a file of code by its extension, without the dot. A new language needs a line here; see chunkers/definitions.ts for its syntax. */
const LANGUAGE_OF_EXTENSION: Readonly<Record<string, string>> = {
  ...by('typescript', 'ts mts cts tsx'),
  ...by('javascript', 'js mjs cjs jsx'),
  ...by('python', 'py pyi pyw'),
  ...by('rust', 'rs'),
  ...by('go', 'go'),
  ...by('java', 'java'),
  ...by('kotlin', 'kt kts'),
  ...by('scala', 'scala sc'),
  ...by('groovy', 'groovy gradle'),
  ...by('csharp', 'cs'),
  ...by('fsharp', 'fs fsx fsi'),
  ...by('c', 'c h'),
  ...by('cpp', 'cc cpp cxx c++ hh hpp hxx h++ ino cu cuh'),
  ...by('objective-c', 'm mm'),
  ...by('swift', 'swift'),
  ...by('dart', 'dart'),
  ...by('php', 'php phtml'),
  ...by('ruby', 'rb rake gemspec'),
  ...by('perl', 'pl pm'),
  ...by('lua', 'lua'),
  ...by('shell', 'sh bash zsh ksh fish'),
  ...by('powershell', 'ps1 psm1'),
  ...by('elixir', 'ex exs'),
  ...by('erlang', 'erl hrl'),
  ...by('haskell', 'hs'),
  ...by('ocaml', 'ml mli'),
  ...by('clojure', 'clj cljs cljc edn'),
  ...by('lisp', 'lisp el scm rkt'),
  ...by('r', 'r'),
  ...by('julia', 'jl'),
  ...by('zig', 'zig'),
  ...by('solidity', 'sol'),
  ...by('sql', 'sql'),
  ...by('css', 'css scss sass less'),
  ...by('html', 'html htm xhtml vue svelte astro'),
  ...by('xml', 'xml xsd xsl svg plist'),
  ...by('json', 'json jsonc json5'),
  ...by('yaml', 'yaml yml'),
  ...by('toml', 'toml'),
  ...by('ini', 'ini cfg conf properties'),
  ...by('hcl', 'tf tfvars hcl nix'),
  ...by('protobuf', 'proto'),
  ...by('graphql', 'graphql gql'),
  ...by('cmake', 'cmake'),
  ...by('makefile', 'mk'),
}

/** The same by whole name, in small letters, for files without an extension. */
const LANGUAGE_OF_NAME: Readonly<Record<string, string>> = {
  makefile: 'makefile',
  dockerfile: 'dockerfile',
  containerfile: 'dockerfile',
  jenkinsfile: 'groovy',
  rakefile: 'ruby',
  gemfile: 'ruby',
  'cmakelists.txt': 'cmake',
}

/** The language of a file of code, or null for any other file. */
export function languageOf(path: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const byName = lookUp(LANGUAGE_OF_NAME, name)
  const dot = name.lastIndexOf('.')
  return byName ?? (dot > 0 ? lookUp(LANGUAGE_OF_EXTENSION, name.slice(dot + 1)) : null)
}

function lookUp(table: Readonly<Record<string, string>>, key: string): string | null {
  return Object.hasOwn(table, key) ? (table[key] as string) : null
}

function by(language: string, extensions: string): Record<string, string> {
  return Object.fromEntries(extensions.split(' ').map((extension) => [extension, language]))
}
