import { get, send, sendForFile } from './client.ts'
import type {
  AccountDetails,
  ActivityFilter,
  ActivityPage,
  ApiKeysView,
  BegunEnrollment,
  ChallengeView,
  Confirmation,
  Contact,
  Invitation,
  KeyAsking,
  LinkedProvider,
  MethodKind,
  MethodsView,
  NewApiKey,
  OpenSession,
  OutboxMessage,
  PeopleView,
  Role,
  SignInStep,
  TeamActivity,
  TeamDomain,
  TeamPolicy,
  TeamSecurity,
  TeamSso,
  TeamSummary,
  TeamView,
  TrustedBrowser,
} from './types.ts'

export { loadSession, watchSession, whyEnded } from './client.ts'

export interface Registration {
  readonly email: string
  readonly password: string
  readonly phone: string
  /** ISO 3166 code by which a number in national writing is read. */
  readonly country: string
}

export const registration = {
  create: (input: Registration) => send<{ next: 'email' }>('POST', '/api/registration', input),
}

export const confirmation = {
  current: () => get<Confirmation>('/api/confirmation'),
  prompt: () => send<Confirmation>('POST', '/api/confirmation/prompt'),
  answer: (challengeId: string, answer: string) =>
    send<{ next: 'phone' | 'done' }>('POST', '/api/confirmation/answer', { challengeId, answer }),
  skip: () => send<{ next: 'done' }>('POST', '/api/confirmation/skip'),
  beginPhone: () => send<Confirmation>('POST', '/api/account/phone/confirmation'),
}

/** The challenge that the sign-in answered with, until the challenge page shows it. */
let begun: ChallengeView | null = null
/** This tab has shown a challenge, so one that is gone was there. */
let shown = false

export const signIn = {
  async begin(email: string, password: string): Promise<'signed_in' | 'challenge'> {
    const step = await send<SignInStep>('POST', '/api/sign-in', { email, password })
    begun = step.status === 'challenge' ? step.challenge : null
    return step.status
  },
  /** Where to go to sign in there. With `fresh` the site asks who it is, also where it knows them still. */
  withProvider: (providerId: string, fresh: boolean) =>
    send<{ location: string }>('POST', `/api/providers/${encodeURIComponent(providerId)}/begin`, { fresh }),
  withOrganisation: (email: string, fresh: boolean) =>
    send<{ location: string }>('POST', '/api/sso/begin', { email, fresh }),
  /** What the browser is to ask with, of whoever there may be. The answer has to come from the same browser. */
  askPasskey: () => send<{ asking: KeyAsking }>('POST', '/api/mfa/passkey'),
  withPasskey: (answer: string) => send<{ status: 'signed_in' }>('POST', '/api/mfa/passkey/answer', { answer }),
  out: () => send<void>('POST', '/api/sign-out'),
}

export const passwordReset = {
  /** The answer is the same for every address. */
  ask: (email: string) => send<object>('POST', '/api/password-reset', { email }),
  /** For whom it is, as a masked address, and whether there is a password that it changes. */
  read: (token: string) => send<{ email: string; hasPassword: boolean }>('POST', '/api/password-reset/read', { token }),
  complete: (token: string, password: string) =>
    send<void>('POST', '/api/password-reset/complete', { token, password }),
}

export const challenge = {
  async current(): Promise<ChallengeView> {
    const first = begun
    begun = null
    const view = first ?? (await get<ChallengeView>('/api/mfa/challenge'))
    shown = true
    return view
  },
  wasShown: () => shown,
  prompt: (enrollmentId: string) => send<ChallengeView>('POST', '/api/mfa/challenge/prompt', { enrollmentId }),
  answer: (enrollmentId: string, answer: string, remember: boolean) =>
    send<{ status: 'signed_in' }>('POST', '/api/mfa/challenge/answer', {
      enrollmentId,
      answer,
      ...(remember ? { remember } : {}),
    }),
  cancel: () => send<void>('POST', '/api/mfa/challenge/cancel'),
}

export const stepUp = {
  read: (id: string) => get<ChallengeView>(`/api/mfa/step-up/${encodeURIComponent(id)}`),
  prompt: (id: string, enrollmentId: string) =>
    send<ChallengeView>('POST', `/api/mfa/step-up/${encodeURIComponent(id)}/prompt`, { enrollmentId }),
  /** The session is another one afterwards. */
  answer: (id: string, enrollmentId: string, answer: string) =>
    send<{ status: 'passed' }>('POST', `/api/mfa/step-up/${encodeURIComponent(id)}/answer`, { enrollmentId, answer }),
  cancel: (id: string) => send<void>('POST', `/api/mfa/step-up/${encodeURIComponent(id)}/cancel`),
  /** The session is another one afterwards. */
  checkPassword: (password: string) => send<void>('POST', '/api/password-check', { password }),
}

export const methods = {
  list: () => get<MethodsView>('/api/mfa/methods'),
  /** With an empty name it gets the one that fits it. */
  begin: (method: MethodKind, name = '') =>
    send<BegunEnrollment>('POST', '/api/mfa/methods', { method, ...(name === '' ? {} : { name }) }),
  prompt: (enrollmentId: string, challengeId: string) =>
    send<ChallengeView>('POST', `/api/mfa/methods/${encodeURIComponent(enrollmentId)}/prompt`, { challengeId }),
  confirm: (enrollmentId: string, challengeId: string, answer: string) =>
    send<{ enabled: boolean; recoveryCodes: readonly string[] | null }>(
      'POST',
      `/api/mfa/methods/${encodeURIComponent(enrollmentId)}/confirm`,
      { challengeId, answer },
    ),
  rename: (enrollmentId: string, name: string) =>
    send<void>('PATCH', `/api/mfa/methods/${encodeURIComponent(enrollmentId)}`, { name }),
  makePrimary: (enrollmentId: string) => send<void>('PUT', '/api/mfa/methods/primary', { enrollmentId }),
  remove: (enrollmentId: string) => send<void>('DELETE', `/api/mfa/methods/${encodeURIComponent(enrollmentId)}`),
  disable: () => send<void>('POST', '/api/mfa/disable'),
  renewRecoveryCodes: () => send<{ recoveryCodes: readonly string[] }>('POST', '/api/mfa/recovery-codes'),
}

export const trustedBrowsers = {
  list: () => get<{ devices: readonly TrustedBrowser[] }>('/api/mfa/devices'),
  remove: (deviceId: string) => send<void>('DELETE', `/api/mfa/devices/${encodeURIComponent(deviceId)}`),
  removeAll: () => send<void>('DELETE', '/api/mfa/devices'),
}

export const sessions = {
  list: () => get<{ sessions: readonly OpenSession[] }>('/api/sessions'),
  end: (sessionId: string) => send<void>('POST', `/api/sessions/${encodeURIComponent(sessionId)}/end`),
  endOthers: () => send<void>('POST', '/api/sessions/end-others'),
}

export const account = {
  read: () => get<AccountDetails>('/api/account'),
  changePassword: (current: string, next: string) => send<void>('POST', '/api/account/password', { current, next }),
  changeEmail: (email: string) => send<Confirmation>('POST', '/api/account/email', { email }),
  changePhone: (phone: string, country: string) => send<Confirmation>('POST', '/api/account/phone', { phone, country }),
  cancelChange: (contact: Contact) => send<void>('POST', '/api/account/changes/cancel', { contact }),
  activity: (before: string | null) => get<ActivityPage>(`/api/account/activity${queryOf({ before })}`),
  delete: (email: string) => send<void>('POST', '/api/account/delete', { email }),
  providers: () => get<{ providers: readonly LinkedProvider[] }>('/api/account/providers'),
  /** Where to go to sign in there once, which links it. */
  linkProvider: (providerId: string) =>
    send<{ location: string }>('POST', `/api/account/providers/${encodeURIComponent(providerId)}/link`),
  unlinkProvider: (providerId: string) =>
    send<void>('DELETE', `/api/account/providers/${encodeURIComponent(providerId)}`),
}

export const apiKeys = {
  list: () => get<ApiKeysView>('/api/api-keys'),
  create: (key: NewApiKey) => send<{ id: string; secret: string }>('POST', '/api/api-keys', key),
  invalidate: (keyId: string) => send<void>('DELETE', `/api/api-keys/${encodeURIComponent(keyId)}`),
}

/** `?name=value`, of all that is there to be said. */
function queryOf(values: Readonly<Record<string, string | null | undefined>>): string {
  const said = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return said.length === 0 ? '' : `?${new URLSearchParams(said).toString()}`
}

const teamPath = (teamId: string, ...rest: readonly string[]) =>
  ['/api/teams', ...[teamId, ...rest].map(encodeURIComponent)].join('/')

export const teams = {
  list: () => get<{ teams: readonly TeamSummary[] }>('/api/teams'),
  create: (name: string) => send<{ id: string }>('POST', '/api/teams', { name }),
  read: (teamId: string) => get<TeamView>(teamPath(teamId)),
  invite: (teamId: string, email: string, role: Role) =>
    send<{ id: string }>('POST', teamPath(teamId, 'invitations'), { email, role }),
  cancelInvitation: (teamId: string, invitationId: string) =>
    send<void>('DELETE', teamPath(teamId, 'invitations', invitationId)),
  changeRole: (teamId: string, accountId: string, role: Role) =>
    send<void>('PATCH', teamPath(teamId, 'members', accountId), { role }),
  remove: (teamId: string, accountId: string) => send<void>('DELETE', teamPath(teamId, 'members', accountId)),
  leave: (teamId: string) => send<void>('POST', teamPath(teamId, 'leave')),
  delete: (teamId: string) => send<void>('DELETE', teamPath(teamId)),
}

/** For owners and admins of a team. */
export const administration = {
  security: (teamId: string) => get<TeamSecurity>(teamPath(teamId, 'security')),
  changePolicy: (teamId: string, policy: TeamPolicy) => send<void>('PUT', teamPath(teamId, 'policy'), policy),
  addDomain: (teamId: string, domain: string) => send<TeamDomain>('POST', teamPath(teamId, 'domains'), { domain }),
  verifyDomain: (teamId: string, domain: string) =>
    send<unknown>('POST', teamPath(teamId, 'domains', domain, 'verify')),
  removeDomain: (teamId: string, domain: string) => send<void>('DELETE', teamPath(teamId, 'domains', domain)),
  /** Without a `clientSecret` the one that is saved stays. */
  changeSso: (teamId: string, sso: TeamSso & { readonly clientSecret: string | null }) =>
    send<void>('PUT', teamPath(teamId, 'sso'), sso),
  removeSso: (teamId: string) => send<void>('DELETE', teamPath(teamId, 'sso')),
  people: (teamId: string, after: string | null) => get<PeopleView>(teamPath(teamId, 'people') + queryOf({ after })),
  resetMfa: (teamId: string, accountId: string, reason: string) =>
    send<void>('POST', teamPath(teamId, 'people', accountId, 'reset-mfa'), { reason }),
  unlock: (teamId: string, accountId: string) => send<void>('POST', teamPath(teamId, 'people', accountId, 'unlock')),
  activity: (teamId: string, filter: ActivityFilter) =>
    get<TeamActivity>(teamPath(teamId, 'audit') + queryOf({ ...filter })),
  olderActivity: (teamId: string, filter: ActivityFilter, before: string) =>
    get<ActivityPage>(teamPath(teamId, 'audit') + queryOf({ ...filter, before })),
  /** One entry a line, as JSON. */
  exportActivity: (teamId: string, filter: ActivityFilter) =>
    sendForFile(teamPath(teamId, 'audit', 'export'), { ...filter }),
}

export const invitations = {
  read: (token: string) => send<Invitation>('POST', '/api/invitations/read', { token }),
  accept: (token: string) => send<{ teamId: string }>('POST', '/api/invitations/accept', { token }),
}

export const outbox = {
  list: () => get<{ messages: readonly OutboxMessage[] }>('/api/dev/outbox'),
}
