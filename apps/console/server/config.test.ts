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
    ['SALLYPORT_SMS_COUNTRIES', 'DE,Austria'],
    ['SALLYPORT_SMS_COUNTRIES', 'de'],
    ['SALLYPORT_SMS_COUNTRIES', ','],
    ['SALLYPORT_TRUSTED_PROXIES', 'loadbalancer'],
    ['SALLYPORT_DRAIN_SECONDS', 'soon'],
    ['SALLYPORT_DRAIN_SECONDS', '-1'],
    ['SALLYPORT_DRAIN_SECONDS', '2.5'],
    ['SALLYPORT_DRAIN_SECONDS', '301'],
    ['SALLYPORT_OIDC', '{}'],
    ['SALLYPORT_OIDC', '[{"id":"acme"}]'],
    ['SALLYPORT_MFA_REQUIRED', 'admins'],
    ['SALLYPORT_MFA_REQUIRED_FROM', '2027-01-31'],
    ['SALLYPORT_ORIGIN', 'http://127.0.0.1:3000'],
    ['SALLYPORT_PASSKEY_SIGN_IN', 'yes'],
    ['SALLYPORT_RP_ID', 'console.example'],
    ['SALLYPORT_RELATED_ORIGINS', 'console.example'],
    ['SALLYPORT_USER_VERIFICATION', 'always'],
  ] as const) {
    const read = (): unknown => readConfig({ [name]: value })
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(new RegExp(`^[^\\n]*${name}[^\\n]*$`))
  }
})

test('P4 text messages go to every country, or to those that are named', () => {
  expect(readConfig({}).smsCountries).toBeNull()
  expect(readConfig({ SALLYPORT_SMS_COUNTRIES: 'DE, AT,CH' }).smsCountries).toEqual(['DE', 'AT', 'CH'])
})

test('E1 E2 who must have a second factor, and from when; nobody as long as nothing is said', () => {
  expect(readConfig({}).enforcement).toEqual({ who: 'nobody', from: 0 })
  expect(readConfig({ SALLYPORT_MFA_REQUIRED: 'everyone' }).enforcement).toEqual({ who: 'everyone', from: 0 })
  const privileged = (from: string): unknown =>
    readConfig({ SALLYPORT_MFA_REQUIRED: 'privileged', SALLYPORT_MFA_REQUIRED_FROM: from }).enforcement
  expect(privileged('2027-01-31')).toEqual({ who: 'privileged', from: Date.UTC(2027, 0, 31) })
  expect(privileged('2027-01-31T12:30Z')).toEqual({ who: 'privileged', from: Date.UTC(2027, 0, 31, 12, 30) })
  for (const wrong of ['2027-02-31', '2027-13-01', '31.1.2027', '2027-01-31T12:30', 'soon', '1'])
    expect(() => privileged(wrong)).toThrow(/^SALLYPORT_MFA_REQUIRED_FROM must be a date/)
})

test('P5 the proxies that are believed are read from the environment; none as long as nothing is said', () => {
  expect(readConfig({}).trustedProxies).toEqual([])
  const trusted = (list: string): readonly string[] => readConfig({ SALLYPORT_TRUSTED_PROXIES: list }).trustedProxies
  expect(trusted(' 10.0.0.0/8, ::1,192.0.2.7 ')).toEqual(['10.0.0.0/8', '::1', '192.0.2.7'])
  for (const wrong of ['proxy.example', '10.0.0.0/33', '10.0.0.1,', '10.0.0.1 10.0.0.2', '0.0.0.0/0', '*', 'true'])
    expect(() => trusted(wrong)).toThrow(/^SALLYPORT_TRUSTED_PROXIES must be addresses, .*$/)
})

test('M5 what keys are for is read from the environment; one may sign in with a passkey as long as nothing is said', () => {
  expect(readConfig({})).toMatchObject({
    passkeySignIn: true,
    keyOptions: { relatedOrigins: [], userVerification: 'preferred' },
  })
  const given = {
    ...production,
    SALLYPORT_PASSKEY_SIGN_IN: 'off',
    SALLYPORT_RP_ID: 'console.example',
    SALLYPORT_RELATED_ORIGINS: 'https://console.example.org, https://other.example',
    SALLYPORT_USER_VERIFICATION: 'required',
  }
  expect(readConfig(given)).toMatchObject({
    passkeySignIn: false,
    keyOptions: {
      rpId: 'console.example',
      relatedOrigins: ['https://console.example.org', 'https://other.example'],
      userVerification: 'required',
    },
  })
})

test('M5 keys that could not work, or would be for more than the console, keep it from starting', () => {
  const at = (origin: string, rpId: string): unknown =>
    readConfig({ ...production, SALLYPORT_ORIGIN: origin, SALLYPORT_RP_ID: rpId }).keyOptions
  expect(at('https://mfa.console.example:8443', 'console.example')).toMatchObject({ rpId: 'console.example' })
  for (const wrong of ['other.example', 'sole.example', 'a.console.example', 'example', 'https://console.example', '*'])
    expect(() => at('https://console.example', wrong), wrong).toThrow(/^SALLYPORT_RP_ID must be the host of .*$/)
  for (const address of ['https://192.0.2.7', 'https://[2001:db8::7]'])
    expect(() => readConfig({ ...production, SALLYPORT_ORIGIN: address })).toThrow(/^SALLYPORT_ORIGIN must be a name/)
  const related = (list: string): unknown => readConfig({ ...production, SALLYPORT_RELATED_ORIGINS: list }).keyOptions
  for (const wrong of ['http://console.test', 'https://console.test/', 'https://a.console.example', 'https://b.test,'])
    expect(() => related(wrong), wrong).toThrow(/^SALLYPORT_RELATED_ORIGINS must be https origins .*$/)
})

test('O5 production goes on for a moment when it is to end, development for none, and both as long as they are told to', () => {
  expect([readConfig(production).drainSeconds, readConfig({}).drainSeconds]).toEqual([5, 0])
  for (const environment of [production, {}])
    for (const seconds of [0, 300])
      expect(readConfig({ ...environment, SALLYPORT_DRAIN_SECONDS: `${seconds}` }).drainSeconds).toBe(seconds)
})

test('providers are read from the environment, and what is wrong with them keeps the console from starting', () => {
  const acme = {
    id: 'acme',
    name: 'Acme',
    issuer: 'https://id.acme.example',
    clientId: 'console',
    clientSecret: 's3cret',
  }
  const oidc = (...providers: readonly object[]) => ({ SALLYPORT_OIDC: JSON.stringify(providers) })
  expect(readConfig({ ...production, ...oidc(acme) }).providers).toEqual([{ ...acme, trusted: false }])
  expect(readConfig(production).providers).toEqual([])
  const onThisMachine = { ...acme, issuer: 'http://localhost:3001' }
  expect(() => readConfig({ ...production, ...oidc(onThisMachine) })).toThrow(/SALLYPORT_OIDC: .*https/)
  expect(readConfig(oidc(onThisMachine)).providers).toHaveLength(1)
  // Development has one of this name already.
  expect(() => readConfig(oidc({ ...acme, id: 'example' }))).toThrow(ConfigError)
})
