import { expect, test } from 'vitest'
import { testBrowser, testConsole } from '../../../test/support/quiet-console.ts'
import type { ConsoleOptions } from './app.ts'

async function asked(options: Partial<ConsoleOptions>, path: string) {
  const home = await testConsole(options)
  const { get, cookies } = testBrowser(home)
  const answer = await get(`/.well-known/${path}`)
  await home.remove()
  return { ...answer, cookies }
}

test('M5 the origins that may use the keys of this one are told, and where there are none there is nothing to tell', async () => {
  expect(await asked({}, 'webauthn')).toMatchObject({ status: 404, body: { code: 'route_not_found' } })
  const relatedOrigins = ['https://console.example.org', 'https://other.example']
  const told = await asked({ keyOptions: { relatedOrigins } }, 'webauthn')
  expect(told).toMatchObject({ status: 200, body: { origins: relatedOrigins } })
  expect(told.headers.get('content-type')).toMatch(/^application\/json/)
})

test('a password manager is led to where passkeys are kept, and to where the password is changed', async () => {
  const security = 'http://localhost:3000/security'
  const passkeys = await asked({}, 'passkey-endpoints')
  expect(passkeys).toMatchObject({ status: 200, body: { enroll: security, manage: security } })
  const password = await asked({}, 'change-password')
  expect([password.status, password.headers.get('location')]).toEqual([302, '/account'])
  expect([...passkeys.cookies, ...password.cookies]).toEqual([])
})
