import { pathToFileURL } from 'node:url'
import { root } from './command.mjs'
import { problemsIn } from './imports/check.mjs'

export { problemsIn }

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = problemsIn(root)
  for (const problem of problems) console.log(problem)
  if (problems.length > 0) process.exitCode = 1
}
