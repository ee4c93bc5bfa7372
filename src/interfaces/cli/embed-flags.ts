import { type Flag, INPUT_FLAG, MODEL_FLAG } from './flags.ts'

/** Flags of `semdex embed`. */
export const EMBED_FLAGS: readonly Flag[] = [
  { name: 'file', type: 'path', value: 'file', repeatable: true, summary: 'A file whose content is one text' },
  INPUT_FLAG,
  {
    name: 'format',
    type: 'choice',
    value: 'format',
    choices: ['jsonl', 'base64', 'f32'],
    summary:
      'JSON lines with numbers, JSON lines with base64 of their bytes, or raw little-endian float32, one row a text',
    initial: 'jsonl',
  },
  {
    name: 'encoding',
    type: 'choice',
    value: 'encoding',
    choices: ['float32', 'int8', 'binary'],
    summary:
      'Four bytes a number, one (with a scale), or one bit: its sign, the first in the highest bit of the first byte; the format f32 takes float32 alone',
    initial: 'float32',
  },
  {
    name: 'dimensions',
    type: 'integer',
    value: 'n',
    summary: 'A width that the model was trained for, as semdex models show lists',
    initial: 'all',
  },
  {
    name: 'kind',
    type: 'choice',
    value: 'kind',
    choices: ['query', 'passage'],
    summary: 'What the text is to the model',
    initial: 'passage',
  },
  {
    name: 'task',
    type: 'text',
    value: 'task',
    summary: "One of the model's tasks, instead of what the kind means to it",
  },
  { name: 'timings', type: 'switch', summary: 'Say what each stage took: on stderr, with --json in the value' },
  MODEL_FLAG,
]
