import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'

interface LockedPackage {
  resolved?: string
  link?: boolean
  hasInstallScript?: boolean
  optionalDependencies?: Record<string, string>
}

const manifest = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'))
const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
  readFileSync(inRepository('package-lock.json'), 'utf8'),
)
const packages = Object.entries(lock.packages)

describe('the lock file', () => {
  test('names no host', () => {
    const hosts = packages.filter(([, { resolved, link }]) => resolved !== undefined && !link)
    expect(hosts).toEqual([])
    expect(readFileSync(inRepository('.npmrc'), 'utf8')).not.toMatch(/registry=|\/\//)
  })

  test('has every optional package of every platform, without which npm ci refuses it', () => {
    const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
    )
    expect(missing).toEqual([])
  })

  test('only knows install scripts that were decided upon', () => {
    const names = packages.filter(([, locked]) => locked.hasInstallScript).map(([path]) => nameOf(path))
    expect(names.filter((name) => !(name in manifest.allowScripts) && name !== 'fsevents')).toEqual([])
    expect(manifest.allowScripts.node).toBe(true)
  })

  test('better-sqlite3 is never compiled: npm must not see a gyp package in it', () => {
    const driver = JSON.parse(readFileSync(inRepository('node_modules/better-sqlite3/package.json'), 'utf8'))
    expect(driver.gypfile).toBe(false)
    expect(Object.keys(driver.scripts)).not.toEqual(expect.arrayContaining([expect.stringMatching(/install$/)]))
  })
})

/** npm looks in the package's own node_modules, then upwards. */
function isLocked(path: string, name: string): boolean {
  if (`${path === '' ? '' : `${path}/`}node_modules/${name}` in lock.packages) return true
  return path !== '' && isLocked(path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/'))), name)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}
