import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { filesUnder } from '../staleness.mjs'
import { circles } from './circles.mjs'
import { importsIn, placesOf } from './parse.mjs'
import { ARROWS, PACKAGES, PRIVATE, SHARED_METHOD, WORDS } from './rooms.mjs'

const LIBRARY = 'packages/sallyport/src/'
const CONSOLE = 'apps/console/'

/** Every breach of the design's import rules under `root`, each as one line: `file:line: what. Why.` */
export function problemsIn(root) {
  const sources = new Map()
  for (const file of ['packages', 'apps'].flatMap((folder) => filesUnder(join(root, folder)))) {
    if (/\.(?:ts|tsx|mts|mjs|js|jsx)$/.test(file))
      sources.set(relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8'))
  }
  const graph = new Map()
  const problems = []
  for (const [file, text] of sources) {
    const imports = importsIn(text).map((found) => ({ ...found, target: resolve(root, file, found.specifier) }))
    graph.set(
      file,
      imports.map(({ target }) => target).filter((target) => target !== null && sources.has(target)),
    )
    if (!isTest(file)) problems.push(...arrowsOf(file, imports), ...wordsOf(file, text))
  }
  return [
    ...problems,
    ...circles(graph).map(
      (path) => `${path[0]}:1: import circle: ${path.join(' -> ')}. Nothing may import itself by a detour.`,
    ),
  ]
}

const isTest = (file) => /\.test\.tsx?$/.test(file)

function arrowsOf(file, imports) {
  const rule = file.startsWith(LIBRARY) ? libraryRefusal : file.startsWith(CONSOLE) ? consoleRefusal : () => null
  return imports.flatMap(({ specifier, line, target }) => {
    const why = rule(file, specifier, target)
    return why === null ? [] : [`${file}:${line}: '${specifier}' may not be imported here. ${why}`]
  })
}

function libraryRefusal(file, specifier, target) {
  const from = placeOf(file)
  if (target === null) return packageRefusal(from, specifier)
  if (!target.startsWith(LIBRARY)) return 'The library knows nothing outside its own src folder.'
  const to = placeOf(target)
  const [room, other] = [roomOf(from), roomOf(to)]
  if (room === 'methods' && isMethod(to)) {
    return `A method never imports another method; what methods share is ${SHARED_METHOD}.ts and the folders of methods/.`
  }
  if (room === other) return null
  const allowed = ARROWS[room]
  if (!allowed) return `'${room}' is no room of the design; tools/imports/rooms.mjs names them.`
  return allowed.includes(other) ? null : `${room} may import ${allowed.join(', ') || 'nothing'}, not ${other}.`
}

function packageRefusal(from, specifier) {
  const owner = PACKAGES.find(({ names }) =>
    names.some((name) => specifier === name || specifier.startsWith(`${name}/`)),
  )
  if (owner)
    return from === owner.place || from.startsWith(owner.place.replace(/\/?$/, '/'))
      ? null
      : `Only ${owner.place} may use it.`
  if (!specifier.startsWith('node:'))
    return 'No room may use this package; tools/imports/rooms.mjs names those the library has.'
  return roomOf(from) === 'contract' ? 'contract imports nothing.' : null
}

function consoleRefusal(file, specifier, target) {
  if (specifier === 'sallyport') return null
  if (specifier.startsWith('sallyport/')) {
    const subpath = specifier.slice('sallyport/'.length)
    const room = PRIVATE.find((name) => subpath === name || subpath.startsWith(`${name}/`))
    if (room) return `${room} is the library's own; import from sallyport or a public subpath.`
    return target === null ? 'The library has no such subpath.' : null
  }
  const inside = target === null || target.startsWith(CONSOLE)
  return inside ? null : 'The console imports the library as sallyport or sallyport/<subpath>, never by path.'
}

function wordsOf(file, text) {
  if (!file.startsWith(LIBRARY)) return []
  const room = roomOf(placeOf(file))
  return WORDS.filter(({ rooms }) => rooms.includes(room)).flatMap(({ pattern, why }) =>
    placesOf(pattern, text).map(({ found, line }) => `${file}:${line}: '${found}' may not stand in ${room}: ${why}.`),
  )
}

/** `packages/sallyport/src/store/sql/tables.ts` -> `store/sql/tables` */
const placeOf = (file) => file.slice(LIBRARY.length).replace(/\.\w+$/, '')
const roomOf = (place) => place.split('/')[0]
/** A file right in methods/ is a method; a folder in it holds what methods are made of, such as the texts they send. */
const isMethod = (place) => /^methods\/[^/]+$/.test(place) && place !== SHARED_METHOD

/** The file a specifier means, from the root; null for a package. A file that does not exist is named all the same. */
function resolve(root, file, specifier) {
  const bare = specifier.replace(/[?#].*$/, '')
  if (bare === 'sallyport') return `${LIBRARY}index.ts`
  if (bare.startsWith('sallyport/')) {
    const source = libraryExports(root)[`./${bare.slice('sallyport/'.length)}`]?.source
    return source === undefined ? null : join('packages/sallyport', source)
  }
  if (!bare.startsWith('.')) return null
  const path = join(dirname(file), bare).split(sep).join('/')
  const tries = [
    path,
    ...['.ts', '.tsx', '/index.ts', '/index.tsx'].map((ending) => path + ending),
    path.replace(/\.js$/, '.ts'),
  ]
  return tries.find((candidate) => /\.\w+$/.test(candidate) && existsSync(join(root, candidate))) ?? path
}

/** What the library publishes; a subpath that is not listed does not exist for anyone outside. */
function libraryExports(root) {
  return JSON.parse(readFileSync(join(root, 'packages/sallyport/package.json'), 'utf8')).exports
}
