import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** A fresh clone has no durations, and vitest goes by the size of files: the longest would come last, and alone. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => /\/test\/(parity|package|golden\/retrieval)/.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    // Node strips types with WebAssembly, in each worker thread that a test starts. V8 frees what the calls from it had been
    // compiled to, which crashes where another thread has let go of the same module; so these calls are not compiled anew.
    execArgv: ['--wasm-wrapper-tiering-budget=2000000000'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
