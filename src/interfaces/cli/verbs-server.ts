import type { Verb } from './verb.ts'

export const SERVER_VERBS: readonly Verb[] = [
  {
    name: 'serve',
    summary: 'Answer over HTTP until it is stopped',
    details:
      'It listens on this machine alone unless --host says otherwise. Ctrl-C finishes what is under way, then stops it. With --daemon it goes on in the background, on a socket that the other verbs use while it is up: their models are loaded once. It then listens on an address only where a port or host is named.',
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
        name: 'no-warm-up',
        type: 'switch',
        setting: 'warmUp',
        settingValue: 'off',
        summary: 'Load models at the first request that needs them',
      },
      { name: 'daemon', type: 'switch', summary: 'In the background; says where, once it listens' },
      { name: 'foreground', type: 'switch', summary: 'The daemon, in this process: for a supervisor' },
      { name: 'status', type: 'switch', summary: 'Whether a daemon serves the database; ends with 1 where none does' },
      { name: 'stop', type: 'switch', summary: 'End the daemon, once what is under way is done' },
      {
        name: 'idle-minutes',
        type: 'integer',
        value: 'n',
        setting: 'daemonIdleMinutes',
        summary: 'The daemon ends after so many minutes without a request; 0: never',
        initial: '0',
      },
      {
        name: 'stdio',
        type: 'switch',
        summary: 'No HTTP: JSON-RPC 2.0 on stdin and stdout, one message a line, until stdin ends',
      },
    ],
    examples: [
      { command: 'semdex serve --port 8080', summary: 'http://127.0.0.1:8080' },
      { command: 'semdex serve --daemon', summary: 'from now on, verbs need not load a model' },
      { command: 'semdex serve --stdio < requests.jsonl', summary: 'Answers one JSON-RPC message a line' },
    ],
    action: { command: async () => (await import('./commands/serve.ts')).serveCommand },
  },
]
