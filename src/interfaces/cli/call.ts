import type { ResolvedConfiguration } from '../../core/configuration.ts'
import type { Parts } from '../../core/parts.ts'
import type { OperationContext } from '../../operations/operation.ts'
import type { Output } from './output.ts'
import type { Arguments } from './verbs.ts'

/** What a verb's command works with. */
export interface Call extends Arguments {
  output: Output
  signal: AbortSignal
  configuration: ResolvedConfiguration
  /** Everything on this thread: quick to start. */
  parts: Parts
  /** The same database, and models in threads of their own: for many texts. */
  threadedParts(): Parts
  /** For operations that take long: stops with the signal, shows progress, prints warnings. */
  context(): OperationContext
  /** Takes the progress bar away, before anything is printed. */
  endProgress(): void
}
