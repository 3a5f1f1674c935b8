import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { run, tool, which } from '../command.mjs'
import { installSystemPackage } from './system-package.mjs'

const ON_PATH = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const ELSEWHERE = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
const HOW =
  'Chromium is missing: npx playwright-core install chromium, or apt-get install chromium, ' +
  'or set SALLYPORT_TEST_CHROMIUM to the path of one'

/** A browser for the tests: the one named, one that is there, else one fetched. `env` is what the tests are given. */
export async function findChromium() {
  const named = process.env.SALLYPORT_TEST_CHROMIUM
  if (named) return (await starts(named)) ? found(named) : missing(`SALLYPORT_TEST_CHROMIUM does not start: ${named}`)
  const path = (await firstThatStarts(await present())) ?? (await downloaded()) ?? (await packaged())
  return path === null ? missing(HOW) : found(path)
}

const found = (path) => ({ name: 'chromium', passed: true, text: path, env: { SALLYPORT_TEST_CHROMIUM: path } })
const missing = (text) => ({ name: 'chromium', passed: false, text, env: {} })

async function present() {
  const { chromium } = await import('playwright-core')
  return [which(ON_PATH), ...ELSEWHERE, chromium.executablePath(), ...cachedByPlaywright()].filter(
    (path) => path && existsSync(path),
  )
}

function cachedByPlaywright() {
  const folders = {
    linux: join(homedir(), '.cache/ms-playwright'),
    darwin: join(homedir(), 'Library/Caches/ms-playwright'),
    win32: join(homedir(), 'AppData/Local/ms-playwright'),
  }
  const folder = process.env.PLAYWRIGHT_BROWSERS_PATH ?? folders[process.platform]
  if (!folder || !existsSync(folder)) return []
  const inside = ['chrome-linux64/chrome', 'chrome-linux/chrome', 'chrome-win64/chrome.exe', 'chrome-win/chrome.exe']
  const versions = readdirSync(folder).filter((name) => /^chromium-\d+$/.test(name))
  return versions
    .sort()
    .reverse()
    .flatMap((version) => inside.map((path) => join(folder, version, path)))
}

async function firstThatStarts(paths) {
  for (const path of paths) if (await starts(path)) return path
  return null
}

/** A browser lacking system libraries is there and still of no use, so each is asked for its version. */
async function starts(path) {
  if (process.platform === 'win32') return existsSync(path)
  return (await run(path, ['--version'], { timeout: 20_000 })).code === 0
}

async function downloaded() {
  console.log('Fetching Chromium …')
  const { code } = await tool('playwright-core/cli.js', ['install', 'chromium'], { timeout: 240_000 })
  return code === 0 ? firstThatStarts(await present()) : null
}

async function packaged() {
  return (await installSystemPackage('chromium')) ? firstThatStarts(await present()) : null
}
