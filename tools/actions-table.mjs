// The table of docs/actions.md, made from the library's own: `node tools/actions-table.mjs` writes it anew. A test compares.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from './command.mjs'

const page = join(root, 'docs/actions.md')

export function actionsTable(actions) {
  const rows = Object.entries(actions).map(([name, action]) => [
    `\`${name}\``,
    action.needsMfa ? `${askedFor[action.needed]}; refused without MFA` : askedFor[action.needed],
    boundTo(action),
    whoMayAnswer(action),
    howLong(action),
    `… to ${action.purpose}`,
  ])
  const head = ['action', 'asked for', 'bound to', 'who may answer', 'how long', 'sentence']
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

const askedFor = { always: 'always', on: 'by default', off: 'only if switched on' }

function boundTo({ gives, lasts, purpose }) {
  if (gives === 'session') return 'the browser or client that began it'
  if (gives === 'contact') return 'who began it, the address or number'
  if (gives === 'method') return 'session, the method'
  const things = [...purpose.matchAll(/\{(\w+)\}/g)].map(([thing]) => `\`${thing}\``)
  return ['session', ...things, ...(lasts === 'once' ? ['parameters', 'sentence'] : [])].join(', ')
}

function whoMayAnswer({ gives, atLeast, loses, adds, backups }) {
  if (gives === 'contact') return 'a code sent there'
  if (gives === 'method') return 'the method itself'
  const floors = []
  if (atLeast !== undefined) floors.push(`from \`${atLeast}\` upwards`)
  if (loses === 'all') floors.push('at least as strong as the strongest of the account')
  else if (loses === 'method') floors.push('at least as strong as the one it is about')
  else if (loses !== undefined) floors.push(`at least as strong as \`${loses}\`, if the account has it`)
  if (adds) floors.push('others at least as strong as what is added, or as the strongest of the account')
  return [backups ? 'any, recovery codes too' : 'any but recovery codes', ...floors].join('; ')
}

function howLong({ gives, lasts }) {
  if (gives !== 'grant') return 'once'
  if (lasts === 'once') return 'once, within `grantSeconds`'
  const { windowSeconds, sliding, ceilingSeconds } = lasts
  return sliding
    ? `any number of times, until ${windowSeconds} seconds after the last; ${ceilingSeconds} seconds at most`
    : `any number of times for ${windowSeconds} seconds`
}

/** The page with another table in place of the one that it has. */
export function withTable(text, table) {
  return text.replace(/^\| action \|.*(?:\n\|.*)*/m, () => table)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { buildIfStale } = await import('./build.mjs')
  await buildIfStale()
  const { actions } = await import('sallyport')
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), actionsTable(actions)))
}
