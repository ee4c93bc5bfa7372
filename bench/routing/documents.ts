import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Side } from '../../src/core/sides.ts'
import { isLabelTrue, type Label, labelOf, proseShare } from './labels.ts'
import { DEBIAN_BINARIES, DEBIAN_SOURCES, NPM, type Part, PYPI, UNSEEN } from './packages.ts'

export interface Sample {
  package: string
  path: string
  language: string
  side: Side
  text: string
}

/** Files of one language that one package may give, so that no package and no language has the say. Prose is rarer. */
const MOST_OF_A_LANGUAGE: Readonly<Record<Part, Readonly<Record<Side, number>>>> = {
  train: { code: 25, text: 80 },
  test: { code: 12, text: 12 },
}
const SHORTEST = 60
const LARGEST_BYTES = 300_000
/** Pages with a share of prose between these are neither: they are left out. */
const UNDECIDED: readonly [number, number] = [0.4, 0.6]

/** The labelled files of one part, in a fixed order, each text once. `seen` takes the digests of what was given before. */
export function collectDocuments(folder: string, part: Part, seen: Set<string>): Sample[] {
  const samples = packageFolders(folder, part).flatMap(([name, path]) => ofPackage(name, path, part))
  return samples.filter(({ text, language }) => {
    const digest = headDigest(text)
    if (seen.has(digest) || (part === 'train' && UNSEEN.has(language))) return false
    seen.add(digest)
    return true
  })
}

function packageFolders(folder: string, part: Part): [name: string, path: string][] {
  const of = (kind: string, names: readonly string[]) =>
    names.map((name): [string, string] => [name, join(folder, kind, name.replaceAll(/[@/]/g, '_'))])
  const all = [
    ...of('src', DEBIAN_SOURCES[part]),
    ...of('deb', DEBIAN_BINARIES[part]),
    ...of('npm', NPM[part]),
    ...of('pip', PYPI[part]),
  ]
  const missing = all.filter(([, path]) => !existsSync(path)).map(([name]) => name)
  if (missing.length > 0) process.stderr.write(`not there: ${missing.join(' ')}\n`)
  return all.filter(([, path]) => existsSync(path))
}

function ofPackage(name: string, root: string, part: Part): Sample[] {
  const byLanguage = new Map<string, { path: string; label: Label }[]>()
  for (const path of filesUnder(root)) {
    const label = labelOf(path, name)
    if (label === null) continue
    const files = byLanguage.get(label.language) ?? []
    byLanguage.set(label.language, files)
    files.push({ path, label })
  }
  return [...byLanguage].flatMap(([language, files]) => {
    const picked: Sample[] = []
    const left = { ...MOST_OF_A_LANGUAGE[part] }
    for (const { path, label } of shuffled(files)) {
      if (left.code === 0 || left.text === 0) break
      const text = readText(join(root, path))
      if (text === null || !isLabelTrue(label, text)) continue
      const side = label.side ?? sideOfMarkup(text)
      if (side === null) continue
      left[side]--
      picked.push({ package: name, path, language, side, text })
    }
    return picked
  })
}

function filesUnder(root: string): string[] {
  const found = readdirSync(root, { recursive: true, withFileTypes: true })
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}

/** By the digest of the path: the same pick on every machine. */
function shuffled<T extends { path: string }>(files: T[]): T[] {
  const keyed = files.map((file) => ({ file, key: createHash('sha1').update(file.path).digest('hex') }))
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ file }) => file)
}

function readText(path: string): string | null {
  if (statSync(path).size > LARGEST_BYTES) return null
  const bytes = readFileSync(path)
  if (bytes.includes(0)) return null
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.trim().length < SHORTEST ? null : text
  } catch {
    return null
  }
}

function sideOfMarkup(text: string): Side | null {
  const share = proseShare(text)
  if (share >= UNDECIDED[1]) return 'text'
  return share <= UNDECIDED[0] ? 'code' : null
}

function headDigest(text: string): string {
  return createHash('sha1').update(text.replaceAll(/\s+/g, '').slice(0, 400)).digest('hex')
}
