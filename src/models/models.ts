import { SemdexError } from '../core/errors.ts'
import type { ModelSpec } from '../core/model-spec.ts'
import { modelNotInstalled } from '../core/not-installed.ts'
import type { ModelListing, Models, ModelVerification, ResolvedModel } from '../core/parts.ts'
import type { Embedder, TokenCounter } from '../core/ports/embedder.ts'
import type { Reranker } from '../core/ports/reranker.ts'
import { CATALOGUE } from './catalogue/catalogue.ts'
import { modelName } from './default-model.ts'
import { embeddingFingerprint } from './fingerprint.ts'
import { knownModel, locateModel, type ModelPlaces, namedModels } from './locate.ts'
import type { HubSettings } from './transfer/index.ts'
import { verifyModel } from './verify.ts'

export interface ModelSettings extends ModelPlaces, HubSettings {
  /** The configured model; null for the embedded default. */
  model: string | null
  /** False: no model is loaded, whatever is asked for. */
  embeddings: boolean
}

/** Runs models; the folder of `embedding` has the real one. */
export interface ModelRuntime {
  openEmbedder(model: InstalledModel): Promise<Embedder>
  openReranker(model: InstalledModel): Promise<Reranker>
  openTokenCounter(model: InstalledModel): Promise<TokenCounter>
}

export interface InstalledModel {
  name: string
  spec: ModelSpec
  folder: string
  fingerprint: string
}

/**
 * The models of this machine; embedders are verified and opened when they are first asked for.
 * `onWarning` is told what people have to know of a model before it is used, and what was repaired.
 */
export function openModels(
  settings: ModelSettings,
  runtime: ModelRuntime,
  onWarning: (message: string) => void = () => undefined,
): Models {
  const embedders = new Map<string, Promise<Embedder>>()
  const opened = new Set<Embedder>()
  const rerankers = new Map<string, Promise<Reranker>>()
  const counters = new Map<string, Promise<TokenCounter>>()
  const noticed = new Set<string>()

  async function resolve(name: string | null): Promise<ResolvedModel> {
    const located = await locateModel(modelName(name, settings.model), settings)
    return { ...located, fingerprint: embeddingFingerprint(located.spec) }
  }

  async function installed(name: string | null): Promise<InstalledModel> {
    const { folder, fingerprint, ...model } = await resolve(name)
    if (folder === null || fingerprint === null) throw modelNotInstalled(model.spec)
    return { ...model, folder, fingerprint }
  }

  /** An installed model that is about to be used. */
  async function chosen(name: string | null, task: ModelSpec['task']): Promise<InstalledModel> {
    if (!settings.embeddings) throw switchedOff()
    const model = await installed(name)
    const { spec } = model
    if (spec.task !== task) throw wrongTask(model, task)
    if (spec.notice !== null && !noticed.has(spec.name)) onWarning(spec.notice)
    noticed.add(spec.name)
    return model
  }

  /** Opens a model; one that is damaged is repaired and opened again, where it can be. */
  async function openWhole<T>(model: InstalledModel, open: (model: InstalledModel) => Promise<T>): Promise<T> {
    try {
      return await open(model)
    } catch (damage) {
      if (!(damage instanceof SemdexError) || damage.code !== 'MODEL_DAMAGED') throw damage
      const { repair } = await import('./repair.ts')
      return open(await repair(model, damage, settings, onWarning))
    }
  }

  async function openVerified(model: InstalledModel): Promise<Embedder> {
    await verifyModel(model, settings)
    const embedder = await runtime.openEmbedder(model)
    opened.add(embedder)
    return embedder
  }

  async function openVerifiedReranker(model: InstalledModel): Promise<Reranker> {
    await verifyModel(model, settings)
    return runtime.openReranker(model)
  }

  async function listing(name: string, isDefault: boolean): Promise<ModelListing[]> {
    try {
      return [{ ...(await resolve(name)), isDefault }]
    } catch (thrown) {
      onWarning((thrown as Error).message)
      const spec = knownModel(name)
      return spec ? [{ name, spec, folder: null, fingerprint: embeddingFingerprint(spec), isDefault }] : []
    }
  }

  return {
    resolve,
    async embedder(name) {
      const model = await chosen(name, 'embed')
      return shared(embedders, model.fingerprint, () => openWhole(model, openVerified))
    },
    async reranker(name) {
      const model = await chosen(name, 'rerank')
      return shared(rerankers, model.fingerprint, () => openWhole(model, openVerifiedReranker))
    },
    metrics: () =>
      [...opened].map(({ spec, fingerprint, metrics }) => ({ model: spec.name, fingerprint, ...metrics() })),
    async tokenCounter(name) {
      const { folder, fingerprint, ...model } = await resolve(name)
      if (folder === null || fingerprint === null || !hasTokenizer(model.spec)) return null
      return shared(counters, fingerprint, () => openWhole({ ...model, folder, fingerprint }, runtime.openTokenCounter))
    },
    async list(): Promise<ModelListing[]> {
      const preferred = modelName(null, settings.model)
      const names = new Set([...CATALOGUE.map((spec) => spec.name), ...namedModels(settings), preferred])
      return (await Promise.all([...names].map((name) => listing(name, name === preferred)))).flat()
    },
    async verify(name): Promise<ModelVerification> {
      const model = await installed(name)
      const files = await verifyModel(model, { ...settings, force: true })
      return { model: model.spec.name, folder: model.folder, files }
    },
    pull: async (name, options) => (await import('./pull.ts')).pullNamed(name, settings, options),
    add: async (path, options) => (await import('./add.ts')).addModel(path, settings, options),
    remove: async (name) => (await import('./remove.ts')).removeModel(name, settings),
    async close() {
      await Promise.allSettled(embedders.values())
      await Promise.all([...opened].map((embedder) => embedder.close()))
      await Promise.allSettled([...rerankers.values()].map(async (reranker) => (await reranker).close()))
    },
  }
}

/** One value per key for all callers; a failure is not kept. */
function shared<T>(values: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = values.get(key)
  if (known) return known
  const made = make()
  values.set(key, made)
  made.catch(() => values.delete(key))
  return made
}

function hasTokenizer({ files }: ModelSpec): boolean {
  return files.some(({ role }) => role === 'tokenizer')
}

const TASKS = { embed: 'turns texts into vectors', rerank: 'ranks passages' }

function wrongTask({ name, spec }: InstalledModel, task: ModelSpec['task']): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `The model ${name} ${TASKS[spec.task]}; one that ${TASKS[task]} is needed.`,
    fix: `Name a model of the task ${task} (semdex models lists them)`,
    details: { model: name, task: spec.task },
  })
}

function switchedOff(): SemdexError {
  return new SemdexError('EMBEDDING_UNAVAILABLE', {
    message: 'Embeddings are switched off, so no model is used.',
    fix: 'Set embeddings to on (semdex config)',
  })
}
