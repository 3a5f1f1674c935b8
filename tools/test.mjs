import { readFileSync, rmSync } from 'node:fs'
import { join, sep } from 'node:path'
import { PlainError, cache, root, tool } from './command.mjs'
import { installIfNeeded } from './install.mjs'
import { inWritable } from './staleness.mjs'
import { summaryOf } from './summary.mjs'

const vitestReport = join(cache, 'vitest.json')
let passed = 0
const failures = []

try {
  // Before anything else: a report left from an earlier run must not be taken for this one's.
  inWritable(cache, () => rmSync(vitestReport, { force: true }))
  await installIfNeeded()
} catch (error) {
  if (!(error instanceof PlainError)) throw error
  console.error(error.message)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

const surroundings = await findSurroundings()
try {
  await runChecks()
  await runTests(process.argv.slice(2))
} finally {
  await surroundings.stop()
}

for (const failure of failures) console.log(`FAILED  ${failure}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exit(failures.length > 0 ? 1 : 0)

/** Browser, programs and database for the tests; what cannot be had is a failure, and the rest still runs. */
async function findSurroundings() {
  const [{ findChromium }, { findPrograms }, { findPostgres }] = await Promise.all([
    import('./find/chromium.mjs'),
    import('./find/programs.mjs'),
    import('./find/postgres.mjs'),
  ])
  const findingPostgres = findPostgres()
  for (const program of await findPrograms()) report(program)
  const chromium = await findChromium()
  report(chromium)
  const postgres = await findingPostgres
  report(postgres)
  return { env: { ...chromium.env, ...postgres.env }, stop: postgres.stop }
}

async function runChecks() {
  const { CHECKS } = await import('./checks.mjs')
  const running = CHECKS.map(async ({ name, check }) => ({ name, ...(await check()) }))
  for (const result of running) report(await result)
}

/** Checks and tests never run at once: some tests measure time. */
async function runTests(args) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`]
  const env = { ...process.env, ...surroundings.env }
  const { code } = await tool('vitest/vitest.mjs', ['run', ...reporters, ...args], { env, show: true })
  const selected = args.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern'))
  const summary = readSummary(selected)
  passed += summary.passed
  failures.push(...summary.failures.map((failure) => failure.replace(root + sep, '')))
  if (code !== 0 && summary.failures.length === 0)
    failures.push('vitest: it ended with an error outside any test, above')
}

function readSummary(selected) {
  try {
    return summaryOf(JSON.parse(readFileSync(vitestReport, 'utf8')), { selected })
  } catch {
    return { passed: 0, failures: ['vitest: it wrote no report'] }
  }
}

function report(result) {
  if (result.passed) passed++
  else failures.push(`${result.name}: ${result.text.replace(/\n[^]*/, ' … (all of it above)')}`)
  const text = result.text.includes('\n') ? `\n${result.text}` : ` ${result.text}`
  console.log(`${result.passed ? 'ok    ' : 'FAILED'}  ${result.name}${result.text ? text : ''}`)
}
