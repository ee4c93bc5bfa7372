import type { KnipConfig } from 'knip'

/** What nothing uses is an error: files, exports, dependencies. Modules that a thread loads by URL are entries. */
export default {
  workspaces: {
    '.': {
      entry: [
        'src/index.ts',
        'src/testing/index.ts',
        'src/interfaces/client/index.ts',
        'src/interfaces/library/memory.ts',
        'src/interfaces/cli/bin.ts',
        'src/interfaces/web/main.tsx',
        'src/**/{storage-thread,disk-thread,worker,*-module}.ts',
        'scripts/*.ts',
        'bench/suites/*.ts',
        'bench/support/{bare-route,http-load,loop-sampler}.ts',
        'examples/*.ts',
        'test/**/*.test.ts',
        'test/support/{*-process,make-*}.ts',
      ],
      project: ['{src,scripts,bench,examples,test}/**/*.{ts,tsx}', '!test/fixtures/**', '!test/docs/scene/**'],
      // The weights are found on disk, by the package's name.
      ignoreDependencies: ['@semdex/all-minilm-l6-v2'],
      ignoreBinaries: ['mkfifo', 'mount', 'systemd-analyze', 'umount'],
    },
    'models/*': { entry: [], project: [] },
  },
  ignoreExportsUsedInFile: { interface: true, type: true },
} satisfies KnipConfig
