import { COLLECTION_FLAG, FILTER_FLAG, type Flag } from './flags.ts'
import type { Arguments, Positional, Verb } from './verb.ts'

const ID: Positional = { name: 'id', summary: "A record's id, as capture, recall and list show it", required: true }

const MEMORY_FLAG: Flag = { ...COLLECTION_FLAG, initial: 'memory' }
const CONFIDENCE_FLAG: Flag = {
  name: 'confidence',
  type: 'number',
  value: 'share',
  summary: 'How sure it is, from 0 to 1',
}
const SOURCE_FLAG: Flag = { name: 'source', type: 'text', value: 'source', summary: 'Where it comes from' }
const TAG_FLAG: Flag = { name: 'tag', type: 'text', value: 'tag', repeatable: true, summary: 'A tag' }
const SUPERSEDES_FLAG: Flag = {
  name: 'supersedes',
  type: 'text',
  value: 'id',
  repeatable: true,
  summary: 'A record that it takes the place of',
}
const NO_WAIT_FLAG: Flag = {
  name: 'no-wait',
  type: 'switch',
  summary: 'Answer once the text is stored; its vectors are made by a server, a daemon or semdex backfill',
}

/** Which records are meant. */
const RESTRICTION_FLAGS: readonly Flag[] = [
  { name: 'kind', type: 'text', value: 'kind', repeatable: true, summary: 'Only this kind, or one of several' },
  { ...TAG_FLAG, summary: 'Only what has this tag, or all of several' },
  { ...SOURCE_FLAG, summary: 'Only what comes from here' },
  { name: 'min-confidence', type: 'number', value: 'share', summary: 'Only what is at least this sure, from 0 to 1' },
  FILTER_FLAG,
  MEMORY_FLAG,
]

/** The verbs of memory. */
export const MEMORY_VERBS: readonly Verb[] = [
  {
    name: 'memory capture',
    summary: 'Remember a text: store it as a record, and say which records say nearly the same',
    positionals: [{ name: 'text', summary: 'What is to be remembered', required: true }],
    flags: [
      {
        name: 'kind',
        type: 'text',
        value: 'kind',
        summary: 'What it is: decision, preference, lesson, or a word of your own',
        initial: 'note',
      },
      { ...CONFIDENCE_FLAG, initial: '0.5' },
      SOURCE_FLAG,
      TAG_FLAG,
      { name: 'id', type: 'text', value: 'id', summary: 'Its id', initial: 'one is made' },
      {
        name: 'captured-at',
        type: 'integer',
        value: 'milliseconds',
        summary: 'When it was learnt, since 1970',
        initial: 'now',
      },
      SUPERSEDES_FLAG,
      { name: 'merge', type: 'switch', summary: 'Join it with the record that says nearly the same, if there is one' },
      NO_WAIT_FLAG,
      MEMORY_FLAG,
    ],
    examples: [
      {
        command: 'semdex memory capture "We deploy on Tuesdays." --kind decision --tag deploy',
        summary: 'a decision, with a tag',
      },
      {
        command: 'semdex memory capture "We deploy on Mondays." --kind decision --supersedes 7b0c',
        summary: 'it takes the place of an earlier one',
      },
    ],
    action: {
      operation: 'memory.capture',
      input: ({ positionals: [text], flags }) => ({
        text,
        ...fieldsOf(flags),
        id: flags.id,
        capturedAt: flags['captured-at'],
        merge: flags.merge,
      }),
      render: async () => (await import('./render/memory.ts')).renderCaptured,
    },
  },
  {
    name: 'memory recall',
    summary: 'Recall the records that answer a query',
    details:
      'What counts: how near a record is in meaning, how sure and how new it is, and its kind. The settings memory.weights and memory.bonus say how much.',
    positionals: [{ name: 'query', summary: 'A question or keywords; never syntax', required: true }],
    flags: [
      { name: 'limit', short: 'n', type: 'integer', value: 'n', summary: 'The most records', initial: '10' },
      ...RESTRICTION_FLAGS,
      { name: 'explain', type: 'switch', summary: 'Show every part of each score' },
    ],
    examples: [
      { command: 'semdex memory recall "when do we deploy"', summary: 'the ten best records' },
      { command: 'semdex memory recall "tabs or spaces" --kind preference --explain', summary: 'and why they are' },
    ],
    action: {
      operation: 'memory.recall',
      input: async ({ positionals: [query], flags }) => ({
        query,
        limit: flags.limit,
        ...(await restrictionOf(flags)),
        explain: flags.explain,
      }),
      render: async () => (await import('./render/memory.ts')).renderRecalled,
    },
  },
  {
    name: 'memory list',
    summary: 'List the records, oldest first',
    details: 'With --json the answer has a cursor where there are more: --cursor takes it for the next page.',
    positionals: [],
    flags: [
      {
        name: 'status',
        type: 'choice',
        value: 'status',
        choices: ['active', 'superseded', 'archived', 'any'],
        summary: 'Only records of this status',
        initial: 'active',
      },
      ...RESTRICTION_FLAGS,
      { name: 'limit', short: 'n', type: 'integer', value: 'n', summary: 'The most records', initial: '50' },
      { name: 'cursor', type: 'text', value: 'cursor', summary: 'The page after the one that gave this' },
    ],
    examples: [{ command: 'semdex memory list --kind decision --status any', summary: 'every decision there was' }],
    action: {
      operation: 'memory.list',
      input: async ({ flags }) => ({
        ...(await restrictionOf(flags)),
        status: flags.status,
        limit: flags.limit,
        cursor: flags.cursor,
      }),
      render: async () => (await import('./render/memory.ts')).renderRecords,
    },
  },
  {
    name: 'memory update',
    summary: 'Change a record; what it was before stays in its history',
    positionals: [ID],
    flags: [
      { name: 'text', type: 'text', value: 'text', summary: 'What it says from now on' },
      { name: 'kind', type: 'text', value: 'kind', summary: 'What it is' },
      {
        name: 'status',
        type: 'choice',
        value: 'status',
        choices: ['active', 'archived'],
        summary: 'Only what is active is recalled',
      },
      CONFIDENCE_FLAG,
      SOURCE_FLAG,
      { ...TAG_FLAG, summary: 'A tag; those that are named here are all that it has from now on' },
      SUPERSEDES_FLAG,
      {
        name: 'if-version',
        type: 'integer',
        value: 'n',
        summary: 'Only where it has this version; else REVISION_CONFLICT',
      },
      NO_WAIT_FLAG,
      MEMORY_FLAG,
    ],
    examples: [
      { command: 'semdex memory update 7b0c --confidence 0.9', summary: 'nothing is embedded for this' },
      { command: 'semdex memory update 7b0c --status archived', summary: 'kept, and recalled no more' },
    ],
    action: {
      operation: 'memory.update',
      input: ({ positionals: [id], flags }) => ({
        id,
        text: flags.text,
        status: flags.status,
        ...fieldsOf(flags),
        ifVersion: flags['if-version'],
      }),
      render: async () => (await import('./render/memory.ts')).renderUpdated,
    },
  },
  {
    name: 'memory forget',
    summary: 'Remove a record with its vectors and the texts of its history',
    positionals: [ID],
    flags: [MEMORY_FLAG],
    examples: [{ command: 'semdex memory forget 7b0c', summary: 'only that it was there stays' }],
    action: {
      operation: 'memory.forget',
      input: ({ positionals: [id], flags }) => ({ id, collection: flags.collection }),
      render: async () => (await import('./render/memory.ts')).renderForgotten,
    },
  },
  {
    name: 'memory history',
    summary: 'Show what a record was after each of its changes',
    positionals: [ID],
    flags: [MEMORY_FLAG],
    examples: [{ command: 'semdex memory history 7b0c', summary: 'oldest first' }],
    action: {
      operation: 'memory.history',
      input: ({ positionals: [id], flags }) => ({ id, collection: flags.collection }),
      render: async () => (await import('./render/memory.ts')).renderHistory,
    },
  },
]

function fieldsOf(flags: Arguments['flags']) {
  return {
    kind: flags.kind,
    confidence: flags.confidence,
    source: flags.source,
    tags: flags.tag,
    supersedes: flags.supersedes,
    wait: flags['no-wait'] ? false : undefined,
    collection: flags.collection,
  }
}

async function restrictionOf(flags: Arguments['flags']) {
  const tests = flags.filter as string[] | undefined
  const filter = tests && (await import('./filter-flags.ts')).filterFrom(tests, [])
  return {
    kinds: flags.kind,
    tags: flags.tag,
    source: flags.source,
    minConfidence: flags['min-confidence'],
    filter,
    collection: flags.collection,
  }
}
