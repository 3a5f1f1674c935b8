// `npm run audit -w apps/console`: the command of the built console, on the data of `npm start` unless it is told otherwise.
// Builds nothing, because what a build says would stand among the entries.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './command.mjs'

const command = join(root, 'apps/console/dist/server/audit/command.js')
if (existsSync(command)) {
  process.env.SALLYPORT_DATA ??= join(root, 'data')
  // npm has gone to the folder of the console: a path that was given is meant from where it was given.
  process.chdir(process.env.INIT_CWD ?? process.cwd())
  await import(pathToFileURL(command).href)
} else {
  console.error('The console is not built yet: run `npm start` once, or `npm run build -w apps/console`.')
  process.exitCode = 1
}
