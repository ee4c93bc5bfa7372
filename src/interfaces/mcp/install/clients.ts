import { posix, win32 } from 'node:path'
import type { ClientName } from './names.ts'

/** What is known of a client's configuration, as its own documentation says it. */
export interface McpClient {
  title: string
  format: Format
  /** Where the file has its servers, by name. */
  key: string
  /** What a server's entry has beside its command. */
  extra?: Record<string, unknown>
  file(machine: Machine): string
  /** What makes the client read the file. */
  afterwards: string
}

/** `jsonc` has comments and commas after the last member. */
export type Format = 'json' | 'jsonc' | 'toml'

/** Folders of the user, absolute. */
export interface Machine {
  platform: NodeJS.Platform
  home: string
  /** Where the command was started. */
  workingDirectory: string
}

export const CLIENTS: Record<ClientName, McpClient> = {
  'claude-code': {
    title: 'Claude Code',
    format: 'json',
    key: 'mcpServers',
    extra: { type: 'stdio' },
    // The user's own file is rewritten by running sessions; that of a project is read alone.
    file: (machine) => join(machine, machine.workingDirectory, '.mcp.json'),
    afterwards: 'Start Claude Code in this folder and allow the server',
  },
  'claude-desktop': {
    title: 'Claude Desktop',
    format: 'json',
    key: 'mcpServers',
    file: (machine) => join(machine, applicationData(machine), 'Claude', 'claude_desktop_config.json'),
    afterwards: 'Restart Claude Desktop',
  },
  codex: {
    title: 'Codex',
    format: 'toml',
    key: 'mcp_servers',
    file: (machine) => join(machine, machine.home, '.codex', 'config.toml'),
    afterwards: 'Start Codex anew',
  },
  cursor: {
    title: 'Cursor',
    format: 'json',
    key: 'mcpServers',
    file: (machine) => join(machine, machine.home, '.cursor', 'mcp.json'),
    afterwards: 'Allow the server in the settings of Cursor',
  },
  gemini: {
    title: 'Gemini CLI',
    format: 'json',
    key: 'mcpServers',
    file: (machine) => join(machine, machine.home, '.gemini', 'settings.json'),
    afterwards: 'Start Gemini CLI anew',
  },
  vscode: {
    title: 'Visual Studio Code',
    format: 'jsonc',
    key: 'servers',
    extra: { type: 'stdio' },
    file: (machine) => join(machine, applicationData(machine), 'Code', 'User', 'mcp.json'),
    afterwards: 'Start the server by MCP: List Servers',
  },
  windsurf: {
    title: 'Windsurf',
    format: 'json',
    key: 'mcpServers',
    file: (machine) => join(machine, machine.home, '.codeium', 'windsurf', 'mcp_config.json'),
    afterwards: 'Refresh the servers in the settings of Windsurf',
  },
  zed: {
    title: 'Zed',
    format: 'jsonc',
    key: 'context_servers',
    extra: { source: 'custom' },
    file: (machine) =>
      machine.platform === 'win32'
        ? join(machine, applicationData(machine), 'Zed', 'settings.json')
        : join(machine, machine.home, '.config', 'zed', 'settings.json'),
    afterwards: 'Zed reads it at once',
  },
}

function applicationData(machine: Machine): string {
  const { platform, home } = machine
  if (platform === 'win32') return join(machine, home, 'AppData', 'Roaming')
  if (platform === 'darwin') return join(machine, home, 'Library', 'Application Support')
  return join(machine, home, '.config')
}

function join({ platform }: Machine, ...parts: string[]): string {
  return (platform === 'win32' ? win32 : posix).join(...parts)
}
