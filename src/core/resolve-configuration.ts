import type { Configuration, Origin, ResolvedConfiguration } from './configuration.ts'
import { SemdexError } from './errors.ts'
import { isWithin, namedRange, toNumber, toNumbers } from './setting-numbers.ts'
import { type Places, SETTINGS, type Setting } from './settings.ts'

export interface ConfigurationSources {
  flags: Partial<Record<keyof Configuration, unknown>>
  environment: Record<string, string | undefined>
  /** The parsed configuration file: nested objects or dotted names. */
  file: unknown
  /** Its path, for errors. */
  filePath: string | null
  places: Places
}

/**
 * Flags over environment over file over defaults. What is undefined, and a variable that is empty, is not set.
 * @throws {SemdexError} `CONFIGURATION_INVALID`, naming the key and where it was set.
 */
export function resolveConfiguration(sources: ConfigurationSources): ResolvedConfiguration {
  const file = flatten(sources.file, sources.filePath)
  rejectUnknown(file, sources)
  const entries = SETTINGS.map((setting) => ({ setting, ...pick(setting, file, sources) }))
  const values = Object.fromEntries(
    entries.map(({ setting, value }) => [setting.key, value]),
  ) as unknown as Configuration
  const origins = Object.fromEntries(entries.map(({ setting, origin }) => [setting.key, origin])) as Record<
    keyof Configuration,
    Origin
  >
  const most = Math.ceil(values.chunkTokens / 2) - 1
  if (origins.chunkOverlap === 'default') values.chunkOverlap = Math.min(values.chunkOverlap, most)
  if (values.chunkOverlap > most) {
    throw invalid('chunking.overlap', 'must be less than half of chunking.tokens', origins.chunkOverlap, sources)
  }
  return { values, origins, secret: (variable) => sources.environment[variable] || null }
}

function pick(setting: Setting, file: Map<string, unknown>, sources: ConfigurationSources) {
  const { flags, environment, places } = sources
  const given: [Origin, unknown][] = [
    ['flag', flags[setting.key]],
    ['environment', fromEnvironment(setting, environment)],
    ['file', file.get(setting.name)],
  ]
  const [origin, raw] = given.find(([, value]) => value !== undefined) ?? ['default' as const, undefined]
  if (raw === undefined) return { origin, value: setting.initial(places) }
  return { origin, value: parseValue(setting, raw, origin, sources) }
}

function fromEnvironment({ variable, aliases = [] }: Setting, environment: ConfigurationSources['environment']) {
  return [variable, ...aliases].map((name) => environment[name] || undefined).find((value) => value !== undefined)
}

function parseValue(setting: Setting, raw: unknown, origin: Origin, sources: ConfigurationSources): unknown {
  const fail = (expected: string) =>
    invalid(
      setting.name,
      `must be ${expected}, not ${setting.secret ? 'what it is' : JSON.stringify(raw)}`,
      origin,
      sources,
    )
  switch (setting.kind) {
    case 'text':
      if (raw !== null && (typeof raw !== 'string' || raw === '')) throw fail('a text')
      return raw
    case 'path':
      if (typeof raw !== 'string' || raw === '') throw fail('a path')
      return sources.places.resolve(raw)
    case 'paths': {
      const list = typeof raw === 'string' ? raw.split(sources.places.delimiter).filter(Boolean) : raw
      if (!Array.isArray(list) || list.some((path) => typeof path !== 'string')) throw fail('a list of paths')
      return list.map((path: string) => sources.places.resolve(path))
    }
    case 'list': {
      const list = typeof raw === 'string' ? raw.split(',').map((item) => item.trim()) : raw
      if (!Array.isArray(list) || list.some((item) => typeof item !== 'string')) throw fail('a list of texts')
      return list.filter(Boolean)
    }
    case 'switch': {
      const value = SWITCHES.get(String(raw).toLowerCase())
      if (value === undefined) throw fail('on or off')
      return value
    }
    case 'choice':
      if (!setting.choices?.includes(raw as string)) throw fail(`one of ${setting.choices?.join(', ')}`)
      return raw
    case 'integer': {
      const value = typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : raw
      const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = setting
      if (!Number.isSafeInteger(value) || (value as number) < minimum || (value as number) > maximum) {
        throw fail(`a whole number from ${minimum} to ${maximum}`)
      }
      return value
    }
    case 'number': {
      const value = toNumber(raw)
      if (!isWithin(setting, value)) throw fail(`a number ${namedRange(setting)}`)
      return value
    }
    case 'numbers': {
      const values = toNumbers(setting, raw)
      if (values === null) throw fail(`numbers ${namedRange(setting)}, as a=0.1,b=0.2`)
      return setting.names ? { ...(setting.initial(sources.places) as object), ...values } : values
    }
  }
}

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['true', true],
  ['1', true],
  ['yes', true],
  ['off', false],
  ['false', false],
  ['0', false],
  ['no', false],
])

const NUMBERS = new Set(SETTINGS.filter(({ kind }) => kind === 'numbers').map(({ name }) => name))

function flatten(file: unknown, path: string | null): Map<string, unknown> {
  const flat = new Map<string, unknown>()
  const visit = (value: unknown, prefix: string) => {
    for (const [key, child] of Object.entries(value as Record<string, unknown>)) {
      const name = prefix ? `${prefix}.${key}` : key
      const isGroup = typeof child === 'object' && child !== null && !Array.isArray(child) && !NUMBERS.has(name)
      if (isGroup) visit(child, name)
      else flat.set(name, child)
    }
  }
  if (file === undefined || file === null) return flat
  if (typeof file !== 'object' || Array.isArray(file)) {
    throw new SemdexError('CONFIGURATION_INVALID', {
      message: `${path} must hold a JSON object.`,
      details: { file: path },
    })
  }
  visit(file, '')
  return flat
}

function rejectUnknown(file: Map<string, unknown>, { flags, filePath }: ConfigurationSources): void {
  const keys: string[] = SETTINGS.map(({ key }) => key)
  for (const [key, value] of Object.entries(flags)) {
    if (keys.includes(key) || value === undefined) continue
    throw new SemdexError('CONFIGURATION_INVALID', {
      message: `There is no option ${key}.`,
      fix: `options: ${keys.join(', ')}`,
      details: { key, origin: 'flag' },
    })
  }
  const names = SETTINGS.map(({ name }) => name)
  for (const name of file.keys()) {
    if (names.includes(name)) continue
    throw new SemdexError('CONFIGURATION_INVALID', {
      message: `${filePath} sets ${name}, which is not a setting.`,
      fix: 'semdex config lists every setting',
      details: { file: filePath, key: name },
    })
  }
}

function invalid(name: string, reason: string, origin: Origin, { filePath }: ConfigurationSources): SemdexError {
  const variable = SETTINGS.find((setting) => setting.name === name)?.variable
  const place = {
    flag: 'the flag',
    environment: `the variable ${variable}`,
    file: `${filePath}`,
    default: 'the default',
  }[origin]
  return new SemdexError('CONFIGURATION_INVALID', {
    message: `The setting ${name} ${reason} (set by ${place}).`,
    fix: 'semdex config explains every setting',
    details: { key: name, origin },
  })
}
