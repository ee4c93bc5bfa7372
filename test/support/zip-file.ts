import { writeFileSync } from 'node:fs'
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  /** As it is written: nothing is checked. */
  name: string
  content?: Buffer | string
  /** The Unix mode with its type; 0 for none. */
  mode?: number
  encrypted?: boolean
  deflate?: boolean
  /** Declared instead of the true ones. */
  crc?: number
  size?: number
}

/** Writes a zip archive, right or wrong (PKWARE APPNOTE 6.3): with `zip64`, sizes and places stand in the 64-bit fields. */
export function writeZip(file: string, entries: readonly ZipEntry[], { zip64 = false } = {}): string {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const { local, central } = packEntry(entry, offset, zip64)
    parts.push(...local)
    directory.push(central)
    offset += local.reduce((sum, { length }) => sum + length, 0)
  }
  const central = Buffer.concat(directory)
  writeFileSync(file, Buffer.concat([...parts, central, ...endOf(entries.length, central.length, offset, zip64)]))
  return file
}

function packEntry(entry: ZipEntry, offset: number, zip64: boolean) {
  const { name, content = '', mode = 0o100644, encrypted = false, deflate = true } = entry
  const bytes = Buffer.from(content as string)
  const packed = deflate ? deflateRawSync(bytes) : bytes
  const nameBytes = Buffer.from(name)
  const size = entry.size ?? bytes.length
  const common = [
    u16(45, 0x800 | (encrypted ? 1 : 0), deflate ? 8 : 0, 0, 0x21),
    u32(entry.crc ?? crc32(bytes)),
    zip64 ? u32(ALL, ALL) : u32(packed.length, size),
    u16(nameBytes.length),
  ]
  const sizes = [u64(size), u64(packed.length)]
  const localExtra = zip64 ? Buffer.concat([u16(1, 16), ...sizes]) : Buffer.alloc(0)
  const extra = zip64 ? Buffer.concat([u16(1, 24), ...sizes, u64(offset)]) : Buffer.alloc(0)
  const local = [u32(0x04034b50), ...common, u16(localExtra.length), nameBytes, localExtra, packed]
  const attributes = u32((mode << 16) >>> 0, zip64 ? ALL : offset)
  const head = [u32(0x02014b50), u16(0x031e), ...common, u16(extra.length, 0, 0, 0)]
  return { local, central: Buffer.concat([...head, attributes, nameBytes, extra]) }
}

function endOf(count: number, length: number, offset: number, zip64: boolean): Buffer[] {
  if (!zip64) return [u32(0x06054b50), u16(0, 0, count, count), u32(length, offset), u16(0)]
  const record = [u32(0x06064b50), u64(44), u16(45, 45), u32(0, 0), u64(count), u64(count), u64(length), u64(offset)]
  const locator = [u32(0x07064b50, 0), u64(offset + length), u32(1)]
  return [...record, ...locator, u32(0x06054b50), u16(0, 0, 0xffff, 0xffff), u32(ALL, ALL), u16(0)]
}

const ALL = 0xffffffff

function u16(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 2)
  for (const [index, value] of values.entries()) buffer.writeUInt16LE(value, index * 2)
  return buffer
}

function u32(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value, index * 4)
  return buffer
}

function u64(value: number): Buffer {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer
}
