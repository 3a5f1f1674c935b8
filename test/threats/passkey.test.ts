import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AuthenticationFaults } from 'sallyport/testing'
import { person } from '../support/account.ts'
import { signInApp, withApp } from '../support/app.ts'
import { databases, type RunningConsole } from '../support/console.ts'
import { assertionFaults } from '../support/key-faults.ts'
import { consoleWithKeys, type ConsoleWithKeys, notRefused, reason, wrong } from '../support/keyed-console.ts'
import { accountIdOf, audit, execute } from '../support/tables.ts'
import type { Answer } from '../support/visitor.ts'

const minute = 60_000

describe('a passkey that signs in by itself, in what no database has a part', () => {
  let keys: ConsoleWithKeys
  let running: RunningConsole
  beforeAll(async () => {
    keys = await consoleWithKeys({})
    ;({ running } = keys)
  })
  afterAll(() => running.close())

  test('WA-09 WA-11 WA-14 · a passkey with one thing wrong signs nobody in, and no answer is a fault of the server’s', async () => {
    const { key } = await keys.keyOwner()
    const before = await keys.rows('session')
    const unknown = String([401, 'key_unknown'])
    const found: string[] = []
    for (const [id, what, faults] of assertionFaults) {
      const { answer: given, browser } = await keys.passkey(key, faults)
      if (String(reason(given)) !== unknown) found.push(...notRefused(`${id} ${what}`, given))
      expect(browser.cookies.has('__Host-console-session')).toBe(false)
    }
    expect(found).toEqual([])
    expect(await keys.rows('session')).toEqual(before)
    expect(reason((await keys.passkey(key)).answer)).toEqual([200, 'signed_in'])
  })

  test('FB-01 · the cookie of a passkey that is asked for opens nothing, nor as another cookie, nor for an app', async () => {
    const browser = keys.visitor()
    await keys.asked(browser)
    const cookie = browser.cookies.get('__Host-sallyport-passkey') ?? ''
    expect(cookie).toMatch(/^[\w-]{22}\.[\w-]{43}$/)
    for (const name of ['__Host-console-session', '__Host-sallyport-pending']) browser.cookies.set(name, cookie)
    expect(await keys.opens(browser)).toBe(false)
    expect(reason(await browser.get('/api/mfa/challenge'))).toEqual([404, 'challenge_not_found'])
    const app = withApp(await person(running))
    expect((await signInApp(running, app)).status).toBe(200)
    expect(reason(await app.browser.send('POST', '/api/mfa/passkey'))).toEqual([403, 'browser_required'])
  })

  test('WA-07 WA-09 · a passkey that knows no user, says nothing of whose it is, or is nobody’s signs nobody in', async () => {
    const presence = await keys.keyOwner(keys.newKey({ userVerified: false }))
    const weakened = keys.visitor()
    const asking = { ...(await keys.asked(weakened)), userVerification: 'discouraged' }
    expect(reason(await keys.answered(weakened, presence.key.get(asking)))).toEqual(wrong)
    const { key } = await keys.keyOwner()
    const silent = {
      response: (given: { response: object }) => ({ ...given, response: { ...given.response, userHandle: null } }),
    }
    expect(reason((await keys.passkey(key, silent)).answer)).toEqual([422, 'answer_malformed'])
    const stray = keys.newKey()
    stray.create((await keys.begin(await person(running))).setup)
    expect(reason((await keys.passkey(stray)).answer)).toEqual([401, 'key_unknown'])
    const written = await audit(running, 'sign_in.unknown_key')
    expect(written.at(-1)).toMatchObject({ outcome: 'refused', account_id: null })
  })
})

describe.each(databases)('a passkey that signs in by itself, on %s', (on) => {
  let keys: ConsoleWithKeys
  let running: RunningConsole
  beforeAll(async () => {
    keys = await consoleWithKeys({ on })
    ;({ running } = keys)
  })
  afterAll(() => running.close())

  test('M5 · a passkey signs in by itself, and counts as two factors', async () => {
    const { owner, key } = await keys.keyOwner()
    const { browser, answer: given } = await keys.passkey(key)
    expect(reason(given)).toEqual([200, 'signed_in'])
    expect((await browser.session()).body).toMatchObject({
      account: { email: owner.email, mfaEnabled: true },
      standing: { status: 'free' },
    })
    expect(browser.cookies.has('__Host-sallyport-passkey')).toBe(false)
    const accountId = await accountIdOf(running, owner.email)
    const made = (await keys.rows('session')).filter((row) => row['account_id'] === accountId)
    const session = made.find((row) => row['first_factor'] === 'passkey')
    expect(session).toMatchObject({ amr: 'hwk user mfa', kind: 'browser', challenge_id: expect.any(String) })
    const stepUp = (await browser.post('/api/mfa/recovery-codes')).body
    expect([stepUp.code, stepUp.challenge.action]).toEqual(['step_up_required', 'recovery_codes.renew'])
  })

  test('WA-01 WA-02 · the answer of a passkey is good once, in five minutes, and in the browser that was asked', async () => {
    const { key } = await keys.keyOwner(keys.newKey({ signCount: null }))
    const here = keys.visitor()
    const other = keys.visitor()
    const given = key.get(await keys.asked(here))
    await keys.asked(other)
    expect(reason(await keys.answered(other, given))).toEqual(wrong)
    expect(reason(await keys.answered(keys.visitor(), given))).toEqual([404, 'challenge_not_found'])
    const copies = Array.from({ length: 8 }, () => here.copy())
    for (const copy of copies) await copy.session()
    const [late, ...racers] = copies
    const raced = await Promise.all(racers.map((browser) => keys.answered(browser, given)))
    expect(raced.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(raced.filter(({ body }) => body.code === 'answer_wrong')).toHaveLength(racers.length - 1)
    expect(reason(await keys.answered(late!, given))).toEqual(wrong)
    expect(await keys.opens(late!)).toBe(false)
    const made = key.get({ ...(await keys.asked(late!)), challenge: 'AAAA' })
    expect(reason(await keys.answered(late!, made))).toEqual(wrong)
    const slow = keys.visitor()
    const old = key.get(await keys.asked(slow))
    running.clock.advance(5 * minute + 1)
    expect(reason(await keys.answered(slow, old))).toEqual(wrong)
  })

  test('FB-17 · a passkey of an account that is disabled, or that an organisation signs in to, opens nothing', async () => {
    const { owner, key } = await keys.keyOwner()
    await execute(running, 'account', `UPDATE account SET status = 'disabled' WHERE email = '${owner.email}'`)
    const refused = await keys.passkey(key)
    expect(refused.answer.status, refused.answer.text).toBe(401)
    expect(await keys.opens(refused.browser)).toBe(false)

    const { owner: managed, key: theirs } = await keys.keyOwner()
    expect(reason((await keys.passkey(theirs)).answer)).toEqual([200, 'signed_in'])
    await keys.manage(managed)
    const elsewhereNow = await keys.passkey(theirs)
    expect(reason(elsewhereNow.answer)).toEqual([403, 'sign_in_elsewhere'])
    expect(await keys.opens(elsewhereNow.browser)).toBe(false)
  })
})

test('BF-20 · an address that brings too many passkeys that are wrong waits, and no account is locked for it', async () => {
  const keys = await consoleWithKeys({ limits: { triesPerNetwork: 5 } })
  const { owner, key } = await keys.keyOwner()
  const stray = keys.newKey()
  stray.create((await keys.begin(await person(keys.running))).setup)
  const bad: AuthenticationFaults = { signed: () => Buffer.alloc(1) }
  const tries: Answer[] = []
  for (const each of [key, stray, key, key, stray]) tries.push((await keys.passkey(each, bad)).answer)
  expect(tries.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401])
  const limited = (await keys.passkey(key)).answer
  expect(reason(limited)).toEqual([429, 'network_limited'])
  expect(limited.headers.get('retry-after')).toBe(String(limited.body.retryAfterSeconds))
  const accountId = await accountIdOf(keys.running, owner.email)
  const account = (await keys.rows('sallyport_account')).find((row) => row['account_id'] === accountId)
  expect(['failures', 'locks', 'locked_until'].map((name) => Number(account?.[name]))).toEqual([0, 0, 0])
  keys.running.clock.advance(minute)
  expect(reason((await keys.passkey(key)).answer)).toEqual([200, 'signed_in'])
  await keys.running.close()
})

test('M5 · where it is switched off there is no signing in with a passkey, and a key is a second factor still', async () => {
  const keys = await consoleWithKeys({ passkeySignIn: false })
  const { owner, key } = await keys.keyOwner()
  expect((await keys.visitor().session()).body.passkeySignIn).toBe(false)
  expect(reason(await keys.visitor().post('/api/mfa/passkey'))).toEqual([404, 'route_not_found'])
  const given = { answer: JSON.stringify(key.get({ challenge: 'AAAA', rpId: 'localhost' })) }
  expect(reason(await keys.visitor().post('/api/mfa/passkey/answer', given))).toEqual([404, 'route_not_found'])
  expect(reason(await (await keys.login(owner)).by(key))).toEqual([200, 'signed_in'])
  await keys.running.close()
})
