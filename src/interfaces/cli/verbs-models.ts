import type { Positional, Verb } from './verb.ts'

const MODEL: Positional = { name: 'model', summary: 'A model; else the one that is used by default', completes: [] }
const NAMED: Positional = { name: 'model', summary: 'A model', required: true, completes: [] }

/** The verbs that look after models. */
export const MODEL_VERBS: readonly Verb[] = [
  {
    name: 'models',
    summary: 'List the known models and say which are on this machine',
    details: '`semdex models list` is the same.',
    positionals: [],
    flags: [],
    examples: [
      { command: 'semdex models', summary: 'all of them' },
      { command: 'semdex models list --json', summary: 'the same, for a program' },
    ],
    action: {
      operation: 'models',
      input: () => ({}),
      render: async () => (await import('./render/models.ts')).renderModels,
    },
  },
  {
    name: 'models show',
    summary: 'Show how a model is run: files, pooling, prompts, limits, licence',
    positionals: [MODEL],
    flags: [],
    examples: [{ command: 'semdex models show bge-small-en-v1.5', summary: 'its spec' }],
    action: {
      operation: 'models.show',
      input: ({ positionals: [model] }) => ({ model }),
      render: async () => (await import('./render/models.ts')).renderModel,
    },
  },
  {
    name: 'models pull',
    summary: 'Download what is missing or damaged of a model',
    details:
      'The files come from the repository that `models show` names, and are checked against their sha256. Where none is published, that of the first download is recorded and holds from then on. A download that was stopped goes on where it was.',
    positionals: [NAMED],
    flags: [],
    examples: [
      { command: 'semdex models pull bge-small-en-v1.5', summary: 'into the cache directory' },
      { command: 'HF_ENDPOINT=https://mirror.example semdex models pull gte-small', summary: 'from a mirror' },
    ],
    action: {
      operation: 'models.pull',
      input: ({ positionals: [model] }) => ({ model }),
      render: async () => (await import('./render/models.ts')).renderTransfer,
    },
  },
  {
    name: 'models add',
    summary: 'Take a model from a spec, a folder or an archive',
    details:
      'The path is that of a spec (.json) with its files beside it or in a repository, of a folder in Hugging Face layout, of a Hugging Face cache, or of an archive (.zip, .whl, .jar) with such a folder. The files are copied into the cache directory.',
    positionals: [{ name: 'path', summary: 'A spec, a folder or an archive', required: true, completes: 'path' }],
    flags: [{ name: 'name', type: 'text', value: 'name', summary: 'What it is called here', initial: 'its own name' }],
    examples: [
      { command: 'semdex models add ./my-model', summary: 'a folder, under its name' },
      { command: 'semdex models add my-model.json', summary: 'what a spec describes' },
      { command: 'semdex models add export --name Qodo-Embed-1-1.5B', summary: 'under another name' },
    ],
    action: {
      operation: 'models.add',
      input: ({ positionals: [path], flags }) => ({ path, name: flags.name }),
      render: async () => (await import('./render/models.ts')).renderTransfer,
    },
  },
  {
    name: 'models remove',
    summary: 'Remove a model that was pulled or added',
    details:
      'Collections keep their vectors. Until the model is there again, they are searched by keyword alone. What lies in a folder of yours or in a package stays.',
    positionals: [NAMED],
    flags: [],
    examples: [{ command: 'semdex models remove bge-small-en-v1.5', summary: 'from the cache directory' }],
    action: {
      operation: 'models.remove',
      input: ({ positionals: [model] }) => ({ model }),
      render: async () => (await import('./render/models.ts')).renderRemoved,
    },
  },
  {
    name: 'models verify',
    summary: "Hash a model's files again and compare them with their sha256",
    positionals: [MODEL],
    flags: [],
    examples: [{ command: 'semdex models verify', summary: 'the default model' }],
    action: {
      operation: 'models.verify',
      input: ({ positionals: [model] }) => ({ model }),
      render: async () => (await import('./render/models.ts')).renderVerified,
    },
  },
]
