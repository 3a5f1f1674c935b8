import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError, cache, root, tool } from './command.mjs'
import { fingerprint, isFresh, removeStamp, writeStamp } from './staleness.mjs'

const EVERY_BUILD = ['package-lock.json', 'tsconfig.base.json', 'tools/build.mjs']
const LIBRARY = ['packages/sallyport/package.json', 'packages/sallyport/tsconfig.build.json', 'packages/sallyport/src']

const library = {
  name: 'library',
  sources: LIBRARY,
  output: 'packages/sallyport/dist',
  product: 'packages/sallyport/dist/index.js',
  compile: () => tool('typescript/bin/tsc', ['-p', 'packages/sallyport/tsconfig.build.json']),
}

const server = {
  name: 'server',
  sources: [...LIBRARY, 'apps/console/package.json', 'apps/console/tsconfig.build.json', 'apps/console/server'],
  output: 'apps/console/dist/server',
  product: 'apps/console/dist/server/main.js',
  compile: () => tool('typescript/bin/tsc', ['-p', 'apps/console/tsconfig.build.json']),
}

const pages = {
  name: 'pages',
  sources: [...LIBRARY, 'apps/console/package.json', 'apps/console/vite.config.ts', 'apps/console/web'],
  output: 'apps/console/dist/web',
  product: 'apps/console/dist/web/index.html',
  compile: () => tool('vite/bin/vite.js', ['build', '--logLevel', 'warn'], { cwd: join(root, 'apps/console') }),
}

/** Builds what is out of date; resolves with the names of what was built. A compiler's complaint is a PlainError. */
export async function buildIfStale() {
  // The server is compiled against the library's declarations; the pages need neither.
  const [first, second] = await Promise.allSettled([inOrder(library, server), inOrder(pages)])
  for (const part of [first, second]) if (part.status === 'rejected') throw part.reason
  return [...first.value, ...second.value]
}

async function inOrder(...steps) {
  const built = []
  for (const step of steps) if (await build(step)) built.push(step.name)
  return built
}

async function build({ name, sources, output, product, compile }) {
  const stamp = join(cache, 'build', name)
  const print = fingerprint(root, [...EVERY_BUILD, ...sources])
  if (isFresh(stamp, join(root, product), print)) return false
  console.log(`Building the ${name} …`)
  removeStamp(stamp)
  rmSync(join(root, output), { recursive: true, force: true })
  const result = await compile()
  if (result.code !== 0)
    throw new PlainError(`${result.output.trim()}\nBuilding the ${name} failed: the compiler says why, above.`)
  writeStamp(stamp, print)
  return true
}
