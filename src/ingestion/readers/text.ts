import type { Reader } from '../../core/ports/chunker.ts'
import { decode } from './decode.ts'
import { nameOf } from './name.ts'

/** Any file that is text. The title is the file's name. */
export const textReader: Reader = {
  name: 'text',
  accepts: () => true,
  read: (bytes, path) => ({
    ...decode(bytes, path),
    format: 'text',
    language: null,
    title: nameOf(path),
    metadata: {},
  }),
}
