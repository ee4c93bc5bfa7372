import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))

/** The folder of large test assets (models, data, fixtures), which is not part of the repository. */
const ASSETS = resolve(REPOSITORY, process.env.SEMDEX_TEST_ASSETS ?? '../shared')

/** The absolute path of an asset: `asset('data/sts/stsb-en-test.csv')`. */
export function asset(path: string): string {
  return resolve(ASSETS, path)
}

/** The absolute path of something in the repository. */
export function inRepository(path: string): string {
  return resolve(REPOSITORY, path)
}

/** The reason to skip what needs these assets, or null where all are there. */
function missingAssets(...paths: string[]): string | null {
  const missing = paths.map(asset).filter((path) => !existsSync(path))
  return missing.length === 0 ? null : `needs ${missing.join(', ')} (SEMDEX_TEST_ASSETS)`
}

/** A `describe` whose body, where one of the assets is missing, is not run: one skipped test tells the reason instead. */
export function describeWithAssets(name: string, paths: string[], body: () => void): void {
  const reason = missingAssets(...paths)
  describe(name, reason ? () => test.skip(reason, () => undefined) : body)
}
