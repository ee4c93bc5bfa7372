import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Node strips types with WebAssembly, in each worker thread that a test starts. V8 frees what the calls from it had been
    // compiled to, which crashes where another thread has let go of the same module; so these calls are not compiled anew.
    execArgv: ['--wasm-wrapper-tiering-budget=2000000000'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
