import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const production = {
  NODE_ENV: 'production',
  SALLYPORT_KEYS: 'one, two',
  SALLYPORT_ORIGIN: 'https://console.example',
  SALLYPORT_SMTP_URL: 'smtps://mail.example',
  SALLYPORT_MAIL_FROM: 'console@console.example',
}

test('nothing has to be configured in development', () => {
  expect(readConfig({})).toMatchObject({
    development: true,
    host: '127.0.0.1',
    port: 3000,
    origin: 'http://localhost:3000',
    databaseUrl: null,
    keys: null,
    smtp: null,
    twilio: null,
  })
})

test('FS-04 production starts with keys, an origin and a mail server, and not without', () => {
  expect(readConfig(production)).toMatchObject({
    development: false,
    keys: ['one', 'two'],
    origin: 'https://console.example',
  })
  for (const name of ['SALLYPORT_KEYS', 'SALLYPORT_ORIGIN', 'SALLYPORT_SMTP_URL', 'SALLYPORT_MAIL_FROM']) {
    expect(() => readConfig({ ...production, [name]: '' })).toThrow(ConfigError)
  }
})

test('what is wrong is said in one line that names the variable', () => {
  for (const [name, value] of [
    ['PORT', '0'],
    ['PORT', 'http'],
    ['PORT', '3000.5'],
    ['LOG_LEVEL', 'loud'],
    ['SALLYPORT_TWILIO_ACCOUNT_SID', 'AC1'],
    ['SALLYPORT_MAIL_FROM', 'x'],
  ] as const) {
    const read = (): unknown => readConfig({ [name]: value })
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(new RegExp(`^[^\\n]*${name}[^\\n]*$`))
  }
})
