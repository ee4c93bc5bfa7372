import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeWithBrowser, launchBrowser, type Visit, visit } from '../support/browser.ts'
import { fill, openSite, type Site } from './support/site.ts'

const MINUTES = 60_000
const WAIT = { timeout: 20_000 }

/** What is dropped: names with texts. */
type Dropped = Record<string, string>

describeWithBrowser('dropping files on the page', () => {
  let site: Site
  let browser: Browser
  let visiting: Visit
  let page: Page

  beforeAll(async () => {
    site = await openSite({ maxFileBytes: 10_000 })
    await fill(site)
    browser = await launchBrowser()
  }, 5 * MINUTES)
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })
  beforeEach(async () => {
    visiting = await visit(browser, `${site.url}/?q=volcano`)
    page = visiting.page
    await page.locator('.tally', { hasText: 'documents' }).waitFor()
  })
  afterEach(async () => {
    await visiting.close()
    expect(visiting.complaints).toEqual([])
  })

  const dialog = () => page.getByRole('dialog', { name: 'Add files' })
  const outcomes = () => dialog().locator('.outcome').allInnerTexts()

  async function drop(files: Dropped): Promise<void> {
    const transfer = await page.evaluateHandle((given) => {
      // biome-ignore lint/suspicious/noExplicitAny: the browser's own globals.
      const { DataTransfer, File } = globalThis as any
      const made = new DataTransfer()
      for (const [name, text] of Object.entries(given)) made.items.add(new File([text], name))
      return made
    }, files)
    for (const type of ['dragenter', 'dragover', 'drop'])
      await page.dispatchEvent('body', type, { dataTransfer: transfer })
  }

  test('adds them to the chosen collection, and finds them', async () => {
    await drop({
      'etna.md': '# Etna\n\nThe volcano on Sicily smokes.\n',
      'nile.txt': 'The river floods each summer.\n',
    })
    await dialog()
      .getByLabel(/^Collection/)
      .fill('geography')
    await dialog().getByRole('button', { name: 'Add 2 files' }).click()
    await expect.poll(outcomes, WAIT).toEqual(['1 chunk', '1 chunk'])
    expect(await dialog().getByRole('status').innerText()).toBe('2 of 2 files added')
    await dialog().getByRole('button', { name: 'Done' }).click()
    await expect.poll(() => page.locator('.hit-title').first().innerText(), WAIT).toBe('Etna')
    await expect
      .poll(() => page.getByLabel('Collection').locator('option').allInnerTexts(), WAIT)
      .toContain('geography')
    const { documents } = await site.call('documents', { collection: 'geography' })
    expect(documents.map(({ id, title }: { id: string; title: string }) => [id, title])).toEqual([
      ['etna.md', 'Etna'],
      ['nile.txt', 'nile.txt'],
    ])
  })

  test('tells of each what became of it; what fails does not hinder the rest', async () => {
    await drop({
      'long.txt': 'word '.repeat(4_000),
      'zeros.bin': '\0\u0001\u0002'.repeat(500),
      'ok.txt': 'A volcano sleeps.',
    })
    await dialog()
      .getByLabel(/^Collection/)
      .fill('mixed')
    await dialog().getByRole('button', { name: 'Add 3 files' }).click()
    await dialog().getByRole('button', { name: 'Done' }).waitFor()
    const [long, zeros, ok] = await outcomes()
    expect(long).toMatch(/10,?000|too large|larger/i)
    expect(zeros).toMatch(/binary|text/i)
    expect(ok).toBe('1 chunk')
    expect(await dialog().getByRole('status').innerText()).toBe('1 of 3 files added, 2 failed')
  })

  test('a collection name that cannot be is said at each file', async () => {
    await drop({ 'a.txt': 'text' })
    await dialog()
      .getByLabel(/^Collection/)
      .fill('no/slashes')
    await dialog().getByRole('button', { name: 'Add 1 file' }).click()
    await expect.poll(outcomes, WAIT).toEqual([expect.stringMatching(/collection name has letters/)])
    expect(visiting.complaints.splice(0)).toEqual([expect.stringContaining('400')])
  })

  test('says so while they hang over the page, and not when they are taken away', async () => {
    const transfer = await page.evaluateHandle(() => {
      // biome-ignore lint/suspicious/noExplicitAny: the browser's own globals.
      const { DataTransfer, File } = globalThis as any
      const made = new DataTransfer()
      made.items.add(new File(['x'], 'x.txt'))
      return made
    })
    await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
    await page.getByText('Drop the files to add them').waitFor()
    await page.dispatchEvent('body', 'dragleave', { dataTransfer: transfer })
    await expect.poll(() => page.getByText('Drop the files to add them').count(), WAIT).toBe(0)
  })

  test('can be done without a mouse', async () => {
    const file = join(site.folder, 'fjord.md')
    writeFileSync(file, '# Fjord\n\nA fjord is a valley that the sea has filled.\n')
    await page.goto(`${site.url}/?view=collections`)
    await page.getByRole('article', { name: 'library' }).getByRole('button', { name: 'Add files' }).focus()
    await page.keyboard.press('Enter')
    expect(
      await dialog()
        .getByLabel(/^Collection/)
        .inputValue(),
    ).toBe('library')
    await dialog().locator('input[type=file]').setInputFiles(file)
    await dialog().getByRole('button', { name: 'Add 1 file' }).focus()
    await page.keyboard.press('Enter')
    await dialog().getByRole('button', { name: 'Done' }).waitFor()
    expect(await outcomes()).toEqual(['1 chunk'])
    await page.keyboard.press('Escape')
    expect((await site.call('search', { query: 'fjord', mode: 'lexical' })).hits[0]).toMatchObject({
      documentId: 'fjord.md',
      collection: 'library',
    })
  })
})
