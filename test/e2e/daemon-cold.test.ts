import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import * as modules from 'node:module'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { build } from '../support/cli.ts'
import { type DaemonUser, newDaemonUser } from '../support/daemons.ts'

const TIMEOUT = 120_000
/** Writes the name of each module that is loaded, and of each module of Node's, to the file that a variable names. */
const RECORDER = `
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
const tell = (name) => appendFileSync(process.env.LOADED, name + '\\n')
registerHooks({ load: (url, context, next) => (tell(url.split('/').at(-1)), next(url, context)) })
process.on('exit', () => process.moduleLoadList.forEach((name) => tell(name)))
`

let user: DaemonUser
beforeAll(async () => {
  await build()
  user = newDaemonUser()
  user.write({ 'docs/bread.md': 'Knead the dough, let it rise overnight.\n', 'recorder.mjs': RECORDER })
  // A file that has just been written is looked at again.
  utimesSync(`${user.folder}/docs/bread.md`, 1e9, 1e9)
  await user.json(['index', 'docs'])
}, 180_000)
afterAll(() => user.leave())

async function loaded(env: NodeJS.ProcessEnv = {}): Promise<Set<string>> {
  const file = `${user.folder}/loaded.txt`
  writeFileSync(file, '')
  const options = `--import ${user.folder}/recorder.mjs`
  await user.json(['search', 'dough', 'docs'], { env: { ...env, NODE_OPTIONS: options, LOADED: file } })
  return new Set(readFileSync(file, 'utf8').trim().split('\n'))
}

const old = 'registerHooks' in modules ? '' : ' [skipped: this Node has no hooks for modules]'
test.skipIf(old)(
  `without a daemon, a search loads nothing for the sake of one${old}`,
  async () => {
    await loaded()
    const [without, off] = [await loaded(), await loaded({ SEMDEX_DAEMON: 'off' })]
    expect([...without].filter((name) => !off.has(name))).toEqual([])
    expect(without).not.toContain('daemon.js')
    expect(without).not.toContain('NativeModule http')
  },
  TIMEOUT,
)

test.skipIf(old)(
  `with a daemon, it loads neither the database's driver nor a model's runtime${old}`,
  async () => {
    await user.startDaemon()
    const names = [...(await loaded())]
    expect(names).toContain('daemon.js')
    expect(names.filter((name) => /sqlite|onnxruntime|tokenizers/.test(name))).toEqual([])
  },
  TIMEOUT,
)
