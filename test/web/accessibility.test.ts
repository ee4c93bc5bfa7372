import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  describeWithBrowser,
  expectAccessible,
  keepScreenshot,
  launchBrowser,
  type VisitOptions,
  visit,
} from '../support/browser.ts'
import { fill, openSite, type Site, write } from './support/site.ts'

const MINUTES = 60_000

const LOOKS: [name: string, VisitOptions][] = [
  ['light', { colorScheme: 'light' }],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { colorScheme: 'light', width: 360, height: 740 }],
  ['phone-dark', { colorScheme: 'dark', width: 360, height: 740 }],
]

/** Every view and state of the page: where it is, and what is done there. */
const VIEWS: [name: string, search: string, prepare: (page: Page) => Promise<unknown>][] = [
  ['start', '', (page) => page.locator('.overview').waitFor()],
  ['results', '?q=lighthouse+keeper+lamp', (page) => page.locator('.hit').first().waitFor()],
  ['why', '?q=dough+and+loaf', openWhy],
  ['filters', '?q=dough&where=year&path=**/*.md', (page) => page.locator('.mistake').waitFor()],
  ['nothing', '?q=zzyzx&mode=lexical', (page) => page.locator('.empty').waitFor()],
  ['document', '?q=lighthouse+keeper+lamp&in=notes', openFirst],
  ['collections', '?view=collections', openDocuments],
  ['evaluation', '?view=evaluation', (page) => page.locator('tbody tr').nth(1).waitFor()],
  ['keys', '', (page) => page.getByRole('button', { name: 'Keys' }).click()],
  ['add-files', '?view=collections', (page) => page.getByRole('button', { name: 'Add files' }).first().click()],
  ['not-found', '?doc=nothing&of=library', (page) => page.getByRole('alert').waitFor()],
]

describeWithBrowser('every view of the page', () => {
  let site: Site
  let browser: Browser

  beforeAll(async () => {
    site = await openSite()
    await fill(site)
    await evaluate(site)
    browser = await launchBrowser()
  }, 5 * MINUTES)
  afterAll(async () => {
    await browser?.close()
    await site?.close()
  })

  test.each(LOOKS)(
    'is accessible and fits its window: %s',
    async (look, options) => {
      for (const [name, search, prepare] of VIEWS) {
        const { page, complaints, close } = await visit(browser, `${site.url}/${search}`, options)
        await prepare(page)
        await page.waitForTimeout(300)
        await keepScreenshot(page, `${name}-${look}`)
        await expectAccessible(page, `${name}, ${look}`)
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect({ name, overflow }).toEqual({ name, overflow: 0 })
        expect(complaints.filter((each) => name !== 'not-found' || !each.includes('404'))).toEqual([])
        await close()
      }
    },
    5 * MINUTES,
  )

  test('the page has landmarks, one heading of the first level, and tells how much was found', async () => {
    const { page, close } = await visit(browser, `${site.url}/?q=dough`)
    await page.locator('.hit').first().waitFor()
    for (const role of ['banner', 'navigation', 'main', 'search'] as const)
      expect(await page.getByRole(role).count()).toBe(1)
    expect(await page.locator('h1').allInnerTexts()).toEqual(['Search'])
    expect(await page.getByRole('status').first().innerText()).toMatch(/^\d+ documents/)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await close()
  })

  test('nothing moves for whoever asks for that', async () => {
    const { page, close } = await visit(browser, `${site.url}/`, { reducedMotion: 'reduce' })
    await page.locator('.overview').waitFor()
    const moving = await page.locator('button, a').evaluateAll(
      (elements) =>
        elements.filter((element) => {
          // biome-ignore lint/suspicious/noExplicitAny: the browser's own globals.
          const { transitionDuration, animationName } = (globalThis as any).getComputedStyle(element)
          return transitionDuration !== '0s' || animationName !== 'none'
        }).length,
    )
    expect(moving).toBe(0)
    await close()
  })
})

async function openWhy(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'why' }).first().click()
  await page.getByText('Every number').click()
}

async function openFirst(page: Page): Promise<void> {
  await page.locator('[data-hit]').first().click()
  await page.locator('.segment.current').waitFor()
}

async function openDocuments(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Documents' }).first().click()
  await page.locator('.documents li').first().waitFor()
}

async function evaluate(site: Site): Promise<void> {
  const corpus = ['A rolling stone gathers no moss.', 'The early bird catches the worm.']
  write(site.folder, {
    'proverbs/corpus.jsonl': corpus.map((text, at) => JSON.stringify({ _id: `${at}`, title: '', text })).join('\n'),
    'proverbs/queries.jsonl': '{"_id":"q","text":"bird and worm"}\n',
    'proverbs/qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq\t1\t1\n',
  })
  for (const mode of ['hybrid', 'lexical']) {
    const { id } = await site.call('jobs.start', {
      operation: 'eval',
      input: { folder: `${site.folder}/proverbs`, mode },
    })
    while ((await site.call('jobs.get', { id })).state !== 'succeeded')
      await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
