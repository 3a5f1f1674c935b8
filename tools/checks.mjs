import { PlainError, root, run, tool } from './command.mjs'
import { buildIfStale } from './build.mjs'

/** What is checked besides the tests themselves: a name, and a function resolving with `{ passed, text }`. */
export const CHECKS = [
  { name: 'format', check: () => program('oxfmt/bin/oxfmt', ['--list-different'], 'Run `npx oxfmt` to put it right.') },
  { name: 'lint', check: () => program('oxlint/bin/oxlint', ['--type-aware', '--deny-warnings', '--format=unix']) },
  { name: 'imports', check: () => ended(run(process.execPath, [`${root}/tools/imports.mjs`])) },
  { name: 'types', check: () => program('typescript/bin/tsc', ['-p', 'tsconfig.json']) },
  { name: 'types of the pages', check: () => program('typescript/bin/tsc', ['-p', 'apps/console/web']) },
  { name: 'build', check: build },
]

const program = (script, args, advice) => ended(tool(script, args), advice)

async function ended(running, advice = '') {
  const { code, output } = await running
  return { passed: code === 0, text: code === 0 ? '' : `${output.trim()}\n${advice}`.trim() }
}

async function build() {
  try {
    const built = await buildIfStale()
    return { passed: true, text: built.length > 0 ? `built: ${built.join(', ')}` : 'up to date' }
  } catch (error) {
    if (!(error instanceof PlainError)) throw error
    return { passed: false, text: error.message }
  }
}
