import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { person } from '../support/account.ts'
import { newAddress } from '../support/address.ts'
import { openChromium } from '../support/chromium.ts'
import { type RunningConsole, runConsole, type RunOptions } from '../support/console.ts'
import { atProvider, type TestProvider, testProvider } from '../support/oidc.ts'
import { enroll, type Person } from '../support/person.ts'
import { resetTokenTo } from '../support/reset.ts'

const minute = 60_000
const hour = 60 * minute
const newPassword = 'plain words about rivers'

let chromium: Browser
let running: RunningConsole
let context: BrowserContext
let page: Page
const faults: string[] = []

beforeAll(async () => {
  chromium = await openChromium()
})
afterAll(() => chromium.close())
beforeEach(async () => {
  context = await chromium.newContext({ locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' })
  page = await tab()
})
afterEach(async () => {
  await context.close()
  await running.close()
  expect(faults.splice(0)).toEqual([])
})

async function tab(): Promise<Page> {
  const opened = await context.newPage()
  opened.setDefaultTimeout(10_000)
  opened.on('pageerror', (error) => faults.push(String(error)))
  return opened
}

/** A console that asks for this, and someone with a password there. */
async function start(enforcement?: RunOptions['enforcement']): Promise<Person> {
  running = await runConsole(enforcement === undefined ? {} : { enforcement })
  return await person(running)
}

const click = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
const type = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value)
const heading = (name: string, on = page) => on.getByRole('heading', { level: 1, name, exact: true }).waitFor()
const lead = () => page.locator('.lead').textContent()
const banner = () => page.getByRole('complementary', { name: 'Second factor' })
const pages = () => page.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link').allInnerTexts()
const path = () => new URL(page.url()).pathname
const open = (place: string) => page.goto(running.origin + place)
const isSignedIn = () =>
  page.evaluate(async () => ((await (await fetch('/api/session')).json()) as { account: unknown }).account !== null)

async function enter(code: string): Promise<void> {
  await type('Code', code)
  await click('Confirm')
}

/** On the page that asks for it. */
async function giveCredentials({ email, password }: Pick<Person, 'email' | 'password'>): Promise<void> {
  await type('E-mail', email)
  await type('Password', password)
  await click('Sign in')
}

async function signOut(): Promise<void> {
  await click('Sign out')
  await heading('Sign in')
}

/** The newest code of the authenticator app; one that it has not shown before. */
function appCode(secret: string): string {
  running.clock.advance(minute)
  return authenticator(secret).codeAt(running.clock())
}

/** Sets up the authenticator app whose key the page shows by now; its secret. */
async function scanAndSave(): Promise<string> {
  const secret = (await page.locator('.manual-key').innerText()).replace(/\s/g, '')
  await enter(authenticator(secret).codeAt(running.clock()))
  await heading('Save your recovery codes')
  await click('I have saved them')
  // A sign-in of the very millisecond in which MFA is turned on is one from before.
  running.clock.advance(1)
  return secret
}

describe('a forgotten password', () => {
  /** From the sign-in page to the one that says it is done. */
  async function choosePassword({ email }: Person): Promise<void> {
    await open('/sign-in')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await heading('Forgot your password?')
    await type('E-mail', email)
    await click('Send a link')
    await heading('Look in your mailbox')
    await running.console.settled()
    const token = resetTokenTo(running, email)

    await open(`/reset-password#${token}`)
    await heading('Choose a new password')
    expect(page.url()).toBe(`${running.origin}/reset-password`)
    expect(await page.evaluate('document.documentElement.outerHTML')).not.toContain(token)
    await type('New password', newPassword)
    await click('Change password')
    await heading('Your password is changed')
    expect(await isSignedIn()).toBe(false)
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
    // Of what comes next, nothing happens in the very millisecond of the reset.
    running.clock.advance(1000)
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
    await heading('Sign in')
  }

  test('is replaced by a link in the mail, which signs nobody in; the new one does where MFA is off', async () => {
    const owner = await start()
    await choosePassword(owner)
    await giveCredentials(owner)
    await page.getByText('Is the address not confirmed yet?').waitFor()
    await giveCredentials({ ...owner, password: newPassword })
    await heading('Security')
    expect(await isSignedIn()).toBe(true)
  })

  test('leaves the second factor as it was: the next sign-in asks for it, and no code by e-mail passes', async () => {
    const owner = await start()
    const app = await enroll(running, owner, 'totp')
    await enroll(running, owner, 'email')
    running.clock.advance(hour)
    const ways = async () => {
      await heading('Confirm it’s you to sign in')
      await click('Try another way')
      return await page.locator('.choice strong').allInnerTexts()
    }
    await open('/sign-in')
    await giveCredentials(owner)
    expect(await ways()).toEqual(['E-mail', 'Recovery code'])
    await click('Cancel')

    await choosePassword(owner)
    await giveCredentials({ ...owner, password: newPassword })
    expect(await ways()).toEqual(['Recovery code'])
    expect(await isSignedIn()).toBe(false)
    await enter(appCode(app.secret))
    await heading('Security')

    // Shown to be its owner by something else, they may have a code by e-mail again.
    await signOut()
    await giveCredentials({ ...owner, password: newPassword })
    expect(await ways()).toEqual(['E-mail', 'Recovery code'])
  })

  test('signs nobody past the second factor that everyone must have', async () => {
    const owner = await start({ who: 'everyone', from: 0 })
    await choosePassword(owner)
    await giveCredentials({ ...owner, password: newPassword })
    await heading('Set up a second factor to go on')
    expect(await pages()).toEqual(['Security', 'Help'])
  })
})

describe('a second factor that everyone needs from a day on', () => {
  const from = Date.UTC(2030, 11, 1)

  test('is called for once at each sign-in, with why and until when; later will do, and a banner stays', async () => {
    const owner = await start({ who: 'everyone', from })
    await open('/teams')
    for (const place of ['Teams', 'Security']) {
      await heading('Sign in')
      await giveCredentials(owner)
      await heading('You will need a second factor')
      expect(await lead()).toBe('From 1 Dec 2030 you need a second factor, because everyone must.')
      expect(await banner().count()).toBe(0)
      await click('Later')
      await heading(place)
      expect(await banner().textContent()).toContain('From 1 Dec 2030 you need a second factor.')

      // Once: neither another page nor the same one again brings it back.
      await page.getByRole('link', { name: 'API keys', exact: true }).click()
      await heading('API keys')
      await open('/')
      await heading('Security')
      expect(await banner().count()).toBe(1)
      await signOut()
    }
  })

  test('can be set up at once, and then nothing more is said of it', async () => {
    const owner = await start({ who: 'everyone', from })
    await open('/teams')
    await heading('Sign in')
    await giveCredentials(owner)
    await click('Set up now')
    await heading('Security')
    await click('Set up authenticator app')
    await type('Password', owner.password)
    await click('Confirm')
    const secret = await scanAndSave()
    await heading('Teams')
    expect(await banner().count()).toBe(0)
    await signOut()
    await giveCredentials(owner)
    await heading('Confirm it’s you to sign in')
    await enter(appCode(secret))
    await heading('Security')
  })
})

describe('a second factor that everyone must have by now', () => {
  const enforcement = { who: 'everyone', from: 0 } as const
  const needed = 'Set up a second factor to go on'

  test('is set up before anything else opens; then the page opens that was wanted', async () => {
    const owner = await start(enforcement)
    await open('/teams')
    await heading('Sign in')
    await giveCredentials(owner)
    await heading(needed)
    expect(await lead()).toBe('You need a second factor, because everyone must.')
    expect(await page.getByRole('button', { name: 'Later' }).count()).toBe(0)
    expect(await pages()).toEqual(['Security', 'Help'])
    const other = await tab()
    for (const place of ['/', '/teams', '/account', '/api-keys', '/sign-in', '/no-such-page']) {
      await other.goto(running.origin + place)
      await heading(needed, other)
    }
    await other.close()
    await page.getByRole('link', { name: 'Get help' }).click()
    await heading('When you can’t get in')
    await page.goBack()
    await heading(needed)

    await click('Set up now')
    await heading('Security')
    await page.getByRole('heading', { level: 2, name: needed }).waitFor()
    expect(await pages()).toEqual(['Security', 'Help'])
    await click('Set up authenticator app')
    await type('Password', owner.password)
    await click('Confirm')
    await scanAndSave()
    await heading('Teams')
    expect(await pages()).toEqual(['Security', 'Account', 'API keys', 'Teams'])
    await page.reload()
    await heading('Teams')
  })

  test('keeps nobody from signing out', async () => {
    const owner = await start(enforcement)
    await open('/sign-in')
    await giveCredentials(owner)
    await heading(needed)
    await signOut()
    expect(await isSignedIn()).toBe(false)
    await giveCredentials(owner)
    await heading(needed)
  })
})

describe('signing in with a provider', () => {
  let provider: TestProvider
  afterEach(() => provider.close())

  /** A console that knows nobody yet, and someone at its provider. */
  async function startThere(enforcement: RunOptions['enforcement']): Promise<void> {
    provider = await testProvider({}, { host: '127.0.0.1', asks: true })
    running = await runConsole({
      providers: [provider.provider],
      ...(enforcement === undefined ? {} : { enforcement }),
    })
    await provider.serve(running.origin, running.clock)
    provider.person = atProvider(newAddress())
  }

  async function goThrough(): Promise<void> {
    await heading('Sign in')
    await click('Continue with Example ID')
    await page.waitForURL((url) => url.origin !== running.origin)
    await click('Sign in')
    await page.waitForURL((url) => url.origin === running.origin)
  }

  test('ends where it says that a second factor will be needed, and later at the page that was wanted', async () => {
    await startThere({ who: 'everyone', from: Date.UTC(2030, 11, 1) })
    await open('/teams')
    await goThrough()
    await heading('You will need a second factor')
    expect(await lead()).toBe('From 1 Dec 2030 you need a second factor, because everyone must.')
    await click('Later')
    await heading('Teams')
    expect(await banner().count()).toBe(1)
  })

  test('opens nothing before the second factor that everyone must have; then the page that was wanted', async () => {
    await startThere({ who: 'everyone', from: 0 })
    await open('/teams')
    await goThrough()
    await heading('Set up a second factor to go on')
    expect(await pages()).toEqual(['Security', 'Help'])
    await click('Set up now')
    await heading('Security')
    // Without a password, what confirms that it is them is to sign in anew.
    await click('Set up authenticator app')
    await click('Sign in again to confirm')
    await goThrough()
    await heading('Set up a second factor to go on')
    await click('Set up now')
    await click('Set up authenticator app')
    const secret = await scanAndSave()
    await heading('Teams')

    // From then on it is asked for after the provider, which knows them still.
    await signOut()
    await click('Continue with Example ID')
    await heading('Confirm it’s you to sign in')
    expect(path()).toBe('/challenge')
    await enter(appCode(secret))
    await heading('Security')
    expect(await banner().count()).toBe(0)
  })
})
