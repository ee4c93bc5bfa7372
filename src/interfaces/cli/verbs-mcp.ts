import { CLIENT_NAMES } from '../mcp/install/names.ts'
import type { Verb } from './verb.ts'

const ACCESS = {
  name: 'access',
  type: 'choice',
  value: 'scope',
  choices: ['read', 'write', 'admin'],
  initial: 'write',
} as const

export const MCP_VERBS: readonly Verb[] = [
  {
    name: 'mcp',
    summary: 'Serve an agent over stdio by the Model Context Protocol',
    details:
      'The agent starts it, and ends it by closing stdin. Its tools are the operations that it may run; docs/mcp.md lists them.',
    positionals: [],
    flags: [
      {
        ...ACCESS,
        summary: 'What the agent may do: admin includes files of this machine, models, and removing collections',
      },
    ],
    examples: [{ command: 'semdex mcp --access read', summary: 'The agent finds and reads, and changes nothing' }],
    action: { command: async () => (await import('./commands/mcp.ts')).mcpCommand },
  },
  {
    name: 'mcp install',
    summary: 'Print the configuration by which an agent starts semdex mcp, or write it',
    details: "With --write it goes into the client's file, beside what is there; the file as it was is kept as a copy.",
    positionals: [{ name: 'client', summary: 'The agent', required: true, completes: CLIENT_NAMES }],
    flags: [
      { name: 'write', type: 'switch', summary: "Write it into the client's file" },
      { name: 'dry-run', type: 'switch', summary: 'Show what --write would change, and change nothing' },
      { name: 'file', type: 'path', value: 'file', summary: 'The configuration file, where it is not the usual one' },
      { ...ACCESS, summary: 'What the agent may do' },
    ],
    examples: [
      { command: 'semdex mcp install claude-desktop', summary: 'Print it' },
      { command: 'semdex mcp install cursor --write', summary: 'Write it into ~/.cursor/mcp.json' },
    ],
    action: { command: async () => (await import('./commands/mcp-install.ts')).mcpInstallCommand },
  },
]
