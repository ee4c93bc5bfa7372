import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeWithBrowser, launchBrowser, visit } from '../support/browser.ts'
import { openSite, type Site } from './support/site.ts'
import { visitEach } from './support/visits.ts'

const MINUTES = 60_000
const WAIT = { timeout: 20_000 }

describeWithBrowser('searching on the page', () => {
  let page: Page
  let site: Site
  visitEach({ path: '' }, (visited) => {
    ;({ page, site } = visited)
  })

  const titles = () => page.locator('.hit-title').allInnerTexts()
  const hits = () => page.locator('.hit').count()
  const shown = (text: string) => page.getByText(text, { exact: true }).first().waitFor()

  test('finds while one types, and keeps the focus', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('how long does dough rise', { delay: 15 })
    await expect.poll(async () => (await titles())[0], WAIT).toBe('Bread')
    expect(await page.evaluate('document.activeElement.id')).toBe('query')
    expect(await page.inputValue('#query')).toBe('how long does dough rise')
    expect(await page.getByRole('status').first().innerText()).toMatch(/^\d+ documents in \d+ ms$/)
  })

  test('marks the words that were looked for, and the passage as a whole where meaning found it', async () => {
    await page.goto(`${site.url}/?q=baking+sourdough+loaves&in=notes`)
    const bread = page.locator('.hit', { hasText: 'Bread' })
    await bread.waitFor()
    expect(await bread.locator('.passage mark').allInnerTexts()).toEqual(['Bake', 'loaf'])
    await page.goto(`${site.url}/?q=E1042`)
    await shown('quota.txt')
    expect(await page.locator('.hit mark').allInnerTexts()).toEqual(['E1042'])
    await page.goto(`${site.url}/?q=cycling+maintenance&in=notes`)
    const bicycle = page.locator('.hit', { hasText: 'Bicycle' })
    await bicycle.waitFor()
    expect(await bicycle.locator('.passage').getAttribute('class')).toContain('by-meaning')
    expect(await bicycle.locator('mark').count()).toBe(0)
  })

  test('the newest answer wins, whichever comes last', async () => {
    let first = true
    await page.route('**/api/operations/search', async (route) => {
      const { query } = route.request().postDataJSON()
      if (query === 'bicycle' && first) {
        first = false
        const answer = await route.fetch().catch(() => null)
        await new Promise((resolve) => setTimeout(resolve, 1_500))
        // The page has given this one up; there may be nobody left to answer.
        if (answer) await route.fulfill({ response: answer }).catch(() => undefined)
      } else await route.continue()
    })
    await page.fill('#query', 'bicycle')
    await page.waitForRequest('**/api/operations/search')
    await page.fill('#query', 'herbs basil')
    await shown('Herbs')
    await page.waitForTimeout(2_000)
    expect((await titles())[0]).toBe('Herbs')
  })

  test('explains the score in plain words, with every number', async () => {
    await page.goto(`${site.url}/?q=knead+the+dough&in=notes`)
    const bread = page.locator('.hit', { hasText: 'Bread' })
    await bread.getByRole('button', { name: 'why' }).click()
    const [meaning, words] = await bread.locator('.why > p').allInnerTexts()
    expect(meaning).toMatch(
      /^Meaning adds 0\.\d\d: its cosine with the query is 0\.\d{3}, \d\.\d standard deviations above the -?0\.\d{3} that is usual here\.$/,
    )
    expect(words).toMatch(
      /^Words add 0\.\d\d: the passage has “knead”, “dough”, for a BM25 of \d+\.\d, the best of all passages\.$/,
    )
    await bread.getByText('Every number').click()
    expect(await bread.locator('.numbers dt').allInnerTexts()).toEqual(
      expect.arrayContaining(['vectorPart', 'lexicalPart']),
    )
  })

  test('searches by meaning alone or by words alone', async () => {
    await page.goto(`${site.url}/?q=tyres&in=notes`)
    await page.getByRole('radio', { name: 'Words' }).check({ force: true })
    await expect.poll(hits, WAIT).toBe(1)
    expect(await titles()).toEqual(['Bicycle'])
    expect(new URL(page.url()).searchParams.get('mode')).toBe('lexical')
    await page.getByRole('radio', { name: 'Meaning' }).check({ force: true })
    await expect.poll(hits, WAIT).toBeGreaterThan(1)
    await page.getByRole('button', { name: 'why' }).first().click()
    expect(await page.locator('.why p').first().innerText()).toMatch(/^Ranked by meaning alone/)
  })

  test('narrows to a collection, a path, metadata and a least cosine', async () => {
    await page.goto(`${site.url}/?q=dough`)
    await shown('yeast')
    await page.getByLabel('Collection').selectOption('library')
    await expect.poll(titles, WAIT).not.toContain('Bread')
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByLabel('Metadata').fill('year>=2000; lang=en')
    await expect.poll(hits, WAIT).toBe(1)
    expect(await titles()).toEqual(['yeast'])
    await page.getByLabel('Metadata').fill('')
    await page.getByLabel('Collection').selectOption('')
    await page.getByLabel('Path').fill('garden/*.md')
    await shown('Herbs')
    await expect.poll(hits, WAIT).toBe(1)
    await page.getByLabel('Path').fill('')
    await page.getByLabel('Least cosine').fill('0.3')
    await expect.poll(hits, WAIT).toBeGreaterThan(1)
    const cosines = (await page.locator('.hit-foot').allInnerTexts()).map((text) =>
      Number(/cosine (\S+)/.exec(text)?.[1]),
    )
    expect(Math.min(...cosines)).toBeGreaterThanOrEqual(0.3)
    const { searchParams } = new URL(page.url())
    expect(Object.fromEntries(searchParams)).toEqual({ q: 'dough', least: '0.3' })
  })

  test('says what is wrong with a filter, and asks nothing then', async () => {
    await page.goto(`${site.url}/?q=dough&where=year`)
    await page.getByText('“year” is no test').waitFor()
    expect(await page.getByLabel('Metadata').getAttribute('aria-invalid')).toBe('true')
    expect(await page.locator('.hit').count()).toBe(0)
    await page.getByLabel('Metadata').fill('year=1990')
    await shown('tides')
  })

  test('shows more when asked', async () => {
    const documents = Array.from({ length: 25 }, (_, at) => ({ id: `kite-${at}`, text: `Kite number ${at} flies.` }))
    await site.call('add', { collection: 'kites', documents })
    await page.goto(`${site.url}/?q=kite&in=kites`)
    await expect.poll(hits, WAIT).toBe(10)
    await page.getByRole('button', { name: 'Show more' }).click()
    await expect.poll(hits, WAIT).toBe(25)
    expect(await page.getByRole('button', { name: 'Show more' }).count()).toBe(0)
  })

  test('says that nothing was found', async () => {
    await page.goto(`${site.url}/?q=zzyzx&mode=lexical`)
    await page.getByText('Nothing was found').waitFor()
    expect(await page.locator('.hit').count()).toBe(0)
  })

  test('texts of documents are text, whatever they look like', async () => {
    const text = 'Trap <img src=x onerror="document.title=1"> <script>document.title=1</script> &amp; done'
    await site.call('add', { collection: 'traps', documents: [{ id: '"><b>trap</b>', text, title: '<i>Trap</i>' }] })
    await page.goto(`${site.url}/?q=trap&in=traps`)
    await shown('<i>Trap</i>')
    expect(await page.locator('.passage').first().innerText()).toBe(text)
    await page.locator('[data-hit]').click()
    await page.locator('.reader .line').first().waitFor()
    expect(await page.locator('.reader .line').first().innerText()).toBe(text)
    expect(await page.title()).toContain('trap')
  })
})

describeWithBrowser('searching on the page without a model', () => {
  test(
    'says that words alone answered, and why',
    async () => {
      const site = await openSite({ embeddings: false })
      const browser = await launchBrowser()
      try {
        await site.call('add', { documents: [{ id: 'tides', text: 'The tide comes in twice a day.' }] })
        const { page, complaints } = await visit(browser, `${site.url}/?q=tide`)
        await page.getByText('Answered by words alone.').waitFor()
        expect(await page.locator('.notice').innerText()).toMatch(/switched off|embeddings/i)
        expect(await page.locator('.hit-title').allInnerTexts()).toEqual(['tides'])
        expect(complaints).toEqual([])
      } finally {
        await browser.close()
        await site.close()
      }
    },
    5 * MINUTES,
  )

  test(
    'an empty database says how to fill it',
    async () => {
      const site = await openSite()
      const browser = await launchBrowser()
      try {
        const { page, complaints } = await visit(browser, site.url)
        await page.getByText('Nothing is stored yet').waitFor()
        expect(complaints).toEqual([])
      } finally {
        await browser.close()
        await site.close()
      }
    },
    5 * MINUTES,
  )
})
