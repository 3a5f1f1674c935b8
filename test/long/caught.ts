import { expect } from 'vitest'
import { authenticator, codeIn, hasCode } from 'sallyport/testing'
import { person } from '../support/account.ts'
import { BalancedVisitor } from '../support/console-process.ts'
import type { RunningConsole } from '../support/console.ts'
import { type Enrolled, enroll, type Person, wrongCode } from '../support/person.ts'
import { accountIdOf, type Row } from '../support/tables.ts'
import type { Answer, Visitor } from '../support/visitor.ts'
import type { Killable } from './killable.ts'

/** Someone in the middle of something when the process is killed. Each account is in it once. */
export interface Caught {
  readonly what: string
  readonly accountId: string
  readonly email: string
  /** Does all that comes before, and gives the requests that are under way at the end. */
  begin(): Promise<readonly (() => Promise<Answer>)[]>
  /** At the process that came after: what must be true, whatever was answered. Null: the connection broke. */
  check(answers: readonly (Answer | null)[], found: Found): Promise<void>
}

/** What stands in the database about one account after the kill. */
export interface Found {
  /** Of the audit log: how often this came of a code or a wrong one. */
  count(event: string, detail?: string): number
  /** Wrong answers in a row, as they count for the lock. */
  readonly failures: number
}

/** Makes the account and sets up what it needs, an hour before anything happens: so that no limit is near. */
type Role = (running: RunningConsole, console: Killable) => Promise<Caught>

const hour = 61 * 60_000
const step = 30_000
let addresses = 0

/** A browser that no other shares an address with. */
class Someone extends BalancedVisitor {
  readonly #from: string

  constructor(place: string) {
    super(place)
    addresses += 1
    this.#from = `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`
  }

  override request(path: string, sent: Parameters<Visitor['request']>[1] = {}): Promise<Answer> {
    return super.request(path, { ...sent, headers: { 'x-forwarded-for': this.#from, ...sent.headers } })
  }

  get whoIs(): Promise<string | undefined> {
    return this.session().then(({ body }) => body.account?.email)
  }
}

interface Login {
  readonly browser: Someone
  answer(method: string, code: string): Promise<Answer>
}

/** Past the password. */
async function login({ place }: Killable, { email, password }: Person): Promise<Login> {
  const browser = new Someone(place)
  const begun = await browser.post('/api/sign-in', { email, password })
  expect(begun.body?.status, begun.text).toBe('challenge')
  const { methods } = begun.body.challenge as { methods: { enrollmentId: string; method: string }[] }
  return {
    browser,
    answer(method, code) {
      const enrollmentId = methods.find((each) => each.method === method)?.enrollmentId
      return browser.post('/api/mfa/challenge/answer', { enrollmentId, answer: code })
    },
  }
}

/** Nobody is locked in or out: a new login is completed, whatever became of the one before. */
async function getsIn(console: Killable, owner: Person, method: string, code: string): Promise<void> {
  const { browser, answer } = await login(console, owner)
  const answered = await answer(method, code)
  expect(answered.status, answered.text).toBe(200)
  expect(await browser.whoIs).toBe(owner.email)
}

/** A code that is good once, given twice at the same moment by two browsers which both know the password. */
async function checkOnce(
  console: Killable,
  owner: Person,
  used: { readonly method: string; readonly code: string; readonly logins: readonly Login[] },
  answers: readonly (Answer | null)[],
  found: Found,
): Promise<void> {
  const { method, code, logins } = used
  const accepted = answers.filter((answer) => answer?.status === 200).length
  const passed = found.count('challenge.passed')
  expect(passed, `${accepted} answers said yes`).toBeGreaterThanOrEqual(accepted)
  expect(passed).toBeLessThanOrEqual(1)
  for (const [index, { browser }] of logins.entries()) {
    // Who was told yes is in. Who was told nothing may be in no session, and is never in half of one.
    expect(await browser.whoIs).toBe(answers[index]?.status === 200 ? owner.email : undefined)
  }
  let times = passed
  for (let again = 0; again < 2; again += 1) {
    const { answer } = await login(console, owner)
    const answered = await answer(method, code)
    if (answered.status === 200) times += 1
    else expect(answered.body.code, answered.text).toMatch(/^(answer_wrong|code_not_sent)$/)
    expect(times, `${method} was accepted again`).toBeLessThanOrEqual(1)
  }
}

const byApp: Role = async (running, console) => {
  const { owner, app, accountId } = await withApp(running)
  let used = { method: 'totp', code: '', logins: [] as Login[] }
  return {
    ...described('a right code of an app, twice', owner, accountId),
    async begin() {
      const logins = [await login(console, owner), await login(console, owner)]
      used = { method: 'totp', code: authenticator(app.secret).codeAt(Date.now()), logins }
      return logins.map(
        ({ answer }) =>
          () =>
            answer('totp', used.code),
      )
    },
    async check(answers, found) {
      await checkOnce(console, owner, used, answers, found)
      await getsIn(console, owner, 'recovery_code', app.recoveryCodes[0] ?? '')
    },
  }
}

const byRecoveryCode: Role = async (running, console) => {
  const { owner, app, accountId } = await withApp(running)
  const [first = '', second = ''] = app.recoveryCodes
  let logins: readonly Login[] = []
  return {
    ...described('a recovery code, twice', owner, accountId),
    async begin() {
      logins = [await login(console, owner), await login(console, owner)]
      return logins.map(
        ({ answer }) =>
          () =>
            answer('recovery_code', first),
      )
    },
    async check(answers, found) {
      await checkOnce(console, owner, { method: 'recovery_code', code: first, logins }, answers, found)
      await getsIn(console, owner, 'recovery_code', second)
    },
  }
}

const byEmail: Role = async (running, console) => {
  const owner = await person(running)
  const { recoveryCodes } = await enroll(running, owner, 'email')
  const accountId = await accountIdOf(running, owner.email)
  let code = ''
  let pending: Login | null = null
  return {
    ...described('a code by e-mail, twice', owner, accountId),
    async begin() {
      pending = await login(console, owner)
      const mail = await console.smtp.inbox.take((sent) => sent.to.includes(owner.email) && hasCode(sent))
      code = codeIn(mail)
      const give = pending.answer
      return [() => give('email', code), () => give('email', code)]
    },
    async check(answers, found) {
      const accepted = answers.filter((answer) => answer?.status === 200).length
      const passed = found.count('challenge.passed')
      expect(accepted).toBeLessThanOrEqual(passed)
      expect(passed).toBeLessThanOrEqual(1)
      const browser = pending?.browser
      expect(await browser?.whoIs).toBe(accepted > 0 ? owner.email : undefined)
      // The login that was pending goes on at the new process, exactly once.
      const again = [await pending?.answer('email', code), await pending?.answer('email', code)]
      const yes = again.filter((answer) => answer?.status === 200)
      expect(yes, again.map((answer) => answer?.text).join()).toHaveLength(1 - passed)
      if (yes.length > 0) expect(await browser?.whoIs).toBe(owner.email)
      await getsIn(console, owner, 'recovery_code', recoveryCodes[0] ?? '')
    },
  }
}

const wrongly: Role = async (running, console) => {
  const { owner, app, accountId } = await withApp(running)
  const { codeAt } = authenticator(app.secret)
  let pending: Login | null = null
  return {
    ...described('three wrong codes', owner, accountId),
    async begin() {
      pending = await login(console, owner)
      const near = [-2, -1, 0, 1, 2].map((steps) => codeAt(Date.now() + steps * step))
      const wrong = Array.from({ length: 8 }, (_, digit) => wrongCode(String(digit).repeat(6)))
      const sure = wrong.filter((code) => !near.includes(code)).slice(0, 3)
      const { answer } = pending
      return sure.map((code) => () => answer('totp', code))
    },
    async check(answers, { failures, count }) {
      const told = answers.filter((answer) => answer?.body?.code === 'answer_wrong')
      expect(failures, 'tries that were answered and not counted').toBeGreaterThanOrEqual(told.length)
      expect(failures).toBeLessThanOrEqual(3)
      expect(count('attempt.refused', 'wrong')).toBe(failures)
      // Each was told how many were left after it, and that number is never told twice.
      const left = told.map((answer) => answer?.body.attemptsLeft)
      expect(new Set(left).size).toBe(left.length)
      const view = await pending?.browser.get('/api/mfa/challenge')
      expect(view?.body.attemptsLeft).toBe(5 - failures)
      const right = await pending?.answer('totp', codeAt(Date.now()))
      expect(right?.status, right?.text).toBe(200)
      expect(await pending?.browser.whoIs).toBe(owner.email)
    },
  }
}

const byPasswordAlone: Role = async (running, console) => {
  const owner = await person(running)
  const accountId = await accountIdOf(running, owner.email)
  const { email, password } = owner
  const browser = new Someone(console.place)
  return {
    ...described('a login without a second factor', owner, accountId),
    async begin() {
      await browser.session()
      return [() => browser.post('/api/sign-in', { email, password })]
    },
    async check([answered]) {
      expect(await browser.whoIs).toBe(answered?.status === 200 ? email : undefined)
      const again = new Someone(console.place)
      expect((await again.post('/api/sign-in', { email, password })).body).toEqual({ status: 'signed_in' })
      expect(await again.whoIs).toBe(email)
    },
  }
}

const turningItOn: Role = async (running, console) => {
  const owner = await person(running)
  const accountId = await accountIdOf(running, owner.email)
  const { email, password } = owner
  const browser = new Someone(console.place)
  let secret = ''
  let confirm = (_code: string): Promise<Answer> => Promise.reject(new Error('nothing is set up'))
  // The one before is good for another half minute, and the one of now is left to sign in with.
  const codeBefore = (): string => authenticator(secret).codeAt(Date.now() - step)
  return {
    ...described('turning MFA on', owner, accountId),
    async begin() {
      await browser.post('/api/sign-in', { email, password })
      await browser.post('/api/password-check', { password })
      const { body } = await browser.post('/api/mfa/methods', { method: 'totp' })
      secret = body.setup.secret
      confirm = (code) =>
        browser.post(`/api/mfa/methods/${body.enrollmentId}/confirm`, { challengeId: body.challenge.id, answer: code })
      await browser.session()
      return [() => confirm(codeBefore())]
    },
    async check([answered], { count }) {
      const isOn = count('mfa.enabled') === 1
      if (answered?.status === 200) expect(isOn).toBe(true)
      if (isOn) {
        // The session from before is over; the one that takes its place is there if the answer has come.
        expect(await browser.whoIs).toBe(answered?.status === 200 ? email : undefined)
        return await getsIn(console, owner, 'totp', authenticator(secret).codeAt(Date.now()))
      }
      expect(await browser.whoIs).toBe(email)
      const done = await confirm(authenticator(secret).codeAt(Date.now()))
      expect(done.status, done.text).toBe(200)
      expect(await browser.whoIs).toBe(email)
      await getsIn(console, owner, 'recovery_code', done.body.recoveryCodes[0])
    },
  }
}

const roles: readonly Role[] = [byApp, byRecoveryCode, byEmail, wrongly, byPasswordAlone, turningItOn]

/** One of each, with accounts of their own. */
export async function catchable(running: RunningConsole, console: Killable): Promise<readonly Caught[]> {
  const caught: Caught[] = []
  for (const role of roles) caught.push(await role(running, console))
  running.clock.advance(hour)
  return caught
}

export function foundOf(tables: Readonly<Record<string, readonly Row[]>>, accountId: string, since: number): Found {
  const ofAccount = (table: string): readonly Row[] =>
    (tables[table] ?? []).filter((row) => row['account_id'] === accountId)
  const entries = ofAccount('sallyport_audit').filter((entry) => Number(entry['at']) >= since)
  return {
    failures: ofAccount('sallyport_account')[0]?.['failures'] ?? 0,
    count: (event, detail = '') =>
      entries.filter((entry) => entry['event'] === event && String(entry['detail']).includes(detail)).length,
  }
}

async function withApp(running: RunningConsole): Promise<{ owner: Person; app: Enrolled; accountId: string }> {
  const owner = await person(running)
  const app = await enroll(running, owner, 'totp')
  return { owner, app, accountId: await accountIdOf(running, owner.email) }
}

function described(what: string, { email }: Person, accountId: string) {
  return { what, email, accountId }
}
