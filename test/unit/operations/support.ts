import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { loadConfiguration } from '../../../src/compose/configuration.ts'
import { openParts } from '../../../src/compose/parts.ts'
import type { Configuration } from '../../../src/core/configuration.ts'
import type { Parts } from '../../../src/core/parts.ts'
import { portablePath } from '../../../src/core/text.ts'
import { invoke, type Operation, type OperationContext } from '../../../src/operations/operation.ts'
import { type OperationName, operations } from '../../../src/operations/table.ts'

export interface Workplace {
  /** Real and portable. */
  folder: string
  parts: Parts
  /** Opens the same database with other settings. */
  reopen(flags?: Partial<Configuration>): Promise<Parts>
  /** Runs an operation and holds its answer against its own output schema. */
  run<Name extends OperationName>(name: Name, input: unknown, context?: OperationContext): Promise<AnswerOf<Name>>
  write(files: Record<string, string>): void
  path(name: string): string
  close(): Promise<void>
}

type AnswerOf<Name extends OperationName> =
  Awaited<ReturnType<(typeof operations)[Name]>> extends Operation<infer _, infer Output> ? Output : never

/** A database of its own in a temporary folder, with the default model. */
export function openWorkplace(flags: Partial<Configuration> = {}): Workplace {
  const folder = portablePath(realpathSync(mkdtempSync(join(tmpdir(), 'semdex-operations-'))))
  const open = (more: Partial<Configuration>) => {
    const own = { database: join(folder, 'data/semdex.db'), cacheDirectory: join(folder, 'cache'), workers: 1 }
    const resolved = loadConfiguration({ flags: { ...own, ...flags, ...more }, environment: {} })
    return openParts(resolved, { mode: 'inline' })
  }
  const workplace: Workplace = {
    folder,
    parts: open({}),
    async reopen(more = {}) {
      await workplace.parts.close()
      workplace.parts = open(more)
      return workplace.parts
    },
    async run(name, input, context) {
      const operation = (await operations[name]()) as unknown as Operation<unknown, never>
      const answer = await invoke(operation, workplace.parts, input, context)
      v.parse(strict(operation.output), answer)
      return answer
    },
    write(files) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), content)
      }
    },
    path: (name) => `${folder}/${name}`,
    async close() {
      await workplace.parts.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return workplace
}

/** The same schema where nothing may be answered that it does not name. */
function strict<T extends v.GenericSchema>(schema: T): T {
  const { entries, item, options, wrapped, items } = schema as unknown as Record<string, unknown>
  const deep = (value: unknown) => (isSchema(value) ? strict(value) : value)
  const parts = {
    ...(isRecord(entries) && {
      entries: Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, deep(value)])),
    }),
    ...(isSchema(item) && { item: strict(item) }),
    ...(isSchema(wrapped) && { wrapped: strict(wrapped) }),
    ...(Array.isArray(items) && { items: items.map(deep) }),
    ...(Array.isArray(options) && { options: options.map(deep) }),
  }
  const isObject = (schema as unknown as { type: string }).type === 'object'
  return (isObject ? v.strictObject(parts.entries as v.ObjectEntries) : { ...schema, ...parts }) as T
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isSchema(value: unknown): value is v.GenericSchema {
  return isRecord(value) && value.kind === 'schema'
}
