import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { limitTable, type Method, type MethodFactory } from 'sallyport'
import { email } from 'sallyport/methods/email'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { securityKey } from 'sallyport/methods/security-key'
import { sms } from 'sallyport/methods/sms'
import { totp } from 'sallyport/methods/totp'
import { describe, expect, test } from 'vitest'
import { column, root, sectionOf, tableOf } from './documents.ts'

const page = 'docs/methods.md'
const sender = { name: 'none', send: async () => undefined }
const settings = {
  app: { name: 'Acme', origin: 'https://app.example' },
  codeDigits: 6,
  codeLifetimeSeconds: 300,
  totpPastSteps: 1,
  recoveryCodes: 10,
}
const factories: readonly MethodFactory[] = [email({ sender }), sms({ sender }), totp(), securityKey(), recoveryCode()]
const methods: readonly Method[] = factories.map((factory) => factory(settings))

describe('the page of methods', () => {
  test('has every method as it is, and no other', () => {
    const rows = tableOf(page, 'Methods').map(([kind, label, strength, perAccount]) => [
      kind,
      label,
      strength,
      perAccount,
    ])
    const actual = methods.map(({ kind, label, strength, backup, perAccount }) => [
      kind,
      label,
      `${strength}${backup ? ' (backup)' : ''}`,
      String(perAccount),
    ])
    expect(rows).toEqual(actual)
  })

  test('has a section for every method that says what it stores and what its risk is', () => {
    for (const kind of column(tableOf(page, 'Methods'), 0)) {
      expect(sectionOf(page, kind)).toMatch(/^- Stores: /m)
      expect(sectionOf(page, kind)).toMatch(/^- Risk: /m)
    }
  })

  test('leaves out no method that the library has a file for', () => {
    const files = readdirSync(join(root, 'packages/sallyport/src/methods'))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'one-time-code.ts')
      .map((name) => name.replace('.ts', '').replace('-', '_'))
    expect(files.toSorted()).toEqual([...column(tableOf(page, 'Methods'), 0)].toSorted())
  })

  test('gives the default lengths and limits that are in force', () => {
    const { codeDigits, codeLifetimeSeconds, resendSeconds, recoveryCodes } = limitTable
    const mail = sectionOf(page, 'email').replaceAll(/\s+/g, ' ')
    expect(mail).toContain(`${codeDigits.standard} digits (strict ${codeDigits.strict})`)
    expect(mail).toContain(
      `${codeLifetimeSeconds.standard / 60} minutes (strict ${codeLifetimeSeconds.strict} seconds)`,
    )
    const { sendsPerTenMinutes, sendsPerHour, sendsPerDay } = limitTable
    expect(mail).toContain(`a pause of ${resendSeconds.standard} seconds`)
    expect(mail).toContain(
      `${sendsPerTenMinutes.standard} in 10 minutes, ${sendsPerHour.standard} in an hour, ${sendsPerDay.standard} in a day`,
    )
    expect(sectionOf(page, 'recovery_code')).toContain(`${recoveryCodes.standard} codes of 80 bits`)
  })
})
