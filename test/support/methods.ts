import { createHmac } from 'node:crypto'
import type { Account } from '../../packages/sallyport/src/contract/account.ts'
import type {
  CheckContext,
  MethodSettings,
  OpenEnrollment,
  PromptContext,
} from '../../packages/sallyport/src/contract/method.ts'
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

export const checking: CheckContext = { now: noon, hash }

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
