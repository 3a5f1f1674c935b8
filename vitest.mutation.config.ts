import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const library = join(import.meta.dirname, 'packages/sallyport')
const { exports } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, { readonly source: string }>>
}

/** What tests the library without a console, a database server or a browser, and so can run for every mutant. */
export default defineConfig({
  resolve: {
    conditions: ['source'],
    // Installed is a link to the library as it is; what is to be tested is the copy beside this file, which is mutated.
    alias: Object.entries(exports).map(([subpath, { source }]) => ({
      find: new RegExp(`^sallyport${subpath.slice(1)}$`),
      replacement: join(library, source),
    })),
  },
  test: {
    include: ['packages/sallyport/src/{methods,policy,engine,http}/**/*.test.ts'],
    testTimeout: 20_000,
    // For each mutant every file that covers it would load everything anew: most of the time.
    isolate: false,
  },
})
