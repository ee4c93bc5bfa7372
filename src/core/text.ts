/** The text that a tokenizer may be given: lone surrogates become U+FFFD, of the same length, so that offsets stay true. */
export function safeText(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed()
}

/** An absolute path with forward slashes and an upper-case drive letter: one spelling on every platform. */
export function portablePath(path: string): string {
  const forward = path.includes('\\') && /^[A-Za-z]:|^\\\\/.test(path) ? path.replaceAll('\\', '/') : path
  return forward.replace(/^[a-z]:/, (drive) => drive.toUpperCase())
}

/** Whether a path is a folder or something below it; both with forward slashes. */
export function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}
