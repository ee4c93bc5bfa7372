import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SETTINGS } from '../../src/core/settings.ts'
import { inRepository } from '../support/assets.ts'
import { settingsTable } from '../support/manual.ts'

const page = readFileSync(inRepository('docs/server.md'), 'utf8')

test('docs/server.md has every setting of the server as it is', () => {
  const own = SETTINGS.filter(({ name }) => /^(server|telemetry)\./.test(name))
  expect(page).toContain(settingsTable(own))
})
