import type { Configuration } from '../../core/configuration.ts'

/** One flag as data: parsing, help, completion and the manual are made from it. */
export interface Flag {
  /** Without the dashes: `min-similarity`. */
  name: string
  short?: string
  type: 'switch' | 'text' | 'path' | 'integer' | 'number' | 'bytes' | 'choice'
  /** What stands for the value in help: `<n>`. */
  value?: string
  choices?: readonly string[]
  summary: string
  /** What is meant where the flag is missing, in words. */
  initial?: string
  repeatable?: boolean
  /** The setting that the flag overrides. */
  setting?: keyof Configuration
  /** What a switch gives the setting. */
  settingValue?: string
}

export type FlagValue = string | number | boolean | string[]

/** What was typed, checked against the flags. Keys are the flags' names. */
export type FlagValues = Readonly<Record<string, FlagValue | undefined>>

/** Flags that every verb takes. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: 'db',
    type: 'path',
    value: 'file',
    setting: 'database',
    summary: 'The database file',
    initial: "SEMDEX_DB, or semdex.db in the user's data folder",
  },
  {
    name: 'config',
    type: 'path',
    value: 'file',
    summary: 'The configuration file',
    initial: "SEMDEX_CONFIG, or config.json in the user's configuration folder",
  },
  { name: 'json', type: 'switch', summary: 'Print one JSON value; warnings and errors are JSON lines on stderr' },
  { name: 'quiet', short: 'q', type: 'switch', summary: 'No progress and no notes; warnings and errors stay' },
  {
    name: 'debug',
    type: 'switch',
    setting: 'log',
    settingValue: 'debug',
    summary: 'A JSON line on stderr for each call of a model: counts and milliseconds, never a text',
  },
  {
    name: 'no-daemon',
    type: 'switch',
    setting: 'daemon',
    settingValue: 'off',
    summary: 'Work in this process, also where a daemon serves the database',
  },
  {
    name: 'offline',
    type: 'switch',
    setting: 'offline',
    settingValue: 'on',
    summary: 'Download nothing',
  },
  { name: 'no-color', type: 'switch', summary: 'No colours (also NO_COLOR; FORCE_COLOR forces them)' },
  { name: 'help', short: 'h', type: 'switch', summary: 'Show help' },
  { name: 'version', short: 'V', type: 'switch', summary: 'Show the version' },
]

/** Of verbs that read texts. */
export const INPUT_FLAG: Flag = {
  name: 'input',
  type: 'choice',
  value: 'form',
  choices: ['auto', 'lines', 'jsonl'],
  summary: 'What stdin holds; auto looks at the first line',
  initial: 'auto',
}

export const MODEL_FLAG: Flag = {
  name: 'model',
  type: 'text',
  value: 'name',
  summary: "A model's name, or the path of a model's folder",
  initial: 'SEMDEX_MODEL, or all-MiniLM-L6-v2',
}

export const CODE_MODEL_FLAG: Flag = {
  name: 'code-model',
  type: 'text',
  value: 'name',
  summary: 'The model that reads code in a new collection',
  initial: 'SEMDEX_CODE_MODEL, or the one that reads text',
}

export const LAYOUT_FLAG: Flag = {
  name: 'layout',
  type: 'choice',
  value: 'layout',
  choices: ['native', 'padded'],
  summary: 'How vectors are indexed: an index for each model, or one as wide as the widest of them',
}

export const COLLECTION_FLAG: Flag = {
  name: 'collection',
  short: 'c',
  type: 'text',
  value: 'name',
  summary: 'The collection',
}

export const SIDE_FLAG: Flag = {
  name: 'side',
  type: 'choice',
  value: 'side',
  choices: ['auto', 'text', 'code', 'both'],
  summary: 'Whose model reads the query, in collections with one for text and one for code; auto: by what the query is',
  initial: 'auto',
}
export const MODE_FLAG: Flag = {
  name: 'mode',
  short: 'm',
  type: 'choice',
  value: 'mode',
  choices: ['hybrid', 'vector', 'lexical'],
  summary: 'By meaning and keyword, by meaning alone, or by keyword alone',
  initial: 'hybrid',
}

export const MAX_FILE_SIZE_FLAG: Flag = {
  name: 'max-file-size',
  type: 'bytes',
  value: 'size',
  setting: 'maxFileBytes',
  summary: 'Skip larger files: 500k, 20M, or a number of bytes',
  initial: 'SEMDEX_MAX_FILE_BYTES, or 10M',
}

export const FILTER_FLAG: Flag = {
  name: 'filter',
  short: 'f',
  type: 'text',
  value: 'test',
  repeatable: true,
  summary: 'Only documents whose metadata pass: key=value, key!=value, key>=3, or a JSON filter; all must hold',
}

export const PATH_GLOB_FLAG: Flag = {
  name: 'path-glob',
  short: 'g',
  type: 'text',
  value: 'glob',
  repeatable: true,
  summary: 'Only paths that match one of these: *.md, docs/**, ./src/*.ts',
}
