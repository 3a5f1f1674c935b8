import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import {
  type Account,
  type AuditEvent,
  createSallyport,
  type EmailMessage,
  type EmailSender,
  type HostSession,
  type Outcome,
  type OwnActions,
  type Sallyport,
  type SallyportOptions,
  type SmsMessage,
  type Store,
} from 'sallyport'
import { email } from 'sallyport/methods/email'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { sms } from 'sallyport/methods/sms'
import { totp } from 'sallyport/methods/totp'
import { type SqliteConnection, sqliteStore } from 'sallyport/store/sqlite'
import { authenticator, type KeptMessages, keptMessages, type MovingClock, movingClock } from 'sallyport/testing'

export const client = { ip: '192.0.2.7', userAgent: 'Visitor/1.0', traceId: 'trace-1' }

export const ada: Account = {
  id: 'ada',
  label: 'ada@example.com',
  confirmedEmail: 'ada@example.com',
  confirmedPhone: '+14155552671',
}

/** A host that has no actions of its own. */
const noActions = {} as const satisfies OwnActions

/** A row of the audit log, as far as tests look at it. `detail` is the JSON that was stored. */
export interface Audited {
  readonly event: AuditEvent
  readonly outcome: string
  readonly account_id: string | null
  readonly action: string | null
  readonly challenge_id: string | null
  readonly enrollment_id: string | null
  readonly method: string | null
  readonly trace_id: string | null
  readonly detail: string
}

export interface Library<Own extends OwnActions = typeof noActions> {
  readonly mfa: Sallyport<Own>
  readonly store: Store
  readonly clock: MovingClock
  readonly emails: KeptMessages<EmailMessage>
  readonly texts: KeptMessages<SmsMessage>
  /** The `before` of every `endSessions` that the host was asked for. */
  readonly ended: number[]
  readonly faults: unknown[]
  /** What the audit log holds, oldest first; only of the named events, where there are any. Not of a store that was handed in. */
  readonly audit: (...events: readonly AuditEvent[]) => readonly Audited[]
  /** How to answer each enrollment that was set up here. */
  readonly answers: Map<string, () => string>
}

/** The library alone, on SQLite in memory, with the one account `ada`. `around` may stand in for single steps of the store. */
export async function library<const Own extends OwnActions = typeof noActions>(
  options: Partial<SallyportOptions<Own>> & {
    readonly sender?: EmailSender
    readonly around?: (store: Store, clock: MovingClock) => Partial<Store>
  } = {},
): Promise<Library<Own>> {
  const { sender, around = () => ({}), ...rest } = options
  const clock = movingClock()
  const emails = keptMessages<EmailMessage>()
  const texts = keptMessages<SmsMessage>()
  const ended: number[] = []
  const faults: unknown[] = []
  const Libsql = createRequire(import.meta.url)('libsql') as new (file: string) => SqliteConnection
  const connection = new Libsql(':memory:')
  const plain = sqliteStore({ file: ':memory:', open: () => connection })
  const store = { ...plain, ...around(plain, clock) }
  const mfa = createSallyport<Own>({
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
  const audit = (...events: readonly AuditEvent[]): readonly Audited[] => {
    const all = connection.prepare('SELECT * FROM sallyport_audit ORDER BY at, rowid').all() as Audited[]
    return events.length === 0 ? all : all.filter(({ event }) => events.includes(event))
  }
  return { mfa, store, clock, emails, texts, ended, faults, audit, answers: new Map() }
}

export const session: HostSession = { id: 'session', challengeId: 'challenge' }

/** What ada is asked before a grant is handed out: the challenge to be answered. */
export async function challenged(step: Outcome<unknown>) {
  if (step.status !== 'challenge') throw new Error(`no challenge but ${step.status}`)
  return step.challenge
}

/** Answers a challenge of ada's that confirms an action, by its active method or another. */
export async function answerStepUp(
  { mfa, answers, clock }: Library,
  challenge: Awaited<ReturnType<typeof challenged>>,
  enrollmentId = challenge.active ?? '',
  inSession = session.id,
) {
  const key = { id: challenge.id, binding: inSession }
  const sends = challenge.methods.find((method) => method.enrollmentId === enrollmentId)?.sends
  if (sends === true && challenge.code?.enrollmentId !== enrollmentId) {
    // Past any pause between two codes to one destination.
    clock.advance(240_000)
    await mfa.challenges.prompt(key, enrollmentId, client)
  }
  const answer = answers.get(enrollmentId)?.() ?? ''
  return await mfa.actions.answer(key, { enrollmentId, answer }, inSession, client)
}

/** Asks for a grant as ada, gets past whatever stands in the way, and asks again. `ask` is given the challenge to present. */
export async function allowed<Granting>(
  running: Library,
  ask: (presented: {
    readonly accountId: string
    readonly session: HostSession
    readonly challengeId: string | null
    readonly ownCheck: () => Promise<boolean>
  }) => Promise<Outcome<Granting>>,
  inSession = session,
): Promise<Granting> {
  const presented = { accountId: ada.id, session: inSession, ownCheck: () => Promise.resolve(true) }
  // A code from an app is good once in its 30 seconds.
  running.clock.advance(30_000)
  const first = await ask({ ...presented, challengeId: null })
  if (first.status === 'granted') return first.grant
  const challenge = await challenged(first)
  const answered = await answerStepUp(running, challenge, undefined, inSession.id)
  if (!answered.ok) throw new Error(answered.reason)
  const second = await ask({ ...presented, challengeId: challenge.id })
  if (second.status !== 'granted') throw new Error(second.status)
  return second.grant
}

/** Begins setting up a method for ada in a session of theirs, and gives what confirms it. */
export async function beginMethod(running: Library, method: 'totp' | 'email' | 'sms', inSession = session) {
  const { mfa, clock, emails, texts, answers } = running
  const grant = await allowed(
    running,
    (presented) => mfa.actions.require('mfa.method.add', { ...presented, resource: { method } }, client),
    inSession,
  )
  const begun = await mfa.enrollments.begin(grant, client)
  if (!begun.ok) throw new Error(begun.reason)
  const { key, enrollmentId, setup } = begun
  const secret = typeof setup === 'object' && setup !== null && 'secret' in setup ? String(setup.secret) : ''
  const answer = (): string => {
    if (method === 'totp') return authenticator(secret).codeAt(clock())
    return method === 'email' ? emails.codeTo('ada@example.com') : texts.codeTo('+14155552671')
  }
  answers.set(enrollmentId, answer)
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
