import type { ErrorAnswer } from '../../core/errors.ts'
import { styleText } from './node-util.ts'

type Style = (text: string | number) => string

/** What a person sees; every style is the identity where there are no colours. */
export interface Styles {
  bold: Style
  dim: Style
  red: Style
  green: Style
  yellow: Style
  cyan: Style
}

export interface OutputOptions {
  json: boolean
  quiet: boolean
  /** False: no colours, whatever the terminal and the environment say. */
  colours: boolean
}

/** Data goes to stdout and all else to stderr; with `--json` both hold JSON. */
export interface Output extends OutputOptions {
  /** For stdout. */
  styles: Styles
  /** Answers once the operating system has taken it. */
  data(text: string | Uint8Array): Promise<void>
  /** What is good to know; silent with `--quiet` and `--json`. */
  note(message: string): void
  warn(message: string): void
  /** What was asked for beside the data: on stderr, as it is. */
  aside(text: string): void
  error(error: ErrorAnswer): void
  /** Called before anything is written to stderr: a progress bar makes room. */
  onMessage: () => void
}

export function createOutput(options: OutputOptions): Output {
  const { json, quiet } = options
  const marks = makeStyles(options.colours && takesColours(process.stderr))
  const write = (text: string) => {
    output.onMessage()
    process.stderr.write(`${text}\n`)
  }
  const output: Output = {
    ...options,
    styles: makeStyles(options.colours && takesColours(process.stdout)),
    onMessage: () => undefined,
    data: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
    note(message) {
      if (!quiet && !json) write(message)
    },
    aside: write,
    warn(message) {
      write(json ? JSON.stringify({ warning: { message } }) : `${marks.yellow('warning:')} ${message}`)
    },
    error(error) {
      if (json) write(JSON.stringify({ error }))
      else write(`${marks.red('semdex:')} ${error.message}${error.fix ? `\n  ${marks.dim('→')} ${error.fix}` : ''}`)
    },
  }
  return output
}

/** Node's own rule: NO_COLOR, FORCE_COLOR, TERM, and whether it is a terminal. */
function takesColours(stream: NodeJS.WriteStream): boolean {
  return styleText('red', '-', { stream }) !== '-'
}

function makeStyles(colours: boolean): Styles {
  const style =
    (format: 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'): Style =>
    (text) =>
      colours ? styleText(format, String(text), { validateStream: false }) : String(text)
  return {
    bold: style('bold'),
    dim: style('dim'),
    red: style('red'),
    green: style('green'),
    yellow: style('yellow'),
    cyan: style('cyan'),
  }
}
