// An application as it may be before Sallyport: its own accounts, passwords and sessions. Only `startSession` is new to
// it: it takes a proof. A real one keeps these in its database and hashes passwords with argon2id.
import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import type { Accounts, Client, Proof } from 'sallyport'

export const origin = 'https://app.example'
export const app = new Hono()

const people = new Map([['1', { id: '1', email: 'ada@app.example', password: 'correct horse', sessionsFrom: 0 }]])
const sessions = new Map<
  string,
  { readonly accountId: string; readonly at: number; readonly challengeId: string | null }
>()

export async function checkPassword(typed: { email: string; password: string }): Promise<{ id: string } | null> {
  return [...people.values()].find((one) => one.email === typed.email && one.password === typed.password) ?? null
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
}

/** The only function that makes a session. False when the account's sessions were ended after the proof was made. */
export async function startSession(context: Context, proof: Proof<'login' | 'mfa.enable'>): Promise<boolean> {
  const { accountId, at, challengeId } = proof.redeem('login', 'mfa.enable')
  if (at < (people.get(accountId)?.sessionsFrom ?? Number.POSITIVE_INFINITY)) return false
  const token = randomBytes(32).toString('base64url')
  sessions.set(token, { accountId, at, challengeId })
  setCookie(context, 'session', token, { prefix: 'host', path: '/', secure: true, httpOnly: true, sameSite: 'Strict' })
  return true
}

export async function sessionOf(context: Context) {
  const token = getCookie(context, 'session', 'host') ?? ''
  const session = sessions.get(token)
  const one = session && people.get(session.accountId)
  if (!session || !one || session.at < one.sessionsFrom) return null
  return { accountId: one.id, sessionId: token, challengeId: session.challengeId }
}
