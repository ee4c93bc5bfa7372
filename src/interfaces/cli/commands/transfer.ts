import { resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { SemdexError } from '../../../core/errors.ts'
import { exportDocuments } from '../../../maintenance/transfer/export.ts'
import { importDocuments } from '../../../maintenance/transfer/import.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

/** To stdout from this process, since a daemon writes to files alone. */
export async function exportCommand(call: Call): Promise<number> {
  const { flags, output, parts } = call
  const { collection, out = '-' } = flags as { collection?: string; out?: string }
  if (out !== '-') {
    const report = await call.run('export', { path: resolve(out), collection })
    call.endProgress()
    if (output.json) await output.data(`${JSON.stringify(report)}\n`)
    else await output.data((await import('../render/upkeep.ts')).renderExport(report, output))
    return EXIT.ok
  }
  await exportDocuments(await parts.storage(), (lines) => output.data(lines), { collection, signal: call.signal })
  return EXIT.ok
}

/** From stdin in this process; each line that could not be taken is said as it comes. */
export async function importCommand(call: Call): Promise<number> {
  const { flags, output, positionals } = call
  const ifExists = flags['if-exists'] as 'replace' | 'fail' | undefined
  const [path = '-'] = positionals
  const report = await (path === '-'
    ? fromStdin(call, ifExists)
    : call.run('import', { path: resolve(path), ifExists })
  ).catch((thrown) => sayHowFar(thrown, call))
  call.endProgress()
  if (output.json) await output.data(`${JSON.stringify(report)}\n`)
  else {
    for (const { line, error } of report.errors) output.warn(`line ${line}: ${error.message}`)
    await output.data((await import('../render/upkeep.ts')).renderImport(report))
  }
  return report.failed > 0 || !report.complete ? EXIT.partlyFailed : EXIT.ok
}

/** Who stops it is told no error, but how much was taken in. */
function sayHowFar(thrown: unknown, { output, signal, endProgress }: Call): never {
  endProgress()
  if (signal.aborted && thrown instanceof SemdexError && thrown.details?.documents !== undefined)
    output.warn(thrown.message)
  throw thrown
}

async function fromStdin({ parts, context, signal }: Call, ifExists: 'replace' | 'fail' | undefined) {
  const errors: { line: number; error: { code: string; message: string } }[] = []
  const { onProgress } = context()
  const report = await importDocuments(await parts.storage(), addAbortSignal(signal, process.stdin), {
    ifExists,
    signal,
    onError: ({ line, error }) => {
      if (errors.length < MOST_ERRORS) errors.push({ line, error: error.toJSON() })
    },
    onProgress: (done) => onProgress?.({ stage: 'import', done, total: null, unit: 'documents' }),
  })
  return { ...report, errors }
}

const MOST_ERRORS = 1_000
