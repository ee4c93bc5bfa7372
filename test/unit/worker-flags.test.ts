import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fromRepository } from '../../scripts/support/paths.ts'
import { workerFlags } from '../../src/threads/worker-flags.ts'

test('threads take over the flags by themselves where no script was given as text', () => {
  expect(workerFlags(['--max-old-space-size=99', '--import', './hook.js'])).toEqual({})
  expect(workerFlags([])).toEqual({})
})

test('where one was, they get the flags about modules and no other', () => {
  expect(
    workerFlags(['--import', './hook.js', '--input-type=module', '--max-old-space-size=99', '-C=dev', '-e', '1 + 1']),
  ).toEqual({ execArgv: ['--import', './hook.js', '-C=dev'] })
  expect(workerFlags(['--input-type', 'module', '--print', 'x'])).toEqual({ execArgv: [] })
})

test.each([
  [['--max-old-space-size=500', '--no-warnings', '--input-type=module', '-e', script()]],
  [
    [
      '--max-old-space-size=500',
      '--stack-size=900',
      '--import',
      `data:text/javascript,${encodeURIComponent(script())}`,
    ],
  ],
])('a process with flags of V8 stores and embeds', { timeout: 60_000 }, (flags) => {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-flags-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const { stdout, stderr } = spawnSync(process.execPath, flags, {
    cwd: folder,
    input: '',
    encoding: 'utf8',
    env: { ...process.env, SEMDEX_DB: join(folder, 'a.db'), SEMDEX_CACHE: folder },
  })
  expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: '' })
})

function script(): string {
  return `
    import { isMainThread } from 'node:worker_threads'
    if (isMainThread) {
      const { open } = await import(${JSON.stringify(new URL(`file://${fromRepository('dist/index.js')}`))})
      const db = await open()
      const { embedded } = await db.add({ id: 'a', text: 'How lizards grow back their tails' })
      process.stdout.write(embedded + '\\n')
      await db.close()
    }`
}
