import { chunkKey } from '../../../core/documents.ts'
import { SemdexError } from '../../../core/errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'
import { perhapsGone } from './paths.ts'

export async function getCommand(call: Call): Promise<number> {
  const { output, flags } = call
  const { collection } = flags
  const place = await readPlace(call)
  const answer = await call.run('get', { ...place, collection })
  if (output.json) await output.data(`${JSON.stringify(answer)}\n`)
  else await output.data(answer.text.endsWith('\n') ? answer.text : `${answer.text}\n`)
  return EXIT.ok
}

async function readPlace({ positionals: [place = ''], flags }: Call) {
  const asked = typeof flags.lines === 'string' ? readLines(flags.lines) : undefined
  if (flags.id) return { id: place, lines: asked }
  if (chunkKey(place) !== null) return { chunkId: place, lines: asked }
  const { path, lines } = asked ? { path: place, lines: asked } : splitLocation(place)
  return { path: await perhapsGone(path), lines }
}

/** `path`, `path:12` or `path:12-30`; a drive letter is part of the path. */
export function splitLocation(place: string): { path: string; lines?: [number, number] } {
  const match = /^(.+?):(\d+)(?:-(\d+))?$/s.exec(place)
  if (!match) return { path: place }
  const [, path, from, to = from] = match as unknown as [string, string, string, string?]
  return { path, lines: [Number(from), Number(to)] }
}

function readLines(text: string): [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text)
  if (!match) {
    throw new SemdexError('INVALID_INPUT', {
      message: `--lines takes 12 or 12-30, not ${text}.`,
      details: { field: 'lines' },
    })
  }
  return [Number(match[1]), Number(match[2] ?? match[1])]
}
