import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSource } from '../../src/models/transfer/index.ts'
import { bytesOf } from '../support/hub-server.ts'
import { writeZip, type ZipEntry } from '../support/zip-file.ts'

const WEIGHTS = bytesOf(200_000)
const CONFIG = '{"model_type":"bert"}'

let home: string
let temporary: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'semdex-archive-'))
  temporary = join(home, 'temporary')
})
afterEach(() => rm(home, { recursive: true, force: true }))

const modelAt = (prefix: string): ZipEntry[] => [
  { name: `${prefix}onnx/model.onnx`, content: WEIGHTS },
  { name: `${prefix}config.json`, content: CONFIG },
  { name: `${prefix}1_Pooling/config.json`, content: '{}' },
  { name: `${prefix}tokenizer.json`, content: '{}', deflate: false },
]
const archive = (entries: ZipEntry[], name = 'model.zip', options = {}) => writeZip(join(home, name), entries, options)
const left = () =>
  (existsSync(temporary) ? readdirSync(temporary, { recursive: true }) : []).filter((p) => p !== 'unpacked')

describe('an archive', () => {
  test.each([
    ['a .zip with the files at its root', 'model.zip', '', []],
    ['a .zip of a folder', 'model.ZIP', 'tiny/', [{ name: '__MACOSX/tiny/._config.json', content: 'x' }]],
    [
      'a .whl with a package around it',
      'tiny_model-1.0-py3-none-any.whl',
      'tiny_model/data/tiny/',
      [
        { name: 'tiny_model/__init__.py', content: 'x' },
        { name: 'tiny_model-1.0.dist-info/RECORD', content: 'x' },
      ],
    ],
    ['a .jar', 'tiny.jar', 'models/tiny/', [{ name: 'META-INF/MANIFEST.MF', content: 'x' }]],
  ])('%s: the model’s folder alone is unpacked, and removed at the end', async (_what, name, prefix, others) => {
    const source = await openSource(archive([...others, ...modelAt(prefix)], name), { temporary })
    expect(readdirSync(source.folder, { recursive: true }).sort()).toEqual(
      ['1_Pooling', '1_Pooling/config.json', 'config.json', 'onnx', 'onnx/model.onnx', 'tokenizer.json'].sort(),
    )
    expect(readFileSync(join(source.folder, 'onnx/model.onnx'))).toEqual(WEIGHTS)
    expect(readFileSync(join(source.folder, 'config.json'), 'utf8')).toBe(CONFIG)
    await source.close()
    expect(left()).toEqual([])
    expect(existsSync(join(home, name))).toBe(true)
  })

  test('with 64-bit sizes and places (zip64)', async () => {
    const source = await openSource(archive(modelAt('tiny/'), 'model.zip', { zip64: true }), { temporary })
    expect(readFileSync(join(source.folder, 'onnx/model.onnx'))).toEqual(WEIGHTS)
    await source.close()
  })

  test('that another program wrote', async (context) => {
    mkdirSync(join(home, 'tiny/onnx'), { recursive: true })
    writeFileSync(join(home, 'tiny/onnx/model.onnx'), WEIGHTS)
    writeFileSync(join(home, 'tiny/config.json'), CONFIG)
    const zipped = spawnSync('zip', ['-q', '-r', '-fz', 'model.zip', 'tiny'], { cwd: home })
    if (zipped.status !== 0) return context.skip('needs the program zip')
    const source = await openSource(join(home, 'model.zip'), { temporary })
    expect(readFileSync(join(source.folder, 'onnx/model.onnx'))).toEqual(WEIGHTS)
    await source.close()
  })

  test('whose folder onnx has a config.json of its own: the model is the folder around it', async () => {
    const entries = [...modelAt('tiny/'), { name: 'tiny/onnx/config.json', content: CONFIG }]
    const source = await openSource(archive(entries), { temporary })
    expect(existsSync(join(source.folder, '1_Pooling/config.json'))).toBe(true)
    await source.close()
  })

  test('of a token table', async () => {
    const entries = [
      { name: 'p/model.safetensors', content: WEIGHTS },
      { name: 'p/tokenizer.json', content: '{}' },
    ]
    const source = await openSource(archive(entries), { temporary })
    expect(readdirSync(source.folder).sort()).toEqual(['model.safetensors', 'tokenizer.json'])
    await source.close()
  })
})

const WRONG: [what: string, entries: ZipEntry[], reason: RegExp][] = [
  ['leads out of its folder', [{ name: '../evil', content: 'x' }], /unsafe path|relative path/],
  ['leads out of its folder in the middle', [{ name: 'tiny/../../evil', content: 'x' }], /unsafe path|relative path/],
  ['is absolute', [{ name: '/etc/evil', content: 'x' }], /unsafe path|absolute path/],
  ['has a drive letter', [{ name: 'C:/evil', content: 'x' }], /unsafe path|absolute path/],
  ['leads out by backslashes', [{ name: '..\\..\\evil', content: 'x' }], /unsafe path|relative path/],
  ['names an alternate stream', [{ name: 'tiny/a:b', content: 'x' }], /unsafe path/],
  ['holds a NUL', [{ name: 'tiny/a\0b', content: 'x' }], /unsafe path/],
  ['is a symbolic link', [{ name: 'tiny/link', content: '/etc/passwd', mode: 0o120777 }], /a link or a device/],
  ['is a device', [{ name: 'tiny/device', mode: 0o020666 }], /a link or a device/],
  ['is encrypted', [{ name: 'tiny/secret', content: 'x', encrypted: true }], /encrypted/],
]

describe('ARCHIVE_INVALID, naming the archive, with nothing left', () => {
  const refused = async (file: string, reason: RegExp) => {
    await expect(openSource(file, { temporary })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringMatching(reason),
      details: { archive: file },
      fix: expect.any(String),
    })
    expect(left()).toEqual([])
    expect(readdirSync(home).filter((name) => name !== 'temporary' && !name.startsWith('model'))).toEqual([])
  }

  test.each(WRONG)('a file that %s', async (_what, entries, reason) => {
    await refused(archive([...modelAt('tiny/'), ...entries]), reason)
  })

  test.each([0, 10, 1_000, 100_000])('an archive that was cut after %i bytes', async (bytes) => {
    const file = archive(modelAt('tiny/'))
    truncateSync(file, bytes)
    await refused(file, /cannot be unpacked/)
  })

  test('bytes that their checksum does not fit', async () => {
    await refused(
      archive([...modelAt('tiny/'), { name: 'tiny/a', content: 'x', crc: 1 }]),
      /not what its checksum says/,
    )
  })

  test('bytes that were turned over', async () => {
    const file = archive(modelAt('tiny/'))
    const bytes = readFileSync(file)
    bytes.writeUInt32LE(0xdeadbeef, 100_000)
    writeFileSync(file, bytes)
    await refused(file, /cannot be unpacked/)
  })

  test.each([5, 50_000_000])('a file that unpacks to more than it declares, or less (%i bytes)', async (size) => {
    const zeros = { name: 'tiny/zeros', content: Buffer.alloc(10_000_000), size }
    await refused(archive([...modelAt('tiny/'), zeros]), /cannot be unpacked/)
  })

  test('an archive that grows to more than any model would', async () => {
    const zeros = Buffer.alloc(30_000_000)
    const bomb = Array.from({ length: 5 }, (_, index) => ({ name: `tiny/${index}`, content: zeros }))
    await refused(archive([...modelAt('tiny/'), ...bomb]), /would grow from \d+ to 150200/)
  })

  test('no model', async () => {
    await refused(archive([{ name: 'tiny/config.json', content: CONFIG }]), /holds no model/)
  })

  test('several models', async () => {
    await refused(archive([...modelAt('one/'), ...modelAt('two/')]), /several models: one\/, two\//)
  })

  test('what is no archive', async () => {
    const file = join(home, 'model.zip')
    writeFileSync(file, '<html>')
    await refused(file, /cannot be unpacked/)
  })

  test('a file of another kind', async () => {
    const file = join(home, 'model.tar.gz')
    writeFileSync(file, 'x')
    await refused(file, /neither a folder nor an archive/)
  })
})

test('an archive that needs more space than there is: DISK_FULL, before anything is written', async (context) => {
  mkdirSync(temporary)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'semdex-test', temporary])
  if (mounted.status !== 0) return context.skip('needs the right to mount a small disk')
  try {
    const file = archive([...modelAt('tiny/'), { name: 'tiny/large', content: bytesOf(2_000_000) }])
    await expect(openSource(file, { temporary })).rejects.toMatchObject({
      code: 'DISK_FULL',
      details: { needed: 2_200_025, free: expect.any(Number) },
    })
    expect(left()).toEqual([])
  } finally {
    spawnSync('umount', [temporary])
  }
})

test('aborted: ABORTED, with nothing left', async () => {
  const opened = openSource(archive(modelAt('tiny/')), { temporary, signal: AbortSignal.abort() })
  await expect(opened).rejects.toMatchObject({ code: 'ABORTED' })
  expect(left()).toEqual([])
})

test('nothing there: PATH_NOT_FOUND', async () => {
  await expect(openSource(join(home, 'none.zip'), { temporary })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
})
