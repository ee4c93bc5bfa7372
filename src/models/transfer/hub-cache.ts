import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SemdexError } from '../../core/errors.ts'

const MODEL_PREFIX = 'models--'

/**
 * The snapshot in a Hugging Face cache: `<cache>/hub/models--<org>--<name>/snapshots/<revision>`, whose files are links to
 * blobs. Any other folder is its own answer.
 * @throws {SemdexError} `MODEL_INVALID` for a cache with no model or several, and for a model of several revisions none of
 *   which is the newest.
 */
export async function folderInHubCache(folder: string): Promise<string> {
  const names = await foldersIn(folder)
  if (names.includes('snapshots') && basename(folder).startsWith(MODEL_PREFIX)) return snapshotOf(folder)
  const models = names.filter((name) => name.startsWith(MODEL_PREFIX))
  if (models.length === 1) return folderInHubCache(join(folder, models[0] as string))
  if (models.length > 1) throw ambiguous(folder, 'models', models)
  const hub = join(folder, 'hub')
  const isParent = names.includes('hub') && (await foldersIn(hub)).some((name) => name.startsWith(MODEL_PREFIX))
  return isParent ? folderInHubCache(hub) : folder
}

async function snapshotOf(folder: string): Promise<string> {
  const snapshots = join(folder, 'snapshots')
  const revisions = await foldersIn(snapshots)
  const main = await readFile(join(folder, 'refs', 'main'), 'utf8').catch(() => '')
  const revision = revisions.find((name) => name === main.trim()) ?? (revisions.length === 1 ? revisions[0] : undefined)
  if (revision !== undefined) return join(snapshots, revision)
  throw ambiguous(snapshots, 'revisions', revisions)
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw new SemdexError('PATH_UNREADABLE', {
      message: `The folder ${folder} cannot be read.`,
      details: { path: folder },
      cause,
    })
  })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

function ambiguous(folder: string, what: 'models' | 'revisions', names: string[]): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message:
      names.length === 0 ? `${folder} holds no ${what}.` : `${folder} holds several ${what}: ${names.join(', ')}.`,
    fix: `Name the folder of one of them: ${join(folder, names[0] ?? '<name>')}`,
    details: { folder, [what]: names },
  })
}
