import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import type { Account, ChallengeView, Explanation, Outcome, Refusal, Sallyport } from 'sallyport'
import { authenticator, codeIn, hasCode } from 'sallyport/testing'
import { client, type Library } from '../support/library.ts'
import type { Command } from './commands.ts'
import {
  type Challenge,
  type Decided,
  type Enrollment,
  Model,
  numbers,
  perAccount,
  ruleOf,
  type Thing,
} from './model.ts'
import { sameThing } from './model.ts'
import { idsOf, isThing, thingOf } from './things.ts'

/** How often each thing was seen to happen, so that a run in which nothing happens is noticed. */
export class Tally {
  readonly counts = new Map<string, number>()

  note(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }
}

/** The library as it is called by a driver that puts its actions together at run time. */
interface AnyActions {
  require(action: string, demand: object, client: object): Promise<Outcome<AnyGrant>>
  window(action: string, demand: object): Promise<{ readonly expiresAt: number; readonly ceilingAt: number } | null>
  explain(action: string, demand: object): Promise<Explanation>
}

interface AnyGrant {
  redeem(action: string): object
}

/** What an answer has led to; of a right one, what there is to compare. */
type Delivered = { readonly ok: true; readonly value: unknown } | Refusal

type Ask = Extract<Command, { do: 'ask' }>
type Answer = Extract<Command, { do: 'answer' }>
type Pick = { readonly challenge: number; readonly from: 'its session' | 'another' }

export function accountOf(id: string): Account {
  return { id, label: id, confirmedEmail: `${id}@example.com`, confirmedPhone: '+14155552671' }
}

/** One account with three sessions: does each command with the library and with the model, and compares what they say. */
export class Driver {
  readonly #running: Library
  readonly #mfa: Sallyport
  readonly #actions: AnyActions
  readonly #account: Account
  readonly #model: Model
  readonly #tally: Tally
  /** The ids of the sessions, and what they were before. */
  readonly #slots: string[]
  #ids = 0
  readonly #signingIn = new Map<string, number>()
  readonly #known: Enrollment[] = []
  /** Every code that was sent or written down, used or not. */
  readonly #seen: { readonly enrollmentId: string; readonly code: string }[] = []
  #read = { emails: 0, texts: 0 }

  constructor(running: Library, accountId: string, tally: Tally) {
    this.#running = running
    this.#mfa = running.mfa
    this.#actions = running.mfa.actions
    this.#account = accountOf(accountId)
    this.#model = new Model(running.clock())
    this.#tally = tally
    this.#slots = [0, 1, 2].map((slot) => this.#newSession(slot))
    this.#read = { emails: running.emails.messages.length, texts: running.texts.messages.length }
  }

  async run(command: Command): Promise<void> {
    switch (command.do) {
      case 'ask':
        return await this.#ask(command)
      case 'answer':
        return await this.#answer(command)
      case 'prompt':
        return await this.#prompt(command)
      case 'cancel':
        return await this.#cancel(command)
      case 'advance':
        return this.#advance(command.ms)
      case 'approach':
        return this.#approach(command.deadline, command.beside)
      case 'sign in':
        return await this.#signIn(command.slot)
      case 'log out':
        return await this.#logOut(command.slot)
      case 'rotate':
        this.#slots[command.slot] = this.#newSession(command.slot)
        return
      case 'change role':
        await this.#mfa.actions.end({ accountId: this.#account.id }, client)
        return this.#model.roleChanged()
      case 'reset password':
        return await this.#changePassword()
      case 'ask as a stranger':
        return await this.#askAsStranger(command.slot, command.challenge)
    }
  }

  /** Whatever is held or has ended: reading it must tell the same as the model. */
  async finish(): Promise<void> {
    for (const { session, thing, challengeId } of this.#model.grants.slice(-5)) {
      await this.#look(session, thing, challengeId)
    }
  }

  async #ask({ slot, action, which, present, ownCheck, look }: Ask): Promise<void> {
    const thing = thingOf(action, which, this.#removable)
    if (thing === null) return
    const session = this.#session(slot)
    const challengeId = this.#presented(thing, present)
    if (look) await this.#look(session, thing, challengeId)
    const explained = look ? await this.#explain(session, thing, challengeId) : null
    let checked = false
    const { mfaOn } = this.#model
    this.#noteWhatIsOver(session, thing, challengeId)
    const expected = this.#model.ask(session, thing, challengeId, ownCheck)
    const step = await this.#actions.require(
      action,
      {
        ...this.#demand(session, thing),
        challengeId,
        ownCheck: () => {
          checked = true
          return Promise.resolve(ownCheck)
        },
      },
      client,
    )
    equal(step.status, expected.status, `${action} in ${session}`)
    if (explained !== null) equal(agrees(explained.decision, expected, checked), true)
    // The host's own check stands in for a second factor only while there is none.
    if (mfaOn) equal(checked, false)
    this.#note(thing, expected)
    if (step.status === 'challenge' && expected.status === 'challenge') {
      this.#opened(step.challenge, session, thing, session, expected.resumed)
    }
    if (step.status === 'granted' && expected.status === 'granted')
      await this.#perform(step.grant, session, thing, expected)
  }

  /** The window and the explanation are the model's, and change nothing: what is asked afterwards shows it. */
  async #look(session: string, thing: Thing, challengeId: string | null): Promise<void> {
    const held = this.#model.held(session, thing, challengeId)
    if (ruleOf(thing).window !== undefined) {
      const window = await this.#actions.window(thing.action, this.#demand(session, thing))
      deepEqual(window, held === null ? null : { expiresAt: held.expiresAt, ceilingAt: held.ceilingAt })
    }
    const explained = await this.#explain(session, thing, challengeId)
    const mayAnswer = this.#model.active.filter((enrollment) => this.#model.mayAnswer(enrollment, thing))
    const said = explained.methods.filter((method) => method.mayAnswer).map((method) => method.enrollmentId)
    deepEqual(said.toSorted(), mayAnswer.map(({ id }) => id).toSorted())
    const { mfaOn } = this.#model
    const allowed = held !== null || ruleOf(thing).switchedOff === true
    const demanded = mayAnswer.length === 0 ? 'too_weak' : 'challenge'
    equal(explained.decision, allowed ? 'allowed' : mfaOn ? demanded : 'own_check')
  }

  #explain(session: string, thing: Thing, challengeId: string | null): Promise<Explanation> {
    return this.#actions.explain(thing.action, { ...this.#demand(session, thing), challengeId })
  }

  #demand(session: string, { resource, parameters }: Thing): object {
    return { accountId: this.#account.id, session: { id: session }, resource, parameters }
  }

  #opened(
    view: ChallengeView,
    binding: string,
    purpose: Challenge['for'],
    session: string | null,
    resumed: Challenge | null,
  ): void {
    if (resumed === null) equal(this.#model.challenge(view.id), null)
    else equal(view.id, resumed.id)
    const challenge = resumed ?? this.#model.opened(view.id, binding, purpose, session)
    this.#compare(view, challenge)
  }

  #compare(view: ChallengeView, challenge: Challenge): void {
    equal(view.expiresAt, challenge.expiresAt)
    equal(view.attemptsLeft, this.#model.triesLeft(challenge))
    const choices = this.#model.enrollments.filter((enrollment) => this.#model.mayAnswer(enrollment, challenge.for))
    deepEqual(view.methods.map((method) => method.enrollmentId).toSorted(), choices.map(({ id }) => id).toSorted())
    this.#notePrompt(view, challenge)
  }

  /** Whether a code may be sent is not the model's matter; once it has been, it is the live one. */
  #notePrompt({ code }: ChallengeView, challenge: Challenge): void {
    const sent = this.#newCode()
    if (sent === null) return
    if (code === null) throw new Error('a code was sent that the challenge knows nothing of')
    equal(this.#model.locked, false)
    ok(code.expiresAt <= challenge.expiresAt)
    challenge.prompt = { enrollmentId: code.enrollmentId, code: sent, expiresAt: code.expiresAt }
    this.#seen.push({ enrollmentId: code.enrollmentId, code: sent })
  }

  #newCode(): string | null {
    const { emails, texts } = this.#running
    const ours = (to: string): boolean => to === this.#account.confirmedEmail || to === this.#account.confirmedPhone
    const since = [...emails.messages.slice(this.#read.emails), ...texts.messages.slice(this.#read.texts)]
    this.#read = { emails: emails.messages.length, texts: texts.messages.length }
    const last = since.findLast(({ to, text }) => ours(to) && hasCode({ text }))
    return last === undefined ? null : codeIn(last)
  }

  async #answer(command: Answer): Promise<void> {
    const picked = this.#pick(command)
    if (picked === null) return
    const { challenge, binding } = picked
    const enrollment = this.#chosen(challenge, command.by)
    if (enrollment === null) return
    if (command.typed === 'right') await this.#sendIfNeeded(challenge, binding, enrollment)
    const typed = this.#typed(command.typed, challenge, enrollment)
    const expected = this.#model.judge(challenge.id, binding, enrollment.id, typed)
    const session = command.renew ? this.#newSession(9) : binding
    const result = await this.#deliver(challenge, binding, { enrollmentId: enrollment.id, answer: typed }, session)
    const said = result.ok ? 'passed' : result.reason
    if (said === 'limited') throw new Error('the limits by network are out of reach here')
    ok(
      expected.includes(said),
      `answered ${command.typed} by ${enrollment.kind}: ${said}, not ${expected.join(' or ')}`,
    )
    this.#tally.note(`answer ${said}${command.typed === 'used' && said === 'wrong' ? ' (used before)' : ''}`)
    const isJudged = said === 'wrong' || (said === 'locked' && !this.#model.locked)
    if (isJudged) {
      const left = this.#model.counted(challenge)
      if (!result.ok && result.reason === 'wrong') equal(result.attemptsLeft, left)
    }
    if (said === 'closed') this.#model.closed(challenge)
    if (result.ok) await this.#passed(challenge, enrollment, typed, session, result.value)
  }

  async #deliver(
    { id, for: purpose }: Challenge,
    binding: string,
    answer: { readonly enrollmentId: string; readonly answer: string },
    session: string,
  ): Promise<Delivered> {
    const key = { id, binding }
    if (isThing(purpose)) {
      const result = await this.#mfa.actions.answer(key, answer, session, client)
      return result.ok ? { ok: true, value: result.action } : result
    }
    if (purpose === 'login') {
      const result = await this.#mfa.challenges.answer(key, 'login', answer, client)
      return result.ok ? { ok: true, value: result.proof.redeem('login').accountId } : result
    }
    const result = await this.#mfa.enrollments.confirm(key, answer, client)
    return result.ok ? { ok: true, value: result.enabled?.recoveryCodes ?? null } : result
  }

  async #passed(
    challenge: Challenge,
    enrollment: Enrollment,
    typed: string,
    session: string,
    value: unknown,
  ): Promise<void> {
    const { mfaOn } = this.#model
    this.#model.passed(challenge, enrollment.id, typed, session)
    if (challenge.for === 'login') {
      equal(value, this.#account.id)
      const slot = this.#signingIn.get(challenge.id) ?? 0
      this.#slots[slot] = this.#newSession(slot)
    } else if (isThing(challenge.for)) {
      equal(value, challenge.for.action)
      const slot = this.#slots.indexOf(challenge.binding)
      if (slot >= 0) this.#slots[slot] = session
    } else {
      equal(value !== null, !mfaOn)
      if (Array.isArray(value)) await this.#noteRecoveryCodes(value)
    }
  }

  async #noteRecoveryCodes(codes: readonly string[]): Promise<void> {
    const { methods } = await this.#mfa.enrollments.list(this.#account.id)
    const id = methods.find((method) => method.backup)?.enrollmentId ?? 'no recovery codes'
    this.#known.push(this.#model.recoveryCodes(id, codes))
    this.#seen.push(...codes.map((code) => ({ enrollmentId: id, code })))
  }

  async #prompt(command: Extract<Command, { do: 'prompt' }>): Promise<void> {
    const picked = this.#pick(command)
    const enrollment = picked === null ? null : this.#chosen(picked.challenge, command.by)
    if (picked !== null && enrollment !== null) await this.#send(picked.challenge, picked.binding, enrollment)
  }

  async #sendIfNeeded(challenge: Challenge, binding: string, enrollment: Enrollment): Promise<void> {
    if (challenge.prompt?.enrollmentId === enrollment.id && this.#model.now < challenge.prompt.expiresAt) return
    await this.#send(challenge, binding, enrollment)
  }

  async #send(challenge: Challenge, binding: string, enrollment: Enrollment): Promise<void> {
    if (enrollment.kind !== 'email' && enrollment.kind !== 'sms') return
    const result = await this.#mfa.challenges.prompt({ id: challenge.id, binding }, enrollment.id, client)
    const stops = this.#model.stops(challenge.id, binding, enrollment.id)
    if (result.ok) {
      deepEqual(stops, [])
      this.#notePrompt(result.challenge, challenge)
    } else if (result.reason !== 'too_soon' && result.reason !== 'limit') {
      // How often a code may be sent is beside the matter; all else is not.
      ok(stops.includes(result.reason), `not sent: ${result.reason}`)
    }
  }

  async #cancel(command: Pick): Promise<void> {
    const picked = this.#pick(command)
    if (picked === null) return
    const { challenge, binding } = picked
    const isCancelled = challenge.binding === binding && this.#model.isOpen(challenge)
    const key = { id: challenge.id, binding }
    const view = await this.#mfa.challenges.view(key)
    if (isCancelled && view !== null) this.#compare(view, challenge)
    equal(view !== null, isCancelled)
    equal(await this.#mfa.challenges.cancel(key, client), isCancelled)
    if (isCancelled) challenge.status = 'over'
    this.#tally.note(isCancelled ? 'cancelled' : 'not cancelled')
  }

  #advance(ms: number): void {
    this.#running.clock.advance(ms)
    this.#model.now += ms
  }

  #approach(deadline: number, beside: number): void {
    const deadlines = this.#model.deadlines.toSorted((one, other) => one - other)
    const at = deadlines[deadline % Math.max(1, deadlines.length)]
    if (at !== undefined && at + beside > this.#model.now) this.#advance(at + beside - this.#model.now)
  }

  async #signIn(slot: number): Promise<void> {
    const step = await this.#mfa.signIn.begin({ accountId: this.#account.id, evidence: ['password'] }, client)
    equal(step.status, this.#model.mfaOn ? 'challenge' : 'clear')
    this.#tally.note(`sign in ${step.status}`)
    if (step.status === 'clear') this.#slots[slot] = this.#newSession(slot)
    else {
      this.#signingIn.set(step.key.id, slot)
      this.#opened(step.challenge, step.key.binding, 'login', null, null)
    }
  }

  async #logOut(slot: number): Promise<void> {
    const session = this.#session(slot)
    await this.#mfa.actions.end({ accountId: this.#account.id, sessionId: session }, client)
    this.#model.sessionEnded(session)
    // The id is tried again afterwards: what it held must be gone even if the host forgot to end it.
    if (slot !== 2) this.#slots[slot] = this.#newSession(slot)
  }

  async #changePassword(): Promise<void> {
    await this.#mfa.challenges.cancelAll(this.#account.id, client)
    this.#model.passwordChanged()
  }

  /** Another account, even in a session of the same id, has nothing of what this one has confirmed. */
  async #askAsStranger(slot: number, which: number): Promise<void> {
    const challenge = this.#model.challenges.at(-1 - which)
    if (challenge === undefined || !isThing(challenge.for) || ruleOf(challenge.for).switchedOff) return
    const { action, resource, parameters } = challenge.for
    const accountId = `${this.#account.id}-stranger`
    const demand = { accountId, session: { id: this.#session(slot) }, resource, parameters }
    const step = await this.#actions.require(action, { ...demand, challengeId: challenge.id }, client)
    equal(step.status, 'own_check')
    if (ruleOf(challenge.for).window !== undefined) equal(await this.#actions.window(action, demand), null)
  }

  /** Does with a grant what it is for, after which the model may know more. */
  async #perform(
    grant: AnyGrant,
    session: string,
    thing: Thing,
    { challengeId, methods, at, reason }: Extract<Decided, { status: 'granted' }>,
  ): Promise<void> {
    const { action, parameters } = thing
    const resource = idsOf(thing)
    const { enrollments } = this.#mfa
    const { id: accountId } = this.#account
    const granted = { accountId, sessionId: session, action, resource, parameters, challengeId, methods, at, reason }
    const method = this.#model.active.find(({ id }) => id === resource['method'])
    switch (action) {
      case 'mfa.method.add':
        return await this.#begin(grant as never, session, resource['method'] ?? '', methods.includes('recovery_code'))
      case 'mfa.method.remove':
        equal(await enrollments.remove(grant as never, client), method === undefined ? 'absent' : 'removed')
        this.#model.remove(resource['method'] ?? '')
        return
      case 'mfa.method.rename':
        equal(await enrollments.rename(grant as never, client), method === undefined ? 'absent' : 'renamed')
        return
      case 'mfa.method.set_primary':
        equal(await enrollments.setPrimary(grant as never, client), method !== undefined)
        if (method !== undefined) this.#model.primaryChanged()
        return
      case 'mfa.disable':
        equal(await enrollments.disable(grant as never, client), this.#model.mfaOn)
        return this.#model.disable()
      case 'recovery_codes.renew':
        return await this.#renewCodes(grant as never)
      default:
        deepEqual(grant.redeem(action), granted)
        throws(() => grant.redeem(action))
    }
    if (action === 'password.change') await this.#changePassword()
    if (action === 'session.end_others') await this.#endOthers(session)
  }

  async #begin(grant: never, session: string, kind: string, isRecovery: boolean): Promise<void> {
    const begun = await this.#mfa.enrollments.begin(grant, client)
    const isFull = this.#model.active.filter((enrollment) => enrollment.kind === kind).length === perAccount[kind]
    equal(begun.ok ? 'ok' : begun.reason, isFull ? 'full' : 'ok')
    if (!begun.ok) return
    const { setup, enrollmentId: id, challenge, key } = begun
    const app = kind === 'totp' ? authenticator((setup as { secret: string }).secret) : null
    const codeAt = (step: number): string => app?.codeAt(step * numbers.totpStepMs) ?? ''
    const freshUntil = isRecovery ? this.#model.now + numbers.recoveredMethodMs : 0
    const enrollment = { id, kind, codeAt, freshUntil, lastStep: -1, active: false, codes: new Set<string>() }
    this.#known.push(enrollment)
    this.#model.begun(enrollment)
    this.#opened(challenge, key.binding, { pending: id }, session, null)
  }

  async #renewCodes(grant: never): Promise<void> {
    const renewed = await this.#mfa.enrollments.renewRecoveryCodes(grant, client)
    equal(renewed !== null, this.#model.mfaOn)
    if (renewed !== null) await this.#noteRecoveryCodes(renewed.codes)
  }

  async #endOthers(session: string): Promise<void> {
    for (const [slot, other] of this.#slots.entries()) if (other !== session) await this.#logOut(slot)
  }

  get #removable(): readonly string[] {
    return this.#model.active.filter(({ kind }) => kind !== 'recovery_code').map(({ id }) => id)
  }

  #presented(thing: Thing, present: Ask['present']): string | null {
    const { challenges } = this.#model
    if (present === 'none') return null
    if (present === 'its own') {
      return challenges.findLast(({ for: purpose }) => isThing(purpose) && sameThing(purpose, thing))?.id ?? null
    }
    return challenges.at(-1 - present)?.id ?? 'no challenge at all'
  }

  /** A challenge, and who answers it: the session that it is bound to, if it still exists. */
  #pick({ challenge: which, from }: Pick): { readonly challenge: Challenge; readonly binding: string } | null {
    const open = this.#model.challenges.filter((challenge) => this.#model.isOpen(challenge))
    const challenge = (which < 4 ? open.at(-1 - which) : this.#model.challenges.at(3 - which)) ?? null
    if (challenge === null) return null
    const others = this.#slots.filter((session) => session !== challenge.binding)
    const isThere = !isThing(challenge.for) || this.#slots.includes(challenge.binding)
    const binding = from === 'its session' && isThere ? challenge.binding : (others[0] ?? '')
    return { challenge, binding }
  }

  /** Who answers: any that there ever was, also after it was removed. */
  #chosen({ for: purpose }: Challenge, by: number): Enrollment | null {
    if (by > 0) return this.#known[by % Math.max(1, this.#known.length)] ?? null
    const may = this.#model.enrollments.find((enrollment) => this.#model.mayAnswer(enrollment, purpose))
    const begun = this.#known.find(
      ({ id }) => typeof purpose === 'object' && 'pending' in purpose && id === purpose.pending,
    )
    return may ?? begun ?? this.#known[0] ?? null
  }

  #typed(how: Answer['typed'], challenge: Challenge, enrollment: Enrollment): string {
    if (how === 'malformed') return 'no code'
    const { id, kind, codeAt, lastStep, codes } = enrollment
    const step = Math.floor(this.#model.now / numbers.totpStepMs)
    const live = kind === 'totp' ? [codeAt(step), codeAt(step - 1)] : [...codes, challenge.prompt?.code ?? '']
    const used = [
      ...(kind === 'totp' && lastStep > 0 ? [codeAt(lastStep)] : []),
      ...this.#seen.filter((seen) => seen.enrollmentId === id).map((seen) => seen.code),
    ].filter((code) => kind === 'totp' || !live.includes(code))
    const wrong = kind === 'recovery_code' ? ['0000000000000000'] : ['000000', '111111', '222222', '333333']
    const never = wrong.find((code) => !live.includes(code)) ?? ''
    if (how === 'used') return used.at(-1) ?? never
    if (how === 'wrong') return never
    if (kind === 'totp') return codeAt(lastStep < step ? step : step - 1)
    if (kind === 'recovery_code') return [...codes][0] ?? never
    return challenge.prompt?.enrollmentId === id ? challenge.prompt.code : never
  }

  #session(slot: number): string {
    return this.#slots[slot] ?? ''
  }

  #newSession(slot: number): string {
    return `session ${slot}.${(this.#ids += 1)} of ${this.#account.id}`
  }

  #note(thing: Thing, expected: Decided): void {
    const lasts = ruleOf(thing).window === undefined ? 'once' : 'window'
    const how =
      expected.status === 'granted'
        ? `${lasts}${expected.reason === null ? '' : ` (${expected.reason})`}`
        : expected.status === 'challenge' && expected.resumed !== null
          ? 'resumed'
          : ''
    this.#tally.note(`${expected.status} ${how}`.trim())
  }

  /** What would have been allowed, had not something ended it: shows that the ending was put to the test. */
  #noteWhatIsOver(session: string, thing: Thing, presented: string | null): void {
    const { grants, now } = this.#model
    const isWindow = ruleOf(thing).window !== undefined
    if (this.#model.held(session, thing, presented) !== null) return
    for (const grant of grants) {
      if (!sameThing(grant.thing, thing) || (!isWindow && grant.challengeId !== presented)) continue
      if (grant.session !== session) this.#tally.note('over: of another session')
      else if (grant.ended !== null) this.#tally.note(`over: ${grant.ended}`)
      else if (now >= grant.expiresAt) {
        const at = grant.slid && grant.expiresAt === grant.ceilingAt ? 'ceiling' : isWindow ? 'window' : 'once'
        this.#tally.note(`over: ${at} ran out${now === grant.expiresAt ? ' this very moment' : ''}`)
      }
    }
  }
}

function agrees(explained: string, { status }: Decided, checked: boolean): boolean {
  if (status === 'granted') return explained === (checked ? 'own_check' : 'allowed')
  if (status === 'mismatch') return explained === 'challenge' || explained === 'too_weak'
  return explained === status
}
