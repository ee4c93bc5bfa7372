import type { Verb } from './verb.ts'

export const SERVER_VERBS: readonly Verb[] = [
  {
    name: 'serve',
    summary: 'Answer over HTTP until it is stopped',
    details:
      'It listens on this machine alone unless --host says otherwise. Ctrl-C finishes what is under way, then stops it.',
    positionals: [],
    flags: [
      {
        name: 'port',
        type: 'integer',
        value: 'n',
        setting: 'port',
        summary: 'The port; 0: any free one',
        initial: '7333',
      },
      { name: 'host', type: 'text', value: 'address', setting: 'host', summary: 'The address', initial: '127.0.0.1' },
      {
        name: 'stdio',
        type: 'switch',
        summary: 'No HTTP: JSON-RPC 2.0 on stdin and stdout, one message a line, until stdin ends',
      },
    ],
    examples: [
      { command: 'semdex serve --port 8080', summary: 'http://127.0.0.1:8080' },
      { command: 'semdex serve --stdio < requests.jsonl', summary: 'Answers one JSON-RPC message a line' },
    ],
    action: { command: async () => (await import('./commands/serve.ts')).serveCommand },
  },
]
