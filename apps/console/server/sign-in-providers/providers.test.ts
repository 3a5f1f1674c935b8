import { expect, test } from 'vitest'
import { parseProviders } from './providers.ts'

const origin = 'https://console.example'
const good = {
  id: 'acme',
  name: 'Acme',
  issuer: 'https://id.acme.example',
  clientId: 'console',
  clientSecret: 's3cret',
}
const parse = (providers: unknown) => parseProviders(JSON.stringify(providers), origin)

test('providers are taken as they are written, and not trusted unless that is said', () => {
  expect(parse([good, { ...good, id: 'other', issuer: 'https://other.example', trusted: true }])).toEqual({
    ok: true,
    providers: [
      { ...good, trusted: false },
      { ...good, id: 'other', issuer: 'https://other.example', trusted: true },
    ],
  })
  expect(parse([])).toEqual({ ok: true, providers: [] })
})

test.each([
  ['must be a JSON array of providers', good],
  ['must be a JSON array of providers', 'acme'],
  ['provider 1 clientSecret', [{ ...good, clientSecret: undefined }]],
  ['provider 2 clientSecret', [good, { ...good, clientSecret: '' }]],
  ['provider 1 id', [{ ...good, id: 'Acme Inc' }]],
  ['provider 1 id', [{ ...good, id: 'sso:team' }]],
  // The address that its people come back to would be a team's.
  ['provider 1 id must not begin with sso-', [{ ...good, id: 'sso-team' }]],
  ['provider 1 name', [{ ...good, name: ' ' }]],
  ['provider 1 trusted', [{ ...good, trusted: 'yes' }]],
  ['allowInsecure', [{ ...good, allowInsecure: true }]],
  ['the issuer of acme must be an https address', [{ ...good, issuer: 'http://id.acme.example' }]],
  ['the issuer of acme must be an https address', [{ ...good, issuer: 'http://localhost:3001' }]],
  ['two providers have the same id', [good, { ...good, issuer: 'https://other.example' }]],
  ['two providers have the same issuer', [good, { ...good, id: 'other' }]],
])('what is wrong is said, and no secret with it: %s', (fault, providers) => {
  const parsed = parse(providers)
  expect(parsed).toEqual({ ok: false, fault: expect.stringContaining(fault) })
  expect(JSON.stringify(parsed)).not.toContain('s3cret')
})

test('what is no JSON is said to be none', () => {
  expect(parseProviders('{', origin)).toEqual({ ok: false, fault: 'must be a JSON array of providers' })
})
