import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { ResolveTxt } from '../../apps/console/server/teams/administration/txt-records.ts'
import type { TeamRole } from '../../apps/console/server/database/tables.ts'
import { person } from './account.ts'
import type { RunningConsole } from './console.ts'
import { confirmed, enroll, type Enrolled, type Person } from './person.ts'
import { invitationTo } from './sensitive.ts'

/** The TXT records there are, by name; whatever is not here does not exist. */
export class Zone {
  readonly records = new Map<string, readonly string[]>()

  readonly resolve: ResolveTxt = async (name) => {
    const found = this.records.get(name)
    if (found === undefined) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
    return found.map((text) => [text])
  }
}

/** Someone in a team, and the id by which it knows them. */
export interface Colleague extends Person {
  readonly accountId: string
}

/** A team with a verified domain: an owner and an admin with an authenticator app, and two people in it. */
export interface Administered {
  readonly teamId: string
  readonly domain: string
  readonly owner: Colleague
  readonly ownersApp: Enrolled
  readonly admin: Colleague
  /** With an address in the domain. */
  readonly managed: Colleague
  /** With an address elsewhere. */
  readonly outsider: Colleague
}

export async function administered(running: RunningConsole, zone: Zone): Promise<Administered> {
  const domain = `${randomBytes(8).toString('hex')}.example.org`
  const founder = await person(running, { domain })
  const teamId = (await founder.browser.post('/api/teams', { name: 'Observatory' })).body.id
  const admin = await join(running, founder, teamId, { domain, role: 'admin' })
  const managed = await join(running, founder, teamId, { domain })
  const outsider = await join(running, founder, teamId, {})
  await verifyDomain(running, zone, founder, teamId, domain)
  const owner = { ...founder, accountId: await accountIn(founder, teamId, founder.email) }
  const ownersApp = await enroll(running, owner, 'totp')
  await enroll(running, admin, 'totp')
  return { teamId, domain, owner, ownersApp, admin, managed, outsider }
}

/** Someone new who has been invited to the team and came. */
export async function join(
  running: RunningConsole,
  owner: Person,
  teamId: string,
  { domain, role = 'member' }: { readonly domain?: string; readonly role?: TeamRole },
): Promise<Colleague> {
  const colleague = await person(running, domain === undefined ? {} : { domain })
  const { email } = colleague
  expect((await confirmed(running, owner, 'POST', `/api/teams/${teamId}/invitations`, { email, role })).status).toBe(
    201,
  )
  const token = invitationTo(running, email)
  expect((await colleague.browser.post('/api/invitations/accept', { token })).status).toBe(200)
  return { ...colleague, accountId: await accountIn(owner, teamId, email) }
}

export async function verifyDomain(
  running: RunningConsole,
  zone: Zone,
  owner: Person,
  teamId: string,
  domain: string,
): Promise<void> {
  const added = await owner.browser.post(`/api/teams/${teamId}/domains`, { domain })
  expect(added.status, added.text).toBe(201)
  const { name, value } = added.body.record
  zone.records.set(name, [value])
  const verified = await confirmed(running, owner, 'POST', `/api/teams/${teamId}/domains/${domain}/verify`)
  expect(verified.status, verified.text).toBe(204)
}

async function accountIn(by: Person, teamId: string, address: string): Promise<string> {
  const { members } = (await by.browser.get(`/api/teams/${teamId}`)).body
  return members.find(({ email }: { email: string }) => email === address).accountId
}
