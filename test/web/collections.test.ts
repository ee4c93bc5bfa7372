import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeWithBrowser } from '../support/browser.ts'
import { writeStaticModel } from '../support/static-model.ts'
import { type Site, write } from './support/site.ts'
import { visitEach } from './support/visits.ts'

const MINUTES = 60_000
const WAIT = { timeout: 60_000 }

describeWithBrowser('collections and evaluation on the page', () => {
  let page: Page
  let site: Site
  visitEach(
    {
      // What is added without its vectors goes on waiting.
      settings: { backfill: 'off' },
      path: '/?view=collections',
      ready: (page) => page.getByRole('heading', { name: 'Collections' }).waitFor(),
    },
    (visited) => {
      ;({ page, site } = visited)
    },
  )

  const collection = (name: string) => page.getByRole('article', { name, exact: true })

  test('tells of each how it does', async () => {
    const { collections } = await site.call('status', {})
    for (const { name, documents, chunks } of collections) {
      await collection(name).waitFor()
      expect(await collection(name).locator('.health').innerText()).toBe('Complete')
      expect(await collection(name).locator('.figures-row dd').allInnerTexts()).toEqual([
        `${documents}`,
        `${chunks}`,
        '0',
        '0',
      ])
    }
    expect(await collection('notes').locator('.facts').innerText()).toContain(`${site.folder}/notes`)
  })

  test('names the model of each side, and counts what waits for that of code', async () => {
    const codeModel = writeStaticModel(`${site.folder}/code-model`, { dimensions: 24, seed: 7 })
    const facts = async () => (await collection('mixed').locator('.facts').innerText()).split('\n')
    await site.call('collections.create', { name: 'mixed', codeModel })
    await collection('mixed').waitFor(WAIT)
    expect(await facts()).toEqual([
      ...['Text model', 'all-MiniLM-L6-v2, 384 dimensions'],
      ...['Code model', `${codeModel}, 24 dimensions`],
    ])
    const documents = ['a', 'b'].map((id) => ({ id, text: `const ${id} = 1`, side: 'code' }))
    await site.call('add', { collection: 'mixed', documents, wait: false })
    await expect.poll(facts, WAIT).toContain(`${codeModel}, 24 dimensions; 2 chunks wait for it`)
    await site.call('backfill', {})
    await expect.poll(facts, WAIT).toContain(`${codeModel}, 24 dimensions`)
    await site.call('collections.drop', { name: 'mixed' })
    expect(await collection('notes').locator('.facts').innerText()).not.toContain('Code model')
  })

  test('lists the documents page by page, and opens them', async () => {
    const documents = Array.from({ length: 60 }, (_, at) => ({ id: `leaf-${at}`, text: `Leaf ${at} falls.` }))
    await site.call('add', { collection: 'leaves', documents })
    await collection('leaves').getByRole('button', { name: 'Documents' }).click()
    const rows = collection('leaves').locator('.documents li')
    await expect.poll(() => rows.count(), WAIT).toBe(50)
    await page.getByRole('button', { name: 'More documents' }).click()
    await expect.poll(() => rows.count(), WAIT).toBe(60)
    await rows.nth(59).getByRole('link').click()
    await page.locator('.reader .line', { hasText: 'Leaf 59 falls.' }).waitFor()
  })

  test('leads to a search in it', async () => {
    await collection('library').getByRole('link', { name: 'Search it' }).click()
    await page.locator('#query').waitFor()
    expect(await page.getByLabel('Collection').inputValue()).toBe('library')
  })

  test(
    'indexes a folder again, with its progress, and shows what is new',
    async () => {
      const files = Array.from({ length: 150 }, (_, at) => [
        `more/${at}.md`,
        `# Page ${at}\n\n${`Line of page ${at}. `.repeat(60)}\n`,
      ])
      write(`${site.folder}/notes`, Object.fromEntries(files))
      await collection('notes').getByRole('button', { name: 'Index again' }).click()
      const job = page.getByRole('region', { name: 'Under way' })
      await job.getByText('Indexing folders').waitFor()
      await expect.poll(() => job.innerText(), WAIT).toMatch(/\d+ kB of \d+ kB/)
      await expect.poll(() => job.count(), { timeout: 2 * MINUTES }).toBe(0)
      await expect.poll(() => collection('notes').locator('.figures-row dd').first().innerText(), WAIT).toBe('155')
    },
    4 * MINUTES,
  )

  test(
    'a job can be stopped',
    async () => {
      const files = Array.from({ length: 200 }, (_, at) => [
        `many/${at}.md`,
        `# Sheet ${at}\n\n${`Line of sheet ${at}. `.repeat(60)}\n`,
      ])
      write(`${site.folder}/notes`, Object.fromEntries(files))
      await collection('notes').getByRole('button', { name: 'Index again' }).click()
      const job = page.getByRole('region', { name: 'Under way' })
      await expect.poll(() => job.innerText(), WAIT).toMatch(/\d+ kB of \d+ kB/)
      await job.getByRole('button', { name: 'Stop' }).click()
      await expect.poll(() => job.count(), WAIT).toBe(0)
      const { jobs } = await site.call('jobs', {})
      expect(jobs[0]).toMatchObject({ operation: 'index', state: 'cancelled' })
    },
    4 * MINUTES,
  )

  test(
    'evaluates a data set by every mode and sets them side by side',
    async () => {
      write(site.folder, dataSet())
      await page.keyboard.press('3')
      await page.getByLabel(/^Folder of a data set/).fill(`${site.folder}/proverbs`)
      await page.getByRole('button', { name: 'Evaluate' }).click()
      const report = page.getByRole('article', { name: 'proverbs' })
      await expect.poll(() => report.locator('tbody tr').count(), { timeout: 2 * MINUTES }).toBe(3)
      expect(await report.locator('tbody th').allInnerTexts()).toEqual(
        ['Both', 'Meaning', 'Words'].map((each) => expect.stringContaining(each)),
      )
      const { jobs } = await site.call('jobs', {})
      const runs = jobs.filter(({ operation }: { operation: string }) => operation === 'eval')
      const results = await Promise.all(runs.map(({ id }: { id: string }) => site.call('jobs.get', { id })))
      for (const [row, mode] of ['hybrid', 'vector', 'lexical'].entries()) {
        const { result } = results.find(({ input }) => input.mode === mode)
        const shown = await report.locator('tbody tr').nth(row).locator('td').allInnerTexts()
        const figures = shown.slice(0, 4).map((text) => Number.parseFloat(text))
        const expected = ['ndcg@10', 'recall@10', 'recall@100', 'mrr@10'].map((name) => Number(result[name].toFixed(3)))
        expect({ mode, figures }).toEqual({ mode, figures: expected })
      }
      await page.reload()
      await expect.poll(() => report.locator('tbody tr').count(), WAIT).toBe(3)
    },
    4 * MINUTES,
  )

  test('a folder without a data set says why in its row', async () => {
    await page.keyboard.press('3')
    await page.getByLabel(/^Folder of a data set/).fill(`${site.folder}/nowhere`)
    await page.getByRole('button', { name: 'Evaluate' }).click()
    await page.getByRole('article', { name: 'nowhere' }).locator('.mistake', { hasText: 'corpus.jsonl' }).waitFor()
  })
})

function dataSet(): Record<string, string> {
  const texts = {
    a: 'A rolling stone gathers no moss.',
    b: 'The early bird catches the worm.',
    c: 'Still waters run deep.',
  }
  const queries = { q1: 'stone without moss', q2: 'bird that rises early', q3: 'deep waters' }
  const lines = (values: Record<string, string>) =>
    Object.entries(values)
      .map(([_id, text]) => JSON.stringify({ _id, text, title: '' }))
      .join('\n')
  return {
    'proverbs/corpus.jsonl': `${lines(texts)}\n`,
    'proverbs/queries.jsonl': `${lines(queries)}\n`,
    'proverbs/qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tb\t1\nq3\tc\t1\n',
  }
}
