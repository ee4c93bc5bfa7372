/** Every use case, loaded when it is first needed: what a caller does not use costs it nothing. */
export const operations = {
  search: async () => (await import('./search.ts')).search,
  index: async () => (await import('./index-paths.ts')).index,
  'index.plan': async () => (await import('./plan-index.ts')).planIndex,
  add: async () => (await import('./add.ts')).add,
  delete: async () => (await import('./add.ts')).remove,
  get: async () => (await import('./get.ts')).get,
  status: async () => (await import('./status.ts')).status,
  embed: async () => (await import('./embed.ts')).embed,
  metrics: async () => (await import('./metrics.ts')).metrics,
  rerank: async () => (await import('./rerank.ts')).rerank,
  collections: async () => (await import('./collections.ts')).listCollections,
  'collections.create': async () => (await import('./collections.ts')).createCollection,
  'collections.drop': async () => (await import('./collections.ts')).dropCollection,
  models: async () => (await import('./models.ts')).listModels,
  'models.show': async () => (await import('./models.ts')).showModel,
  'models.pull': async () => (await import('./models.ts')).pullModel,
  'models.add': async () => (await import('./models.ts')).addModel,
  'models.remove': async () => (await import('./models.ts')).removeModel,
  'models.verify': async () => (await import('./models.ts')).verifyModel,
  eval: async () => (await import('./evaluate.ts')).evaluation,
  'bench.embed': async () => (await import('./bench-embed.ts')).benchEmbedding,
  doctor: async () => (await import('./doctor.ts')).doctor,
  config: async () => (await import('./config.ts')).config,
} satisfies Record<string, () => Promise<{ name: string; summary: string }>>

export type OperationName = keyof typeof operations
