import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { beforeAll, expect, test } from 'vitest'
import { inRepository } from '../support/assets.ts'
import { build } from '../support/cli.ts'

beforeAll(build, 180_000)

test('what is built imports only what is installed with it', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'))
  const installed = [...Object.keys(dependencies), ...Object.keys(peerDependencies), ...builtinModules]
  const dist = inRepository('dist')
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    // The page is for browsers; the contract suites bring vitest.
    .filter((file) => file.endsWith('.js') && !/^(interfaces\/web|testing)\//.test(file))
  expect(files.length).toBeGreaterThan(200)
  const missing = files.flatMap((file) =>
    importsOf(readFileSync(`${dist}/${file}`, 'utf8'))
      .filter((name) => !installed.some((known) => name === known || name.startsWith(`${known}/`)))
      .map((name) => `${file}: ${name}`),
  )
  expect(missing).toEqual([])
})

/** Of packages: neither relative ones nor those of Node with its prefix. */
function importsOf(code: string): string[] {
  const stated = [...code.matchAll(/^(?:import|export)\b[^'"\n;]*?\bfrom\s*["']([^"']+)["']/gm)]
  const bare = [...code.matchAll(/^import\s*["']([^"']+)["']/gm)]
  const dynamic = [...code.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)]
  return [...stated, ...bare, ...dynamic]
    .map(([, name]) => name as string)
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
}
