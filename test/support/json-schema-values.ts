import fc from 'fast-check'

interface Schema {
  type?: string
  enum?: unknown[]
  const?: unknown
  anyOf?: Schema[]
  oneOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema | boolean
  prefixItems?: Schema[]
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  pattern?: string
}

/** Values that a JSON Schema takes, or nearly: bounds are met and missed, fields are left out and added. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 6, arbitrary: rightFor(schema) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) })
}

function rightFor(schema: Schema): fc.Arbitrary<unknown> {
  const { type, properties = {}, required = [], prefixItems, items } = schema
  if (schema.const !== undefined) return fc.constantFrom(schema.const, 'another')
  if (schema.enum) return fc.constantFrom(...schema.enum, 'another')
  const several = schema.anyOf ?? schema.oneOf
  if (several) return fc.oneof(...several.map(valuesOf))
  if (type === 'object') return objects(properties, required)
  if (prefixItems) {
    const right = fc.tuple(...prefixItems.map(valuesOf))
    return fc.oneof(
      right,
      right.map((list) => list.slice(1)),
      right.map((list) => [...list, 1]),
    )
  }
  if (type === 'array') return fc.array(typeof items === 'object' ? valuesOf(items) : fc.jsonValue(), { maxLength: 3 })
  if (type === 'string') return strings(schema)
  if (type === 'integer' || type === 'number') return numbers(schema)
  if (type === 'boolean') return fc.boolean()
  return fc.jsonValue({ maxDepth: 2 })
}

function objects(properties: Record<string, Schema>, required: readonly string[]): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema)]))
  const known = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) })
  const some = fc.subarray(Object.keys(fields), { maxLength: Math.min(2, Object.keys(fields).length) })
  const few = some.chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, fields[name] as fc.Arbitrary<unknown>]))),
  )
  const strange = fc.constantFrom('unheardOf', '__proto__', 'constructor', '')
  const more = fc
    .tuple(known, strange, fc.jsonValue())
    .map(([value, name, added]) => Object.defineProperty({ ...value }, name, { value: added, enumerable: true }))
  return fc.oneof({ weight: 4, arbitrary: known }, { weight: 4, arbitrary: few }, { weight: 1, arbitrary: more })
}

function strings({ minLength = 0, maxLength, pattern }: Schema): fc.Arbitrary<string> {
  const bound = Math.max(minLength, Math.min(maxLength ?? 20, 20))
  const plain = fc.string({ minLength, maxLength: bound })
  const long = maxLength === undefined ? plain : fc.constantFrom('a'.repeat(maxLength), 'a'.repeat(maxLength + 1))
  const words = fc.constantFrom('', 'a', 'a.md', '../a', 'a b', ' ', 'eA==', '\u0000', 'Größe.2')
  return fc.oneof(plain, long, words, ...(pattern === undefined ? [] : [fc.stringMatching(new RegExp(pattern, 'u'))]))
}

function numbers({ type, minimum = -10, maximum = 10 }: Schema): fc.Arbitrary<number> {
  const edges = [minimum, maximum, minimum - 1, maximum + 1, minimum + 0.5, 0, -0]
  const whole = fc.integer({ min: Math.ceil(minimum), max: Math.floor(Math.max(minimum, maximum)) })
  return type === 'integer'
    ? fc.oneof(whole, fc.constantFrom(...edges))
    : fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(...edges))
}
