import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithBrowser, launchBrowser, visit } from '../support/browser.ts'
import { fill, openSite, type Site } from './support/site.ts'

const MINUTES = 60_000
const WAIT = { timeout: 20_000 }

describeWithBrowser('the page of a server that wants a key', () => {
  let site: Site
  let browser: Browser
  let admin: string
  let reader: string

  beforeAll(async () => {
    site = await openSite()
    await fill(site)
    admin = (await site.call('keys.create', { name: 'owner', scope: 'admin' })).key
    reader = (await site.call('keys.create', { name: 'reader', scope: 'read' }, admin)).key
    browser = await launchBrowser()
    // Servers look for new keys now and then.
    while ((await fetch(`${site.url}/api/status`)).status !== 401)
      await new Promise((resolve) => setTimeout(resolve, 100))
  }, 5 * MINUTES)
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })

  test('asks once for all that waits, refuses a wrong one, and goes on with the right one', async () => {
    const { page, complaints, close } = await visit(browser, `${site.url}/?q=tide&in=library`)
    const prompt = page.getByRole('dialog', { name: 'This server wants a key' })
    await prompt.waitFor()
    expect(await page.getByRole('dialog').count()).toBe(1)
    await prompt.getByLabel('Key').fill('semdex_000000000000_wrong')
    await page.keyboard.press('Enter')
    await prompt.getByRole('alert').waitFor()
    await prompt.getByLabel('Key').fill(reader)
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('.hit-title').first().innerText(), WAIT).toBe('tides')
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(
      await page.evaluate(
        '[document.cookie, localStorage.length === 0 || !JSON.stringify(localStorage).includes("semdex_")]',
      ),
    ).toEqual(['', true])
    await page.reload()
    await expect.poll(() => page.locator('.hit-title').first().innerText(), WAIT).toBe('tides')
    expect(page.url()).not.toContain('semdex_')
    expect(complaints.filter((each) => !each.includes('401'))).toEqual([])
    await close()
  })

  test('what the key may not do is refused with the scope that it needs', async () => {
    const { page, complaints, close } = await visit(browser, site.url)
    await page.getByPlaceholder('semdex_…').fill(reader)
    await page.keyboard.press('Enter')
    await page.locator('.overview').waitFor()
    await page.getByRole('link', { name: 'Collections' }).click()
    await page.getByRole('article', { name: 'notes' }).getByRole('button', { name: 'Index again' }).click()
    const failure = page.getByRole('alert')
    await failure.waitFor()
    expect(await failure.innerText()).toMatch(/needs a key of the scope write; this one has read/)
    expect(await failure.innerText()).toContain('ACCESS_DENIED')
    expect(complaints.filter((each) => !/40[13]/.test(each))).toEqual([])
    await close()
  })

  test('whoever has none can look at the question and leave it', async () => {
    const { page, close } = await visit(browser, site.url)
    await page.getByRole('dialog').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toContain('KEY_INVALID')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('dialog').waitFor()
    await close()
  })
})
