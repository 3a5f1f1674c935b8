import { availableParallelism } from 'node:os'
import { configDefaults, defineConfig } from 'vitest/config'

/** In a process of their own: what stands in for a module, sets the environment, or measures time or memory. */
const alone = [
  'apps/console/server/accounts/passwords.test.ts',
  'test/docs/example.test.ts',
  'test/long/**/*.test.ts',
  'test/threats/audit.test.ts',
  'test/threats/denial.test.ts',
  'test/threats/parser.test.ts',
  'test/threats/review.test.ts',
]

const all = [
  'packages/*/src/**/*.test.ts',
  'apps/console/server/**/*.test.ts',
  'tools/**/*.test.ts',
  'test/**/*.test.ts',
]

export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node'] } },
  test: {
    // Two at once on two cores: much of the time is spent waiting for a browser or a database.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'alone', include: alone } },
      {
        extends: true,
        test: {
          name: 'together',
          include: all,
          exclude: [...configDefaults.exclude, ...alone],
          // To start Node and load the packages takes longer than most files run. Our own modules each file gets anew.
          isolate: false,
          setupFiles: ['test/support/new-modules.ts'],
        },
      },
    ],
  },
})
