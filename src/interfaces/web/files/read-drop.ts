import type { NamedFile } from '../api.ts'

/** More than these are left to `semdex index`, which reads a folder where it lies. */
export const MOST_FILES = 1_000

/** The files that were dropped, those inside folders with their paths; names that begin with a dot are left out. */
export async function readDrop(transfer: DataTransfer): Promise<NamedFile[]> {
  // The list is emptied once this function gives way, so all entries are taken first.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? [])
  if (entries.length === 0) return readInput(transfer.files)
  const found: NamedFile[] = []
  for (const entry of entries) await collect(entry, '', found)
  return found
}

/** The files that were chosen in a dialog. */
export function readInput(files: FileList | null): NamedFile[] {
  return [...(files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }))
}

async function collect(entry: FileSystemEntry, folder: string, found: NamedFile[]): Promise<void> {
  if (found.length >= MOST_FILES || (folder !== '' && entry.name.startsWith('.'))) return
  const name = `${folder}${entry.name}`
  if (isFile(entry)) {
    found.push({ name, file: await new Promise<File>((resolve, reject) => entry.file(resolve, reject)) })
  } else if (isFolder(entry)) {
    for (const child of await readFolder(entry)) await collect(child, `${name}/`, found)
  }
}

/** A reader gives a hundred entries at a time, and none when there are no more. */
async function readFolder(entry: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = entry.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return all.sort((a, b) => (a.name < b.name ? -1 : 1))
    all.push(...some)
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}
