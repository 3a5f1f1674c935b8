/**
 * Who may do what when, as REQUIREMENTS and the documentation say it and in nothing but plain objects: no store, no hashes,
 * nothing of the engine. It is slow and simple on purpose, so that it can be checked by reading it.
 */

const second = 1000
export const strengths: Readonly<Record<string, number>> = { email: 1, sms: 2, totp: 3 }
export const perAccount: Readonly<Record<string, number>> = { email: 1, sms: 1, totp: 5 }

export const numbers = {
  grantMs: 120 * second,
  challengeMs: 600 * second,
  triesPerChallenge: 5,
  triesPerAccount: 6,
  lockMs: 900 * second,
  longestLockMs: 86_400 * second,
  recoveredMethodMs: 3600 * second,
  totpStepMs: 30 * second,
}

interface Rule {
  /** Good for so long, again and again; left out: good once. */
  readonly window?: { readonly forMs: number; readonly slides: boolean; readonly ceilingMs: number }
  readonly atLeast?: 'sms' | 'totp'
  /** What goes with it: a kind of method, every method, or the one that is named. */
  readonly loses?: 'email' | 'sms' | 'all' | 'method'
  /** The kind of method that comes to it. */
  readonly adds?: true
  readonly recoveryCodes?: true
  readonly switchedOff?: true
}

export const rules = {
  'password.change': {},
  'mfa.disable': { loses: 'all' },
  'mfa.method.add': { adds: true, recoveryCodes: true },
  'mfa.method.remove': { loses: 'method' },
  'mfa.method.rename': {},
  'mfa.method.set_primary': {},
  'recovery_codes.renew': { loses: 'all' },
  'email.change': { loses: 'email' },
  'phone.change': { loses: 'sms' },
  'api_key.revoke': {},
  'team.adjust': { window: { forMs: 300 * second, slides: true, ceilingMs: 3600 * second } },
  'session.end_others': { switchedOff: true },
  // The host's own, see driver.ts.
  'report.export': { atLeast: 'totp' },
  'vault.open': { atLeast: 'sms', window: { forMs: 60 * second, slides: false, ceilingMs: 3600 * second } },
  'notes.edit': { window: { forMs: 60 * second, slides: true, ceilingMs: 150 * second } },
} as const satisfies Record<string, Rule>

export type ActionName = keyof typeof rules

export interface Thing {
  readonly action: ActionName
  /** How the host knows it and how a person does. */
  readonly resource: Readonly<Record<string, { readonly id: string; readonly name: string }>>
  readonly parameters: unknown
}

export interface Enrollment {
  readonly id: string
  readonly kind: string
  /** What an authenticator app shows in a step; of other methods nothing. */
  readonly codeAt: (step: number) => string
  /** Added with a recovery code: until then its strength does not count. */
  readonly freshUntil: number
  lastStep: number
  active: boolean
  /** Of the recovery codes: those that are left. */
  codes: Set<string>
}

export interface Challenge {
  readonly id: string
  /** The session for which it confirms an action, or the secret of who signs in or sets up a method. */
  readonly binding: string
  readonly for: Thing | 'login' | { readonly pending: string }
  /** In which it was opened; null of a login, which has none yet. */
  readonly session: string | null
  readonly expiresAt: number
  status: 'open' | 'over' | 'passed'
  tries: number
  prompt: { readonly enrollmentId: string; readonly code: string; readonly expiresAt: number } | null
}

export interface ModelGrant {
  /** Null where the host's own check stood in. */
  readonly challengeId: string | null
  readonly session: string
  readonly thing: Thing
  readonly methods: readonly string[]
  readonly at: number
  readonly ceilingAt: number
  expiresAt: number
  slid: boolean
  /** Why it is no more; expiry apart. */
  ended: null | 'spent' | 'session' | 'password' | 'role' | 'method'
}

export type Allowed = {
  readonly status: 'granted'
  readonly challengeId: string | null
  readonly methods: readonly string[]
  readonly at: number
  readonly reason: null | 'mfa_off' | 'switched_off'
}
export type Decided =
  | Allowed
  | { readonly status: 'challenge'; readonly resumed: Challenge | null }
  | { readonly status: 'own_check' | 'mismatch' | 'too_weak' }

export type Result =
  | 'passed'
  | 'wrong'
  | 'locked'
  | 'closed'
  | 'not_found'
  | 'not_allowed'
  | 'malformed'
  | 'not_prompted'

export class Model {
  now: number
  mfaOn = false
  enrollments: Enrollment[] = []
  challenges: Challenge[] = []
  grants: ModelGrant[] = []
  failures = 0
  locks = 0
  lockedUntil = 0

  constructor(now: number) {
    this.now = now
  }

  get active(): readonly Enrollment[] {
    return this.enrollments.filter((enrollment) => enrollment.active)
  }

  get locked(): boolean {
    return this.now < this.lockedUntil
  }

  challenge(id: string): Challenge | null {
    return this.challenges.find((challenge) => challenge.id === id) ?? null
  }

  isOpen(challenge: Challenge): boolean {
    return challenge.status === 'open' && this.now < challenge.expiresAt
  }

  /** S5, S6: what the session holds for exactly this. A window needs no one to say which challenge opened it. */
  held(session: string, thing: Thing, presented: string | null): ModelGrant | null {
    const { window } = ruleOf(thing)
    const covers = (grant: ModelGrant): boolean =>
      this.#lives(grant) &&
      grant.session === session &&
      sameThing(grant.thing, thing) &&
      (window !== undefined || grant.challengeId === presented)
    return this.grants.find(covers) ?? null
  }

  /** What `require` answers, with what comes of it. */
  ask(session: string, thing: Thing, presented: string | null, ownCheck: boolean): Decided {
    const { window, switchedOff } = ruleOf(thing)
    if (switchedOff) return { status: 'granted', challengeId: null, methods: [], at: this.now, reason: 'switched_off' }
    const grant = this.held(session, thing, presented)
    if (grant !== null) {
      if (window === undefined) grant.ended = 'spent'
      else if (window.slides) this.#slide(grant, window.forMs)
      const { challengeId, methods, at } = grant
      return { status: 'granted', challengeId, methods, at, reason: challengeId === null ? 'mfa_off' : null }
    }
    if (!this.mfaOn) {
      if (!ownCheck) return { status: 'own_check' }
      this.#grant(null, session, thing, [])
      return { status: 'granted', challengeId: null, methods: [], at: this.now, reason: 'mfa_off' }
    }
    if (presented !== null && this.#holds(session, presented)) return { status: 'mismatch' }
    if (!this.active.some((enrollment) => this.mayAnswer(enrollment, thing))) return { status: 'too_weak' }
    return { status: 'challenge', resumed: this.#openFor(session, thing) }
  }

  /** C3, S7, M10: how strong an enrollment has to be to answer. */
  mayAnswer(enrollment: Enrollment, purpose: Challenge['for']): boolean {
    if (purpose === 'login') return enrollment.active
    if ('pending' in purpose) return enrollment.id === purpose.pending
    if (!enrollment.active) return false
    const rule = ruleOf(purpose)
    if (enrollment.kind === 'recovery_code') return rule.recoveryCodes === true
    const named = [...(rule.atLeast === undefined ? [] : [rule.atLeast]), ...this.#lost(rule, purpose)].map(strengthOf)
    const floors = [...named, ...this.#added(rule, purpose)]
    // What a recovery code has added answers for no more than the code could, and adds nothing itself.
    if (this.now < enrollment.freshUntil && (rule.recoveryCodes !== true || floors.length > 0)) return false
    return strengthOf(enrollment.kind) >= Math.max(0, ...floors)
  }

  opened(id: string, binding: string, purpose: Challenge['for'], session: string | null): Challenge {
    const expiresAt = this.now + numbers.challengeMs
    const challenge: Challenge = {
      id,
      binding,
      for: purpose,
      session,
      expiresAt,
      status: 'open',
      tries: 0,
      prompt: null,
    }
    this.challenges.push(challenge)
    return challenge
  }

  /** What keeps the challenge from being answered, or a code from being sent for it. Any of several may be the one that is said. */
  stops(id: string, binding: string, enrollmentId: string): readonly Result[] {
    const challenge = this.challenge(id)
    if (challenge === null || challenge.binding !== binding) return ['not_found']
    if (this.#isOrphaned(challenge)) return ['not_found', 'closed', 'not_allowed']
    const enrollment = this.enrollments.find((one) => one.id === enrollmentId)
    const stops: Result[] = []
    if (!this.isOpen(challenge)) stops.push('closed')
    if (enrollment === undefined || !this.mayAnswer(enrollment, challenge.for)) stops.push('not_allowed')
    if (this.locked) stops.push('locked')
    return stops
  }

  /** Each result that an answer may have. */
  judge(id: string, binding: string, enrollmentId: string, typed: string): readonly Result[] {
    const stops = this.stops(id, binding, enrollmentId)
    if (stops.includes('not_found')) return stops
    const prompt = this.challenge(id)?.prompt ?? null
    const enrollment = this.enrollments.find((one) => one.id === enrollmentId)
    const isSent = enrollment?.kind === 'email' || enrollment?.kind === 'sms'
    const unfit = [...stops]
    if (isMalformed(typed, enrollment?.kind)) unfit.push('malformed')
    if (isSent && prompt?.enrollmentId !== enrollmentId) unfit.push('not_prompted')
    if (unfit.length > 0 || enrollment === undefined) return unfit
    // The session has got too much wrong: whatever else it has open is over with that.
    const challenge = this.challenge(id)
    if (challenge !== null && isAction(challenge) && this.triesLeft(challenge) === 0) return ['closed']
    const wrong: Result[] = this.failures + 1 < numbers.triesPerAccount ? ['wrong'] : ['wrong', 'locked']
    if (isSent && this.now >= (prompt?.expiresAt ?? 0)) return ['not_prompted', ...wrong]
    return this.#isRight(prompt, enrollment, typed) ? ['passed'] : wrong
  }

  /**
   * A wrong answer counts twice: for its challenge, and for the account (P1). Whatever one session gets wrong in confirming
   * actions counts together, so that it can't lock the account by opening one challenge after another. How many are left.
   */
  counted(challenge: Challenge): number {
    challenge.tries += 1
    const left = this.triesLeft(challenge)
    if (left === 0) challenge.status = 'over'
    this.failures += 1
    if (this.failures >= numbers.triesPerAccount) {
      this.lockedUntil = this.now + Math.min(numbers.lockMs * 2 ** this.locks, numbers.longestLockMs)
      this.locks += 1
      this.failures = 0
    }
    return left
  }

  /** It was said to be over. */
  closed(challenge: Challenge): void {
    if (challenge.status === 'open') challenge.status = 'over'
  }

  triesLeft(challenge: Challenge): number {
    const together = isAction(challenge) ? this.#unpassed(challenge.binding) : [challenge]
    const tries = together.reduce((sum, each) => sum + each.tries, 0)
    return Math.max(0, numbers.triesPerChallenge - tries)
  }

  /** An answer was right: it is used up, and what the challenge was for is allowed in `session`. */
  passed(challenge: Challenge, enrollmentId: string, typed: string, session: string): void {
    const enrollment = this.enrollments.find((one) => one.id === enrollmentId)
    if (enrollment === undefined) throw new Error('no such enrollment')
    challenge.status = 'passed'
    // Renewed, the session is another one. Otherwise only a right answer forgives what it got wrong.
    if (isAction(challenge) && session !== challenge.binding) this.sessionEnded(challenge.binding)
    else if (isAction(challenge)) for (const other of this.#unpassed(challenge.binding)) other.tries = 0
    if (enrollment.kind === 'totp') enrollment.lastStep = this.#stepOf(enrollment, typed) ?? enrollment.lastStep
    enrollment.codes.delete(typed)
    if (typeof challenge.for === 'object' && 'pending' in challenge.for) return this.#activate(enrollment)
    this.failures = 0
    this.locks = 0
    if (challenge.for !== 'login') this.#grant(challenge.id, session, challenge.for, [enrollment.kind])
  }

  /** Begins to set up a method; of one kind only the last that was begun can be confirmed. */
  begun(enrollment: Enrollment): void {
    const earlier = this.enrollments.filter((other) => !other.active && other.kind === enrollment.kind)
    const isTheirs = ({ for: purpose }: Challenge): boolean =>
      typeof purpose === 'object' && 'pending' in purpose && earlier.some(({ id }) => id === purpose.pending)
    this.challenges = this.challenges.filter((challenge) => !isTheirs(challenge))
    this.enrollments = [...this.enrollments.filter((other) => !earlier.includes(other)), enrollment]
  }

  /** A new set; the one before it is worth nothing any more. */
  recoveryCodes(id: string, codes: readonly string[]): Enrollment {
    const set = {
      id,
      kind: 'recovery_code',
      codeAt: () => '',
      freshUntil: 0,
      lastStep: -1,
      active: true,
      codes: new Set(codes),
    }
    this.enrollments = [...this.enrollments.filter(({ kind }) => kind !== set.kind), set]
    this.#methodsChanged()
    return set
  }

  remove(id: string): boolean {
    if (!this.active.some((enrollment) => enrollment.id === id)) return false
    this.enrollments = this.enrollments.filter((enrollment) => enrollment.id !== id)
    this.#methodsChanged()
    const left = this.active.filter((enrollment) => enrollment.kind !== 'recovery_code')
    if (left.length === 0) this.disable()
    return true
  }

  /** Another method is asked for first. */
  primaryChanged(): void {
    this.#methodsChanged()
  }

  /** Nothing is left, of what was being set up neither. Where MFA is off, there is nothing to turn off. */
  disable(): void {
    if (!this.mfaOn) return
    this.enrollments = []
    this.mfaOn = false
    this.#methodsChanged()
  }

  /** L7: the password has changed. */
  passwordChanged(): void {
    this.#end('password')
    for (const challenge of this.challenges) close(challenge)
  }

  roleChanged(): void {
    this.#end('role')
    this.#close(() => true)
  }

  sessionEnded(session: string): void {
    this.#end('session', (grant) => grant.session === session)
    this.#close((challenge) => challenge.session === session)
  }

  /** Whatever the clock may be moved to or just beside. */
  get deadlines(): readonly number[] {
    const challenges = this.challenges.filter((challenge) => this.isOpen(challenge))
    const grants = this.grants.filter((grant) => this.#lives(grant))
    return [
      ...challenges.flatMap(({ expiresAt, prompt }) => [expiresAt, prompt?.expiresAt ?? 0]),
      ...grants.flatMap(({ expiresAt, ceilingAt }) => [expiresAt, ceilingAt]),
      ...this.active.map(({ freshUntil }) => freshUntil),
      this.lockedUntil,
    ].filter((at) => at > this.now)
  }

  #lives(grant: ModelGrant): boolean {
    return grant.ended === null && this.now < grant.expiresAt
  }

  #holds(session: string, challengeId: string): boolean {
    return this.grants.some(
      (grant) => this.#lives(grant) && grant.session === session && grant.challengeId === challengeId,
    )
  }

  #unpassed(session: string): readonly Challenge[] {
    return this.challenges.filter(
      (challenge) => isAction(challenge) && challenge.binding === session && challenge.status !== 'passed',
    )
  }

  #openFor(session: string, thing: Thing): Challenge | null {
    const isFor = ({ binding, for: purpose }: Challenge): boolean =>
      binding === session && purpose !== 'login' && 'action' in purpose && sameThing(purpose, thing)
    // A code for one that is nearly over would die before it is read.
    const lasts = ({ expiresAt }: Challenge): boolean => expiresAt - this.now > numbers.challengeMs / 10
    return this.challenges.find((challenge) => this.isOpen(challenge) && lasts(challenge) && isFor(challenge)) ?? null
  }

  #grant(challengeId: string | null, session: string, thing: Thing, methods: readonly string[]): void {
    const { window } = ruleOf(thing)
    // A check of the host's own that is good once is over with the very call that asked for it.
    if (challengeId === null && window === undefined) return
    const at = this.now
    const expiresAt = at + (window?.forMs ?? numbers.grantMs)
    const ceilingAt = window?.slides === true ? at + window.ceilingMs : expiresAt
    this.grants.push({ challengeId, session, thing, methods, at, ceilingAt, expiresAt, slid: false, ended: null })
  }

  /** S4: from the last time it was done, never beyond the ceiling. */
  #slide(grant: ModelGrant, forMs: number): void {
    const expiresAt = Math.min(this.now + forMs, grant.ceilingAt)
    grant.slid ||= expiresAt !== grant.expiresAt
    grant.expiresAt = expiresAt
  }

  #lost(rule: Rule, { resource }: Thing): readonly string[] {
    if (rule.loses === undefined) return []
    const kinds = this.active.map(({ kind }) => kind).filter((kind) => kind !== 'recovery_code')
    if (rule.loses === 'all') return kinds
    // What the account does not have can't be compared, so it can't be taken away.
    if (rule.loses === 'method') return [this.active.find(({ id }) => id === resource['method']?.id)?.kind ?? 'unknown']
    return kinds.filter((kind) => kind === rule.loses)
  }

  /** It is to confirm a method that is no longer being set up. */
  #isOrphaned({ for: purpose }: Challenge): boolean {
    if (purpose === 'login' || 'action' in purpose) return false
    return !this.enrollments.some(({ id }) => id === purpose.pending)
  }

  /** As strong as what is added, or as the strongest there is: nothing weak makes something strong for itself. */
  #added(rule: Rule, { resource }: Thing): readonly number[] {
    if (rule.adds === undefined) return []
    const strongest = this.active.filter(({ kind }) => kind !== 'recovery_code').map(({ kind }) => strengthOf(kind))
    return [Math.min(strengthOf(resource['method']?.id ?? ''), Math.max(...strongest))]
  }

  #isRight(prompt: Challenge['prompt'], enrollment: Enrollment, typed: string): boolean {
    if (enrollment.kind === 'totp') return this.#stepOf(enrollment, typed) !== null
    if (enrollment.kind === 'recovery_code') return enrollment.codes.has(typed)
    return prompt?.code === typed
  }

  /** M3: the current step or the one before, never one at or below the last that was accepted. */
  #stepOf({ codeAt, lastStep }: Enrollment, typed: string): number | null {
    const current = Math.floor(this.now / numbers.totpStepMs)
    return [current, current - 1].find((step) => step > lastStep && codeAt(step) === typed) ?? null
  }

  /** A method is set up. The first one turns MFA on, and what was begun without a second factor comes to nothing. */
  #activate(enrollment: Enrollment): void {
    enrollment.active = true
    if (!this.mfaOn) this.enrollments = [enrollment]
    this.mfaOn = true
    this.#methodsChanged()
  }

  /** S6: what was confirmed, or is being confirmed, was so with other methods. */
  #methodsChanged(): void {
    this.#end('method')
    this.#close(() => true)
  }

  #end(why: Exclude<ModelGrant['ended'], null>, which: (grant: ModelGrant) => boolean = () => true): void {
    for (const grant of this.grants) if (this.#lives(grant) && which(grant)) grant.ended = why
  }

  /** Whatever is being confirmed or set up in a session; a login is not. */
  #close(which: (challenge: Challenge) => boolean): void {
    for (const challenge of this.challenges) if (challenge.session !== null && which(challenge)) close(challenge)
  }
}

export function ruleOf({ action }: Thing): Rule {
  return rules[action]
}

/** S5 binds what is good once to all that it is done with and to what the person was shown; S4 a window to the thing alone. */
export function sameThing(one: Thing, other: Thing): boolean {
  const bound = (thing: Thing): string =>
    JSON.stringify(
      ruleOf(thing).window === undefined
        ? [thing.action, thing.resource, thing.parameters]
        : [thing.action, Object.values(thing.resource).map(({ id }) => id)],
    )
  return bound(one) === bound(other)
}

function isAction({ for: purpose }: Challenge): boolean {
  return purpose !== 'login' && 'action' in purpose
}

function close(challenge: Challenge): void {
  if (challenge.status === 'open') challenge.status = 'over'
}

/** What can't be compared is stronger than everything. */
function strengthOf(kind: string): number {
  return strengths[kind] ?? Number.POSITIVE_INFINITY
}

function isMalformed(typed: string, kind: string | undefined): boolean {
  if (kind === 'recovery_code') return typed.replaceAll(/[ -]/g, '').length !== 16
  return !/^\d{6}$/.test(typed)
}
