import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { PlainError } from './command.mjs'

const NOT_SOURCE = new Set(['node_modules', 'dist', '.cache', 'data'])

/** Every file at or under `path`, built and installed ones left out; none when it does not exist. */
export function filesUnder(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !NOT_SOURCE.has(entry.name))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)]))
}

/** A hash over names and contents of the sources, so that touching a file or cloning again rebuilds nothing. */
export function fingerprint(root, sources) {
  const hash = createHash('sha256')
  for (const file of sources.flatMap((source) => filesUnder(join(root, source))).sort()) {
    if (/\.test\.tsx?$/.test(file)) continue
    const content = readFileSync(file)
    hash.update(`${relative(root, file)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** Whether `stamp` was written for this fingerprint and the product it vouches for is still there. */
export function isFresh(stamp, product, print) {
  return existsSync(product) && existsSync(stamp) && readFileSync(stamp, 'utf8') === print
}

export function writeStamp(stamp, print) {
  inWritable(dirname(stamp), () => writeFileSync(stamp, print))
}

/** Takes the stamp away before a build, so that a build broken off is not mistaken for a finished one. */
export function removeStamp(stamp) {
  inWritable(dirname(stamp), () => rmSync(stamp, { force: true }))
}

/** Makes `folder` and writes in it; a folder that cannot be written is a PlainError. */
export function inWritable(folder, write) {
  try {
    mkdirSync(folder, { recursive: true })
    write()
  } catch (error) {
    throw new PlainError(`Cannot write in ${folder}: ${error.message}`)
  }
}
