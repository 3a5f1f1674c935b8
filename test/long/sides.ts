import { expect } from 'vitest'
import { person } from '../support/account.ts'
import { App, signInApp, withApp } from '../support/app.ts'
import type { RunningConsole } from '../support/console.ts'
import { answer, codeFor, confirmed, elsewhere, enroll, signIn } from '../support/person.ts'
import { type Situated, situated } from '../support/sensitive.ts'
import { accountIdOf, execute } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'
import type { Side } from './odd-requests.ts'

/** What somebody sends along, and the ids and tokens that they know. */
export interface Standing {
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: ReadonlyMap<string, string>
  readonly known: Readonly<Record<string, string>>
}

export interface Sides {
  /** As somebody stands now. Whoever has been let in anew too long ago, or was let down, is let in anew. */
  standing(side: Side): Promise<Standing>
  /** They are no longer what they were: signed out, or past the challenge. */
  spoil(side: Side): void
}

/** How often somebody asks, and for how long, before they begin anew, whatever happens. An access token is good for 5 minutes. */
const usesAtMost = 40
const lastsMs = 4 * 60_000

/** Everyone who could ask, each with an account, a team and methods of their own where they can have some. */
export async function sidesOf(running: RunningConsole, providerId: string): Promise<Sides> {
  let { victim, ids } = await someone(running)
  const current = new Map<Side, { readonly standing: Standing; readonly until: number; uses: number }>()

  async function letIn(side: Side): Promise<Standing> {
    await unlock(running)
    const standing = await makers[side](running, victim, { ...ids, providerId })
    if (side !== 'someone signed in' || (await isIn(running, standing, ids['teamId']))) return standing
    // They have left their team: there is little to find in what is not theirs.
    ;({ victim, ids } = await someone(running))
    current.clear()
    return await letIn(side)
  }

  return {
    async standing(side) {
      running.clock.advance(1000)
      let found = current.get(side)
      if (found === undefined || found.uses >= usesAtMost || found.until < running.clock()) {
        found = { standing: await letIn(side), until: running.clock() + lastsMs, uses: 0 }
        current.set(side, found)
      }
      found.uses += 1
      return found.standing
    },
    spoil: (side) => void current.delete(side),
  }
}

async function someone(running: RunningConsole): Promise<{ readonly victim: Situated; readonly ids: Ids }> {
  const victim = await situated(running)
  return { victim, ids: { ...(await idsOf(running, victim)), domain: 'example.org' } }
}

async function isIn({ origin }: RunningConsole, { cookies }: Standing, teamId = ''): Promise<boolean> {
  const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
  return (await fetch(`${origin}/api/teams/${teamId}`, { headers: { cookie } })).status === 200
}

type Ids = Readonly<Record<string, string>>
type Maker = (running: RunningConsole, victim: Situated, ids: Ids) => Promise<Standing>

const makers: Readonly<Record<Side, Maker>> = {
  async nobody(running, { owner }, ids) {
    return await asPage(new Visitor(running.origin), { ...ids, email: owner.email })
  },

  async 'a pending login'(_, { owner, app }, ids) {
    const there = elsewhere(owner)
    const begun = await signIn(there)
    expect(begun.body.status, begun.text).toBe('challenge')
    const known = { challengeId: begun.body.challenge.id, enrollmentId: app.enrollmentId, email: owner.email }
    return await asPage(there.browser, { ...ids, ...known })
  },

  async 'someone signed in'(running, { owner, app }, ids) {
    const there = elsewhere(owner)
    await signIn(there)
    running.clock.advance(30_000)
    const code = codeFor(running, owner, 'totp', app.secret)
    expect((await answer(there.browser, app.enrollmentId, code)).status).toBe(200)
    const asked = await there.browser.post('/api/mfa/recovery-codes')
    return await asPage(there.browser, { ...ids, challengeId: asked.body.challenge.id, email: owner.email })
  },

  /** Who has just given the password again: what is guarded is open, once. */
  async 'someone without MFA'(running) {
    const plain = await person(running)
    const { id: teamId } = (await plain.browser.post('/api/teams', { name: 'Plain' })).body
    const key = { name: 'plain', scopes: ['teams:read'], expiresInDays: 7 }
    const { id: keyId } = (await confirmed(running, plain, 'POST', '/api/api-keys', key)).body
    const begun = await confirmed(running, plain, 'POST', '/api/mfa/methods', { method: 'totp' })
    const pending = { enrollmentId: begun.body.enrollmentId, challengeId: begun.body.challenge.id }
    expect((await plain.browser.post('/api/password-check', { password: plain.password })).status).toBe(204)
    const accountId = await accountIdOf(running, plain.email)
    const known = { ...pending, teamId, keyId, accountId, email: plain.email, current: plain.password }
    return await asPage(plain.browser, known)
  },

  async 'an API key'(running, _, ids) {
    const plain = await person(running)
    const key = { name: 'fuzz', scopes: ['account:read', 'teams:read'], expiresInDays: 7 }
    const { secret } = (await confirmed(running, plain, 'POST', '/api/api-keys', key)).body
    return { headers: { authorization: `Bearer ${secret}` }, cookies: new Map(), known: ids }
  },

  async 'an app'(running, _, ids) {
    const plain = await person(running)
    const { enrollmentId } = await enroll(running, plain, 'totp')
    const signedIn = withApp(plain)
    expect((await signInApp(running, signedIn)).body.status).toBe('tokens')
    const waiting = new App(running.origin)
    const begun = await waiting.mobile('sign-in', { email: plain.email, password: plain.password })
    const { accessToken = '', refreshToken = '' } = signedIn.browser.tokens ?? {}
    const known = { enrollmentId, refreshToken, challengeToken: begun.body.challengeToken, email: plain.email }
    return { headers: { authorization: `Bearer ${accessToken}` }, cookies: new Map(), known: { ...ids, ...known } }
  },
}

async function asPage(browser: Visitor, known: Ids): Promise<Standing> {
  const { csrf } = (await browser.session()).body
  const headers = { origin: browser.origin, 'sec-fetch-site': 'same-origin', 'x-csrf-token': csrf }
  return { headers, cookies: new Map(browser.cookies), known }
}

async function idsOf(running: RunningConsole, victim: Situated): Promise<Ids> {
  return {
    enrollmentId: victim.app.enrollmentId,
    keyId: victim.keyId,
    teamId: victim.teamId,
    accountId: victim.colleagueId,
    invitationId: victim.invitationId,
    own: await accountIdOf(running, victim.owner.email),
  }
}

/** What was tried before must not close every door: behind a lock there is little to find. */
async function unlock(running: RunningConsole): Promise<void> {
  const statement = 'UPDATE sallyport_account SET failures = 0, locks = 0, locked_until = 0'
  await execute(running, 'sallyport_account', statement)
}
