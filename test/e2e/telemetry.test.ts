import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { inRepository } from '../support/assets.ts'
import { newUser } from '../support/cli.ts'
import { run } from '../support/processes.ts'

const LIBRARY = `
  import { open } from ${JSON.stringify(new URL(`file://${inRepository('dist/index.js')}`))}
  const db = await open()
  process.stdout.write(String((await db.embed('hello')).vector.length))
  await db.close()`

test.each([
  ['the command line', ['embed', 'hello', '--json']],
  ['threads of the command line', ['index', '.']],
  ['the library', null],
])('%s writes nothing of ONNX Runtime into the home', { timeout: 120_000 }, async (_, args) => {
  const user = newUser()
  onTestFinished(() => user.remove())
  user.write({ 'bread.md': 'Knead the dough, let it rise.' })
  const home = user.env.HOME as string
  const ended = args
    ? await user.semdex(args)
    : await run(process.execPath, ['--input-type=module', '-e', LIBRARY], { cwd: user.folder, env: user.env })
  expect(ended.status).toBe(0)
  const written = readdirSync(home, { recursive: true, encoding: 'utf8' })
  expect(written.filter((path) => /microsoft|onnxruntime|deviceid/i.test(path))).toEqual([])
  expect(written).toContain(join('work', 'bread.md'))
})
