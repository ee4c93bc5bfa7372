/**
 * Who may import whom under src/ (docs/architecture.md): a folder uses what is to its right, never the other way, and
 * siblings do not use each other. Type imports count. `scripts/check-imports.ts` runs it; test/tooling/imports.test.ts
 * plants a violation of every rule.
 */
const USE_CASES = ['ingestion', 'memory', 'maintenance', 'evaluation']
const ADAPTERS = ['embedding', 'models', 'records', 'indexes', 'sqlite', 'threads']

/** What a folder may use besides itself. */
const MAY_USE = {
  core: [],
  threads: [],
  sqlite: ['threads', 'core'],
  embedding: ['sqlite', 'threads', 'core'],
  models: ['core'],
  records: ['sqlite', 'core'],
  indexes: ['sqlite', 'core'],
  routing: ['core'],
  retrieval: ['routing', 'core'],
  ...Object.fromEntries(USE_CASES.map((folder) => [folder, ['retrieval', 'routing', 'core']])),
  operations: [...USE_CASES, 'retrieval', 'routing', 'core'],
  testing: ['core'],
}

const directions = Object.entries(MAY_USE).map(([folder, others]) => ({
  name: `${folder}-direction`,
  comment: others.length > 0 ? `${folder} may import only ${others.join(', ')}.` : `${folder} imports nothing of src.`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...others].join('|')})/` },
}))

export default {
  forbidden: [
    ...directions,
    {
      name: 'only-compose-names-adapters',
      comment: 'Concrete adapters are picked in src/compose.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(compose|${ADAPTERS.join('|')})/` },
      to: { path: `^src/(${ADAPTERS.join('|')})/` },
    },
    {
      name: 'compose-is-for-entries',
      comment: 'Only the interfaces and the library entry ask for composed parts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(compose|interfaces)/|^src/index\\.ts$' },
      to: { path: '^src/compose/' },
    },
    {
      name: 'compose-knows-no-interface',
      severity: 'error',
      from: { path: '^src/compose/' },
      to: { path: '^src/(interfaces/|testing/|index\\.ts$)' },
    },
    {
      name: 'testing-is-not-used',
      comment: 'The contract suites are for tests; nothing that ships with the product runs them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/testing/' },
      to: { path: '^src/testing/' },
    },
    {
      name: 'interfaces-are-siblings',
      comment: 'All may use wire; the server joins http, rpc and mcp; the command line starts them.',
      severity: 'error',
      from: { path: '^src/interfaces/([^/]+)/', pathNot: '^src/interfaces/(cli|server)/' },
      to: { path: '^src/interfaces/[^/]+/', pathNot: '^src/interfaces/($1|wire)/' },
    },
    {
      name: 'server-joins-what-is-served',
      severity: 'error',
      from: { path: '^src/interfaces/server/' },
      to: { path: '^src/interfaces/(cli|library|client|web)/' },
    },
    {
      name: 'command-line-starts-servers',
      severity: 'error',
      from: { path: '^src/interfaces/cli/' },
      to: { path: '^src/interfaces/(library|http|client|web)/' },
    },
    {
      name: 'web-imports-types-alone',
      comment: 'The page runs in a browser: of the rest it knows what operations answer, nothing else.',
      severity: 'error',
      from: { path: '^src/interfaces/web/' },
      to: { path: '^src/', pathNot: '^src/interfaces/web/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-is-not-imported',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/interfaces/web/' },
      to: { path: '^src/interfaces/web/' },
    },
    {
      name: 'vendor-imports-no-source',
      severity: 'error',
      from: { path: '^src/vendor/' },
      to: { path: '^src/', pathNot: '^src/vendor/' },
    },
    {
      name: 'interfaces-alone-use-vendor',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(interfaces|vendor)/' },
      to: { path: '^src/vendor/' },
    },
    {
      name: 'entry-is-not-imported',
      comment: 'src/index.ts is for users of the package.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'core-does-no-io',
      comment: 'core is types, ports, errors and pure functions.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(path|url|util|crypto)$' },
    },
    {
      name: 'stays-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts|examples|docs)/' },
    },
    {
      name: 'no-development-dependency',
      comment:
        'What ships imports only what is installed with it, and optional peers, which it can do without; the contract suites bring vitest, and the libraries of src/vendor are packed.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(testing|vendor|interfaces/web)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    { name: 'no-cycle', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    { name: 'resolves', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
