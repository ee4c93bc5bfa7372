import { fork } from 'node:child_process'
import { chmodSync, chownSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { indexFolder } from '../../src/ingestion/index-folder.ts'
import type { IndexReport } from '../../src/ingestion/report.ts'
import { DIMENSIONS, FINGERPRINT, openTestRecords, putFiles, temporaryFolder, testParts } from '../support/ingestion.ts'

const SCRIPT = fileURLToPath(new URL('../support/index-and-wait.ts', import.meta.url))
const NOBODY = 65_534

/** The superuser reads everything: the run is somebody else's then. */
const isRoot = process.getuid?.() === 0

test.skipIf(process.platform === 'win32')(
  'what cannot be read is told, keeps its document, and stops nothing',
  async () => {
    const base = temporaryFolder()
    const root = `${base}/files`
    try {
      putFiles(root, { 'a.md': 'a', 'secret.md': 'secret', 'vault/b.md': 'b', 'z.md': 'z' })
      const records = await openTestRecords(`${base}/test.db`)
      await records.createCollection({ name: 'c', model: 'm', fingerprint: FINGERPRINT, dimensions: DIMENSIONS })
      await indexFolder(root, testParts(records), { collection: 'c' })
      await records.close()
      putFiles(root, { 'a.md': 'changed', 'secret.md': 'changed' })
      chmodSync(`${root}/secret.md`, 0o000)
      chmodSync(`${root}/vault`, 0o000)
      if (isRoot) for (const name of ['', '/test.db', '/files']) chownSync(`${base}${name}`, NOBODY, NOBODY)
      const report = await runAsSomebody(`${base}/test.db`, root)
      chmodSync(`${root}/vault`, 0o755)
      expect(report).toMatchObject({ changed: 1, failed: 1, deleted: 0 })
      expect(report.failures.map(({ path, code }) => [path, code])).toEqual([
        [`${root}/secret.md`, 'PATH_UNREADABLE'],
        [`${root}/vault`, 'PATH_UNREADABLE'],
      ])
      const after = await openTestRecords(`${base}/test.db`)
      const texts = (await after.documents('c', { limit: 10 })).map(({ text }) => text)
      expect(texts.sort()).toEqual(['b', 'changed', 'secret', 'z'])
      chmodSync(`${root}/secret.md`, 0o644)
      expect(await indexFolder(root, testParts(after), { collection: 'c' })).toMatchObject({ changed: 1, failed: 0 })
      expect((await after.counts())[0]).toMatchObject({ documents: 4, failed: 0 })
      await after.close()
    } finally {
      rmSync(base, { recursive: true, force: true })
    }
  },
)

function runAsSomebody(database: string, root: string): Promise<IndexReport> {
  return new Promise((resolve, reject) => {
    const child = fork(SCRIPT, [database, root, 'c'], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    })
    let errors = ''
    let report: IndexReport | null = null
    child.stderr?.on('data', (data) => {
      errors += data
    })
    child.on('message', (message) => {
      if (message !== 'ready') report = message as IndexReport
    })
    child.on('exit', (code) => (report ? resolve(report) : reject(new Error(`exit ${code}: ${errors}`))))
  })
}
