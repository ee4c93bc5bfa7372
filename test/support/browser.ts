import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { inRepository } from './assets.ts'

/** Not part of the repository. */
const SCREENSHOTS = inRepository('tmp/screenshots')

/** A Chromium of this machine: the one that SEMDEX_TEST_CHROMIUM names, or one on the PATH; null where there is none. */
function findChromium(): string | null {
  const named = process.env.SEMDEX_TEST_CHROMIUM
  if (named) return named
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const folders = (process.env.PATH ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable) ?? null
}

/** A `describe` whose body, where there is no Chromium, is not run: one skipped test tells the reason instead. */
export function describeWithBrowser(name: string, body: () => void): void {
  const reason = findChromium() ? null : 'needs chromium on the PATH, or SEMDEX_TEST_CHROMIUM'
  describe(name, reason ? () => test.skip(reason, () => undefined) : body)
}

export function launchBrowser(): Promise<Browser> {
  // Root, as in containers, may not use the sandbox.
  return chromium.launch({ executablePath: findChromium() as string, args: ['--no-sandbox'] })
}

export interface Visit {
  page: Page
  /** What the console said in anger, and what was asked of other hosts: both must stay empty. */
  complaints: string[]
  close(): Promise<void>
}

export interface VisitOptions {
  width?: number
  height?: number
  colorScheme?: 'light' | 'dark'
  reducedMotion?: 'reduce' | 'no-preference'
  hasTouch?: boolean
}

/** A person with a browser of their own, at a page of the server. */
export async function visit(browser: Browser, url: string, options: VisitOptions = {}): Promise<Visit> {
  const { width = 1280, height = 800, ...more } = options
  const context = await browser.newContext({ viewport: { width, height }, ...more })
  const page = await context.newPage()
  const complaints: string[] = []
  const { host } = new URL(url)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    const asked = new URL(request.url())
    if (asked.protocol !== 'data:' && asked.host !== host) complaints.push(`asked ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints, close: () => context.close() }
}

/** Kept for people to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

/** axe finds nothing serious or critical on the page as it is now. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  // By the debugger's channel: the page's policy lets no script in.
  const source = await import('axe-core').then(({ default: axe }) => axe.source)
  await page.evaluate(source)
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const { violations } = await axe.run()
    return violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      nodes: nodes.map(({ html }) => html.slice(0, 200)),
    }))
  })
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect({ what, serious }).toEqual({ what, serious: [] })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
