import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newAddress } from '../support/address.ts'
import { administered, Zone } from '../support/administered.ts'
import { openChromium } from '../support/chromium.ts'
import { type RunningConsole, runConsole } from '../support/console.ts'
import { atProvider, type TestProvider, testProvider } from '../support/oidc.ts'
import { confirmed, enroll, newPerson } from '../support/person.ts'

let chromium: Browser
let provider: TestProvider
let running: RunningConsole
const zone = new Zone()

beforeAll(async () => {
  chromium = await openChromium()
  // Another site, so that it is a browser which decides what cookies go along on the way back.
  provider = await testProvider({}, { host: '127.0.0.1', asks: true })
  running = await runConsole({ providers: [provider.provider], resolveTxt: zone.resolve })
  await provider.serve(running.origin, running.clock)
})
afterAll(async () => {
  await Promise.all([chromium.close(), running.close(), provider.close()])
})

/** What a page of the console gets, with the cookies that the browser has for it. */
function ask(page: Page, method: string, path: string, body: object = {}) {
  return page.evaluate(
    async ([verb, target, sent]) => {
      const { csrf } = (await (await fetch('/api/session')).json()) as { csrf: string }
      const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf }
      const response = await fetch(target, verb === 'GET' ? {} : { method: verb, headers, body: sent })
      const text = await response.text()
      return { status: response.status, body: text === '' ? null : JSON.parse(text) }
    },
    [method, path, JSON.stringify(body)] as const,
  )
}

/** Signs in at the provider, and gives where its page has sent the browser in the end. */
async function through(page: Page, location: string): Promise<string | null> {
  await page.goto(location)
  const back = page.waitForResponse((response) => response.url().includes('/api/providers/example/callback'))
  await page.getByRole('button').click()
  const callback = await back
  // Another site sends it back, so nothing else came along.
  expect(await callback.request().headerValue('cookie')).toMatch(/^__Host-console-oidc=[^;]+$/)
  await page.waitForURL((url) => url.origin === running.origin)
  await page.waitForLoadState('networkidle')
  return await callback.headerValue('location')
}

function atAnotherSite(page: Page): Promise<void> {
  return page.waitForURL((url) => url.origin !== running.origin)
}

async function signInThere(page: Page): Promise<string | null> {
  await page.goto(`${running.origin}/sign-in`)
  const { body } = await ask(page, 'POST', '/api/providers/example/begin')
  return await through(page, body.location)
}

test('a browser comes back from another site, and is signed in with cookies that other sites never get', async () => {
  const email = newAddress()
  provider.person = atProvider(email)
  const context = await chromium.newContext()
  const page = await context.newPage()
  expect(await signInThere(page)).toBe('/')
  expect((await ask(page, 'GET', '/api/session')).body.account).toMatchObject({ email })
  const cookies = await context.cookies(running.origin)
  expect(cookies.every(({ sameSite }) => sameSite === 'Strict')).toBe(true)
  // Passkeys may have been asked for by the page it came from, or not yet.
  const names = cookies.map(({ name }) => name).filter((name) => name !== '__Host-sallyport-passkey')
  expect(names.toSorted()).toEqual(['__Host-console-browser', '__Host-console-session'])
  await context.close()
})

test('whoever links a provider in a browser comes back to their account, and with MFA to their challenge', async () => {
  const person = await newPerson(running)
  provider.person = atProvider(person.email)
  const context = await chromium.newContext()
  const page = await context.newPage()
  await page.goto(`${running.origin}/sign-in`)
  const { email, password } = person
  expect((await ask(page, 'POST', '/api/sign-in', { email, password })).body).toEqual({ status: 'signed_in' })
  expect((await ask(page, 'POST', '/api/password-check', { password })).status).toBe(204)
  const begun = await ask(page, 'POST', '/api/account/providers/example/link')
  expect(await through(page, begun.body.location)).toBe('/account?linked=example')
  expect((await ask(page, 'GET', '/api/account/providers')).body.providers[0].linked.email).toBe(email)

  await enroll(running, person, 'totp')
  await context.clearCookies()
  expect(await signInThere(page)).toBe('/challenge')
  expect((await ask(page, 'GET', '/api/session')).body.account).toBeNull()
  expect((await ask(page, 'GET', '/api/mfa/challenge')).status).toBe(200)
  await context.close()
})

test('whoever signs in again to confirm something is asked again there, comes back to the page, and can do it', async () => {
  provider.person = atProvider(newAddress())
  const context = await chromium.newContext()
  const page = await context.newPage()
  expect(await signInThere(page)).toBe('/')
  await page.goto(`${running.origin}/api-keys`)
  const create = async () => {
    await page.getByLabel('Name', { exact: true }).fill('nightly')
    await page.getByLabel('teams:read').check()
    await page.getByRole('button', { name: 'Create API key', exact: true }).click()
  }
  await create()
  await page.getByRole('button', { name: 'Sign in again to confirm', exact: true }).click()
  const [asked, maxAge] = [provider.asked, page.waitForRequest((request) => request.url().includes('max_age=60'))]
  await page.getByRole('button', { name: 'Continue with Example ID' }).click()
  await maxAge
  await atAnotherSite(page)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${running.origin}/api-keys`)
  expect(provider.asked).toBeGreaterThan(asked)
  await create()
  await page.getByRole('button', { name: 'I have stored it' }).click()
  // It was for this once.
  await page.getByRole('button', { name: 'Sign out' }).click()
  const begun = page.waitForRequest((request) => request.url().endsWith('/api/providers/example/begin'))
  await page.getByRole('button', { name: 'Continue with Example ID' }).click()
  expect((await begun).postDataJSON()).toEqual({ fresh: false })
  await context.close()
})

test('an account that an organisation signs in offers no other e-mail address', async () => {
  const { owner, managed, teamId } = await administered(running, zone)
  const { issuer, clientId, clientSecret } = provider.provider
  const sso = { issuer, clientId, clientSecret, trusted: false, on: true }
  expect((await confirmed(running, owner, 'PUT', `/api/teams/${teamId}/sso`, sso)).status).toBe(204)
  running.clock.advance(1)
  provider.person = atProvider(managed.email)
  const context = await chromium.newContext()
  const page = await context.newPage()
  await page.goto(`${running.origin}/sign-in`)
  await page.getByLabel('E-mail').fill(managed.email)
  await page.getByRole('button', { name: 'Sign in with your organisation' }).click()
  await atAnotherSite(page)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${running.origin}/security`)
  await page.goto(`${running.origin}/account`)
  await page.getByText('Observatory goes by it, so you can’t change it here.').waitFor()
  await page.getByRole('button', { name: 'Change phone number' }).waitFor()
  expect(await page.getByRole('button', { name: 'Change e-mail address' }).count()).toBe(0)
  await context.close()
})
