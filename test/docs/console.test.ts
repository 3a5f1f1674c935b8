import { describe, expect, test } from 'vitest'
import { readConfig } from '../../apps/console/server/config.ts'
import { column, read, tableOf } from './documents.ts'

const rows = tableOf('docs/console.md', 'Environment')

describe('the page of the console', () => {
  test('has every variable that the console reads, and no other', () => {
    const source = read('apps/console/server/config.ts')
    const named = [...source.matchAll(/'((?:SALLYPORT_|LOG_)[A-Z_]+|NODE_ENV|HOST|PORT)'/g)].map(([, name]) => name)
    expect(new Set(column(rows, 0))).toEqual(new Set(named))
  })

  test('names what production requires: without any one of them it does not start', () => {
    const required = rows.filter(([, production]) => production === 'required').map(([name = '']) => name)
    const whole = {
      NODE_ENV: 'production',
      SALLYPORT_ORIGIN: 'https://console.example',
      SALLYPORT_KEYS: 'key',
      SALLYPORT_SMTP_URL: 'smtps://mail.example',
      SALLYPORT_MAIL_FROM: 'console@console.example',
    }
    expect(new Set(Object.keys(whole))).toEqual(new Set(required))
    expect(readConfig(whole).development).toBe(false)
    for (const name of required)
      expect(() => readConfig({ ...whole, [name]: '' }), name).toThrow(/required|together|NODE_ENV/)
  })
})
