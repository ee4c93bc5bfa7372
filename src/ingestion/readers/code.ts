import type { Reader } from '../../core/ports/chunker.ts'
import { decode } from './decode.ts'
import { languageOf } from './languages.ts'
import { nameOf } from './name.ts'

/** Files of code, by the table of extensions. The title is the file's name. */
export const codeReader: Reader = {
  name: 'code',
  accepts: (path) => languageOf(path) !== null,
  read(bytes, path) {
    const language = languageOf(path)
    return { ...decode(bytes, path), format: 'code', language, title: nameOf(path), metadata: { language } }
  },
}
