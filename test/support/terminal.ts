import { spawnSync } from 'node:child_process'

/** Python makes a terminal of any size anywhere but on Windows; `script` differs from system to system. */
const TERMINAL = `import json, os, pty, sys
talk = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
seen = b''
while True:
    try: data = os.read(fd, 65536)
    except OSError: break
    if not data: break
    seen += data
    if talk and talk[0][0].encode() in seen:
        os.write(fd, talk.pop(0)[1].encode())
        seen = b''
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`

/** Why tests on a terminal are left out, for their names; empty where they are not. */
export const noTerminal =
  process.platform !== 'win32' && spawnSync('python3', ['-c', 'import pty']).status === 0
    ? ''
    : ' [skipped: needs python3 to make a terminal]'

/** Each text is waited for on the screen, then what follows it is typed. */
export type Talk = readonly (readonly [shown: string, typed: string])[]

/**
 * Runs a program on a terminal of its own until it ends. Every stream is the terminal, so the screen has stdout and stderr,
 * and what is typed.
 */
export function runOnTerminal(
  command: readonly string[],
  { talk = [], ...options }: { cwd: string; env: NodeJS.ProcessEnv; talk?: Talk },
): { status: number | null; screen: string } {
  const { status, stdout } = spawnSync('python3', ['-c', TERMINAL, JSON.stringify(talk), ...command], {
    ...options,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, screen: stdout }
}
