import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithBrowser, expectAccessible, launchBrowser, visit } from '../support/browser.ts'
import { type Serving, startServing } from '../support/serving.ts'

describeWithBrowser('/docs', () => {
  let serving: Serving
  let browser: Browser
  beforeAll(async () => {
    serving = await startServing({ embeddings: false })
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await serving?.close()
  })

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
  ] as const)('is readable and complains of nothing: %s, %i pixels wide', async (colorScheme, width) => {
    const { page, complaints, close } = await visit(browser, `${serving.url}/docs`, { colorScheme, width })
    expect(await page.title()).toBe('Semdex API')
    const background = await page.evaluate('getComputedStyle(document.documentElement).colorScheme')
    expect(background).toBe('light dark')
    const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    expect(beyond).toBeLessThanOrEqual(0)
    await expectAccessible(page, `/docs, ${colorScheme}, ${width}`)
    expect(complaints).toEqual([])
    await close()
  })

  test('leads from the list to an endpoint', async () => {
    const { page, close } = await visit(browser, `${serving.url}/docs`)
    await page.getByText('Search', { exact: true }).first().click()
    await page.getByRole('link', { name: 'POST /api/search', exact: true }).click()
    expect(new URL(page.url()).hash).toBe('#post_api_search')
    expect(await page.locator('article:target h3').innerText()).toBe('POST /api/search')
    await close()
  })
})
