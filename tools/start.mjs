import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PlainError, root } from './command.mjs'
import { buildIfStale } from './build.mjs'
import { installIfNeeded } from './install.mjs'

try {
  await installIfNeeded()
  await buildIfStale()
} catch (error) {
  if (!(error instanceof PlainError)) throw error
  console.error(error.message)
  process.exit(1)
}

// The console runs in this very process, so that signals, exit codes and the terminal are its own.
const main = join(root, 'apps/console/dist/server/main.js')
process.env.SALLYPORT_DATA ??= join(root, 'data')
process.argv[1] = main
await import(pathToFileURL(main).href)
