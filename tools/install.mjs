import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError, npm, root } from './command.mjs'

/**
 * Whether what npm recorded in node_modules is what the lockfile asks for. Packages for other systems are optional and
 * rightly absent; anything else that is missing or of another version is not installed.
 */
export function matches(lockfile, installed) {
  const has = installed.packages ?? {}
  return Object.entries(lockfile.packages).every(([path, wanted]) => {
    if (path === '') return true
    const found = has[path]
    if (!found) return wanted.optional === true || wanted.devOptional === true
    return found.version === wanted.version && found.integrity === wanted.integrity
  })
}

function isInstalled() {
  // npm writes this file last, so an install that was broken off has none.
  const record = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(record)) return false
  const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
  return matches(read(join(root, 'package-lock.json')), read(record))
}

/** Installs from the lockfile when node_modules is not already what it asks for. */
export async function installIfNeeded() {
  if (isInstalled()) return
  console.log('Installing packages from the lockfile …')
  const { code, output } = await npm(['ci'])
  if (code === 0) return
  console.error(output)
  throw new PlainError(whyInstallFailed(output))
}

/** One line on why `npm ci` failed, from what it wrote. */
export function whyInstallFailed(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output)) {
    return 'Installing the packages failed: the npm registry cannot be reached. Check the network, then try again.'
  }
  if (/EACCES|EPERM|EROFS/.test(output)) {
    return `Installing the packages failed: ${join(root, 'node_modules')} is not writable.`
  }
  return 'Installing the packages failed: `npm ci` says why, above.'
}
