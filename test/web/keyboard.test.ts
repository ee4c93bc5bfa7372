import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeWithBrowser } from '../support/browser.ts'
import { visitEach } from './support/visits.ts'

const WAIT = { timeout: 20_000 }

describeWithBrowser('the page by keyboard alone', () => {
  let page: Page
  visitEach({ path: '/', ready: (page) => page.locator('.overview').waitFor() }, (visited) => {
    ;({ page } = visited)
  })

  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  const focused = (what: string) => page.evaluate(`document.activeElement.${what}`)
  const titles = () => page.locator('.hit-title').allInnerTexts()

  test('from the question to a passage and back', async () => {
    await press('/')
    expect(await focused('id')).toBe('query')
    await page.keyboard.type('dough rises')
    await expect.poll(async () => (await titles())[0], WAIT).toMatch(/Bread|yeast/)
    await page.waitForLoadState('networkidle')
    const [first, second] = await titles()
    await press('Enter')
    expect(await focused('innerText')).toBe(first)
    await press('j')
    expect(await focused('innerText')).toBe(second)
    await press('k', 'ArrowDown', 'ArrowUp')
    expect(await focused('innerText')).toBe(first)
    await press('e')
    await page.locator('.why').waitFor()
    await press('e')
    expect(await page.locator('.why').count()).toBe(0)
    await press('Enter')
    await page.locator('.segment.current').waitFor()
    expect(await focused('className')).toContain('current')
    await press('Escape')
    await expect.poll(() => focused('innerText'), WAIT).toBe(first)
    await press('Escape')
    expect(await focused('id')).toBe('query')
    await press('Escape')
    await expect.poll(() => page.inputValue('#query'), WAIT).toBe('')
  })

  test('keys count, and letters stay, from the moment the page is there', async () => {
    // By then the page's module has run, and nothing is painted yet.
    const script = `addEventListener('DOMContentLoaded', () => {
      dispatchEvent(new KeyboardEvent('keydown', { key: '/', cancelable: true }))
      document.activeElement.value = 'tide'
      document.activeElement.dispatchEvent(new InputEvent('input', { bubbles: true }))
    })`
    await page.addInitScript(script)
    await page.reload()
    expect(await focused('id')).toBe('query')
    await expect.poll(async () => (await titles()).length, WAIT).toBeGreaterThan(0)
    expect(await page.inputValue('#query')).toBe('tide')
  })

  test('the upmost result leads back to the field, the field down to it', async () => {
    await press('/')
    await page.keyboard.type('tide')
    await page.locator('.hit').first().waitFor()
    await page.waitForLoadState('networkidle')
    await press('ArrowDown')
    expect(await focused('dataset.hit')).toBeTruthy()
    await press('ArrowUp')
    expect(await focused('id')).toBe('query')
  })

  test('? shows the keys; Escape closes them and gives the focus back', async () => {
    await page.getByRole('link', { name: 'Collections' }).focus()
    await press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await press('Escape')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await expect.poll(() => focused('innerText'), WAIT).toBe('Collections')
  })

  test('1, 2 and 3 change the view, in fields they are digits', async () => {
    await press('2')
    await page.getByRole('heading', { name: 'Collections' }).waitFor()
    await press('3')
    await page.getByRole('heading', { name: 'Evaluation' }).waitFor()
    await press('1')
    await page.locator('#query').waitFor()
    await press('/', '2', '?')
    expect(await page.inputValue('#query')).toBe('2?')
    await press('/')
    expect(await page.inputValue('#query')).toBe('2?/')
  })

  test('single letters can be switched off', async () => {
    await press('?')
    await page.getByRole('checkbox', { name: 'Single letters act' }).focus()
    await press('Space', 'Escape', '2', '/', '?')
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(new URL(page.url()).search).toBe('')
    await page.reload()
    await page.locator('.overview').waitFor()
    await press('2')
    expect(new URL(page.url()).search).toBe('')
  })

  test('the first tab leads past the banner', async () => {
    await press('Tab')
    expect(await focused('innerText')).toBe('To the content')
    await press('Enter')
    expect(await focused('id')).toBe('main')
  })

  test('the colours follow the system until the switch says otherwise, which is kept', async () => {
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const light = await ground()
    await page.emulateMedia({ colorScheme: 'dark' })
    const dark = await ground()
    expect(dark).not.toBe(light)
    const button = page.getByRole('button', { name: /^Colours/ })
    await button.focus()
    await press('Enter')
    await expect.poll(ground, WAIT).toBe(light)
    await page.reload()
    await page.locator('.overview').waitFor()
    expect(await ground()).toBe(light)
    await page.emulateMedia({ colorScheme: 'light' })
    await button.focus()
    await press('Enter')
    await expect.poll(ground, WAIT).toBe(dark)
  })
})
