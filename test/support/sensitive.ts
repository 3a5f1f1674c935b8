import { expect } from 'vitest'
import { newAddress, person } from './account.ts'
import type { RunningConsole } from './console.ts'
import { answer, codeFor, confirmed, type Enrolled, enroll, type Person, signIn } from './person.ts'
import { tablesOf } from './tables.ts'

/** A request that has to be confirmed first. */
export interface Sensitive {
  readonly action: string
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body: object
}

/** Someone with an authenticator app, an e-mail code as another way, an API key, and a team with a colleague in it. */
export interface Situated {
  readonly owner: Person
  readonly colleague: Person
  readonly app: Enrolled
  readonly email: Enrolled
  readonly keyId: string
  readonly teamId: string
  readonly colleagueId: string
  readonly invitationId: string
}

export async function situated(running: RunningConsole): Promise<Situated> {
  const owner = await person(running)
  const colleague = await person(running)
  const post = async (by: Person, path: string, body: object) => {
    const done = await confirmed(running, by, 'POST', path, body)
    expect(done.status, done.text).toBeLessThan(300)
    return done.body
  }
  const { id: keyId } = await post(owner, '/api/api-keys', {
    name: 'prod-ci',
    scopes: ['teams:read'],
    expiresInDays: 30,
  })
  const { id: teamId } = await post(owner, '/api/teams', { name: 'Observatory' })
  await post(owner, `/api/teams/${teamId}/invitations`, { email: colleague.email, role: 'member' })
  await post(colleague, '/api/invitations/accept', { token: invitationTo(running, colleague.email) })
  const { members } = (await owner.browser.get(`/api/teams/${teamId}`)).body
  const colleagueId = members.find((member: { email: string }) => member.email === colleague.email).accountId
  // The only owner of a team with someone in it could not delete their account.
  const path = `/api/teams/${teamId}/members/${colleagueId}`
  expect((await confirmed(running, owner, 'PATCH', path, { role: 'owner' })).status).toBe(204)
  const { id: invitationId } = await post(owner, `/api/teams/${teamId}/invitations`, {
    email: newAddress(),
    role: 'member',
  })
  const app = await enroll(running, owner, 'totp')
  const email = await enroll(running, owner, 'email')
  // Nothing that was confirmed or sent until here limits or allows anything from here on.
  running.clock.advance(2 * 3_600_000 + 60_000)
  await signInAgain(running, owner, app)
  await colleague.browser.session()
  expect((await signIn(colleague)).body.status).toBe('signed_in')
  return { owner, colleague, app, email, keyId, teamId, colleagueId, invitationId }
}

async function signInAgain(running: RunningConsole, owner: Person, app: Enrolled): Promise<void> {
  // Of the session from before nothing is left, its CSRF token included.
  await owner.browser.session()
  expect((await signIn(owner)).body.status).toBe('challenge')
  const code = codeFor(running, owner, 'totp', app.secret)
  expect((await answer(owner.browser, app.enrollmentId, code)).status).toBe(200)
  running.clock.advance(30_000)
}

/** The token of the newest invitation to this address. */
export function invitationTo(running: RunningConsole, address: string): string {
  const mail = running.emails.messages.findLast(({ to, text }) => to === address && text.includes('/invitation#'))
  const token = /\/invitation#([\w-]+)/.exec(mail?.text ?? '')?.[1]
  if (token === undefined) throw new Error(`no invitation was sent to ${address}`)
  return token
}

/** Everything in the console that a passed login alone must not open (THREATS SU-01). */
export function sensitiveOf({ owner, app, email, keyId, teamId, colleagueId, invitationId }: Situated): Sensitive[] {
  const method = `/api/mfa/methods/${email.enrollmentId}`
  const team = `/api/teams/${teamId}`
  return [
    { action: 'mfa.method.add', method: 'POST', path: '/api/mfa/methods', body: { method: 'sms' } },
    { action: 'mfa.method.rename', method: 'PATCH', path: method, body: { name: 'Another name' } },
    {
      action: 'mfa.method.set_primary',
      method: 'PUT',
      path: '/api/mfa/methods/primary',
      body: { enrollmentId: email.enrollmentId },
    },
    { action: 'mfa.method.remove', method: 'DELETE', path: method, body: {} },
    { action: 'mfa.method.remove', method: 'DELETE', path: `/api/mfa/methods/${app.enrollmentId}`, body: {} },
    { action: 'recovery_codes.renew', method: 'POST', path: '/api/mfa/recovery-codes', body: {} },
    { action: 'mfa.disable', method: 'POST', path: '/api/mfa/disable', body: {} },
    {
      action: 'password.change',
      method: 'POST',
      path: '/api/account/password',
      body: { current: owner.password, next: 'a wholly different lantern 88' },
    },
    { action: 'email.change', method: 'POST', path: '/api/account/email', body: { email: 'moved@example.com' } },
    {
      action: 'phone.change',
      method: 'POST',
      path: '/api/account/phone',
      body: { phone: '+13035550999', country: 'US' },
    },
    {
      action: 'api_key.create',
      method: 'POST',
      path: '/api/api-keys',
      body: { name: 'another', scopes: ['teams:read'], expiresInDays: 7 },
    },
    { action: 'api_key.revoke', method: 'DELETE', path: `/api/api-keys/${keyId}`, body: {} },
    { action: 'session.end_others', method: 'POST', path: '/api/sessions/end-others', body: {} },
    {
      action: 'team.adjust',
      method: 'POST',
      path: `${team}/invitations`,
      body: { email: 'eve@example.com', role: 'admin' },
    },
    { action: 'team.adjust', method: 'DELETE', path: `${team}/invitations/${invitationId}`, body: {} },
    { action: 'team.adjust', method: 'PATCH', path: `${team}/members/${colleagueId}`, body: { role: 'admin' } },
    { action: 'team.adjust', method: 'DELETE', path: `${team}/members/${colleagueId}`, body: {} },
    { action: 'team.delete', method: 'DELETE', path: team, body: {} },
    { action: 'account.delete', method: 'POST', path: '/api/account/delete', body: { email: owner.email } },
  ]
}

/** What a refused action must leave as it was; challenges, counters and the audit log may grow. */
export async function thingsOf(running: RunningConsole): Promise<string> {
  const tables = await tablesOf(running)
  const kept = [
    'account',
    'team',
    'team_member',
    'team_invitation',
    'team_domain',
    'team_sso',
    'api_key',
    'contact_change',
    'sallyport_enrollment',
    'sallyport_code',
    'sallyport_grant',
  ]
  const rows = kept.map((name) => [name, (tables[name] ?? []).map((row) => JSON.stringify(row)).sort()])
  const sessions = (tables['session'] ?? []).map((row) => String(row['id_hash'])).sort()
  return JSON.stringify({ rows, sessions }, null, 1)
}
