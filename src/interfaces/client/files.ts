/** A file to store: its name is the document's id. */
export interface FileToAdd {
  /** A relative path with forward slashes, such as notes/bread.md. */
  name: string
  content: Blob | Uint8Array | string
}

/** The files as a form, which carries bytes as they are. */
export function formOf(files: readonly FileToAdd[], fields: Record<string, string | boolean | undefined>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.append(name, `${value}`)
  for (const { name, content } of files) {
    const part = content instanceof Blob ? content : new Blob([content as Uint8Array<ArrayBuffer> | string])
    form.append('file', part, name)
  }
  return form
}
