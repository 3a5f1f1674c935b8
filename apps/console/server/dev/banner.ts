import type { Known } from './people.ts'
import { people } from './people.ts'

/** What a person sees after `npm start`: where to go, and whom to sign in as. */
export function banner(origin: string, known: ReadonlyMap<string, Known>, built: boolean): string {
  const lines = [
    '',
    `  Sallyport Console   ${origin}`,
    `  Outbox              ${origin}/dev/outbox   (every e-mail and text message)`,
    ...(built ? [] : ['', '  The pages are not built: `npm start` builds them.']),
    '',
    known.size === 0 ? '  Nobody is there yet: register on the page.' : '  Sign in as',
  ]
  for (const { email, password, shows } of people.filter((person) => known.has(person.email))) {
    lines.push(`    ${email.padEnd(23)}${password.padEnd(20)}${shows}`)
    const secret = known.get(email)?.totpSecret ?? null
    if (secret !== null) lines.push(`    ${''.padEnd(43)}its secret for your app: ${secret}`)
  }
  return [...lines, '', '  Ctrl-C stops it.', ''].join('\n')
}
