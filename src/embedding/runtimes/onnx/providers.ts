import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Provider } from '../../../core/configuration.ts'
import { SemdexError } from '../../../core/errors.ts'
import type { ProviderTrial } from '../../../core/parts.ts'
import { findDerived, writeDerived } from '../../derived-file.ts'
import type { OnnxModelSettings } from './model.ts'
import { absentDevice, missingParts, runtimeVersion } from './providers-here.ts'
import { fallenThrough, tryProvider } from './providers-trial.ts'
import type { RunProvider } from './runtime.ts'

/** `threads`: of the CPU that a provider is compared with; all that the model may use. */
export type TrialSettings = Omit<OnnxModelSettings, 'provider'>

/** What computes elsewhere than on the CPU, in the order in which it is tried. */
const DEVICES = ['cuda', 'coreml', 'webgpu'] as const

/**
 * The provider that runs a model. `auto`: the fastest device that answers as the CPU does and sooner than it, else the CPU;
 * another: itself, once it has answered as the CPU does. What came of it is remembered in the cache directory, for this
 * machine, these files and this ONNX Runtime; a named provider that failed is tried again. `module` is what a trial runs.
 * @throws {SemdexError} `PROVIDER_UNAVAILABLE` for a named provider that does not work; what loading the model throws.
 */
export async function chooseProvider(
  asked: Exclude<Provider, 'cpu' | 'wasm'>,
  settings: TrialSettings,
  module?: URL,
): Promise<RunProvider> {
  if (asked === 'auto') return fastest(await trialsOf(DEVICES, settings, module))
  const missing = missingParts(asked)
  const trial = missing ?? (await trialsOf([asked], settings, module))[0]
  if (trial?.state !== 'works') throw unavailable(asked, trial)
  return asked
}

/** Every provider tried with this model, now. @throws {SemdexError} what loading the model throws. */
export async function tryProviders(settings: TrialSettings): Promise<ProviderTrial[]> {
  const trials: ProviderTrial[] = []
  for (const provider of [...DEVICES, 'wasm'] as const) {
    trials.push(untried(provider) ?? (await tryProvider({ model: settings, provider })))
  }
  return trials
}

/** Of those that work, the one that takes the least time, where that is less than the CPU's. */
export function fastest(trials: readonly ProviderTrial[]): RunProvider {
  const sooner = trials.filter(
    ({ state, milliseconds, cpuMilliseconds }) => state === 'works' && Number(milliseconds) < Number(cpuMilliseconds),
  )
  sooner.sort((a, b) => Number(a.milliseconds) - Number(b.milliseconds))
  return sooner[0]?.provider ?? 'cpu'
}

/** What cannot be tried on this machine. */
function untried(provider: RunProvider): ProviderTrial | null {
  return absentDevice(provider) ?? missingParts(provider)
}

interface Remembered {
  /** What the trials were made with. */
  circumstances: string
  trials: ProviderTrial[]
}

async function trialsOf(
  providers: readonly Exclude<RunProvider, 'cpu' | 'wasm'>[],
  settings: TrialSettings,
  module?: URL,
): Promise<ProviderTrial[]> {
  const alone = providers.length === 1
  const absent = alone ? [] : providers.flatMap((provider) => untried(provider) ?? [])
  const worthTrying = providers.filter((provider) => !absent.some((trial) => trial.provider === provider))
  // ONNX Runtime is loaded to ask for its version.
  if (worthTrying.length === 0) return absent
  const circumstances = `${hostname()} ${process.platform}-${process.arch} ${runtimeVersion()} ${settings.threads}`
  const file = memoryFile(settings)
  const known = recall(file, circumstances)
  const made: ProviderTrial[] = []
  const trials: ProviderTrial[] = []
  for (const provider of worthTrying) {
    const before = known.find((trial) => trial.provider === provider && (trial.state === 'works' || !alone))
    const trial = before ?? (await tryProvider({ model: settings, provider }, module))
    if (!before) made.push(trial)
    trials.push(trial)
  }
  if (made.length > 0) await remember(file, circumstances, [...made, ...known])
  return [...trials, ...absent]
}

/** Null where the weights are not known by a digest, or there is no cache. */
function memoryFile({ spec, cacheDirectory }: TrialSettings): string | null {
  const sha256 = spec.files.find(({ role }) => role === 'weights')?.sha256
  return cacheDirectory === null || !sha256 ? null : join(cacheDirectory, 'derived', `providers-1-${sha256}`)
}

function recall(file: string | null, circumstances: string): ProviderTrial[] {
  if (file === null || findDerived(file).state !== 'ready') return []
  try {
    const remembered = JSON.parse(readFileSync(file, 'utf8')) as Remembered
    return remembered.circumstances === circumstances ? remembered.trials : []
  } catch {
    return []
  }
}

async function remember(file: string | null, circumstances: string, trials: readonly ProviderTrial[]): Promise<void> {
  if (file === null) return
  const latest = trials.filter((trial, at) => trials.findIndex(({ provider }) => provider === trial.provider) === at)
  await writeDerived(file, async (temporary) => {
    writeFileSync(temporary, JSON.stringify({ circumstances, trials: latest } satisfies Remembered))
    return true
  })
}

function unavailable(provider: RunProvider, trial = fallenThrough(provider, 'fails', 'it was not tried')): SemdexError {
  const { reason, fix, state } = trial
  return new SemdexError('PROVIDER_UNAVAILABLE', {
    message: `The provider ${provider} does not run this model here: ${reason}.`,
    fix: fix ?? 'Set embedding.provider to auto or cpu',
    details: { provider, state, reason },
  })
}
