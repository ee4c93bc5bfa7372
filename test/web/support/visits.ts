import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { Configuration } from '../../../src/core/configuration.ts'
import { launchBrowser, type Visit, visit } from '../../support/browser.ts'
import { fill, openSite, type Site } from './site.ts'

export interface Visited {
  site: Site
  browser: Browser
  visiting: Visit
  page: Page
}

interface Visiting {
  /** Where each test begins: behind the site's address. */
  path: string
  /** Resolves once the page shows what the tests begin with. */
  ready?: (page: Page) => Promise<void>
  settings?: Partial<Record<keyof Configuration, unknown>>
}

/**
 * One filled site for all tests of the `describe` around the call, and for each of them a visit of its own, which `onVisit`
 * is told of and which ends without complaints.
 */
export function visitEach({ path, ready, settings = {} }: Visiting, onVisit: (visited: Visited) => void): void {
  let site: Site
  let browser: Browser
  let visiting: Visit

  beforeAll(async () => {
    site = await openSite(settings)
    await fill(site)
    browser = await launchBrowser()
  }, 300_000)
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })
  beforeEach(async () => {
    visiting = await visit(browser, `${site.url}${path}`)
    const { page } = visiting
    await ready?.(page)
    onVisit({ site, browser, visiting, page })
  })
  afterEach(async () => {
    await visiting.close()
    expect(visiting.complaints).toEqual([])
  })
}
