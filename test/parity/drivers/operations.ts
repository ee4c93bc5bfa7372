import { toSemdexError } from '../../../src/core/errors.ts'
import { invoke, type Operation } from '../../../src/operations/operation.ts'
import { type OperationName, operations } from '../../../src/operations/table.ts'
import { type Driver, failed, saysAll } from './driver.ts'

/** The table itself, without an interface: what the others are held against. */
export const operationsDriver: Driver = {
  name: 'operations',
  leavesOut: {},
  cannotSay: saysAll,
  async open(state) {
    const parts = state.openParts()
    return {
      offers: async () => Object.keys(operations),
      async call(name, input) {
        try {
          return { answer: await invoke(await load(name), parts, input) }
        } catch (thrown) {
          return failed(toSemdexError(thrown))
        }
      },
      close: () => parts.close(),
    }
  },
}

export async function load(name: OperationName): Promise<Operation<unknown, unknown>> {
  return (await operations[name]()) as unknown as Operation<unknown, unknown>
}
