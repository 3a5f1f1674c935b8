import { randomBytes } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import { expect } from 'vitest'
import { parseEmailAddress } from '../../apps/console/server/accounts/email-address.ts'
import { newAddress } from './address.ts'
import type { RunningConsole } from './console.ts'
import { type Person, signIn } from './person.ts'
import { Visitor } from './visitor.ts'

export { newAddress } from './address.ts'

const password = `correct horse ${randomBytes(6).toString('hex')}`
let passwordHash: Promise<string> | null = null
let numbers = 0

/**
 * As `newPerson`, at a tenth of the cost: the account is made without HTTP and its password hashed once for all. For
 * tests in which registering is not the matter.
 */
export async function person(
  running: RunningConsole,
  given: { readonly phone?: string; readonly phoneConfirmed?: boolean; readonly domain?: string } = {},
): Promise<Person> {
  const { accounts } = running.console
  const email = parseEmailAddress(newAddress(given.domain))
  if (email === null) throw new Error('the address is not one')
  const phone = given.phone ?? `+1303555${String((numbers += 1)).padStart(4, '0')}`
  // The least that argon2 allows: what a guess costs is not the matter either.
  passwordHash ??= hash(password, { memoryCost: 8, timeCost: 1, parallelism: 1 })
  const id = await accounts.create({ email, phone, passwordHash: await passwordHash })
  await accounts.confirmEmail(id, email.address)
  if (given.phoneConfirmed !== false) await accounts.confirmPhone(id, phone)
  const made = { email: email.address, phone, password, browser: new Visitor(running.origin) }
  expect((await signIn(made)).body).toEqual({ status: 'signed_in' })
  return made
}
