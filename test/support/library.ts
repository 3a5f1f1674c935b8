import { randomBytes } from 'node:crypto'
import {
  type Account,
  createSallyport,
  type EmailMessage,
  type EmailSender,
  type HostSession,
  type Sallyport,
  type SallyportOptions,
  type SmsMessage,
  type Store,
} from 'sallyport'
import { email } from 'sallyport/methods/email'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { sms } from 'sallyport/methods/sms'
import { totp } from 'sallyport/methods/totp'
import { sqliteStore } from 'sallyport/store/sqlite'
import { authenticator, type KeptMessages, keptMessages, type MovingClock, movingClock } from 'sallyport/testing'

export const client = { ip: '192.0.2.7', userAgent: 'Visitor/1.0', traceId: 'trace-1' }

export const ada: Account = {
  id: 'ada',
  label: 'ada@example.com',
  confirmedEmail: 'ada@example.com',
  confirmedPhone: '+14155552671',
}

export interface Library {
  readonly mfa: Sallyport
  readonly store: Store
  readonly clock: MovingClock
  readonly emails: KeptMessages<EmailMessage>
  readonly texts: KeptMessages<SmsMessage>
  /** The `before` of every `endSessions` that the host was asked for. */
  readonly ended: number[]
  readonly faults: unknown[]
}

/** The library alone, on SQLite in memory, with the one account `ada`. `around` may stand in for single steps of the store. */
export async function library(
  options: Partial<SallyportOptions> & {
    readonly sender?: EmailSender
    readonly around?: (store: Store, clock: MovingClock) => Partial<Store>
  } = {},
): Promise<Library> {
  const { sender, around = () => ({}), ...rest } = options
  const clock = movingClock()
  const emails = keptMessages<EmailMessage>()
  const texts = keptMessages<SmsMessage>()
  const ended: number[] = []
  const faults: unknown[] = []
  const plain = sqliteStore({ file: ':memory:' })
  const store = { ...plain, ...around(plain, clock) }
  const mfa = createSallyport({
    app: { name: 'Example', origin: 'https://app.example' },
    keys: [randomBytes(32).toString('base64url')],
    store,
    methods: [totp(), email({ sender: sender ?? emails }), sms({ sender: texts }), recoveryCode()],
    accounts: {
      find: (id) => Promise.resolve(id === ada.id ? ada : null),
      endSessions: (_, before) => Promise.resolve(void ended.push(before)),
    },
    clock,
    onFault: (error) => void faults.push(error),
    ...rest,
  })
  await mfa.migrate()
  return { mfa, store, clock, emails, texts, ended, faults }
}

/** Begins setting up a method for ada in a session of theirs, and gives what confirms it. */
export async function beginMethod(
  { mfa, clock, emails, texts }: Library,
  method: 'totp' | 'email' | 'sms',
  session: HostSession = { id: 'session', challengeId: 'challenge' },
) {
  const begun = await mfa.enrollments.begin({ accountId: ada.id, session, method }, client)
  if (!begun.ok) throw new Error(begun.reason)
  const { key, enrollmentId, setup } = begun
  const secret = typeof setup === 'object' && setup !== null && 'secret' in setup ? String(setup.secret) : ''
  const answer = (): string => {
    if (method === 'totp') return authenticator(secret).codeAt(clock())
    return method === 'email' ? emails.codeTo('ada@example.com') : texts.codeTo('+14155552671')
  }
  return {
    key,
    enrollmentId,
    secret,
    answer,
    confirm: (typed = answer()) => mfa.enrollments.confirm(key, { enrollmentId, answer: typed }, client),
  }
}

/** Sets up a method for ada, the first of which turns MFA on. */
export async function setUp(running: Library, method: 'totp' | 'email' | 'sms') {
  const begun = await beginMethod(running, method)
  const confirmed = await begun.confirm()
  if (!confirmed.ok) throw new Error(confirmed.reason)
  running.clock.advance(30_000)
  return { ...begun, enabled: confirmed.enabled }
}

export async function signIn({ mfa }: Library) {
  const step = await mfa.signIn.begin({ accountId: ada.id, evidence: ['password'] }, client)
  if (step.status !== 'challenge') throw new Error('no challenge was opened')
  return step
}
