import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openChromium } from '../support/chromium.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { enroll, newPerson, type Person, sentCode, wrongCode } from '../support/person.ts'

let chromium: Browser
let running: RunningConsole
let context: BrowserContext
let page: Page
const faults: string[] = []

beforeAll(async () => {
  chromium = await openChromium()
  running = await runConsole()
})
afterAll(async () => {
  await chromium.close()
  await running.close()
})
beforeEach(async () => {
  // Every test is a while after the one before, so that none meets the limits of another.
  running.clock.advance(3_600_000)
  context = await chromium.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  page = await tab()
})
afterEach(async () => {
  await context.close()
  expect(faults.splice(0)).toEqual([])
})

async function tab(): Promise<Page> {
  const opened = await context.newPage()
  opened.setDefaultTimeout(10_000)
  opened.on('pageerror', (error) => faults.push(String(error)))
  return opened
}

const button = (on: Page, name: string | RegExp) => on.getByRole('button', { name })
const heading = (on: Page, name: string | RegExp) => on.getByRole('heading', { level: 1, name }).waitFor()
const says = (on: Page, words: string | RegExp) => on.getByText(words).waitFor()
const type = (on: Page, label: string, value: string) => on.getByLabel(label, { exact: true }).fill(value)

async function enter(on: Page, code: string): Promise<void> {
  await type(on, 'Code', code)
  await button(on, 'Confirm').click()
}

async function signInAs(on: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<void> {
  await on.goto(`${running.origin}/sign-in`)
  await type(on, 'E-mail', email)
  await type(on, 'Password', password)
  await on.getByRole('button', { name: 'Sign in', exact: true }).click()
}

async function registerAs(on: Page, email: string, phone = ''): Promise<void> {
  await on.goto(`${running.origin}/register`)
  await type(on, 'E-mail', email)
  await type(on, 'Password', 'seven mild herons wade')
  await on.getByLabel('Country').selectOption('GB')
  await type(on, 'Phone (optional)', phone)
  await button(on, 'Create account').click()
  await heading(on, 'Confirm your e-mail address')
}

/** The session of everyone in this browser ends where no page hears of it. */
async function endSession(): Promise<void> {
  await context.clearCookies({ name: '__Host-console-session' })
}

/** Time goes by, on the console and on the page, which must have its clock installed. */
async function pass(milliseconds: number): Promise<void> {
  running.clock.advance(milliseconds)
  await page.clock.runFor(milliseconds)
}

const newEmail = (): string => `${crypto.randomUUID()}@example.com`

test('a page that was shown to one person does nothing for another who signed in meanwhile', async () => {
  const [ada, bea] = [await newPerson(running), await newPerson(running)]
  await signInAs(page, ada)
  await heading(page, 'Security')
  const other = await tab()
  await endSession()
  await signInAs(other, bea)
  await heading(other, 'Security')

  const sentToBea = () => running.emails.messages.filter(({ to }) => to === bea.email).length
  const before = sentToBea()
  await button(page, 'Set up e-mail').click()
  await says(page, 'Someone else is signed in in this browser now')
  await page.locator('.lead').getByText(bea.email).waitFor()
  expect(await page.getByText(ada.email).count()).toBe(0)
  expect(await button(page, 'Set up e-mail').count()).toBe(1)
  expect(sentToBea()).toBe(before)
})

test('without a session, everything that is done on the security page leads to the sign-in', async () => {
  const ada = await newPerson(running)
  await enroll(running, ada, 'email')
  await enroll(running, ada, 'sms')
  const acts: readonly (() => Promise<void>)[] = [
    () => button(page, 'Make primary Text message').click(),
    () => button(page, 'Set up authenticator app').click(),
    async () => {
      await button(page, 'Rename E-mail').click()
      await type(page, 'Name', 'Post')
      await button(page, 'Save').click()
    },
  ]
  const { cookies } = ada.browser
  for (const act of acts) {
    await context.addCookies(
      [...cookies].map(([name, value]) => ({
        name,
        value,
        url: running.origin.replace('http:', 'https:'),
        secure: true,
      })),
    )
    await page.goto(`${running.origin}/security`)
    await heading(page, 'Security')
    await endSession()
    await act()
    await heading(page, 'Sign in')
    await says(page, 'You are signed out. Sign in again.')
    expect(new URL(page.url()).pathname).toBe('/sign-in')
  }
})

test('a new code takes away what was wrong with the one before', async () => {
  const email = newEmail()
  await page.clock.install()
  await registerAs(page, email)
  await says(page, `We sent a code to ${email}`)
  await enter(page, wrongCode(sentCode(running, email)))
  await says(page, 'That code is not right')

  await pass(60_000)
  await button(page, 'Send a new code').click()
  await says(page, `We sent a new code to ${email}`)
  expect(await page.getByText('That code is not right').count()).toBe(0)
  await enter(page, sentCode(running, email))
  await heading(page, 'Now sign in')
})

test('a new code that can’t be sent takes nothing away that was typed', async () => {
  await page.clock.install()
  await registerAs(page, newEmail())
  await type(page, 'Code', '123')
  await pass(60_000)
  await page.route('**/api/confirmation/prompt', (route) => route.abort())
  await button(page, 'Send a new code').click()
  await says(page, 'We couldn’t reach the server')
  expect(await page.getByLabel('Code', { exact: true }).inputValue()).toBe('123')

  await button(page, 'Confirm').click()
  await says(page, 'Enter the 6 digits of the code.')
  expect(await page.getByText('We couldn’t reach the server').count()).toBe(0)
})

test('a code that has expired is not asked for any more', async () => {
  await page.clock.install()
  await registerAs(page, newEmail())
  await says(page, 'It works for another')
  await pass(5 * 60_000)
  await says(page, 'That code has expired. Send a new one.')
  expect(await button(page, 'Confirm').getAttribute('aria-disabled')).toBe('true')
  await button(page, 'Send a new code').click()
  await says(page, 'We sent a new code to')
  expect(await button(page, 'Confirm').getAttribute('aria-disabled')).toBeNull()
})

test('what the last page had to say is said once', async () => {
  await page.goto(`${running.origin}/security`)
  await heading(page, 'Sign in')
  await says(page, 'Sign in to see the security page.')
  await page.reload()
  await heading(page, 'Sign in')
  expect(await page.getByText('Sign in to see the security page.').count()).toBe(0)
})

test('a page of an older registration catches up with the one this browser confirms by now', async () => {
  const [older, newer] = [newEmail(), newEmail()]
  await registerAs(page, older)
  const other = await tab()
  await registerAs(other, newer)

  await enter(page, sentCode(running, older))
  await says(page, 'This page was behind; please enter the code for')
  expect(await page.getByText(older).count()).toBe(0)
  await enter(page, sentCode(running, newer))
  await heading(page, 'Now sign in')
})

test('who mistyped the address starts again from what was typed, without the password', async () => {
  const email = newEmail()
  await registerAs(page, email, '07400 123456')
  await page.getByRole('link', { name: 'Start again' }).click()
  await heading(page, 'Create your account')
  const typed = (label: string) => page.getByLabel(label, { exact: true }).inputValue()
  const fields = ['E-mail', 'Country', 'Phone (optional)', 'Password']
  expect(await Promise.all(fields.map(typed))).toEqual([email, 'GB', '07400 123456', ''])
})

test('after the code that pauses the account the page says for how long, and not that nothing is lost', async () => {
  const ada = await newPerson(running)
  await enroll(running, ada, 'email')
  running.clock.advance(3_600_000)
  for (const ended of [
    'Nothing is lost: sign in again.',
    'this account takes no more for now. Try again in 15 minutes.',
  ]) {
    await signInAs(page, ada)
    await heading(page, /Confirm it’s you/)
    const wrong = wrongCode(sentCode(running, ada.email))
    for (const left of ['4 tries left', '3 tries left', '2 tries left', '1 try left']) {
      await enter(page, wrong)
      await says(page, left)
    }
    await enter(page, wrong)
    await heading(page, 'This sign-in is over')
    expect(await page.locator('.lead').textContent()).toContain(ended)
    running.clock.advance(60_000)
  }
})

test('whoever comes to a page that asks for a code can type it at once, also by another way or after a new one', async () => {
  const ada = await newPerson(running)
  await enroll(running, ada, 'email')
  await enroll(running, ada, 'totp')
  running.clock.advance(3_600_000)
  await page.clock.install()
  const field = page.getByLabel('Code', { exact: true })
  const focus = () => expect.poll(() => page.evaluate('document.activeElement.name')).toBe('code')
  const about = (words: string) => page.getByRole('textbox', { name: 'Code', description: new RegExp(words) }).waitFor()

  await signInAs(page, ada)
  await field.waitFor()
  await focus()
  await about('Confirm it’s you to sign in E-mail We sent a code')
  await button(page, 'Try another way').click()
  await button(page, /^Authenticator app/).click()
  await focus()
  await about('Enter the code that the app shows')
  await button(page, 'Try another way').click()
  await button(page, /^E-mail/).click()
  await field.waitFor()
  await focus()
  await pass(60_000)
  await button(page, 'Send a new code').click()
  await says(page, 'We sent a new code')
  await focus()

  await registerAs(page, newEmail())
  await focus()
})

test('a wait for the next code is counted down in one place', async () => {
  const ada = await newPerson(running)
  await enroll(running, ada, 'email')
  running.clock.advance(3_600_000)
  await signInAs(page, ada)
  await heading(page, /Confirm it’s you/)
  await button(page, 'Cancel').click()
  await signInAs(page, ada)
  await says(page, 'A code was sent a moment ago for an earlier try.')
  await button(page, /Send a code in \d/).waitFor()
  expect(await page.locator('.clock').count()).toBe(1)
})
