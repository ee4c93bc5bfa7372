import type { OperationName } from '../../../operations/table.ts'
import { inputJsonSchema, type JsonSchema, outputJsonSchema } from '../../wire/json-schema.ts'
import { findOperation, OPERATION_NAMES } from '../../wire/operations.ts'

/** Inputs and answers of all operations, by the names under which routes refer to them. */
export async function operationSchemas(): Promise<Record<string, JsonSchema>> {
  const schemas = OPERATION_NAMES.map(async (name) => {
    const { input, output } = await findOperation(name)
    return [
      [componentName(name, 'Input'), inputJsonSchema(input)],
      [componentName(name, 'Answer'), outputJsonSchema(output)],
    ] as const
  })
  return Object.fromEntries((await Promise.all(schemas)).flat())
}

/** `collections.get` → `CollectionsGetAnswer`. */
function componentName(operation: OperationName, part: 'Input' | 'Answer'): string {
  const words = operation.split('.').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${words.join('')}${part}`
}

export function inputSchema(operation: OperationName): JsonSchema {
  return { $ref: `#/components/schemas/${componentName(operation, 'Input')}` }
}

export function answerSchema(operation: OperationName): JsonSchema {
  return { $ref: `#/components/schemas/${componentName(operation, 'Answer')}` }
}
