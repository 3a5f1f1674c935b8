// An application as it may be before Sallyport: its own accounts, passwords, sessions and API keys. New to it are
// `startSession`, `renewSession`, `endSession`, `ownCheck`, `rulesOf` and `revokeKey`, which take what Sallyport gives or do
// what it asks for. A real one keeps all this in its database and hashes passwords with argon2id.
import { createHash, randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Accounts, Client, Grant, Proof, Rules } from 'sallyport'

export const origin = 'https://app.example'
export const app = new Hono()

interface Session {
  readonly accountId: string
  readonly begunAt: number
  readonly challengeId: string | null
  /** Whether it is one of an organisation's single sign-on. */
  readonly sso: boolean
  /** Until when the password that was given again in this session counts. */
  checkedUntil: number
}

const registered = { password: 'correct horse', sessionsFrom: 0 }
const people = new Map([
  ['1', { id: '1', email: 'ada@app.example', ...registered, team: 'Acme', role: 'member' }],
  ['2', { id: '2', email: 'grace@app.example', ...registered, team: 'Acme', role: 'owner' }],
  ['3', { id: '3', email: 'lin@initech.example', ...registered, team: 'Initech', role: 'member' }],
])
/** Teams that sign their people in at a provider of their own, whose domain they have shown to be theirs. */
const ssoTeams = new Map([['Initech', 'initech.example']])
const open = new Map<string, Session>()
const apiKeys = new Map([
  ['k1', { id: 'k1', accountId: '1', name: 'prod-ci' }],
  ['k2', { id: 'k2', accountId: '1', name: 'laptop' }],
])

/** The account, and whether the password is its own: found out in the same time where there is no such account. */
export function passwordOf(typed: { email: string; password: string }) {
  const account = [...people.values()].find((one) => one.email === typed.email) ?? null
  return { account, isRight: async () => account?.password === typed.password }
}

export function clientOf(context: Context): Client {
  // Take the address from the socket, or from a proxy of your own, never from a header that anyone can send.
  return { ip: '203.0.113.7', userAgent: context.req.header('user-agent') ?? '' }
}

export const accounts: Accounts = {
  async find(accountId) {
    const one = people.get(accountId)
    return one === undefined ? null : { id: one.id, label: one.email, confirmedEmail: one.email, confirmedPhone: null }
  },
  async endSessions(accountId, before) {
    const one = people.get(accountId)
    if (one !== undefined) one.sessionsFrom = Math.max(one.sessionsFrom, before)
  },
  rules: rulesOf,
  async securityStamp(accountId) {
    // In a real one a hash of the stored password hash.
    return createHash('sha256')
      .update(people.get(accountId)?.password ?? '')
      .digest('base64url')
  },
}

/** Who must have a second factor, and who is signed in elsewhere, as it is at this moment. */
async function rulesOf(accountId: string): Promise<Rules> {
  const { team = '', role, email = '' } = people.get(accountId) ?? {}
  if (ssoTeams.has(team) && email.endsWith(`@${ssoTeams.get(team)}`))
    return { managed: true, privileged: false, mandates: [] }
  const owners = { because: `you are an owner of ${team}`, from: Date.parse('2026-01-01'), atLeast: 'totp' }
  const privileged = role === 'owner'
  return { managed: false, privileged, mandates: privileged ? [owners] : [] }
}

/** The only function that makes a session. False when the account's sessions were ended since the person began to sign in. */
export async function startSession(context: Context, proof: Proof<'login' | 'mfa.enable'>): Promise<boolean> {
  const { accountId, begunAt, challengeId, methods } = proof.redeem('login', 'mfa.enable')
  if (begunAt < (people.get(accountId)?.sessionsFrom ?? Number.POSITIVE_INFINITY)) return false
  const token = newToken()
  open.set(token, { accountId, begunAt, challengeId, sso: methods.includes('sso'), checkedUntil: 0 })
  setSessionCookie(context, token)
  return true
}

export async function sessionOf(context: Context) {
  const token = getCookie(context, 'session', 'host') ?? ''
  const session = open.get(token)
  const one = session && people.get(session.accountId)
  if (!session || !one || session.begunAt < one.sessionsFrom) return null
  return { accountId: one.id, sessionId: token, challengeId: session.challengeId, sso: session.sso }
}

/** Another token for the session of this request. Once `apply` is called the old one opens nothing. */
export async function renewSession(context: Context) {
  const old = getCookie(context, 'session', 'host') ?? ''
  const id = newToken()
  return {
    id,
    async apply() {
      const session = open.get(old)
      if (session === undefined || !open.delete(old)) return false
      open.set(id, session)
      setSessionCookie(context, id)
      return true
    },
  }
}

export async function endSession(context: Context): Promise<void> {
  open.delete(getCookie(context, 'session', 'host') ?? '')
}

/** Whether the password was given again in this session a moment ago. It counts for one action. */
export async function ownCheck(context: Context): Promise<boolean> {
  const session = open.get(getCookie(context, 'session', 'host') ?? '')
  const checked = session !== undefined && session.checkedUntil > Date.now()
  if (session !== undefined) session.checkedUntil = 0
  return checked
}

/** What Sallyport's routes ask of the sessions. */
export const sessions = { signedIn: sessionOf, issueSession: startSession, renewSession, endSession, ownCheck }

app.post('/password-check', async (context) => {
  const { password } = (await context.req.json()) as { password: string }
  const session = open.get(getCookie(context, 'session', 'host') ?? '')
  // Here as at sign-in: limit how often it may be wrong.
  if (session === undefined || people.get(session.accountId)?.password !== password) return context.body(null, 401)
  session.checkedUntil = Date.now() + 120_000
  // As after a step-up: whoever copied the cookie before has no part in it.
  return context.body(null, (await (await renewSession(context)).apply()) ? 204 : 401)
})

export function findKey(accountId: string, id: string): { id: string; name: string } | null {
  const key = apiKeys.get(id)
  return key?.accountId === accountId ? key : null
}

/** Can't be called without a grant, nor for another key than the one it was given for. */
export async function revokeKey(grant: Grant<'api_key.revoke'>): Promise<boolean> {
  const { accountId, resource } = grant.redeem('api_key.revoke')
  return findKey(accountId, resource.key) !== null && apiKeys.delete(resource.key)
}

function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function setSessionCookie(context: Context, token: string): void {
  setCookie(context, 'session', token, { prefix: 'host', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' })
}
