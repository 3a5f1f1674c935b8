import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { person } from '../support/account.ts'
import { openChromium } from '../support/chromium.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { answer, elsewhere, type Enrolled, enroll, type Person, signIn } from '../support/person.ts'

let chromium: Browser
let running: RunningConsole
let context: BrowserContext
let page: Page
let ada: Person
let app: Enrolled
const faults: string[] = []

beforeAll(async () => {
  chromium = await openChromium()
})
afterAll(() => chromium.close())
beforeEach(async () => {
  running = await runConsole({ limits: { triesPerNetwork: 5 } })
  context = await chromium.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => faults.push(String(error)))
  ada = await person(running)
  app = await enroll(running, ada, 'totp')
})
afterEach(async () => {
  await context.close()
  await running.close()
  expect(faults.splice(0)).toEqual([])
})

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
const says = (words: string | RegExp) => page.getByText(words).first().waitFor()
const type = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value)
const focused = () => page.evaluate<string>('document.activeElement.textContent')
const trust = () => page.getByRole('checkbox', { name: 'Trust this browser for 30 days' })
const rows = (list: string): Locator => page.getByRole('list', { name: list, exact: true }).getByRole('listitem')

/** The code that the app shows by now; each is good once in its 30 seconds. */
function nextCode(): string {
  running.clock.advance(30_000)
  return authenticator(app.secret).codeAt(running.clock())
}

async function givePassword(): Promise<void> {
  await page.goto(`${running.origin}/sign-in`)
  await type('E-mail', ada.email)
  await type('Password', ada.password)
  await button('Sign in').click()
}

async function giveCode(code: string): Promise<void> {
  await type('Code', code)
  await button('Confirm').click()
}

async function signOut(): Promise<void> {
  await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click()
  await heading('Sign in')
}

test('a trusted browser signs in by the password alone, until it is removed', async () => {
  await givePassword()
  await heading(/Confirm it’s you/)
  expect(await trust().isChecked()).toBe(false)
  await trust().check()
  await giveCode(nextCode())
  await heading('Security')

  await signOut()
  await givePassword()
  await heading('Security')
  expect(await rows('Trusted browsers').innerText()).toMatch(/^Chrome on Linux\s+This browser/)
  await says('Signed in from a trusted browser, without a second factor')

  await button('Remove Chrome on Linux').click()
  await button('Cancel').click()
  expect(await focused()).toBe('Remove Chrome on Linux')
  await button('Remove Chrome on Linux').click()
  await button('Remove').click()
  await says('Chrome on Linux is not trusted any more.')
  await says('None. When you sign in, you can choose')
  expect(await focused()).toBe('Trusted browsers')

  await signOut()
  await givePassword()
  await heading(/Confirm it’s you/)
})

test('the choice to trust a browser outlasts a wrong code and another way, and is not there for a recovery code', async () => {
  await givePassword()
  await trust().check()
  await giveCode('000000')
  await says('4 tries left')
  expect(await trust().isChecked()).toBe(true)
  await button('Try another way').click()
  await button(/^Recovery code/).click()
  await page.getByLabel('Recovery code', { exact: true }).waitFor()
  expect(await trust().count()).toBe(0)
  await button('Try another way').click()
  await button(/^Authenticator app/).click()
  expect(await trust().isChecked()).toBe(true)
  await giveCode(nextCode())
  await heading('Security')
  expect(await rows('Trusted browsers').count()).toBe(1)
})

test('whoever is signed in elsewhere sees it, and signs out there after a confirmation', async () => {
  const other = elsewhere(ada)
  await signIn(other)
  expect((await answer(other.browser, app.enrollmentId, nextCode())).status).toBe(200)
  await givePassword()
  await trust().check()
  await giveCode(nextCode())
  await heading('Security')
  await says('A trusted browser that you sign out stays trusted until you remove it under Trusted browsers.')
  await button('Sign out Unknown browser').first().click()
  await page.getByRole('dialog', { name: 'Confirm it’s you' }).waitFor()
  await giveCode(nextCode())
  await says('Unknown browser is signed out.')
  expect(await focused()).toBe('Signed in')
  expect((await other.browser.get('/api/account')).status).toBe(401)
})

test('too many wrong tries from one network have it wait, and nothing that was typed is lost', async () => {
  await givePassword()
  await trust().check()
  for (const left of ['4 tries left', '3 tries left', '2 tries left', '1 try left']) {
    await giveCode('000000')
    await says(left)
  }
  const stranger = elsewhere(ada)
  await signIn({ ...stranger, password: 'not this one' })
  const code = nextCode()
  await giveCode(code)
  await says('Too many wrong tries from your network. Try again in')
  expect(await page.getByLabel('Code', { exact: true }).inputValue()).toBe(code)
  expect(await trust().isChecked()).toBe(true)
  expect(await button('Confirm').getAttribute('aria-disabled')).toBe('true')

  await page.goto(`${running.origin}/sign-in`)
  await type('E-mail', ada.email)
  await type('Password', ada.password)
  await button('Sign in').click()
  await says('Too many wrong tries from your network. Try again in')
  expect(await page.getByLabel('Password', { exact: true }).inputValue()).toBe(ada.password)
})
