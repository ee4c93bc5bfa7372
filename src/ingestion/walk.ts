import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { SemdexError, throwIfAborted } from '../core/errors.ts'
import { isUnder, portablePath } from '../core/text.ts'
import { IGNORE_FILES, type IgnoreRules, rulesAbove, rulesInside, verdict, withFolder } from './ignore-rules.ts'
import { pathError, realRoot, tooLarge } from './paths.ts'
import {
  BINARY_EXTENSIONS,
  SKIPPED_ENDINGS,
  SKIPPED_FILES,
  SKIPPED_FOLDER_MARKS,
  SKIPPED_FOLDERS,
} from './walk-defaults.ts'

export interface WalkOptions {
  /** Larger files are skipped. Default 10,000,000. */
  maxFileBytes?: number
  /** Takes in files and folders whose name begins with a dot, but never `.git`. */
  hidden?: boolean
  /** Folders or files that are left alone: absolute, with forward slashes. */
  exclude?: readonly string[]
  /** A folder above the root whose ignore files hold for it too. Those of the root's git repository always do. */
  top?: string
  /** Called now and then with the number of files found so far. */
  onFound?: (files: number) => void
  signal?: AbortSignal
}

export interface FoundFile {
  /** Absolute, with forward slashes. */
  path: string
  /** Bytes. */
  size: number
  /** Milliseconds since 1970, with the fraction that the file system gives. */
  modifiedAt: number
  inode: number
}

/** Why something was skipped. A skipped folder counts once, whatever is in it. */
export type SkipReason =
  | 'hidden'
  | 'ignored'
  | 'dependencies'
  | 'generated'
  | 'binary'
  | 'oversized'
  | 'outside'
  | 'special'
  | 'excluded'

export interface Unreadable {
  path: string
  error: SemdexError
}

export interface WalkResult {
  /** Absolute and real, with forward slashes: what document paths begin with. */
  root: string
  /** True where the root is a single file. */
  isFile: boolean
  /** Ascending by path, by UTF-16 code units. */
  files: FoundFile[]
  skipped: Partial<Record<SkipReason, number>>
  /** What could not be looked at: what is below them is unknown, not gone. */
  unreadable: Unreadable[]
}

export const DEFAULT_MAX_FILE_BYTES = 10_000_000

/**
 * Every file below a root that may be indexed, or the root itself where it is a file.
 *
 * - Skipped and counted: what .gitignore (those above the root in its repository too), .git/info/exclude and .semdexignore
 *   name; hidden, binary and oversized files; folders of dependencies and what tools generate (walk-defaults.ts).
 * - A symbolic link is followed where its target is inside the root, after everything that is there without links;
 *   each real file comes once, so cycles end.
 * - Nothing that cannot be read stops the walk.
 * @throws {SemdexError} `PATH_NOT_FOUND`, `PATH_UNREADABLE`, `FILE_TOO_LARGE` of the root itself; `ABORTED`
 */
export async function walk(root: string, options: WalkOptions = {}): Promise<WalkResult> {
  throwIfAborted(options.signal)
  const path = realRoot(root)
  const stats = statRoot(path)
  const walker = new Walker(path, options)
  if (!stats.isDirectory()) return { ...walker.result, isFile: true, files: [rootFile(path, stats, options)] }
  await walker.run()
  return { ...walker.result, isFile: false }
}

function statRoot(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    throw pathError(path, error)
  }
}

function rootFile(path: string, stats: Stats, { maxFileBytes = DEFAULT_MAX_FILE_BYTES }: WalkOptions): FoundFile {
  if (!stats.isFile()) {
    throw new SemdexError('PATH_UNREADABLE', { message: `${path} is neither a folder nor a file.`, details: { path } })
  }
  if (stats.size > maxFileBytes) throw tooLarge(path, stats.size, maxFileBytes)
  return found(path, stats)
}

/** The event loop gets a turn this often, in milliseconds. */
const TURN = 20

class Walker {
  readonly result: WalkResult
  readonly #options: WalkOptions
  readonly #maxFileBytes: number
  readonly #excluded: ReadonlySet<string>
  readonly #links: { path: string; rules: IgnoreRules }[] = []
  /** Real paths that links led to, and of folders that were walked; what is below the root without links is not in it. */
  readonly #folders = new Set<string>()

  constructor(root: string, options: WalkOptions) {
    this.result = { root, isFile: false, files: [], skipped: {}, unreadable: [] }
    this.#options = options
    this.#maxFileBytes = options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES
    this.#excluded = new Set(options.exclude)
  }

  async run(): Promise<void> {
    const { root, files } = this.result
    await this.#walkFolders([{ path: root, rules: rulesAbove(root, this.#options.top ?? root) }])
    await this.#followLinks()
    files.sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  async #walkFolders(folders: { path: string; rules: IgnoreRules }[]): Promise<void> {
    let turn = performance.now()
    for (let folder = folders.pop(); folder; folder = folders.pop()) {
      this.#walkFolder(folder.path, folder.rules, folders)
      if (performance.now() - turn < TURN) continue
      this.#options.onFound?.(this.result.files.length)
      await new Promise(setImmediate)
      throwIfAborted(this.#options.signal)
      turn = performance.now()
    }
  }

  #walkFolder(path: string, above: IgnoreRules, folders: { path: string; rules: IgnoreRules }[]): void {
    const entries = this.#list(path)
    if (!entries) return
    this.#folders.add(path)
    const names = entries.map(({ name }) => name).filter((name) => ALL_MARKS.has(name))
    if (path !== this.result.root && names.some((name) => SKIPPED_FOLDER_MARKS.includes(name))) {
      this.#skip('dependencies')
      return
    }
    const rules = names.length > 0 ? withFolder(above, path, names) : above
    const prefix = path.endsWith('/') ? path : `${path}/`
    for (const entry of entries) {
      const child = prefix + entry.name
      const reason = this.#reasonToSkip(child, entry, rules)
      if (reason) this.#skip(reason)
      else if (entry.isDirectory()) folders.push({ path: child, rules: rulesInside(rules, child) })
      else if (entry.isSymbolicLink()) this.#links.push({ path: child, rules })
      else this.#takeFile(child)
    }
  }

  #reasonToSkip(path: string, entry: Dirent, rules: IgnoreRules): SkipReason | null {
    const { name } = entry
    if (this.#excluded.size > 0 && this.#excluded.has(path)) return 'excluded'
    if (NEVER.has(name)) return 'hidden'
    const isFolder = entry.isDirectory()
    const said = rules.git.length + rules.semdex.length > 0 ? verdict(rules, path, isFolder) : null
    if (said === 'ignore') return 'ignored'
    if (said === 'keep') return null
    if (name.startsWith('.') && !this.#options.hidden) return 'hidden'
    if (isFolder) return SKIPPED_FOLDERS.has(name) ? 'dependencies' : null
    if (SKIPPED_FILES.has(name) || SKIPPED_ENDINGS.some((ending) => name.endsWith(ending))) return 'generated'
    const dot = name.lastIndexOf('.')
    return dot > 0 && BINARY_EXTENSIONS.has(name.slice(dot + 1).toLowerCase()) ? 'binary' : null
  }

  #takeFile(path: string): void {
    try {
      const stats = lstatSync(path)
      if (!stats.isFile()) this.#skip('special')
      else if (stats.size > this.#maxFileBytes) this.#skip('oversized')
      else this.result.files.push(found(path, stats))
    } catch (error) {
      this.#unreadable(path, error)
    }
  }

  /** Links wait until all else is known: a file that is there in its own right keeps its own path. */
  async #followLinks(): Promise<void> {
    const real = this.#links.length > 0 ? new Set(this.result.files.map(({ path }) => path)) : null
    this.#links.sort((a, b) => (a.path < b.path ? 1 : -1))
    for (let link = this.#links.pop(); link; link = this.#links.pop()) {
      throwIfAborted(this.#options.signal)
      await this.#followLink(link.path, link.rules, real as Set<string>)
    }
  }

  async #followLink(path: string, rules: IgnoreRules, taken: Set<string>): Promise<void> {
    try {
      const target = portablePath(realpathSync(path))
      const { root } = this.result
      if (!isUnder(target, root)) {
        this.#skip('outside')
        return
      }
      if ([...this.#excluded].some((folder) => isUnder(target, folder))) {
        this.#skip('excluded')
        return
      }
      if (taken.has(target) || this.#folders.has(target)) return
      if (statSync(target).isDirectory()) {
        this.#folders.add(target)
        const before = this.result.files.length
        await this.#walkFolders([{ path, rules }])
        this.#dropTaken(before, path, target, taken)
      } else {
        taken.add(target)
        this.#takeTarget(path, target)
      }
    } catch (error) {
      this.#unreadable(path, error)
    }
  }

  /** Of the files found through a link to a folder, keeps those that were not found before. */
  #dropTaken(from: number, link: string, target: string, taken: Set<string>): void {
    const { files } = this.result
    for (const file of files.splice(from)) {
      const real = target + file.path.slice(link.length)
      if (taken.has(real)) continue
      taken.add(real)
      files.push(file)
    }
  }

  #takeTarget(path: string, target: string): void {
    const stats = statSync(target)
    if (!stats.isFile()) this.#skip('special')
    else if (stats.size > this.#maxFileBytes) this.#skip('oversized')
    else this.result.files.push(found(path, stats))
  }

  #list(path: string): Dirent[] | null {
    try {
      return readdirSync(path, { withFileTypes: true })
    } catch (error) {
      this.#unreadable(path, error)
      return null
    }
  }

  /** What is gone since it was listed is not there, and neither is what a broken link names. */
  #unreadable(path: string, error: unknown): void {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ELOOP') this.result.unreadable.push({ path, error: pathError(path, error) })
  }

  #skip(reason: SkipReason): void {
    const { skipped } = this.result
    skipped[reason] = (skipped[reason] ?? 0) + 1
  }
}

const NEVER: ReadonlySet<string> = new Set(['.git', ...IGNORE_FILES])
const ALL_MARKS: ReadonlySet<string> = new Set([...IGNORE_FILES, ...SKIPPED_FOLDER_MARKS])

function found(path: string, { size, mtimeMs, ino }: Stats): FoundFile {
  return { path, size, modifiedAt: mtimeMs, inode: ino }
}
