import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { smtp } from 'sallyport/senders/smtp'
import { twilio } from 'sallyport/senders/twilio'
import { codeIn } from 'sallyport/testing'
import { openChromium } from '../support/chromium.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { dumpOf, secretsIn } from '../support/dump.ts'
import { oathtool, readQrCode } from '../support/programs.ts'
import { startSmtpServer } from '../support/smtp-server.ts'
import { startTwilioServer } from '../support/twilio-server.ts'

const email = 'ada@example.com'
const password = 'seven mild herons wade'
const minute = 60_000

describe.each(databases)('the whole story in a browser, on %s', (on) => {
  let chromium: Browser
  let running: RunningConsole
  let mail: Awaited<ReturnType<typeof startSmtpServer>>
  let gateway: Awaited<ReturnType<typeof startTwilioServer>>
  let context: BrowserContext
  let page: Page
  const faults: string[] = []
  /** Every secret that was shown, sent or typed: none of them may be found in the dump. */
  const used: string[] = [password]

  beforeAll(async () => {
    chromium = await openChromium()
  })
  afterAll(() => chromium.close())
  beforeEach(async () => {
    mail = await startSmtpServer()
    gateway = await startTwilioServer()
    const { baseUrl, accountSid, authToken } = gateway
    running = await runConsole({
      on,
      email: smtp({ url: mail.url, from: 'Sallyport Console <console@example.com>' }),
      sms: twilio({ baseUrl, accountSid, authToken, from: '+15005550006' }),
    })
    context = await chromium.newContext({ locale: 'en-GB', acceptDownloads: true })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: running.origin })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('requestfinished', (request) => {
      if (!request.url().startsWith(running.origin) && !request.url().startsWith('blob:')) faults.push(request.url())
    })
  })
  afterEach(async () => {
    await context.close()
    await running.close()
    await Promise.all([mail.close(), gateway.close()])
  })

  const mailedCode = async (): Promise<string> =>
    remember(codeIn(await mail.inbox.take(({ text }) => /\d{6}/.test(text))))
  const textedCode = async (): Promise<string> =>
    remember(codeIn(await gateway.inbox.take(({ text }) => /#\d{6}/.test(text))))
  const remember = (code: string): string => {
    used.push(code)
    return code
  }
  const click = (name: string | RegExp): Promise<void> => page.getByRole('button', { name }).click()
  const type = (label: string, value: string): Promise<void> => page.getByLabel(label, { exact: true }).fill(value)
  const confirm = async (code: string): Promise<void> => {
    await type('Code', code)
    await click('Confirm')
  }
  const heading = (name: string | RegExp): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor()
  /** What is asked for over the page before a second factor is set up or changed: the password, or a code. */
  const dialog = () => page.getByRole('dialog', { name: 'Confirm it’s you' })
  const givePassword = async (): Promise<void> => {
    await dialog().getByLabel('Password', { exact: true }).fill(password)
    await dialog().getByRole('button', { name: 'Confirm', exact: true }).click()
    await dialog().waitFor({ state: 'hidden' })
  }
  const giveCode = async (code: string): Promise<void> => {
    await dialog().getByLabel('Code', { exact: true }).fill(code)
    await dialog().getByRole('button', { name: 'Confirm', exact: true }).click()
    await dialog().waitFor({ state: 'hidden' })
  }

  test(
    'register, confirm, set up three methods, keep the codes, sign in by the primary and by a fallback',
    { timeout: 60_000 },
    async () => {
      await registerAndConfirm()
      await signInWithPassword()
      await heading('Security')

      // The authenticator app: its secret is read from the picture, as a phone does it.
      await click('Set up authenticator app')
      await givePassword()
      const picture = page.getByRole('img', { name: 'QR code for your authenticator app' })
      const uri = new URL(readQrCode(await picture.screenshot()))
      expect(uri.host).toBe('totp')
      expect(uri.searchParams.get('issuer')).toBe('Sallyport Console')
      const secret = remember(uri.searchParams.get('secret') ?? '')
      await confirm(remember(oathtool(secret, running.clock())))

      await heading('Save your recovery codes')
      const codes = await page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem').allInnerTexts()
      expect(codes).toHaveLength(10)
      used.push(...codes)
      await click('Copy')
      expect(await page.evaluate('navigator.clipboard.readText()')).toContain(codes.join('\n'))
      const [download] = await Promise.all([page.waitForEvent('download'), click('Download')])
      expect(readFileSync(await download.path(), 'utf8')).toContain(codes.join('\n'))
      await page.evaluate(`globalThis.print = () => document.documentElement.setAttribute('data-printed', 'yes')`)
      await click('Print')
      expect(await page.locator('html').getAttribute('data-printed')).toBe('yes')
      await click('I have saved them')

      await heading('Security')
      const appCode = (): string => {
        running.clock.advance(minute)
        return remember(oathtool(secret, running.clock()))
      }
      await click('Set up e-mail')
      await giveCode(appCode())
      await confirm(await mailedCode())
      await page.getByText('E-mail is set up as a second factor.').waitFor()
      await click('Set up text message')
      await giveCode(appCode())
      await confirm(await textedCode())
      await page.getByText('Text message is set up as a second factor.').waitFor()
      await click('Make primary Text message')
      await giveCode(appCode())
      await page
        .getByRole('listitem')
        .filter({ hasText: 'Text message' })
        .getByText('Primary', { exact: true })
        .waitFor()

      running.clock.advance(11 * minute)
      await click('Sign out')
      await heading('Sign in')

      // The primary is asked for first …
      await signInWithPassword()
      await heading('Confirm it’s you to sign in')
      await page.getByText('+44 *** *** **56').waitFor()
      const wrong = await textedCode()
      await confirm(wrong.replace(/.$/, (digit) => String((Number(digit) + 1) % 10)))
      await page.getByText('4 tries left').waitFor()

      // … a new code can be sent after the pause, which the page counts down …
      await page.getByRole('button', { name: /Send a new code in/ }).waitFor()

      // … and a fallback is a choice away.
      await click('Try another way')
      await click(/^Authenticator app/)
      await confirm(remember(oathtool(secret, running.clock())))
      await heading('Security')
      await click('Sign out')

      // A recovery code when nothing else is at hand.
      await signInWithPassword()
      await heading('Confirm it’s you to sign in')
      await click('Try another way')
      await click(/^Recovery code/)
      await type('Recovery code', codes[3] ?? '')
      await click('Confirm')
      await heading('Security')
      await page.getByText('9 codes left').waitFor()

      const cookies = await context.cookies()
      used.push(...cookies.map((cookie) => cookie.value).filter((value) => value.length >= 20))
      expect(faults).toEqual([])
      await running.console.mfa.notices.deliver()
      expect(secretsIn(await dumpOf(running), used)).toEqual([])
      expect(secretsIn(running.log.join('\n'), used)).toEqual([])
    },
  )

  test(
    'when the text message can’t be sent, the page says so and offers the other ways at once',
    { timeout: 60_000 },
    async () => {
      await registerAndConfirm()
      await signInWithPassword()
      await click('Set up text message')
      await givePassword()
      await confirm(await textedCode())
      await click('I have saved them')
      running.clock.advance(11 * minute)
      await click('Set up e-mail')
      await giveCode(await textedCode())
      await confirm(await mailedCode())
      await page.getByText('E-mail is set up').waitFor()
      await click('Sign out')

      gateway.mode = 'server_error'
      await signInWithPassword()
      await page.getByText('We couldn’t send the text message').waitFor()
      await click(/^E-mail/)
      await confirm(await mailedCode())
      await heading('Security')
      expect(faults).toEqual([])
    },
  )

  async function registerAndConfirm(): Promise<void> {
    await page.goto(`${running.origin}/register`)
    await type('E-mail', email)
    await type('Password', password)
    await page.getByLabel('Country').selectOption('GB')
    await type('Phone (optional)', '07400 123456')
    await click('Create account')

    await heading('Confirm your e-mail address')
    await confirm(await mailedCode())
    await heading('Confirm your phone number')
    await confirm(await textedCode())
    await heading('Now sign in')
    await page.getByRole('link', { name: 'Sign in' }).first().click()
    await heading('Sign in')
  }

  async function signInWithPassword(): Promise<void> {
    await type('E-mail', email)
    await type('Password', password)
    await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click()
  }
})
