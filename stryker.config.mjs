// Mutation tests (`npm run mutation`): each change to a line that no test notices is a test that is missing. See
// docs/architecture.md#mutation-tests.

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [
    'packages/sallyport/src/methods/**/*.ts',
    'packages/sallyport/src/policy/**/*.ts',
    'packages/sallyport/src/engine/**/*.ts',
    '!**/*.test.ts',
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  // What runs while a module is loaded, such as the tables, can't be switched for one test.
  ignoreStatic: true,
  concurrency: 2,
  incremental: true,
  incrementalFile: '.cache/mutation/incremental.json',
  tempDirName: '.cache/mutation/sandbox',
  ignorePatterns: ['/.cache', '/apps', '/docs', '/data', '/tools', 'dist'],
  // There is no such file. Of one that exists Stryker would rewrite the references, with an API that TypeScript 7 has not.
  tsconfigFile: 'tsconfig.none.json',
  disableTypeChecks: false,
  reporters: ['clear-text', 'progress-append-only', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: '.cache/mutation/report.html' },
}
