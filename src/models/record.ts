import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelSpec } from '../core/model-spec.ts'
import { readFolderSpec } from './folders/folder-spec.ts'
import { readSpecFile } from './folders/spec-schema.ts'
import { recordDigests, type VerifyOptions } from './verify.ts'

/**
 * A catalogue's spec with the checksums that were recorded when the model was installed in a folder. What the catalogue
 * knows comes first, then the record, then, for files that somebody put there by hand, the files themselves. A model that
 * its user exported is run as its own record says.
 * @throws {SemdexError} `MODEL_INVALID`, `MODEL_DAMAGED`
 */
export async function installedSpec(spec: ModelSpec, folder: string, options: VerifyOptions): Promise<ModelSpec> {
  if (spec.files.length === 0) {
    const { name, summary, source, licence, notice, languages } = spec
    const own = await readFolderSpec(folder, options)
    return { ...own, name, summary, source, licence, notice, languages }
  }
  return recordDigests(withRecord(spec, readRecord(folder)), folder, options)
}

/** The spec that was written when the model was installed; null where there is none. */
export function readRecord(folder: string): ModelSpec | null {
  const file = join(folder, 'semdex.json')
  return existsSync(file) ? readSpecFile(file) : null
}

/** The catalogue's checksums, and the record's where the catalogue has none. */
export function withRecord(spec: ModelSpec, record: ModelSpec | null): ModelSpec {
  const recorded = new Map(record?.files.map((file) => [file.path, file]))
  const files = spec.files.map((file) => ({
    ...file,
    sha256: file.sha256 ?? recorded.get(file.path)?.sha256 ?? null,
    bytes: file.bytes ?? recorded.get(file.path)?.bytes ?? null,
  }))
  return { ...spec, files }
}

let written = 0

/** Appears as a whole or not at all, whoever else writes it at the moment. */
export async function writeRecord(folder: string, spec: ModelSpec): Promise<void> {
  const file = join(folder, 'semdex.json')
  const temporary = `${file}.${process.pid}-${++written}.tmp`
  await mkdir(folder, { recursive: true })
  await writeFile(temporary, `${JSON.stringify(spec, null, 2)}\n`)
  await rename(temporary, file)
}

/** Whether a model's files can be downloaded: `owner/name` is a repository, a bare name only says where it came from. */
export function isPullable({ files, source }: ModelSpec): boolean {
  return files.length > 0 && /^[\w.-]+\/[\w.-]+$/.test(source.repository)
}
