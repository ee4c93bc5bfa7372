/** Packs the package and each model's package as they would be published, and has publint look at the tarballs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { pack } from './support/npm.ts'
import { fromRepository } from './support/paths.ts'

const temporary = mkdtempSync(join(tmpdir(), 'semdex-publint-'))
try {
  const models = readdirSync(fromRepository('models')).map((name) => fromRepository('models', name))
  for (const folder of [fromRepository(), ...models]) await checkPackage(folder)
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

async function checkPackage(folder: string): Promise<void> {
  const { tarball, name, unpackedSize } = pack(folder, temporary)
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: toArrayBuffer(tarball) } })
  const lines = messages.map((message) => `  ${message.type}: ${formatMessage(message, pkg, { color: false })}`)
  process.stdout.write([`${name}: ${(unpackedSize / 1e6).toFixed(1)} MB unpacked`, ...lines, ''].join('\n'))
  if (messages.some(({ type }) => type !== 'suggestion')) process.exitCode = 1
}

function toArrayBuffer(path: string): ArrayBuffer {
  return new Uint8Array(readFileSync(path)).buffer
}
