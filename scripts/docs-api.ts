/** Makes docs/api.md, and the examples of /openapi.json: asks a real server, and writes what it answered. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { EXAMPLES_FILE, examplesSource, PAGE_FILE } from './api-manual/files.ts'

if (process.argv[2] === 'page') await writePage()
else await writeAll()

/** The page is made in another process, which reads the examples anew. */
async function writeAll(): Promise<void> {
  const { record } = await import('./api-manual/record.ts')
  writeFileSync(EXAMPLES_FILE, examplesSource(await record()))
  const { status } = spawnSync(process.execPath, [import.meta.filename, 'page'], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}

async function writePage(): Promise<void> {
  const { openApiDocument } = await import('../src/interfaces/http/openapi/document.ts')
  const { apiPage } = await import('./api-manual/page.ts')
  writeFileSync(PAGE_FILE, apiPage(await openApiDocument('')))
}
