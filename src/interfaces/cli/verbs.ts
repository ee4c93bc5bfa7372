import { EMBED_FLAGS } from './embed-flags.ts'
import {
  CODE_MODEL_FLAG,
  COLLECTION_FLAG,
  FILTER_FLAG,
  INPUT_FLAG,
  MAX_FILE_SIZE_FLAG,
  MODE_FLAG,
  MODEL_FLAG,
  PATH_GLOB_FLAG,
  SIDE_FLAG,
} from './flags.ts'
import type { Verb } from './verb.ts'
import { BACKFILL_VERBS } from './verbs-backfill.ts'
import { CALL_VERBS } from './verbs-call.ts'
import { COLLECTION_VERBS } from './verbs-collections.ts'
import { DOCUMENT_VERBS } from './verbs-documents.ts'
import { KEY_VERBS } from './verbs-keys.ts'
import { MCP_VERBS } from './verbs-mcp.ts'
import { MEMORY_VERBS } from './verbs-memory.ts'
import { MIGRATE_VERBS } from './verbs-migrate.ts'
import { MODEL_VERBS } from './verbs-models.ts'
import { SERVER_VERBS } from './verbs-server.ts'
import { UPKEEP_VERBS } from './verbs-upkeep.ts'

export const VERBS: readonly Verb[] = [
  {
    name: 'search',
    summary: 'Index what is new or changed, then find the passages that answer a query',
    details:
      'Without a path, all that was ever indexed is brought up to date and searched. With paths, only what is at or below them. A root that is gone, as on a drive that is not mounted, is a warning: what was indexed of it is kept and found.',
    positionals: [
      { name: 'query', summary: 'A question or keywords; never syntax', required: true },
      { name: 'path', summary: 'Files and folders to index and to search', repeatable: true, completes: 'path' },
    ],
    flags: [
      MODE_FLAG,
      SIDE_FLAG,
      { name: 'limit', short: 'n', type: 'integer', value: 'n', summary: 'The most documents', initial: '10' },
      {
        name: 'min-similarity',
        type: 'number',
        value: 'cosine',
        summary: 'Only passages at least this similar, from -1 to 1',
      },
      FILTER_FLAG,
      PATH_GLOB_FLAG,
      COLLECTION_FLAG,
      MODEL_FLAG,
      CODE_MODEL_FLAG,
      { name: 'no-index', type: 'switch', summary: 'Search what is indexed already' },
      MAX_FILE_SIZE_FLAG,
      { name: 'explain', type: 'switch', summary: 'Show every part of each score' },
    ],
    examples: [
      { command: 'semdex search "how do I return early from a loop" docs', summary: 'index docs, then search it' },
      { command: 'semdex search "retry with backoff" --mode lexical -n 3', summary: 'by keyword, all that is known' },
      { command: 'semdex search "error handling" src -g "*.ts" --json', summary: 'one kind of file, for a program' },
    ],
    action: { command: async () => (await import('./commands/search.ts')).searchCommand },
  },
  {
    name: 'index',
    summary: 'Bring the database up to date with files and folders',
    details:
      'Without a path, all known roots. Ignore files (.gitignore, .semdexignore) hold. What is committed stays: a run that was stopped continues where it was.',
    positionals: [{ name: 'path', summary: 'Files and folders', repeatable: true, completes: 'path' }],
    flags: [
      { ...COLLECTION_FLAG, initial: 'the one that holds the path, else one named after the folder' },
      MODEL_FLAG,
      CODE_MODEL_FLAG,
      { name: 'dry-run', type: 'switch', summary: 'Only say what there is to do: files, chunks, estimated time' },
      { name: 'force', type: 'switch', summary: 'Cut and embed again what did not change, too' },
      MAX_FILE_SIZE_FLAG,
    ],
    examples: [
      { command: 'semdex index docs src', summary: 'two folders, a collection each' },
      { command: 'semdex index ~/notes --collection notes --dry-run', summary: 'what it would take' },
      { command: 'semdex index', summary: 'all known roots again' },
    ],
    action: { command: async () => (await import('./commands/index-paths.ts')).indexCommand },
  },
  {
    name: 'status',
    summary: 'Count documents, chunks, and what is pending or failed',
    positionals: [],
    flags: [],
    examples: [{ command: 'semdex status --json', summary: 'the counts, for a program' }],
    action: {
      operation: 'status',
      input: () => ({}),
      render: async () => (await import('./render/tables.ts')).renderStatus,
    },
  },
  {
    name: 'get',
    summary: 'Print a stored document, or some lines of it',
    details: 'What is printed is what was indexed, not what the file holds now.',
    positionals: [
      {
        name: 'place',
        summary: 'path, path:12, path:12-30, or the id of a chunk',
        required: true,
        completes: 'path',
      },
    ],
    flags: [
      { name: 'id', type: 'switch', summary: "The place is a document's id" },
      { name: 'lines', short: 'l', type: 'text', value: 'from-to', summary: 'These lines' },
      COLLECTION_FLAG,
    ],
    examples: [
      { command: 'semdex get docs/guide.md:12-30', summary: 'a hit, as search cites it' },
      { command: 'semdex get chunk-42', summary: 'one passage' },
    ],
    action: { command: async () => (await import('./commands/get.ts')).getCommand },
  },
  ...DOCUMENT_VERBS,
  ...BACKFILL_VERBS,
  {
    name: 'embed',
    summary: 'Turn texts into unit vectors',
    details:
      'Texts come from the arguments, from files (each one text), or from stdin: lines, each one text, or JSON lines, each a string or {"text": …, "id": …}. The answers come in the same order. With --format f32 a text that failed is a row of NaN.',
    positionals: [{ name: 'text', summary: 'A text', repeatable: true }],
    flags: EMBED_FLAGS,
    examples: [
      { command: 'semdex embed "hello world" "hi world"', summary: 'two vectors, as JSON lines' },
      { command: 'semdex embed --format f32 < texts.txt > vectors.f32', summary: 'a line each, as raw float32' },
      { command: 'semdex embed "hello world" --encoding int8 --format base64', summary: '384 bytes, as text' },
    ],
    action: { command: async () => (await import('./commands/embed.ts')).embedCommand },
  },
  {
    name: 'rerank',
    summary: 'Order passages by how well they answer a query',
    details:
      'A cross-encoder reads each passage together with the query: better than comparing vectors, and slower. None comes with Semdex: semdex models lists them, semdex models pull brings one. Passages come from the arguments, from files (each one passage), or from stdin as for semdex embed. The score, 0 to 1, is no similarity.',
    positionals: [
      { name: 'query', summary: 'A question or keywords', required: true },
      { name: 'passage', summary: 'A passage', repeatable: true },
    ],
    flags: [
      { name: 'model', type: 'text', value: 'name', summary: "A reranker's name, or the path of its folder" },
      { name: 'limit', short: 'n', type: 'integer', value: 'n', summary: 'The most passages', initial: 'all' },
      { name: 'file', type: 'path', value: 'file', repeatable: true, summary: 'A file whose content is one passage' },
      INPUT_FLAG,
    ],
    examples: [
      {
        command: 'semdex rerank "how do plants eat" --model ms-marco-MiniLM-L-6-v2 < passages.txt',
        summary: 'a line each, best first',
      },
    ],
    action: { command: async () => (await import('./commands/rerank.ts')).rerankCommand },
  },
  ...COLLECTION_VERBS,
  ...MEMORY_VERBS,
  ...MODEL_VERBS,
  ...MIGRATE_VERBS,
  ...SERVER_VERBS,
  ...UPKEEP_VERBS,
  ...KEY_VERBS,
  ...MCP_VERBS,
  ...CALL_VERBS,
  {
    name: 'eval',
    summary: 'Judge search on a data set in BEIR form, in an index of its own',
    details:
      'The folder holds corpus.jsonl, queries.jsonl and qrels. The index is kept in the cache, never in your database.',
    positionals: [{ name: 'folder', summary: 'The data set', required: true, completes: 'path' }],
    flags: [MODE_FLAG, MODEL_FLAG],
    examples: [{ command: 'semdex eval data/scifact --mode vector --json', summary: 'nDCG@10, recall and MRR' }],
    action: { command: async () => (await import('./commands/evaluate.ts')).evaluateCommand },
  },
  {
    name: 'bench embed',
    summary: 'Measure how fast a model embeds on this machine',
    details:
      'Texts of about 16, 64 and 225 tokens and as long as the model reads (512 at most), one by one and in larger calls; one query alone and while passages are embedded; how free the event loop stays. Every text is another one, and the result cache is off. Takes a minute or two; what else the machine does falls on the figures.',
    positionals: [],
    flags: [MODEL_FLAG, { name: 'quick', type: 'switch', summary: 'A few seconds; figures that are only rough' }],
    examples: [
      { command: 'semdex bench embed', summary: 'the default model' },
      { command: 'semdex bench embed --model bge-small-en-v1.5 --json', summary: 'another one, for a program' },
    ],
    action: { command: async () => (await import('./commands/bench-embed.ts')).benchEmbedCommand },
  },
  {
    name: 'doctor',
    summary: 'Try out the installation, and say how to fix what fails',
    positionals: [],
    flags: [],
    examples: [{ command: 'semdex doctor', summary: 'versions, database, model, one search from end to end' }],
    action: {
      operation: 'doctor',
      input: () => ({}),
      render: async () => (await import('./render/tables.ts')).renderDoctor,
      exit: ({ healthy }: { healthy: boolean }) => (healthy ? 0 : 1),
    },
  },
  {
    name: 'config',
    summary: 'Show every setting with its value and where it comes from',
    positionals: [],
    flags: [],
    examples: [{ command: 'semdex config', summary: 'flag, environment, file or default' }],
    action: {
      operation: 'config',
      input: () => ({}),
      render: async () => (await import('./render/tables.ts')).renderConfig,
    },
  },
  {
    name: 'completion',
    summary: 'Print a completion script for a shell',
    positionals: [{ name: 'shell', summary: 'bash, zsh or fish', required: true, completes: ['bash', 'zsh', 'fish'] }],
    flags: [],
    examples: [
      { command: 'source <(semdex completion bash)', summary: 'in ~/.bashrc' },
      { command: 'semdex completion fish > ~/.config/fish/completions/semdex.fish', summary: 'for fish' },
    ],
    action: { command: async () => (await import('./commands/completion.ts')).completionCommand },
  },
]
