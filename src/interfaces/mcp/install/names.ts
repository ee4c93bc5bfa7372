/** The clients whose configuration is known; `clients.ts` says where each keeps it. */
export const CLIENT_NAMES = [
  'claude-code',
  'claude-desktop',
  'codex',
  'cursor',
  'gemini',
  'vscode',
  'windsurf',
  'zed',
] as const

export type ClientName = (typeof CLIENT_NAMES)[number]
