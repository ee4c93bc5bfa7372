import { SemdexError } from '../core/errors.ts'
import type { ModelSpec } from '../core/model-spec.ts'
import type { ModelListing, Models, ModelVerification, ResolvedModel } from '../core/parts.ts'
import type { Embedder, TokenCounter } from '../core/ports/embedder.ts'
import { CATALOGUE, MODEL_PACKAGES } from './catalogue.ts'
import { modelName } from './default-model.ts'
import { embeddingFingerprint } from './fingerprint.ts'
import { locateModel, type ModelPlaces } from './locate.ts'
import { verifyModel } from './verify.ts'

export interface ModelSettings extends ModelPlaces {
  /** The configured model; null for the embedded default. */
  model: string | null
  /** False: no model is loaded, whatever is asked for. */
  embeddings: boolean
}

/** Runs models; the folder of `embedding` has the real one. */
export interface ModelRuntime {
  openEmbedder(model: InstalledModel): Promise<Embedder>
  openTokenCounter(model: InstalledModel): Promise<TokenCounter>
}

export interface InstalledModel {
  spec: ModelSpec
  folder: string
  fingerprint: string
}

/** The models of this machine; embedders are verified and opened when they are first asked for. */
export function openModels(settings: ModelSettings, runtime: ModelRuntime): Models {
  const embedders = new Map<string, Promise<Embedder>>()
  const opened = new Set<Embedder>()
  const counters = new Map<string, Promise<TokenCounter>>()

  async function resolve(name: string | null): Promise<ResolvedModel> {
    const located = await locateModel(modelName(name, settings.model), settings)
    return { ...located, fingerprint: embeddingFingerprint(located.spec) }
  }

  async function installed(name: string | null): Promise<InstalledModel> {
    const { spec, folder, fingerprint } = await resolve(name)
    if (folder === null) throw notInstalled(spec)
    return { spec, folder, fingerprint }
  }

  async function openVerified(model: InstalledModel): Promise<Embedder> {
    await verifyModel(model.spec, model.folder, settings)
    const embedder = await runtime.openEmbedder(model)
    opened.add(embedder)
    return embedder
  }

  return {
    resolve,
    async embedder(name) {
      if (!settings.embeddings) throw switchedOff()
      const model = await installed(name)
      return shared(embedders, model.fingerprint, () => openVerified(model))
    },
    metrics: () =>
      [...opened].map(({ spec, fingerprint, metrics }) => ({ model: spec.name, fingerprint, ...metrics() })),
    async tokenCounter(name) {
      const { spec, folder, fingerprint } = await resolve(name)
      if (folder === null) return null
      return shared(counters, fingerprint, () => runtime.openTokenCounter({ spec, folder, fingerprint }))
    },
    async list(): Promise<ModelListing[]> {
      const preferred = modelName(null, settings.model)
      const names = new Set([...CATALOGUE.map((spec) => spec.name), preferred])
      return Promise.all([...names].map(async (name) => ({ ...(await resolve(name)), isDefault: name === preferred })))
    },
    async verify(name): Promise<ModelVerification> {
      const { spec, folder } = await installed(name)
      return { model: spec.name, folder, files: await verifyModel(spec, folder, { ...settings, force: true }) }
    },
    async close() {
      await Promise.allSettled(embedders.values())
      await Promise.all([...opened].map((embedder) => embedder.close()))
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

function notInstalled(spec: ModelSpec): SemdexError {
  const packageName = MODEL_PACKAGES[spec.name]
  return new SemdexError('MODEL_NOT_INSTALLED', {
    message: `The model ${spec.name} is not on this machine.`,
    fix: packageName
      ? `npm install ${packageName}`
      : `Put ${spec.files.map(({ path }) => path).join(' and ')} of ${spec.source.repository} into <folder>/${spec.name}, and name <folder> in the setting models.folders`,
    details: { model: spec.name, repository: spec.source.repository, files: spec.files.map(({ path }) => path) },
  })
}

function switchedOff(): SemdexError {
  return new SemdexError('EMBEDDING_UNAVAILABLE', {
    message: 'Embeddings are switched off, so no model is used.',
    fix: 'Set embeddings to on (semdex config)',
  })
}
