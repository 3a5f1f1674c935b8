import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { person } from '../support/account.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { answer, elsewhere, enroll, signIn, confirmed } from '../support/person.ts'
import { accountIdOf, audit, bytesOf, tablesOf } from '../support/tables.ts'

describe('recovery codes', () => {
  let running: RunningConsole
  beforeAll(async () => {
    running = await runConsole()
  })
  afterAll(() => running.close())

  async function ownerAtLogin() {
    const owner = await person(running)
    const { recoveryCodes } = await enroll(running, owner, 'totp')
    const there = elsewhere(owner)
    const { challenge } = (await signIn(there)).body
    return { owner, recoveryCodes, browser: there.browser, backup: challenge.methods.at(-1).enrollmentId }
  }

  test('RV-05 · using one is audited, told on every channel with what is left, and remembers no device', async () => {
    const { owner, recoveryCodes, browser, backup } = await ownerAtLogin()
    const used = await answer(browser, backup, recoveryCodes[0]!)
    expect(used.status).toBe(200)
    expect(new Set(used.headers.getSetCookie().map((line) => line.split('=')[0]))).toEqual(
      new Set(['__Host-console-session', '__Host-sallyport-pending']),
    )
    await running.console.mfa.notices.deliver()
    for (const message of [running.emails.lastTo(owner.email), running.texts.lastTo(owner.phone)]) {
      expect(message.text).toContain('A recovery code was used')
      expect(message.text).toContain('9')
      expect(message.text).not.toContain(recoveryCodes[0])
    }
    const { methods } = (await browser.get('/api/mfa/methods')).body
    expect(methods.at(-1)).toMatchObject({ method: 'recovery_code', codesLeft: 9 })
    const id = await accountIdOf(running, owner.email)
    const entries = (await audit(running, 'recovery_code.used')).filter((entry) => entry['account_id'] === id)
    expect(entries.map((entry) => JSON.parse(entry['detail']))).toEqual([{ left: 9 }])
    expect((await signIn(elsewhere(owner))).body.status).toBe('challenge')
  })

  test('RV-05 · all of them together open as many logins as there are codes', async () => {
    const { owner, recoveryCodes, backup } = await ownerAtLogin()
    expect(new Set(recoveryCodes).size).toBe(10)
    for (const code of recoveryCodes) {
      const there = elsewhere(owner)
      await signIn(there)
      expect((await answer(there.browser, backup, code)).status).toBe(200)
    }
    const there = elsewhere(owner)
    await signIn(there)
    expect((await answer(there.browser, backup, recoveryCodes[0]!)).status).toBe(401)
  })

  test('RV-01 · a new set ends every code of the old one, also at a login that is waiting', async () => {
    const { owner, recoveryCodes, browser } = await ownerAtLogin()
    const renewed = await confirmed(running, owner, 'POST', '/api/mfa/recovery-codes')
    expect(renewed.status).toBe(200)
    const next: string[] = renewed.body.recoveryCodes
    expect(next.filter((code) => recoveryCodes.includes(code))).toEqual([])
    const { methods } = (await browser.get('/api/mfa/challenge')).body
    const backup = methods.at(-1).enrollmentId
    for (const code of recoveryCodes.slice(0, 3)) {
      expect((await answer(browser, backup, code)).body.code).toBe('answer_wrong')
    }
    expect((await answer(browser, backup, next[0]!)).status).toBe(200)
  })

  test('RV-11 · no other text is a recovery code', async () => {
    const { recoveryCodes, browser, backup } = await ownerAtLogin()
    const code = recoveryCodes[0]!
    for (const text of [
      'backup',
      '0000',
      'null',
      'undefined',
      'true',
      '*',
      code.slice(0, -1),
      `${code}0`,
      `${code},${recoveryCodes[1]}`,
      `${code} ${recoveryCodes[1]}`,
    ]) {
      const refused = await answer(browser, backup, text)
      expect([text, refused.body.code]).toEqual([text, 'answer_malformed'])
    }
    expect((await answer(browser, backup, '0000-0000-0000-0000')).body.code).toBe('answer_wrong')
    expect((await browser.session()).body.account).toBeNull()
  })

  test('RV-11 · a recovery code answers nothing but a login', async () => {
    const { owner, recoveryCodes } = await ownerAtLogin()
    const begun = (await confirmed(running, owner, 'POST', '/api/mfa/methods', { method: 'email' })).body
    const path = `/api/mfa/methods/${begun.enrollmentId}/confirm`
    const refused = await owner.browser.post(path, { challengeId: begun.challenge.id, answer: recoveryCodes[0] })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(begun.challenge.methods.map((each: { method: string }) => each.method)).toEqual(['email'])
  })
})

describe.each(databases)('a stolen database on %s', (on) => {
  test('RV-03 · holds recovery codes only under a key it does not hold', async () => {
    const running = await runConsole({ on })
    const owner = await person(running)
    const { recoveryCodes } = await enroll(running, owner, 'totp')
    const tables = await tablesOf(running)
    const text = JSON.stringify(tables) + bytesOf(running)
    const keys = Object.values(tables)
      .flat()
      .flatMap((row) => Object.values(row).map(String))
      .filter((value) => value.length < 600)
    const stored = new Set(tables['sallyport_code']!.map((row) => row['code_hash']))
    expect(stored.size).toBe(10)
    for (const code of recoveryCodes) {
      const plain = code.replaceAll('-', '')
      for (const form of [
        code,
        plain,
        plain.toUpperCase(),
        Buffer.from(plain).toString('base64url'),
        Buffer.from(plain).toString('hex'),
      ]) {
        expect(text).not.toContain(form)
      }
      for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
        for (const form of [code, plain])
          expect(text).not.toContain(createHash(algorithm).update(form).digest('base64url'))
      }
      for (const key of keys) {
        expect(stored).not.toContain(
          createHmac('sha256', Buffer.from(key, 'base64url')).update(plain).digest('base64url'),
        )
      }
    }
    await running.close()
  })
})
