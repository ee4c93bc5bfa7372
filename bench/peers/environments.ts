import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fromRepository } from '../../scripts/support/paths.ts'

export const PEERS = [
  'transformers-js',
  'fastembed',
  'sentence-transformers-onnx',
  'sentence-transformers-torch',
] as const

export type Peer = (typeof PEERS)[number]

/** Test assets: data sets, and the parts of the model's repository that Semdex does not need. */
export const ASSETS = resolve(process.env.SEMDEX_TEST_ASSETS ?? fromRepository('../shared'))

/** A peer's own virtual environment or folder of modules. */
export function environmentOf(peer: Peer): string {
  return fromRepository('bench/peers/.environments', peer)
}

/** The file with a peer's pinned versions. */
export function pinsOf(peer: Peer): string {
  return fromRepository('bench/peers', peer, peer === 'transformers-js' ? 'package.json' : 'requirements.txt')
}

/** What is installed, or null where it is not, or is not what the pins say now. */
export function installedVersions(peer: Peer): Record<string, string> | null {
  const path = join(environmentOf(peer), 'installed.json')
  if (!existsSync(path)) return null
  const { pins, versions } = JSON.parse(readFileSync(path, 'utf8'))
  return pins === digestOfPins(peer) ? versions : null
}

export function noteInstalled(peer: Peer, versions: Record<string, string>): void {
  const note = { pins: digestOfPins(peer), versions }
  writeFileSync(join(environmentOf(peer), 'installed.json'), `${JSON.stringify(note, null, 2)}\n`)
}

/**
 * The model's folder for the peers: Semdex's own weights, cut at 256 tokens and padded to the longest of a batch as the
 * model's authors have it. The tokenizer file itself bakes in 128 for both.
 */
export function prepareModel(): string {
  const from = join(ASSETS, 'models/all-MiniLM-L6-v2')
  const folder = fromRepository('bench/peers/.environments/all-MiniLM-L6-v2')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  mkdirSync(join(folder, '1_Pooling'))
  const weights = 'onnx/model_quantized.onnx'
  symlinkSync(fromRepository('models/all-MiniLM-L6-v2', weights), join(folder, weights))
  const read = (name: string) => JSON.parse(readFileSync(join(from, name), 'utf8'))
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
  write('config.json', read('config.json'))
  write('special_tokens_map.json', read('special_tokens_map.json'))
  write('tokenizer.json', { ...read('tokenizer.json'), truncation: null, padding: null })
  write('tokenizer_config.json', { ...read('tokenizer_config.json'), model_max_length: MAX_TOKENS })
  write('sentence_bert_config.json', { max_seq_length: MAX_TOKENS, do_lower_case: false })
  write('1_Pooling/config.json', { word_embedding_dimension: 384, pooling_mode_mean_tokens: true })
  write('modules.json', [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  ])
  return folder
}

const MAX_TOKENS = 256

function digestOfPins(peer: Peer): string {
  return createHash('sha256')
    .update(readFileSync(pinsOf(peer)))
    .digest('hex')
}
