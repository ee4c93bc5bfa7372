/** What a client starts. */
export interface Command {
  command: string
  args: string[]
}

export interface Installed {
  platform: NodeJS.Platform
  /** The Node that runs now, and the binary's file; both absolute and real. */
  node: string
  binary: string
}

/**
 * The command that starts this very Semdex: a client started from a menu has not the PATH of a shell, and a registry may
 * have another version or not be reached. Only what npx keeps, which it removes when it likes, is asked of npx again.
 */
export function launchCommand(installed: Installed, args: readonly string[]): Command {
  const { platform, node, binary } = installed
  if (!/[\\/]_npx[\\/]/.test(binary)) return { command: node, args: [binary, ...args] }
  const npx = ['-y', 'semdex', ...args]
  return platform === 'win32' ? { command: 'cmd', args: ['/c', 'npx', ...npx] } : { command: 'npx', args: npx }
}
