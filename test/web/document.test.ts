import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeWithBrowser, type Visit, visit } from '../support/browser.ts'
import type { Site } from './support/site.ts'
import { visitEach } from './support/visits.ts'

const WAIT = { timeout: 20_000 }

describeWithBrowser('a document on the page', () => {
  let browser: Browser
  let page: Page
  let site: Site
  let visiting: Visit
  visitEach(
    {
      path: '/?q=lighthouse+keeper+lamp&in=notes',
      ready: (page) => page.locator('.hit', { hasText: 'Almanac' }).waitFor(),
    },
    (visited) => {
      ;({ browser, page, site, visiting } = visited)
    },
  )

  const open = () => page.locator('.hit-title', { hasText: 'Almanac' }).getByRole('link').click()
  const current = () => page.locator('.segment.current')
  const place = () => new URL(page.url()).searchParams
  const focused = (what: string) => page.evaluate(`document.activeElement.${what}`)

  test('opens at the passage: in sight, marked, with the focus on it', async () => {
    await open()
    await current().waitFor()
    const [from, to] = (place().get('lines') as string).split('-').map(Number) as [number, number]
    const numbers = await current()
      .locator('.line')
      .evaluateAll((lines) =>
        lines.map((line) => Number((line as unknown as { dataset: { number: string } }).dataset.number)),
      )
    expect(numbers).toEqual(Array.from({ length: to - from + 1 }, (_, at) => from + at))
    expect(await current().innerText()).toMatch(/The keeper of the lighthouse lit its lamp/)
    expect(await current().locator('mark').allInnerTexts()).toEqual(
      expect.arrayContaining(['keeper', 'lighthouse', 'lamp']),
    )
    await expect.poll(() => isInSight(current().locator('mark').first()), WAIT).toBe(true)
    expect(await focused('ariaLabel')).toBe(`Passage, lines ${from} to ${to}`.replace(' to ', '–'))
  })

  test('goes to the next passage and back by keyboard, far apart as they are', async () => {
    await open()
    await current().waitFor()
    expect(await page.locator('.steps [role=status]').innerText()).toMatch(/^passage \d of \d$/)
    const total = Number((await page.locator('.steps [role=status]').innerText()).at(-1))
    expect(total).toBeGreaterThan(1)
    for (let at = total; at > 1; at--) await page.keyboard.press('p')
    const seen: number[] = []
    for (let at = 1; at <= total; at++) {
      await expect.poll(() => page.locator('.steps [role=status]').innerText(), WAIT).toBe(`passage ${at} of ${total}`)
      await expect.poll(async () => (await current().count()) === 1 && isInSight(current()), WAIT).toBe(true)
      seen.push(Number((place().get('lines') as string).split('-')[0]))
      await page.keyboard.press(at % 2 ? 'n' : 'j')
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(new Set(seen).size).toBe(total)
  })

  test('shows a long document in parts, more on demand', async () => {
    await page.goto(
      `${site.url}/?view=collections&doc=${encodeURIComponent(`${site.folder}/notes/almanac.md`)}&of=notes&lines=640-641`,
    )
    await current().waitFor()
    const numbers = () =>
      page
        .locator('.line')
        .evaluateAll((lines) =>
          lines.map((line) => Number((line as unknown as { dataset: { number: string } }).dataset.number)),
        )
    expect([(await numbers())[0], (await numbers()).at(-1)]).toEqual([390, 891])
    await page.getByRole('button', { name: '389 lines before' }).click()
    await expect.poll(async () => (await numbers())[0], WAIT).toBe(1)
    await page.getByRole('button', { name: '409 lines after' }).click()
    await expect.poll(async () => (await numbers()).at(-1), WAIT).toBe(1_300)
    expect(await page.locator('.reader .more').count()).toBe(0)
  })

  test('a passage beyond the end of a document that became shorter opens its beginning', async () => {
    await page.goto(`${site.url}/?doc=tides&of=library&lines=900-950`)
    await page.locator('.line').first().waitFor()
    expect(await page.locator('.line').first().innerText()).toMatch(/^The moon pulls the sea/)
    // The browser itself tells of the first, refused request.
    expect(visiting.complaints.splice(0)).toEqual([expect.stringContaining('400')])
  })

  test('what is not stored says so', async () => {
    await page.goto(`${site.url}/?doc=nothing&of=library`)
    await page.getByText('No stored document is called nothing.').waitFor()
    expect(visiting.complaints.splice(0)).toEqual([expect.stringContaining('404')])
  })

  test('back and forward go through questions and documents, and a link opens the same again', async () => {
    await page.fill('#query', 'bicycle chain')
    await expect.poll(() => page.locator('.hit-title').first().innerText(), WAIT).toBe('Bicycle')
    await page.locator('.hit-title').first().getByRole('link').click()
    await current().waitFor()
    const link = page.url()
    await page.goBack()
    expect(await page.inputValue('#query')).toBe('bicycle chain')
    expect(await page.locator('.reader').count()).toBe(0)
    await page.goBack()
    await expect.poll(() => page.inputValue('#query'), WAIT).toBe('lighthouse keeper lamp')
    await expect.poll(() => page.locator('.hit-title').first().innerText(), WAIT).toBe('Almanac')
    await page.goForward()
    await page.goForward()
    await current().waitFor()
    expect(page.url()).toBe(link)
    const other = await visit(browser, link)
    await other.page.locator('.segment.current', { hasText: 'Oil the chain' }).waitFor()
    expect(await other.page.inputValue('#query')).toBe('bicycle chain')
    await other.close()
  })

  test('Escape closes it and gives the focus back to its link', async () => {
    await open()
    await current().waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('.reader').count(), WAIT).toBe(0)
    await expect.poll(() => focused('innerText'), WAIT).toBe('Almanac')
  })

  test('on a phone it takes the place of the results', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    await open()
    await current().waitFor()
    expect(await page.locator('.hits').isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Back' }).click()
    await expect.poll(() => page.locator('.hits').isVisible(), WAIT).toBe(true)
  })

  async function isInSight(locator: ReturnType<Page['locator']>): Promise<boolean> {
    const box = await locator.boundingBox()
    const height = page.viewportSize()?.height ?? 0
    return box !== null && box.y + box.height > 0 && box.y >= 0 && box.y < height
  }
})
