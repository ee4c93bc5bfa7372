import type { Configuration } from './configuration.ts'

export interface Setting {
  key: keyof Configuration
  /** The key in the configuration file. */
  name: string
  variable: string
  /** Further variables, for names that other programs use as well; the first that is set counts. */
  aliases?: readonly string[]
  /** Never printed. */
  secret?: true
  /** `numbers`: by name, as an object or as `a=1,b=2`. */
  kind: 'path' | 'paths' | 'list' | 'text' | 'switch' | 'integer' | 'number' | 'numbers' | 'choice'
  choices?: readonly string[]
  /** Of numbers: the only ones that there are; each that is not given keeps its initial value. */
  names?: readonly string[]
  minimum?: number
  maximum?: number
  summary: string
  initial: (places: Places) => Configuration[keyof Configuration]
}

/** What only the machine can tell. */
export interface Places {
  data: string
  cache: string
  /** For what ends with the user's session: sockets. */
  runtime: string
  cores: number
  /** Turns a path of the user's into an absolute one. */
  resolve: (path: string) => string
  /** Separates paths in a variable: `:`, on Windows `;`. */
  delimiter: string
}
