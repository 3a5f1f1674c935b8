import { get, send } from './client.ts'
import type {
  BegunEnrollment,
  ChallengeView,
  Confirmation,
  MethodKind,
  MethodsView,
  OutboxMessage,
  SignInStep,
} from './types.ts'

export { loadSession, watchSession } from './client.ts'

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
  out: () => send<void>('POST', '/api/sign-out'),
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
  answer: (enrollmentId: string, answer: string) =>
    send<{ status: 'signed_in' }>('POST', '/api/mfa/challenge/answer', { enrollmentId, answer }),
  cancel: () => send<void>('POST', '/api/mfa/challenge/cancel'),
}

export const methods = {
  list: () => get<MethodsView>('/api/mfa/methods'),
  begin: (method: MethodKind) => send<BegunEnrollment>('POST', '/api/mfa/methods', { method }),
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
}

export const outbox = {
  list: () => get<{ messages: readonly OutboxMessage[] }>('/api/dev/outbox'),
}
