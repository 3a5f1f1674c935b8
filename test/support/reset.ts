import { expect } from 'vitest'
import type { RunningConsole } from './console.ts'
import type { Person } from './person.ts'
import { Visitor } from './visitor.ts'

/** The token of the newest reset link to this address. */
export function resetTokenTo(running: RunningConsole, address: string): string {
  const mail = running.emails.messages.findLast(({ to, text }) => to === address && text.includes('/reset-password#'))
  const token = /\/reset-password#([\w-]+)/.exec(mail?.text ?? '')?.[1]
  if (token === undefined) throw new Error(`no reset link was sent to ${address}`)
  return token
}

/** Has a link mailed, as whoever knows the address can; its token. */
export async function askForReset(running: RunningConsole, email: string): Promise<string> {
  const stranger = new Visitor(running.origin)
  expect((await stranger.post('/api/password-reset', { email })).status).toBe(202)
  await running.console.settled()
  return resetTokenTo(running, email)
}

/** Sets another password by the link, in a browser that nobody is signed in to; the person, who knows it. */
export async function resetPassword(
  running: RunningConsole,
  person: Person,
  password = 'seven mild herons wade',
): Promise<Person> {
  const token = await askForReset(running, person.email)
  const browser = new Visitor(running.origin)
  const done = await browser.post('/api/password-reset/complete', { token, password })
  expect(done.status, done.text).toBe(204)
  // Of what comes next, nothing happens in the very millisecond of the reset.
  running.clock.advance(1000)
  return { ...person, password, browser }
}
