import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { authenticator, codeIn, hasCode } from 'sallyport/testing'
import type { Console } from '../app.ts'
import { parseEmailAddress } from '../accounts/email-address.ts'
import { exclusively } from '../database/exclusive.ts'
import type { Outbox } from './outbox.ts'

/** Someone to sign in as, in development only. */
export interface Person {
  readonly email: string
  readonly password: string
  readonly phone: string
  readonly phoneConfirmed: boolean
  /** The first one becomes the primary. */
  readonly methods: readonly ('totp' | 'email' | 'sms')[]
  /** What signing in as this person shows. */
  readonly shows: string
}

/** What a person has to know to get past the challenge. Sallyport never shows it again, so it is kept beside the keys. */
export interface Known {
  readonly totpSecret: string | null
  readonly recoveryCodes: readonly string[]
}

export const people: readonly Person[] = [
  {
    email: 'ada@example.com',
    password: 'harbour-lantern-41',
    phone: '+12025550141',
    phoneConfirmed: true,
    methods: [],
    shows: 'no second factor yet: set one up on the security page',
  },
  {
    email: 'grace@example.com',
    password: 'copper-meadow-72',
    phone: '+12025550172',
    phoneConfirmed: true,
    methods: ['totp', 'email'],
    shows: 'an authenticator app first, e-mail as another way, recovery codes',
  },
  {
    email: 'alan@example.com',
    password: 'velvet-compass-58',
    phone: '+12025550158',
    phoneConfirmed: true,
    methods: ['sms', 'email'],
    shows: 'a text message first, e-mail as another way, recovery codes',
  },
  {
    email: 'katherine@example.com',
    password: 'orbit-thistle-93',
    phone: '+12025550193',
    phoneConfirmed: false,
    methods: ['email'],
    shows: 'e-mail only, and a phone number that is yet to be confirmed',
  },
  {
    email: 'mary@example.org',
    password: 'quartz-violin-27',
    phone: '+12025550127',
    phoneConfirmed: true,
    methods: [],
    shows: '“Sign in with your organisation” leads her to Example ID; this password does nothing',
  },
]

const client = { ip: '127.0.0.1', userAgent: 'seeding' }

interface Parts {
  /** Must send to `outbox`, from which the codes are read. */
  readonly console: Console
  readonly outbox: Outbox
  readonly folder: string
  /** Lets the console's clock go on by this much. */
  pass(milliseconds: number): void
}

const pauseMs = 120_000

/**
 * Makes the people that are not there yet and gives what is known of all. People keep whatever was done with them since.
 * One process at a time, so that of several that start at once one makes them and the others find them.
 */
export async function seedPeople(parts: Parts): Promise<ReadonlyMap<string, Known>> {
  return await exclusively(join(parts.folder, 'seeding.lock'), async () => {
    const file = join(parts.folder, 'development-people.json')
    const known = new Map(existsSync(file) ? readKnown(file) : [])
    for (const person of people.filter(({ email }) => !known.has(email))) {
      known.set(person.email, await seed(parts, person))
      writeFileSync(file, JSON.stringify(Object.fromEntries(known), null, 2), { mode: 0o600 })
    }
    await parts.console.deliver()
    return await stillThere(parts.console, known)
  })
}

/** Without those whose account was deleted, or whose password is another one by now: nobody can sign in as they are shown. */
async function stillThere(
  { accounts, passwords }: Console,
  known: ReadonlyMap<string, Known>,
): Promise<ReadonlyMap<string, Known>> {
  const left = new Map(known)
  for (const { email, password } of people) {
    const key = parseEmailAddress(email)?.key
    const account = key === undefined ? null : await accounts.findByEmail(key)
    if (account === null || !(await passwords.verify(account.password_hash, password))) left.delete(email)
  }
  return left
}

function readKnown(file: string): readonly (readonly [email: string, known: Known])[] {
  return Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, Known>)
}

async function seed(parts: Parts, person: Person): Promise<Known> {
  const accountId = await accountOf(parts.console, person)
  const { enabledAt } = await parts.console.mfa.enrollments.list(accountId)
  // On already, but unknown here: the database is older than this folder.
  return enabledAt === null ? await enroll(parts, accountId, person) : { totpSecret: null, recoveryCodes: [] }
}

async function accountOf({ accounts, passwords }: Console, person: Person): Promise<string> {
  const email = parseEmailAddress(person.email)
  if (email === null) throw new Error('a seeded address must be one')
  const existing = await accounts.findByEmail(email.key)
  if (existing !== null) return existing.id
  const id = await accounts.create({ email, phone: person.phone, passwordHash: await passwords.hash(person.password) })
  await accounts.confirmEmail(id, email.address)
  if (person.phoneConfirmed) await accounts.confirmPhone(id, person.phone)
  return id
}

async function enroll(parts: Parts, accountId: string, person: Person): Promise<Known> {
  const { mfa } = parts.console
  let known: Known = { totpSecret: null, recoveryCodes: [] }
  for (const method of person.methods) {
    const begun = await mfa.enrollments.begin(await allowed(parts, accountId, method, known), client)
    if (!begun.ok) throw new Error(`${method} could not be set up for ${person.email}: ${begun.reason}`)
    const { enrollmentId, key, setup } = begun
    const secret = method === 'totp' ? (setup as { secret: string }).secret : null
    const confirmed = await mfa.enrollments.confirm(key, { enrollmentId, answer: codeOf(parts, secret) }, client)
    if (!confirmed.ok) throw new Error(`${method} could not be confirmed for ${person.email}: ${confirmed.reason}`)
    known = {
      totpSecret: secret ?? known.totpSecret,
      recoveryCodes: confirmed.enabled?.recoveryCodes ?? known.recoveryCodes,
    }
  }
  return known
}

/** The right to add a method: by the method before it, if there is one. */
async function allowed(parts: Parts, accountId: string, method: string, { totpSecret }: Known) {
  const { actions } = parts.console.mfa
  const session = { id: 'seeding', challengeId: null }
  const demand = { accountId, session, resource: { method }, ownCheck: () => Promise.resolve(true) }
  // No code works twice, and none is sent a moment after another.
  parts.pass(pauseMs)
  const first = await actions.require('mfa.method.add', demand, client)
  if (first.status === 'granted') return first.grant
  if (first.status !== 'challenge') throw new Error(`${method} may not be added: ${first.status}`)
  const { id, active } = first.challenge
  const typed = { enrollmentId: active ?? '', answer: codeOf(parts, totpSecret) }
  await actions.answer({ id, binding: session.id }, typed, session.id, client)
  const second = await actions.require('mfa.method.add', { ...demand, challengeId: id }, client)
  if (second.status !== 'granted') throw new Error(`${method} may not be added: ${second.status}`)
  return second.grant
}

/** Of the app with this secret, or the one that was sent. */
function codeOf({ console: { mfa }, outbox }: Parts, totpSecret: string | null): string {
  return totpSecret === null ? newestCode(outbox) : authenticator(totpSecret).codeAt(mfa.clock())
}

function newestCode(outbox: Outbox): string {
  // Notices of what was set up a moment ago may have come in between.
  const message = outbox.list().find(hasCode)
  if (message === undefined) throw new Error('no code was sent')
  return codeIn(message)
}
