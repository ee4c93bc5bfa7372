import * as v from 'valibot'
import { SETTINGS } from '../core/settings.ts'
import { operation } from './operation.ts'

export const config = operation({
  name: 'config',
  summary: 'Show every setting with its value and where it comes from.',
  access: 'admin',
  agents: false,
  input: v.strictObject({}),
  output: v.object({
    settings: v.array(
      v.object({
        name: v.string(),
        value: v.any(),
        origin: v.picklist(['flag', 'environment', 'file', 'default']),
        variable: v.string(),
        summary: v.string(),
      }),
    ),
  }),
  async run({ configuration, origins }) {
    const settings = SETTINGS.map(({ key, name, variable, summary, secret }) => ({
      name,
      value: secret && configuration[key] !== null ? '(set, not shown)' : configuration[key],
      origin: origins[key],
      variable,
      summary,
    }))
    return { settings }
  },
})
