import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../support/account.ts'
import { bytesOf } from '../support/bytes.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, codeFor, elsewhere, enroll, type Person, sentCode, signIn, confirmed } from '../support/person.ts'
import { stateOf } from '../support/tables.ts'
import { type Answer, Visitor } from '../support/visitor.ts'

const hour = 61 * 60_000
const nobodys = 'AAAAAAAAAAAAAAAAAAAAAA'

describe.each(databases)('another account on %s', (on) => {
  let running: RunningConsole
  let victim: Person
  let attacker: Person
  const methods: Record<string, { enrollmentId: string; secret: string; recoveryCodes: readonly string[] }> = {}
  let victims: typeof methods
  let attackers: typeof methods
  beforeAll(async () => {
    running = await runConsole({ on })
    const all = async (owner: Person) => ({
      totp: await enroll(running, owner, 'totp'),
      email: await enroll(running, owner, 'email'),
      sms: await enroll(running, owner, 'sms'),
    })
    victim = await person(running)
    victims = await all(victim)
    attacker = await person(running)
    attackers = await all(attacker)
  })
  afterAll(() => running.close())

  /** Both stand at a login by the same method; the attacker knows the victim's password. */
  async function bothAtLogin(method: 'totp' | 'email' | 'sms') {
    running.clock.advance(hour)
    const own = elsewhere(attacker)
    const stolen = elsewhere(victim)
    for (const [login, { enrollmentId }] of [
      [own, attackers[method]!],
      [stolen, victims[method]!],
    ] as const) {
      expect((await signIn(login)).body.status).toBe('challenge')
      if (method !== 'totp') await login.browser.post('/api/mfa/challenge/prompt', { enrollmentId })
    }
    return { own, stolen, ownCode: codeFor(running, attacker, method, attackers[method]!.secret) }
  }

  test.each(['totp', 'email', 'sms'] as const)(
    'XA-01 · someone’s own %s code does not answer another’s challenge',
    async (method) => {
      const { own, stolen, ownCode } = await bothAtLogin(method)
      const refused = await answer(stolen.browser, victims[method]!.enrollmentId, ownCode)
      expect([refused.status, refused.body.code]).toEqual([401, 'answer_wrong'])
      expect((await stolen.browser.session()).body.account).toBeNull()
      expect((await answer(own.browser, attackers[method]!.enrollmentId, ownCode)).status).toBe(200)
      const right = await answer(
        stolen.browser,
        victims[method]!.enrollmentId,
        codeFor(running, victim, method, victims[method]!.secret),
      )
      expect(right.status).toBe(200)
    },
  )

  test.each(['totp', 'email', 'sms', 'recovery_code'] as const)(
    'XA-04 · another’s %s enrollment is as unknown in a pending login as one that does not exist',
    async (method) => {
      const { own, stolen, ownCode } = await bothAtLogin('totp')
      const listed = (await own.browser.get('/api/mfa/challenge')).body.methods
      const { enrollmentId } = listed.find((each: { method: string }) => each.method === method)
      const answers = [
        await answer(stolen.browser, enrollmentId, ownCode),
        await answer(stolen.browser, nobodys, ownCode),
      ]
      expect(answers[0]!.status).toBe(403)
      expect(bytesOf(answers[0]!)).toEqual(bytesOf(answers[1]!))
      const sent = running.emails.messages.length + running.texts.messages.length
      const prompts = [enrollmentId, nobodys].map((id) =>
        stolen.browser.post('/api/mfa/challenge/prompt', { enrollmentId: id }),
      )
      const [prompted, unknown] = await Promise.all(prompts)
      expect(bytesOf(prompted!)).toEqual(bytesOf(unknown!))
      expect(running.emails.messages.length + running.texts.messages.length).toBe(sent)
      expect((await stolen.browser.session()).body.account).toBeNull()
    },
  )

  test('XA-05 · someone’s own recovery code does not open another’s account', async () => {
    const { stolen } = await bothAtLogin('totp')
    const backup = (await stolen.browser.get('/api/mfa/challenge')).body.methods.at(-1).enrollmentId
    for (const code of attackers['totp']!.recoveryCodes.slice(0, 2)) {
      expect((await answer(stolen.browser, backup, code)).body.code).toBe('answer_wrong')
    }
    expect((await stolen.browser.session()).body.account).toBeNull()
    expect((await answer(stolen.browser, backup, victims['totp']!.recoveryCodes[0]!)).status).toBe(200)
  })

  test('XA-06 · another’s method can’t be listed, renamed, made primary or confirmed, and is as unknown as one that does not exist', async () => {
    const { own, ownCode } = await bothAtLogin('totp')
    await answer(own.browser, attackers['totp']!.enrollmentId, ownCode)
    const theirs = victims['sms']!.enrollmentId
    await own.browser.session()
    const before = await stateOf(running)
    const tries: readonly ((id: string) => Promise<Answer>)[] = [
      (id) => own.browser.send('PATCH', `/api/mfa/methods/${id}`, { name: 'mine now' }),
      (id) => own.browser.send('PUT', '/api/mfa/methods/primary', { enrollmentId: id }),
      (id) => own.browser.post(`/api/mfa/methods/${id}/prompt`, { challengeId: nobodys }),
      (id) => own.browser.post(`/api/mfa/methods/${id}/confirm`, { challengeId: nobodys, answer: '123456' }),
      (id) => own.browser.send('DELETE', `/api/mfa/methods/${id}`),
      (id) => own.browser.get(`/api/mfa/methods/${id}`),
    ]
    for (const attempt of tries) {
      const [known, unknown] = [await attempt(theirs), await attempt(nobodys)]
      expect(known.status).toBe(404)
      expect(bytesOf(known)).toEqual(bytesOf(unknown))
    }
    expect(await stateOf(running)).toBe(before)
    expect((await own.browser.get('/api/mfa/methods')).text).not.toContain(theirs)
  })

  test('XA-06 · a set-up that another has begun can’t be confirmed, prompted or seen', async () => {
    const setter = await person(running)
    const other = await person(running)
    const begun = (await confirmed(running, setter, 'POST', '/api/mfa/methods', { method: 'email' })).body
    const confirm = { challengeId: begun.challenge.id, answer: sentCode(running, setter.email) }
    const path = `/api/mfa/methods/${begun.enrollmentId}`
    const known = await other.browser.post(`${path}/confirm`, confirm)
    const unknown = await other.browser.post(`${path}/confirm`, { ...confirm, challengeId: nobodys })
    expect(known.status).toBe(404)
    expect(bytesOf(known)).toEqual(bytesOf(unknown))
    expect((await other.browser.post(`${path}/prompt`, { challengeId: begun.challenge.id })).status).toBe(404)
    // Nor from the owner's own other session: it is bound to the one that began it.
    const there = elsewhere(setter)
    await signIn(there)
    expect((await there.browser.post(`${path}/confirm`, confirm)).status).toBe(404)
    expect((await setter.browser.post(`${path}/confirm`, confirm)).status).toBe(200)
  })

  test('XA-06 · another’s session can’t be listed or ended, and is as unknown as one that does not exist', async () => {
    const [owner, other] = [await person(running), await person(running)]
    const sessionsOf = async ({ browser }: Person) => (await browser.get('/api/sessions')).body.sessions
    const [{ sessionId }] = await sessionsOf(owner)
    expect((await other.browser.get('/api/sessions')).text).not.toContain(sessionId)
    const before = await stateOf(running)
    const end = (id: string): Promise<Answer> => other.browser.post(`/api/sessions/${id}/end`)
    const [known, unknown] = [await end(sessionId), await end('A'.repeat(43))]
    expect([known.status, known.body.code]).toEqual([404, 'session_not_found'])
    expect(bytesOf(known)).toEqual(bytesOf(unknown))
    expect(await stateOf(running)).toBe(before)
    // Not with the password given again either, which is not used up by that.
    expect((await other.browser.post('/api/password-check', { password: other.password })).status).toBe(204)
    expect(bytesOf(await end(sessionId))).toEqual(bytesOf(unknown))
    expect((await sessionsOf(owner)).map((each: { current: boolean }) => each.current)).toEqual([true])
    expect((await new Visitor(running.origin).send('POST', `/api/sessions/${sessionId}/end`)).status).toBe(401)
  })

  test('XA-07 · no body says whose API key it is: not to anyone, nor to someone else', async () => {
    const [owner, other] = [await person(running), await person(running)]
    const key = { name: 'mine', scopes: ['account:read'], expiresInDays: null }
    const made = await confirmed(running, owner, 'POST', '/api/api-keys', key)
    const keysOf = async ({ browser }: Person) => (await browser.get('/api/api-keys')).body.keys
    const before = [await keysOf(owner), await keysOf(other)]
    for (const whose of ['accountId', 'account_id', 'userId', 'owner']) {
      const body = { ...key, name: whose, [whose]: owner.email }
      const asOther = await other.browser.post('/api/api-keys', body)
      expect([whose, asOther.body.code]).toEqual([whose, 'request_invalid'])
      const asNobody = await new Visitor(running.origin).send('POST', '/api/api-keys', body)
      expect([whose, asNobody.status]).toEqual([whose, 401])
    }
    const path = `/api/api-keys/${made.body.id}`
    expect(bytesOf(await other.browser.send('DELETE', path))).toEqual(
      bytesOf(await other.browser.send('DELETE', `/api/api-keys/${nobodys}`)),
    )
    expect((await new Visitor(running.origin).send('DELETE', path)).status).toBe(401)
    expect([await keysOf(owner), await keysOf(other)]).toEqual(before)
  })

  test('XA-06 · a challenge’s id without its binding opens nothing', async () => {
    const { own, stolen } = await bothAtLogin('totp')
    const name = '__Host-sallyport-pending'
    const [id] = stolen.browser.cookies.get(name)!.split('.')
    const [, binding] = own.browser.cookies.get(name)!.split('.')
    for (const forged of [`${id}.${binding}`, `${id}.${'A'.repeat(43)}`, `${id}.`, `${id}`]) {
      own.browser.cookies.set(name, forged)
      expect((await own.browser.get('/api/mfa/challenge')).status).toBe(404)
      const code = codeFor(running, victim, 'totp', victims['totp']!.secret)
      expect((await answer(own.browser, victims['totp']!.enrollmentId, code)).status).toBe(404)
    }
  })
})
