import { createHmac } from 'node:crypto'
import type { Account } from '../../packages/sallyport/src/contract/account.ts'
import type {
  CheckContext,
  MethodSettings,
  OpenEnrollment,
  PromptContext,
} from '../../packages/sallyport/src/contract/method.ts'
import type { NoticeKind } from '../../packages/sallyport/src/contract/notice.ts'
import type { Sender } from '../../packages/sallyport/src/contract/sender.ts'
import { seededRandom } from './random.ts'

/** What an engine would hand a method, for trying one by itself. */
export const settings: MethodSettings = {
  app: { name: 'Sallyport Console', origin: 'https://console.example.com:8443' },
  codeDigits: 6,
  codeLifetimeSeconds: 300,
  totpPastSteps: 1,
  recoveryCodes: 10,
}

export const account: Account = {
  id: 'account-1',
  label: 'mia@example.com',
  confirmedEmail: 'mia@example.com',
  confirmedPhone: '+12025550134',
}

export const noon = Date.UTC(2025, 10, 21, 12)

export function hash(value: string): string {
  return createHmac('sha256', 'a key for tests').update(value).digest('base64url')
}

export const checking: CheckContext = { now: noon, hash, isNonce: () => false, alone: false }

export function prompting(purpose = 'sign in', seed = 'prompt'): PromptContext {
  return {
    now: noon,
    random: seededRandom(seed),
    challengeId: 'challenge-1',
    purpose,
    unexpected: 'someone knows your password: change it',
    hash,
  }
}

export function enrolled(secret: string, lastCounter = -1): OpenEnrollment {
  return { id: 'enrollment-1', accountId: account.id, secret, lastCounter }
}

/** Takes every message and keeps it. */
export function keepingSender<Message>(): Sender<Message> & { readonly taken: Message[] } {
  const taken: Message[] = []
  return { name: 'kept', taken, send: async (message) => void taken.push(message) }
}

/** What the owner is to do, where it is not just to change the password: then that is no longer, or not all, they can do. */
export function whatToDo(kind: NoticeKind): string {
  if (kind === 'contact.taken') return 'there is nothing to do'
  if (kind === 'method.copied') return "If you don't know why, remove it on the security page"
  if (kind === 'mfa.reset') return "If you didn't ask for this, change your password and tell them"
  if (kind === 'password.reset') {
    return "If this wasn't you, someone reads your e-mail: secure it, then reset the password"
  }
  if (kind === 'sign_in.managed' || kind === 'sign_in.unmanaged')
    return "If you didn't expect this, ask your administrator"
  if (kind.endsWith('.changing')) return "If this wasn't you, change your password now: that stops it"
  return kind === 'password.changed' || kind === 'email.changed' || kind === 'account.deleted'
    ? "If this wasn't you, get in touch with support now"
    : "If this wasn't you, change your password now"
}
