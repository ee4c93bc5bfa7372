import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { Ignore, Options } from 'ignore'
import { portablePath } from '../core/text.ts'

/** The rules of one file, for the paths below its folder. */
interface RuleSet {
  /** Ends with a slash. */
  base: string
  lines: string
  rules: Ignore
}

/** Every ignore file that holds for a folder; the nearest last. Folders without such files share their parent's. */
export interface IgnoreRules {
  semdex: readonly RuleSet[]
  git: readonly RuleSet[]
}

/** File systems that do not tell capital from small letters; git follows them too. */
const FOLDS_CASE = process.platform === 'win32' || process.platform === 'darwin'

/**
 * What a path's ignore files say: `ignore`, `keep` (a negated rule of .semdexignore), or null where none speaks.
 * .semdexignore is asked before .gitignore; among files of one kind the nearest that speaks decides, as in git.
 * @param path Absolute, with forward slashes; a folder's without a slash at its end.
 */
export function verdict({ semdex, git }: IgnoreRules, path: string, isFolder: boolean): 'ignore' | 'keep' | null {
  const said = ask(semdex, path, isFolder)
  if (said !== null) return said
  return ask(git, path, isFolder) === 'ignore' ? 'ignore' : null
}

/**
 * The rules that hold in a folder before its own files are read: those of the folders above it, up to its git
 * repository's or to `top`, whichever is higher. None where they would ignore the folder itself, since it was asked for.
 */
export function rulesAbove(root: string, top: string): IgnoreRules {
  const none = { semdex: [], git: [] }
  const repository = repositoryOf(root)
  const highest = repository !== null && repository.length < top.length ? repository : top
  const excludes = repository === null ? null : readRules(`${gitFolder(repository)}/info/exclude`, repository)
  let rules: IgnoreRules = excludes ? { semdex: [], git: [excludes] } : none
  const folders = foldersBetween(highest, root)
  for (const folder of folders) rules = withFolder(rules, folder, IGNORE_FILES)
  const isIgnored = [...folders.slice(1), root].some((folder) => verdict(rules, folder, true) === 'ignore')
  return isIgnored ? none : rules
}

export const IGNORE_FILES: readonly string[] = ['.gitignore', '.semdexignore']

/** The rules with those of a folder's own ignore files, of which `names` says which are there. */
export function withFolder(rules: IgnoreRules, folder: string, names: readonly string[]): IgnoreRules {
  const own = (name: string) => (names.includes(name) ? readRules(join(folder, name), folder) : null)
  const git = own('.gitignore')
  const semdex = own('.semdexignore')
  if (!git && !semdex) return rules
  return { semdex: semdex ? [...rules.semdex, semdex] : rules.semdex, git: git ? [...rules.git, git] : rules.git }
}

/** The rules inside a folder that is walked: where .semdexignore took it in against git, git has no say in it. */
export function rulesInside({ semdex, git }: IgnoreRules, folder: string): IgnoreRules {
  const isTakenIn = semdex.length > 0 && ask(git, folder, true) === 'ignore'
  return { semdex: overruled(semdex, folder), git: isTakenIn ? [] : overruled(git, folder) }
}

/**
 * A file that ignores a folder which is walked was overruled by a nearer one: it has a say in what is inside, but not for
 * the folder's sake.
 */
function overruled(sets: readonly RuleSet[], folder: string): readonly RuleSet[] {
  if (sets.length < 2) return sets
  return sets.map((set) => {
    if (ask([set], folder, true) !== 'ignore') return set
    const keep = `!/${folder.slice(set.base.length).replace(/[\\*?[\]! #]/g, '\\$&')}/`
    return { ...set, rules: emptyRules().add(set.lines).add(keep) }
  })
}

function ask(sets: readonly RuleSet[], path: string, isFolder: boolean): 'ignore' | 'keep' | null {
  for (let i = sets.length - 1; i >= 0; i--) {
    const { base, rules } = sets[i] as RuleSet
    if (!path.startsWith(base)) continue
    const relative = path.slice(base.length)
    const { ignored, unignored } = rules.test(isFolder ? `${relative}/` : relative)
    if (ignored) return 'ignore'
    if (unignored) return 'keep'
  }
  return null
}

function readRules(path: string, folder: string): RuleSet | null {
  const lines = readText(path)?.replace(/^\uFEFF/, '') ?? null
  return lines === null ? null : { base: join(folder, ''), lines, rules: emptyRules().add(lines) }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** The library is loaded with the first ignore file that is found: a walk without any takes a few milliseconds less. */
function emptyRules(): Ignore {
  const ignore = createRequire(import.meta.url)('ignore') as (options: Options) => Ignore
  return ignore({ ignorecase: FOLDS_CASE, allowRelativePaths: true })
}

/** The nearest folder, from this one upwards, that holds `.git`. */
function repositoryOf(root: string): string | null {
  for (let folder = root; ; folder = parent(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (parent(folder) === folder) return null
  }
}

/** A worktree's or a submodule's `.git` is a file that names the folder. */
function gitFolder(repository: string): string {
  const git = join(repository, '.git')
  try {
    const target = /^gitdir: (.+)$/m.exec(readFileSync(git, 'utf8'))?.[1]?.trim()
    if (!target) return git
    const folder = /^(?:\/|[A-Za-z]:)/.test(target) ? portablePath(target) : join(repository, target)
    const common = existsSync(join(folder, 'commondir')) ? readFileSync(join(folder, 'commondir'), 'utf8').trim() : '.'
    return join(folder, common)
  } catch {
    return git
  }
}

/** From the first folder down to the parent of the second. */
function foldersBetween(top: string, below: string): string[] {
  const folders: string[] = []
  for (let folder = below; folder !== top; ) {
    folder = parent(folder)
    folders.unshift(folder)
  }
  return folders
}

function parent(path: string): string {
  return portablePath(dirname(path))
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`
}
