import type { Known } from './people.ts'
import { people } from './people.ts'

const codesInLine = 3

/** What a person sees after `npm start`: where to go, and whom to sign in as. */
export function banner({
  origin,
  known,
  built,
  provider,
}: {
  readonly origin: string
  readonly known: ReadonlyMap<string, Known>
  /** Whether there are pages to look at. */
  readonly built: boolean
  /** The issuer of Example ID; null when its port is taken. */
  readonly provider: string | null
}): string {
  const lines = [
    '',
    `  Sallyport Console   ${origin}`,
    `  Outbox              ${origin}/dev/outbox   (every e-mail and text message)`,
    `  Example ID          ${provider ?? 'not running: its port is taken'}   (an identity provider, for signing in as anyone)`,
    ...(built ? [] : ['', '  The pages are not built: `npm start` builds them.']),
    '',
    known.size === 0 ? '  Nobody is there yet: register on the page.' : '  Sign in as',
  ]
  const below = `    ${''.padEnd(43)}`
  for (const { email, password, methods, shows } of people.filter((person) => known.has(person.email))) {
    lines.push(`    ${email.padEnd(23)}${password.padEnd(20)}${shows}`)
    const { totpSecret, recoveryCodes } = known.get(email) ?? { totpSecret: null, recoveryCodes: [] }
    if (totpSecret !== null) lines.push(`${below}its secret for your app: ${totpSecret}`)
    // Where a code by e-mail is all there is, they are the other way once the password was reset by e-mail.
    if (methods.join() === 'email' && recoveryCodes.length > 0) {
      lines.push(`${below}recovery codes, each good once:`)
      for (let at = 0; at < recoveryCodes.length; at += codesInLine)
        lines.push(`${below}  ${recoveryCodes.slice(at, at + codesInLine).join('  ')}`)
    }
  }
  const again = '  Ctrl-C stops it. To begin again with everyone as they were, delete the data folder then.'
  return [...lines, '', again, ''].join('\n')
}
