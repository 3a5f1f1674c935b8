import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import {
  answer,
  answerStepUp,
  codeFor,
  confirmed,
  elsewhere,
  passStepUp,
  type Person,
  sentCode,
  signIn,
  wrongCode,
} from '../support/person.ts'
import { invitationTo, sensitiveOf, type Situated, situated, thingsOf } from '../support/sensitive.ts'
import { audit, tablesOf } from '../support/tables.ts'
import type { Answer, Visitor } from '../support/visitor.ts'

const minute = 60_000

describe.each(databases)('step-up on %s', (on) => {
  let running: RunningConsole
  let here: Situated
  beforeAll(async () => {
    running = await runConsole({ on })
  })
  beforeEach(async () => {
    here = await situated(running)
  })
  afterAll(() => running.close())

  const revoke = (browser: Visitor, challengeId?: string, keyId = here.keyId): Promise<Answer> =>
    browser.send('DELETE', `/api/api-keys/${keyId}`, {}, challengeId === undefined ? {} : { 'x-step-up': challengeId })

  async function challengeFor(send: () => Promise<Answer>) {
    const refused = await send()
    expect([refused.status, refused.body.code], refused.text).toEqual([403, 'step_up_required'])
    return refused.body.challenge
  }

  async function another(owner: Person, app = here.app): Promise<Person> {
    const there = elsewhere(owner)
    running.clock.advance(30_000)
    await signIn(there)
    const code = codeFor(running, owner, 'totp', app.secret)
    expect((await answer(there.browser, app.enrollmentId, code)).status).toBe(200)
    return there
  }

  test('SU-01 · each sensitive call without a fresh answer is refused with a challenge, and changes nothing', async () => {
    const { browser } = here.owner
    const before = await thingsOf(running)
    for (const { action, method, path, body } of sensitiveOf(here)) {
      const refused = await browser.send(method, path, body)
      expect([method, path, refused.status, refused.body.code]).toEqual([method, path, 403, 'step_up_required'])
      expect(refused.body.challenge).toMatchObject({ action, attemptsLeft: 5 })
    }
    expect(await thingsOf(running)).toBe(before)
  })

  test('SU-01 · a challenge that was not passed, another’s, or made up allows nothing', async () => {
    const other = here
    here = await situated(running)
    const stranger = await another(other.owner, other.app)
    const { browser } = here.owner
    const open = await challengeFor(() => revoke(browser))
    const theirs = await challengeFor(() => stranger.browser.send('DELETE', `/api/api-keys/${other.keyId}`, {}))
    await passStepUp(running, stranger, theirs)
    const before = await thingsOf(running)
    for (const id of [open.id, theirs.id, 'AAAAAAAAAAAAAAAAAAAAAA', 'x'.repeat(5000), "' OR 1=1 --", '']) {
      for (const { method, path, body } of sensitiveOf(here)) {
        const refused = await browser.send(method, path, body, { 'x-step-up': id })
        expect([path, refused.status, refused.body.code]).toEqual([path, 403, 'step_up_required'])
      }
    }
    expect(await thingsOf(running)).toBe(before)
  })

  test('S5 · what was confirmed can be done, once, and nothing else with it', async () => {
    const { owner } = here
    const second = (
      await confirmed(running, owner, 'POST', '/api/api-keys', {
        name: 'second',
        scopes: ['teams:read'],
        expiresInDays: 7,
      })
    ).body
    const challenge = await challengeFor(() => revoke(owner.browser))
    expect(challenge.purpose).toBe('invalidate API key prod-ci')
    await passStepUp(running, owner, challenge)
    const before = await thingsOf(running)
    for (const { method, path, body } of sensitiveOf(here).filter(({ action }) => action !== 'api_key.revoke')) {
      const refused = await owner.browser.send(method, path, body, { 'x-step-up': challenge.id })
      expect([path, refused.status, refused.body.code]).toEqual([path, 403, 'step_up_mismatch'])
    }
    expect((await revoke(owner.browser, challenge.id, second.id)).body.code).toBe('step_up_mismatch')
    expect(await thingsOf(running)).toBe(before)
    expect((await revoke(owner.browser, challenge.id)).status).toBe(204)
    expect((await revoke(owner.browser, challenge.id, second.id)).body.code).toBe('step_up_required')
  })

  test.each([
    ['/api/account/email', { email: 'one@example.com' }, { email: 'two@example.com' }],
    ['/api/account/phone', { phone: '+13035550801', country: 'US' }, { phone: '+13035550802', country: 'US' }],
    [
      '/api/api-keys',
      { name: 'k', scopes: ['teams:read'], expiresInDays: 7 },
      { name: 'k', scopes: ['teams:read', 'account:read'], expiresInDays: 7 },
    ],
    [
      '/api/api-keys',
      { name: 'k', scopes: ['teams:read'], expiresInDays: 7 },
      { name: 'k', scopes: ['teams:read'], expiresInDays: 365 },
    ],
  ])('S5 · a parameter that was changed after the answer is refused: %s %j', async (path, asked, changed) => {
    const { owner } = here
    const challenge = await challengeFor(() => owner.browser.post(path, asked))
    await passStepUp(running, owner, challenge)
    const before = await thingsOf(running)
    const refused = await owner.browser.send('POST', path, changed, { 'x-step-up': challenge.id })
    expect([refused.status, refused.body.code]).toEqual([403, 'step_up_mismatch'])
    expect(await thingsOf(running)).toBe(before)
  })

  test('S5 · a password other than the one that was confirmed is refused, and the table holds no hash to guess it by', async () => {
    const { owner } = here
    const change = (next: string, id?: string) =>
      owner.browser.send(
        'POST',
        '/api/account/password',
        { current: owner.password, next },
        id === undefined ? {} : { 'x-step-up': id },
      )
    const challenge = await challengeFor(() => change('first wholly different lantern'))
    await passStepUp(running, owner, challenge)
    expect((await change('other wholly different lantern', challenge.id)).body.code).toBe('step_up_mismatch')
    expect((await change('first wholly different lantern', challenge.id)).status).toBe(204)
  })

  test('SU-02 · five adjustments ride one challenge, and a second after five minutes another is asked for', async () => {
    const { owner, teamId, colleagueId } = here
    const role = (to: string) =>
      owner.browser.send('PATCH', `/api/teams/${teamId}/members/${colleagueId}`, { role: to })
    const challenge = await challengeFor(() => role('admin'))
    await passStepUp(running, owner, challenge)
    for (const to of ['admin', 'member', 'admin', 'member', 'admin']) {
      expect((await role(to)).status).toBe(204)
      running.clock.advance(5 * minute - 1)
    }
    const rides = (await audit(running, 'action.allowed')).filter((entry) => entry['challenge_id'] === challenge.id)
    expect(rides).toHaveLength(5)
    running.clock.advance(1)
    expect((await role('member')).body.code).toBe('step_up_required')
  })

  test('SU-02 · sliding stops sixty minutes after the challenge, and reading never slides', async () => {
    const { owner, teamId, colleagueId } = here
    const role = (to: string) =>
      owner.browser.send('PATCH', `/api/teams/${teamId}/members/${colleagueId}`, { role: to })
    await passStepUp(running, owner, await challengeFor(() => role('admin')))
    const passedAt = running.clock()
    for (let ride = 0; ride < 14; ride += 1) {
      expect((await role(ride % 2 === 0 ? 'admin' : 'member')).status).toBe(204)
      running.clock.advance(4 * minute)
    }
    expect((await role('admin')).status).toBe(204)
    running.clock.advance(passedAt + 60 * minute - running.clock() - 1)
    expect((await role('member')).status).toBe(204)
    expect((await owner.browser.get(`/api/teams/${teamId}`)).body.window).toEqual({
      expiresInSeconds: 1,
      ceilingInSeconds: 1,
    })
    running.clock.advance(1)
    await passStepUp(running, owner, await challengeFor(() => role('admin')))
    for (let polls = 0; polls < 10; polls += 1) {
      running.clock.advance(30_000)
      await owner.browser.get(`/api/teams/${teamId}`)
      await owner.browser.get('/api/teams')
    }
    expect((await owner.browser.get(`/api/teams/${teamId}`)).body.window).toBeNull()
    expect((await role('admin')).body.code).toBe('step_up_required')
  })

  test('S4 · a window is one team’s', async () => {
    const { owner, teamId, colleagueId } = here
    const path = `/api/teams/${teamId}/members/${colleagueId}`
    await passStepUp(running, owner, await challengeFor(() => owner.browser.send('PATCH', path, { role: 'admin' })))
    const { id } = (await owner.browser.post('/api/teams', { name: 'Second' })).body
    const elsewhereInvited = await owner.browser.post(`/api/teams/${id}/invitations`, {
      email: 'x@example.com',
      role: 'member',
    })
    expect(elsewhereInvited.body.code).toBe('step_up_required')
    expect((await owner.browser.send('PATCH', path, { role: 'admin' })).status).toBe(204)
  })

  test('SU-04 · what one session confirmed, another of the same person has not', async () => {
    const { owner, teamId, colleagueId } = here
    const there = await another(owner)
    const once = await challengeFor(() => revoke(owner.browser))
    await passStepUp(running, owner, once)
    expect((await revoke(there.browser, once.id)).body.code).toBe('step_up_required')
    const adjust = (by: Person) =>
      by.browser.send('PATCH', `/api/teams/${teamId}/members/${colleagueId}`, { role: 'admin' })
    await passStepUp(running, owner, await challengeFor(() => adjust(owner)))
    expect((await adjust(there)).body.code).toBe('step_up_required')
    expect((await adjust(owner)).status).toBe(204)
    const seen = await there.browser.get(`/api/mfa/step-up/${once.id}`)
    expect([seen.status, seen.body.code]).toEqual([404, 'challenge_not_found'])
  })

  test('SC-02 · passing changes the session’s cookie, and the old one is dead', async () => {
    const { owner } = here
    const stolen = owner.browser.copy()
    const challenge = await challengeFor(() => revoke(owner.browser))
    await passStepUp(running, owner, challenge)
    expect((await stolen.session()).body.account).toBeNull()
    expect((await revoke(stolen, challenge.id)).body.code).not.toBe(undefined)
    expect((await owner.browser.session()).body.account.email).toBe(owner.email)
    expect((await revoke(owner.browser, challenge.id)).status).toBe(204)
  })

  test('SU-09 MB-02 · an API key does nothing that has to be confirmed, whatever its scopes and whatever comes with it', async () => {
    const { owner } = here
    const all = ['account:read', 'teams:read']
    const { secret } = (
      await confirmed(running, owner, 'POST', '/api/api-keys', { name: 'all', scopes: all, expiresInDays: 7 })
    ).body
    const me = await owner.browser
      .copy()
      .request('/api/v1/me', { headers: { authorization: `Bearer ${secret}`, cookie: null } })
    expect([me.status, me.body.email]).toEqual([200, owner.email])
    const before = await thingsOf(running)
    for (const { method, path, body } of sensitiveOf(here)) {
      for (const cookie of [{}, { cookie: null }]) {
        const headers = { authorization: `Bearer ${secret}`, ...cookie }
        const refused = await owner.browser.send(method, path, body, headers)
        expect([path, refused.status]).toEqual([path, 401])
        expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication"')
      }
    }
    expect((await thingsOf(running)).replaceAll(/"last_used_at":\d+/g, '')).toBe(
      before.replaceAll(/"last_used_at":\d+/g, ''),
    )
  })

  test('SU-11 S7 · a weaker method never answers for a stronger one, even if it is named outright', async () => {
    const { owner, app, email } = here
    for (const send of [
      () => owner.browser.send('DELETE', `/api/mfa/methods/${app.enrollmentId}`),
      () => owner.browser.post('/api/mfa/disable'),
    ]) {
      const challenge = await challengeFor(send)
      expect(challenge.methods.map(({ method }: { method: string }) => method)).toEqual(['totp'])
      const prompted = await owner.browser.post(`/api/mfa/step-up/${challenge.id}/prompt`, {
        enrollmentId: email.enrollmentId,
      })
      expect([prompted.status, prompted.body.code]).toEqual([403, 'method_not_allowed'])
      const refused = await answerStepUp(owner.browser, challenge.id, email.enrollmentId, '123456')
      expect([refused.status, refused.body.code]).toEqual([403, 'method_not_allowed'])
    }
  })

  test('SU-12 · reading neither opens nor completes a step-up', async () => {
    const { browser } = here.owner
    const challenge = await challengeFor(() => revoke(browser))
    const before = await tablesOf(running)
    for (const { path } of sensitiveOf(here)) await browser.get(path)
    for (const step of ['', '/answer', '/prompt', '/cancel'])
      await browser.get(`/api/mfa/step-up/${challenge.id}${step}`)
    const after = await tablesOf(running)
    for (const table of ['sallyport_challenge', 'sallyport_grant', 'sallyport_send'])
      expect(after[table]).toEqual(before[table])
  })

  test('SU-12 SC-07 · no other site opens, answers or cancels one', async () => {
    const { browser } = here.owner
    const challenge = await challengeFor(() => revoke(browser))
    const right = codeFor(running, here.owner, 'totp', here.app.secret)
    const typed = { enrollmentId: here.app.enrollmentId, answer: right }
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { 'x-csrf-token': 'x' },
    ]) {
      const answered = await browser.send('POST', `/api/mfa/step-up/${challenge.id}/answer`, typed, headers)
      expect([answered.status, answered.body.code]).toEqual([403, 'csrf_refused'])
      expect((await browser.send('DELETE', `/api/api-keys/${here.keyId}`, {}, headers)).status).toBe(403)
    }
    expect((await browser.get(`/api/mfa/step-up/${challenge.id}`)).body.attemptsLeft).toBe(5)
  })

  test('SU-14 · a recovery code confirms that a method is added, and nothing else', async () => {
    const { owner, app } = here
    const [code = ''] = app.recoveryCodes
    const { methods } = (await owner.browser.get('/api/mfa/methods')).body
    const backup = methods.at(-1).enrollmentId
    const sensitive = sensitiveOf(here)
    for (const { action, method, path, body } of sensitive.filter((each) => each.action !== 'mfa.method.add')) {
      const challenge = await challengeFor(() => owner.browser.send(method, path, body))
      expect([action, challenge.methods.some((each: { method: string }) => each.method === 'recovery_code')]).toEqual([
        action,
        false,
      ])
      const refused = await answerStepUp(owner.browser, challenge.id, backup, code)
      expect([refused.status, refused.body.code]).toEqual([403, 'method_not_allowed'])
    }
    const challenge = await challengeFor(() => owner.browser.post('/api/mfa/methods', { method: 'sms' }))
    expect((await answerStepUp(owner.browser, challenge.id, backup, code)).status).toBe(200)
    const begun = await owner.browser.send('POST', '/api/mfa/methods', { method: 'sms' }, { 'x-step-up': challenge.id })
    expect(begun.status).toBe(201)
  })

  test('RC-10 · of sixteen who use one grant at once, one does the thing', async () => {
    const { owner } = here
    const body = { email: 'raced@example.com' }
    const challenge = await challengeFor(() => owner.browser.post('/api/account/email', body))
    await passStepUp(running, owner, challenge)
    await owner.browser.session()
    const answers = await Promise.all(
      Array.from({ length: 16 }, () =>
        owner.browser.send('POST', '/api/account/email', body, { 'x-step-up': challenge.id }),
      ),
    )
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(1)
    expect(answers.filter(({ body: { code } }) => code === 'step_up_required')).toHaveLength(15)
    const allowed = await audit(running, 'action.allowed')
    expect(allowed.filter((entry) => entry['challenge_id'] === challenge.id)).toHaveLength(1)
  })

  test('RP-01 RP-02 · a code that signed in, or that confirmed something, confirms nothing more', async () => {
    const { owner, app } = here
    running.clock.advance(30_000)
    const there = elsewhere(owner)
    await signIn(there)
    const code = codeFor(running, owner, 'totp', app.secret)
    expect((await answer(there.browser, app.enrollmentId, code)).status).toBe(200)
    const challenge = await challengeFor(() => revoke(owner.browser))
    expect((await answerStepUp(owner.browser, challenge.id, app.enrollmentId, code)).body.code).toBe('answer_wrong')
    await passStepUp(running, owner, challenge)
    const used = codeFor(running, owner, 'totp', app.secret)
    const next = await challengeFor(() => owner.browser.post('/api/sessions/end-others'))
    expect((await answerStepUp(owner.browser, next.id, app.enrollmentId, used)).body.code).toBe('answer_wrong')
    expect((await answerStepUp(owner.browser, challenge.id, app.enrollmentId, used)).status).toBeGreaterThan(400)
  })

  test('RP-08 · a challenge is over after ten minutes, and a grant that waits after two', async () => {
    const { owner, app } = here
    const late = await challengeFor(() => revoke(owner.browser))
    running.clock.advance(10 * minute)
    const code = codeFor(running, owner, 'totp', app.secret)
    expect((await answerStepUp(owner.browser, late.id, app.enrollmentId, code)).body.code).toBe('challenge_closed')
    const challenge = await challengeFor(() => revoke(owner.browser))
    await passStepUp(running, owner, challenge)
    running.clock.advance(2 * minute)
    expect((await revoke(owner.browser, challenge.id)).body.code).toBe('step_up_required')
  })

  test('RP-13 · a grant dies with its session', async () => {
    const { owner } = here
    const challenge = await challengeFor(() => revoke(owner.browser))
    await passStepUp(running, owner, challenge)
    const stolen = owner.browser.copy()
    await owner.browser.post('/api/sign-out')
    expect((await revoke(stolen, challenge.id)).status).toBeGreaterThanOrEqual(401)
    const back = await another(owner)
    expect((await revoke(back.browser, challenge.id)).body.code).toBe('step_up_required')
    const grants = (await tablesOf(running))['sallyport_grant'] ?? []
    expect(grants.filter((grant) => grant['challenge_id'] === challenge.id)).toEqual([])
  })

  test.each<[string, (me: Situated) => [method: string, path: string, body: object]]>([
    ['a second factor is removed', ({ email }) => ['DELETE', `/api/mfa/methods/${email.enrollmentId}`, {}]],
    ['recovery codes are renewed', () => ['POST', '/api/mfa/recovery-codes', {}]],
    [
      'the password changes',
      ({ owner }) => ['POST', '/api/account/password', { current: owner.password, next: 'wholly other lantern 7' }],
    ],
  ])('S6 · every grant dies when %s', async (_, changing) => {
    const { owner, teamId, colleagueId } = here
    const adjust = () => owner.browser.send('PATCH', `/api/teams/${teamId}/members/${colleagueId}`, { role: 'admin' })
    await passStepUp(running, owner, await challengeFor(adjust))
    expect((await adjust()).status).toBe(204)
    const [method, path, body] = changing(here)
    expect((await confirmed(running, owner, method, path, body)).status).toBeLessThan(300)
    expect((await adjust()).body.code).toBe('step_up_required')
  })

  test('S6 · a change of role ends what that person has confirmed', async () => {
    const { owner, teamId, colleague, colleagueId } = here
    const role = (by: Person, id: string, to: string) =>
      confirmed(running, by, 'PATCH', `/api/teams/${teamId}/members/${id}`, { role: to })
    expect((await role(owner, colleagueId, 'admin')).status).toBe(204)
    const invite = (email: string) =>
      colleague.browser.post(`/api/teams/${teamId}/invitations`, { email, role: 'member' })
    expect((await invite('a@example.com')).body.code).toBe('own_check_required')
    await colleague.browser.post('/api/password-check', { password: colleague.password })
    expect((await invite('a@example.com')).status).toBe(201)
    expect((await invite('b@example.com')).status).toBe(201)
    expect((await role(owner, colleagueId, 'member')).status).toBe(204)
    expect((await role(owner, colleagueId, 'admin')).status).toBe(204)
    expect((await invite('c@example.com')).body.code).toBe('own_check_required')
  })

  test('BF-01 BF-11 P2 · five wrong answers in a session end it, however they are spread, and lock no one out', async () => {
    const { owner, app } = here
    const there = await another(owner)
    const wrong = (): string => wrongCode(codeFor(running, owner, 'totp', app.secret))
    const one = await challengeFor(() => revoke(owner.browser))
    const two = await challengeFor(() => owner.browser.post('/api/sessions/end-others'))
    const answers: Answer[] = []
    for (const { id } of [one, one, two, two, one])
      answers.push(await answerStepUp(owner.browser, id, app.enrollmentId, wrong()))
    expect(answers.map(({ status, body }) => [status, body.code, body.attemptsLeft])).toEqual([
      [401, 'answer_wrong', 4],
      [401, 'answer_wrong', 3],
      [401, 'answer_wrong', 2],
      [401, 'answer_wrong', 1],
      [401, 'not_signed_in', 0],
    ])
    expect((await owner.browser.session()).body.account).toBeNull()
    expect((await audit(running, 'attempt.refused')).filter((entry) => entry['challenge_id'] === one.id)).toHaveLength(
      3,
    )
    running.clock.advance(30_000)
    const right = codeFor(running, owner, 'totp', app.secret)
    expect((await answerStepUp(owner.browser, two.id, app.enrollmentId, right)).status).toBeGreaterThanOrEqual(401)
    // The owner's other session goes on, and signing in does too.
    expect((await there.browser.session()).body.account.email).toBe(owner.email)
    expect((await another(owner)).browser.cookies.has('__Host-console-session')).toBe(true)
  })

  test('RC-02 · of fifty wrong answers at once at most five are judged, and the session is over', async () => {
    const { owner, app } = here
    const challenge = await challengeFor(() => revoke(owner.browser))
    await owner.browser.session()
    const code = wrongCode(codeFor(running, owner, 'totp', app.secret))
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => answerStepUp(owner.browser, challenge.id, app.enrollmentId, code)),
    )
    const judged = answers.filter(({ body }) => body.attemptsLeft !== undefined)
    expect(judged.length).toBeLessThanOrEqual(5)
    expect(answers.every(({ status }) => status >= 400 && status < 500)).toBe(true)
    expect((await owner.browser.session()).body.account).toBeNull()
    const failed = (await tablesOf(running))['sallyport_account']?.map((row) => Number(row['failures'])) ?? []
    expect(Math.max(...failed)).toBe(5)
  })

  test('BF-02 · wrong answers of one session after another add up until the account is locked', async () => {
    const { owner, app } = here
    const sessions = [owner, await another(owner)]
    for (const { browser } of sessions) {
      const challenge = await challengeFor(() => revoke(browser))
      const wrong = wrongCode(codeFor(running, owner, 'totp', app.secret))
      for (let tries = 0; tries < 5; tries += 1) await answerStepUp(browser, challenge.id, app.enrollmentId, wrong)
    }
    expect((await signIn(elsewhere(owner))).body.challenge.lockedForSeconds).toBeGreaterThan(0)
  })

  test('SU-11 S7 · a weaker method does not bring in a stronger one, to take the strong one away with that', async () => {
    const { owner, app, email } = here
    const challenge = await challengeFor(() => owner.browser.post('/api/mfa/methods', { method: 'totp' }))
    expect(challenge.methods.map(({ method }: { method: string }) => method)).toEqual(['totp', 'recovery_code'])
    const refused = await answerStepUp(owner.browser, challenge.id, email.enrollmentId, '123456')
    expect([refused.status, refused.body.code]).toEqual([403, 'method_not_allowed'])

    // Nor does a recovery code, which brings one in for good reason: for a day it takes nothing away.
    const { methods } = (await owner.browser.get('/api/mfa/methods')).body
    const [code = ''] = app.recoveryCodes
    expect((await answerStepUp(owner.browser, challenge.id, methods.at(-1).enrollmentId, code)).status).toBe(200)
    const headers = { 'x-step-up': challenge.id }
    const begun = (await owner.browser.send('POST', '/api/mfa/methods', { method: 'totp' }, headers)).body
    const first = codeFor(running, owner, 'totp', begun.setup.secret)
    const path = `/api/mfa/methods/${begun.enrollmentId}/confirm`
    const done = await owner.browser.post(path, { challengeId: begun.challenge.id, answer: first })
    expect(done.status, done.text).toBe(200)
    running.clock.advance(30_000)
    const removing = () => owner.browser.send('DELETE', `/api/mfa/methods/${app.enrollmentId}`)
    for (const send of [removing, () => owner.browser.post('/api/mfa/disable')]) {
      const taking = await challengeFor(send)
      const fresh = codeFor(running, owner, 'totp', begun.setup.secret)
      const early = await answerStepUp(owner.browser, taking.id, begun.enrollmentId, fresh)
      expect([early.status, early.body.code]).toEqual([403, 'method_not_allowed'])
    }
    running.clock.advance(24 * 3_600_000)
    await owner.browser.session()
    await signIn(owner)
    const code2 = codeFor(running, owner, 'totp', begun.setup.secret)
    expect((await answer(owner.browser, begun.enrollmentId, code2)).status).toBe(200)
    running.clock.advance(30_000)
    const later = await challengeFor(removing)
    const counted = codeFor(running, owner, 'totp', begun.setup.secret)
    expect((await answerStepUp(owner.browser, later.id, begun.enrollmentId, counted)).status).toBe(200)
  })

  test('S8 TF-13 · the messages say what is confirmed', async () => {
    const { owner, email } = here
    const challenge = await challengeFor(() => revoke(owner.browser))
    const prompted = await owner.browser.post(`/api/mfa/step-up/${challenge.id}/prompt`, {
      enrollmentId: email.enrollmentId,
    })
    expect(prompted.status, prompted.text).toBe(200)
    const mail = running.emails.messages.findLast(({ to }) => to === owner.email)
    expect(mail?.subject).toContain('to invalidate API key prod-ci')
    expect(mail?.text).toContain('to invalidate API key prod-ci')
    const code = sentCode(running, owner.email)
    expect((await answerStepUp(owner.browser, challenge.id, email.enrollmentId, code)).status).toBe(200)
    expect((await revoke(owner.browser, challenge.id)).status).toBe(204)
  })

  test('L3 · an invitation’s link signs no one in, and is only for whom it is to', async () => {
    const { owner, teamId } = here
    const invited = elsewhere(here.colleague)
    await confirmed(running, owner, 'POST', `/api/teams/${teamId}/invitations`, {
      email: 'new@example.com',
      role: 'member',
    })
    const token = invitationTo(running, 'new@example.com')
    const read = await invited.browser.post('/api/invitations/read', { token })
    expect(read.body).toMatchObject({ team: 'Observatory', yours: false })
    expect((await invited.browser.session()).body.account).toBeNull()
    expect((await invited.browser.post('/api/invitations/accept', { token })).status).toBe(401)
    const wrong = await here.colleague.browser.post('/api/invitations/accept', { token })
    expect([wrong.status, wrong.body.code]).toEqual([403, 'invitation_not_yours'])
  })
})
