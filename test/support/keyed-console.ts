import { expect } from 'vitest'
import {
  type AuthenticationFaults,
  type AuthenticatorOptions,
  createAuthenticator,
  type CreationOptions,
  type RegistrationFaults,
  type RequestOptions,
  type SoftwareAuthenticator,
} from 'sallyport/testing'
import { person } from './account.ts'
import { runConsole, type RunOptions } from './console.ts'
import { answer, byKey, confirmed, elsewhere, enroll, type Person, signIn } from './person.ts'
import { accountIdOf, execute, type Row, tablesOf } from './tables.ts'
import { type Answer, Visitor } from './visitor.ts'

/** A console, and what people do there with keys. */
export async function consoleWithKeys(options: RunOptions) {
  const running = await runConsole(options)

  const newKey = (behaviour: Partial<AuthenticatorOptions> = {}): SoftwareAuthenticator =>
    createAuthenticator({ origin: running.origin, ...behaviour })

  /** Someone whose only method is this key. */
  async function keyOwner(key = newKey()) {
    const owner = await person(running)
    return { owner, key, ...(await enroll(running, owner, 'security_key', key)) }
  }

  /** A login of this person's in a browser of its own, up to the challenge. */
  async function login(owner: Person) {
    const { browser } = elsewhere(owner)
    const begun = await signIn({ ...owner, browser })
    expect(begun.body.status, begun.text).toBe('challenge')
    const { challenge } = begun.body
    const asking: RequestOptions | undefined = challenge.devices.security_key?.asking
    return {
      browser,
      challenge,
      asking,
      by(key: SoftwareAuthenticator, faults?: AuthenticationFaults) {
        const given = byKey(challenge, key, faults)
        return answer(browser, given.enrollmentId, given.answer)
      },
    }
  }

  /** A key that is being set up, and how its owner confirms it. */
  async function begin(owner: Person) {
    const begun = await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'security_key' })
    expect(begun.status, begun.text).toBe(201)
    const { enrollmentId, challenge, setup } = begun.body
    return {
      challengeId: String(challenge.id),
      path: `/api/mfa/methods/${enrollmentId}/confirm`,
      setup: setup as CreationOptions,
      confirm(key: SoftwareAuthenticator, faults?: RegistrationFaults, wanted: CreationOptions = setup) {
        const given = { challengeId: challenge.id, answer: JSON.stringify(key.create(wanted, faults)) }
        return owner.browser.post(`/api/mfa/methods/${enrollmentId}/confirm`, given)
      },
    }
  }

  async function asked(browser: Visitor): Promise<RequestOptions> {
    const begun = await browser.post('/api/mfa/passkey')
    expect(begun.status, begun.text).toBe(200)
    return begun.body.asking
  }

  const answered = (browser: Visitor, given: unknown): Promise<Answer> =>
    browser.post('/api/mfa/passkey/answer', { answer: JSON.stringify(given) })

  /** Signs in with a passkey and nothing else. */
  async function passkey(key: SoftwareAuthenticator, faults?: AuthenticationFaults, browser = visitor()) {
    return { browser, answer: await answered(browser, key.get(await asked(browser), faults)) }
  }

  /** From now on the single sign-on of an organisation signs in to this account, and nothing else does. */
  async function manage({ email, browser }: Person): Promise<void> {
    const founder = await person(running)
    const { id } = (await founder.browser.post('/api/teams', { name: 'Observatory' })).body
    const accountId = await accountIdOf(running, email)
    const domain = email.slice(email.indexOf('@') + 1)
    for (const [table, values] of [
      ['team_member', `'${id}', '${accountId}', 'member', 0`],
      ['team_domain', `'${id}', '${domain}', 'token', 0, 0`],
      ['team_sso', `'${id}', 'https://id.example', 'console', '', 0, 1, 0`],
    ] as const) {
      await execute(running, table, `INSERT INTO ${table} VALUES (${values})`)
    }
    expect((await browser.get('/api/account')).status).toBe(401)
  }

  const visitor = (): Visitor => new Visitor(running.origin)
  const opens = async (browser: Visitor): Promise<boolean> => (await browser.get('/api/account')).status === 200
  const rows = async (table: string): Promise<readonly Row[]> => (await tablesOf(running))[table] ?? []
  return { running, newKey, keyOwner, manage, login, begin, asked, answered, passkey, visitor, opens, rows }
}

export type ConsoleWithKeys = Awaited<ReturnType<typeof consoleWithKeys>>

/** What an answer says: its status, and a code where it is a problem. */
export const reason = ({ status, body }: Answer): readonly unknown[] => [status, body?.code ?? body?.status]
export const wrong = [401, 'answer_wrong']
const refusals = [wrong, [422, 'answer_malformed'], [400, 'request_invalid']].map(String)

/** How an answer fails to be the refusal that it should be; empty where it is one. */
export function notRefused(what: string, given: Answer): readonly string[] {
  const opened = given.headers.getSetCookie().some((line) => line.startsWith('__Host-console-session='))
  return refusals.includes(String(reason(given))) && !opened ? [] : [`${what}: ${String(reason(given))}`]
}
