import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openChromium } from '../support/chromium.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { enroll, newPerson, type Person, sentCode } from '../support/person.ts'
import { type VirtualKey, virtualKeys } from '../support/virtual-keys.ts'

/** One person with one browser, in the order in which things happen to them: each test begins where the last one ended. */
let chromium: Browser
let running: RunningConsole
let context: BrowserContext
let page: Page
let dialog: Locator
let ada: Person
let newKey: Awaited<ReturnType<typeof virtualKeys>>
let stick: VirtualKey
let phone: VirtualKey
const faults: string[] = []
const minute = 60_000

beforeAll(async () => {
  chromium = await openChromium()
  running = await runConsole()
  ada = await newPerson(running)
  await enroll(running, ada, 'email')
  running.clock.advance(10 * minute)
  context = await chromium.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  await wait(0)
  page.on('pageerror', (error) => faults.push(String(error)))
  dialog = page.getByRole('dialog', { name: 'Confirm it’s you' })
  newKey = await virtualKeys(page)
  stick = await newKey('stick')
})
afterAll(async () => {
  await chromium.close()
  await running.close()
})
afterEach(() => expect(faults.splice(0)).toEqual([]))

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
const inDialog = (name: string) => dialog.getByRole('button', { name, exact: true })
const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
const says = (words: string | RegExp) => page.getByText(words).first().waitFor()
const type = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value)
const row = (name: string) => page.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) })
const choices = () => page.getByRole('region', { name: 'Other ways' }).getByRole('listitem').allInnerTexts()
const codesSent = () => running.emails.messages.filter(({ text }) => /\b\d{6}\b/.test(text)).length

async function openSecurity(): Promise<void> {
  const url = running.origin.replace('http:', 'https:')
  await context.addCookies([...ada.browser.cookies].map(([name, value]) => ({ name, value, url, secure: true })))
  await page.goto(`${running.origin}/security`)
  await heading('Security')
}

/** For the page too. */
async function wait(milliseconds: number): Promise<void> {
  running.clock.advance(milliseconds)
  await page.clock.setFixedTime(running.clock())
}

async function signOut(): Promise<void> {
  await button('Sign out').click()
  await says('You are signed out.')
}

/** Nobody takes what Chromium offers by itself, which needs no click. */
async function leaveOffers(): Promise<void> {
  await page.evaluate(`{
    const credentials = navigator.credentials
    const ask = credentials.get.bind(credentials)
    const untilAborted = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    credentials.get = (options) =>
      options.mediation === 'conditional' ? untilAborted(options.signal) : ask(options)
  }`)
}

async function givePassword(): Promise<void> {
  await type('E-mail', ada.email)
  await type('Password', ada.password)
  await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click()
  await heading('Confirm it’s you to sign in')
}

async function useKey(): Promise<void> {
  await button('Use your key').click()
  await heading('Security')
}

test('two keys are set up, each under a name, and none twice', async () => {
  await openSecurity()
  await button('Set up security key or passkey').click()
  await type('Name (optional)', 'Blue stick')
  await button('Set up your key').click()
  await type('Code', sentCode(running, ada.email))
  await inDialog('Confirm').click()
  await says('Security key or passkey is set up as a second factor.')
  await row('Blue stick').getByText('On one device').waitFor()

  await button('Set up security key or passkey').click()
  await button('Set up your key').click()
  await inDialog('Use your key').click()
  await says('This key is set up already. Use another one.')
  await stick.touch(false)
  phone = await newKey('phone')
  // What was confirmed for the first one does for the next.
  await button('Set up your key').click()
  await row('Security key or passkey').getByText('Synced between devices').waitFor()
  expect(await dialog.count()).toBe(0)
})

test('a passkey signs in without a password, from the address field and by the button', async () => {
  // Chromium offers it among the addresses, and the touch takes the offer.
  await signOut()
  await heading('Security')
  await leaveOffers()
  const sent: string[] = []
  page.on('request', (request) => sent.push(new URL(request.url()).pathname))
  await signOut()
  await button('Sign in with a passkey').click()
  await heading('Security')
  expect(sent).toContain('/api/mfa/passkey/answer')
  expect(sent).not.toContain('/api/sign-in')
  await phone.touch(false)
})

test('the key that is there signs in, and no code is sent for that', async () => {
  await signOut()
  const sent = codesSent()
  for (const key of [stick, phone]) {
    await givePassword()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Use your key')
    // By now a key is to be asked with something newer, which the page gets by itself.
    await wait(6 * minute)
    await key.touch(true)
    await useKey()
    await key.touch(false)
    await signOut()
  }
  expect(codesSent()).toBe(sent)
})

test('whoever has the key not at hand is one click from another way', async () => {
  await givePassword()
  await button('Use your key').click()
  await says('Waiting for your key…')
  await button('Try another way').click()
  await button(/^E-mail/).click()
  await says('We sent a code to')
  await button('Try another way').click()
  await button(/^Security key or passkey/).click()
  // Another one that is nobody's here.
  const foreign = await newKey('stick')
  await button('Use your key').click()
  await says('Nothing was confirmed. Try again, or use another method.')
  expect(await choices()).toEqual([expect.stringMatching(/^E-mail/), expect.stringMatching(/^Recovery code/)])
  await foreign.takeAway()
  await button(/^E-mail/).click()
  await type('Code', sentCode(running, ada.email))
  await button('Confirm').click()
  await heading('Security')
})

test('a key that is removed signs in no more, and the browser is told', async () => {
  const [passkey] = await phone.credentials()
  if (passkey === undefined) throw new Error('the passkey is there')
  await stick.touch(true)
  await button('Remove Security key or passkey').click()
  await inDialog('Use your key').waitFor()
  // Nothing weaker takes it away.
  expect(await inDialog('Try another way').count()).toBe(0)
  await inDialog('Use your key').click()
  await says('Security key or passkey is removed.')
  await expect.poll(() => phone.credentials()).toEqual([])
  await row('Blue stick').waitFor()

  // A browser may not listen.
  await phone.hold([passkey])
  await signOut()
  await stick.touch(false)
  await phone.touch(true)
  await button('Sign in with a passkey').click()
  await says('This passkey belongs to no account here.')
  await expect.poll(() => phone.credentials()).toEqual([])
  await phone.takeAway()
  await stick.touch(true)
})

test('under a rule that asks for phishing resistance nothing else is offered', async () => {
  await givePassword()
  await useKey()
  await page.getByRole('link', { name: 'Teams' }).click()
  await type('Name', 'Observatory')
  await button('Create team').click()
  const places = page.getByRole('navigation', { name: 'Pages of Observatory' })
  await places.getByRole('link', { name: 'Security' }).click()
  await page.getByRole('radio', { name: 'Owners and admins' }).check()
  await page.getByRole('radio', { name: 'Phishing-resistant: security keys and passkeys only' }).check()
  await says(/owners and admins of Observatory need a second factor; only a security key or passkey counts\./i)
  await button('Save rule').click()
  await inDialog('Use your key').click()
  await says('The rule is saved.')
  await signOut()
  await givePassword()
  await button('Use your key').waitFor()
  expect(await button('Try another way').count()).toBe(0)
})

test('a copy of a key is refused, and its owner is told', async () => {
  const then = await stick.credentials()
  await useKey()
  await signOut()
  await stick.takeAway()
  const copy = await newKey('stick')
  await copy.hold(then)
  await givePassword()
  await button('Use your key').click()
  await says('This key was not accepted. Use another key of your account. 4 tries left.')
  await running.console.mfa.notices.deliver()
  const told = running.emails.messages.filter(({ to, text }) => to === ada.email && /copy/.test(text))
  expect(told.map(({ text }) => text)).toEqual([expect.stringContaining('Blue stick')])
})
