import { parseArgs } from 'node:util'
import type { AuditFilter } from 'sallyport'
import { outcomes } from './entry.ts'

/** What was asked for makes no sense; the message is one line for the person who asked. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError'
}

/** `--account ID` (any number of them), `--action A`, `--outcome O`, `--from TIME`, `--to TIME`. Throws `ArgumentError`. */
export function filterIn(args: readonly string[]): AuditFilter {
  const { account, action, outcome, from, to } = valuesIn(args)
  const wanted = outcomes.find((each) => each === outcome)
  if (outcome !== undefined && wanted === undefined) {
    throw new ArgumentError(`--outcome must be one of ${outcomes.join(', ')}.`)
  }
  const [begins, ends] = [momentIn('--from', from), momentIn('--to', to)]
  if (begins !== undefined && ends !== undefined && begins >= ends) {
    throw new ArgumentError('--to must be later than --from.')
  }
  return { accounts: account ?? null, action, outcome: wanted, from: begins, to: ends }
}

const once = { type: 'string' } as const
const options = { account: { ...once, multiple: true }, action: once, outcome: once, from: once, to: once } as const

function valuesIn(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    // Of several sentences the first says what is wrong.
    const [said = ''] = error instanceof Error ? error.message.split(/\.\s|\n/) : []
    const known = Object.keys(options).map((name) => `--${name}`)
    throw new ArgumentError(`${said.replace(/\.$/, '')}. There are ${known.join(', ')}, each with a value.`)
  }
}

function momentIn(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const form = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z)?$/
  const time = form.test(text) ? Date.parse(text) : Number.NaN
  // The 31st of February would be taken for the 3rd of March.
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 10))) return time
  throw new ArgumentError(`${option} must be a time such as 2027-01-31 or 2027-01-31T12:00:00Z.`)
}
