import { expect, test } from 'vitest'
import { isReachable, isUsableIssuer } from './issuer.ts'

const origin = 'https://console.example'
const local = 'http://localhost:3000'

test('an issuer is an https address and nothing more', () => {
  for (const issuer of ['https://id.example', 'https://id.example/', 'https://id.example:8443/realms/acme']) {
    expect(isUsableIssuer(issuer, { origin, by: 'team' })).toBe(true)
  }
  for (const issuer of [
    '',
    'id.example',
    'http://id.example',
    'https://id.example?tenant=acme',
    'https://id.example#acme',
    'https://user:secret@id.example',
    'https://id.example/ acme',
    'ftp://id.example',
    'javascript:alert(1)',
    `https://id.example/${'a'.repeat(256)}`,
  ]) {
    expect([issuer, isUsableIssuer(issuer, { origin, by: 'operator' })]).toEqual([issuer, false])
  }
})

test.each([
  'https://127.0.0.1',
  'https://localhost',
  'https://sub.localhost',
  'https://10.1.2.3',
  'https://172.31.255.255',
  'https://192.168.0.1',
  'https://169.254.169.254/latest/meta-data',
  'https://100.64.0.1',
  'https://0.0.0.0',
  'https://255.255.255.255',
  // The same in other spellings.
  'https://2130706433',
  'https://0x7f.1',
  'https://0177.0.0.1',
  'https://[::1]',
  'https://[::]',
  'https://[fe80::1]',
  'https://[fd00::1]',
  'https://[::ffff:10.0.0.1]',
  'https://[::ffff:7f00:1]',
  'https://[64:ff9b::10.0.0.1]',
  'https://intranet',
  'https://metadata.google.internal',
  'https://printer.local',
])('what a team chose must not be inside: %s', (address) => {
  expect(isReachable(address, { origin, by: 'team' })).toBe(false)
})

test('addresses of the internet, and those that whoever runs the console chose, are reached', () => {
  for (const address of ['https://203.0.113.7', 'https://[2001:db8::1]', 'https://id.example']) {
    expect([address, isReachable(address, { origin, by: 'team' })]).toEqual([address, true])
  }
  expect(isReachable('https://10.1.2.3', { origin, by: 'operator' })).toBe(true)
  expect(isReachable('https://keycloak', { origin, by: 'operator' })).toBe(true)
})

test('plain http is for this machine, from a console on this machine', () => {
  for (const by of ['operator', 'team'] as const) {
    for (const address of ['http://localhost:3001', 'http://127.0.0.1:3001', 'http://[::1]:3001']) {
      expect([address, isReachable(address, { origin: local, by })]).toEqual([address, true])
      expect([address, isReachable(address, { origin, by })]).toEqual([address, false])
    }
    expect(isReachable('http://id.example', { origin: local, by })).toBe(false)
    expect(isReachable('http://localhost.id.example', { origin: local, by })).toBe(false)
  }
})
