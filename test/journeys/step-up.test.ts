import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeIn } from 'sallyport/testing'
import { openChromium } from '../support/chromium.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { codeFor, confirmed, elsewhere, enroll, sentCode, signIn } from '../support/person.ts'
import { type Situated, situated } from '../support/sensitive.ts'
import { audit } from '../support/tables.ts'

const minute = 60_000

describe.each(databases)('confirming in a browser, on %s', (on) => {
  let chromium: Browser
  let running: RunningConsole
  let here: Situated
  let context: BrowserContext
  let page: Page
  let dialog: Locator
  const faults: string[] = []
  /** Every unsafe request that the page made, with the challenge it presented. */
  const requests: { readonly route: string; readonly body: string | null; readonly stepUp: string | null }[] = []

  beforeAll(async () => {
    chromium = await openChromium()
  })
  afterAll(() => chromium.close())
  beforeEach(async () => {
    running = await runConsole({ on })
    here = await situated(running)
    context = await chromium.newContext({ locale: 'en-GB' })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    dialog = page.getByRole('dialog', { name: 'Confirm it’s you' })
    requests.splice(0)
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('request', (request) => {
      if (request.method() === 'GET') return
      const route = `${request.method()} ${new URL(request.url()).pathname}`
      requests.push({ route, body: request.postData(), stepUp: request.headers()['x-step-up'] ?? null })
    })
    await signInHere()
  })
  afterEach(async () => {
    await context.close()
    await running.close()
    expect(faults).toEqual([])
  })

  const type = (label: string, value: string): Promise<void> => page.getByLabel(label, { exact: true }).fill(value)
  const click = (name: string | RegExp): Promise<void> => page.getByRole('main').getByRole('button', { name }).click()
  const heading = (name: string | RegExp): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor()
  const appCode = (): string => {
    // A code from the app is good once.
    running.clock.advance(30_000)
    return codeFor(running, here.owner, 'totp', here.app.secret)
  }
  const shows = (purpose: string | RegExp): Promise<void> => dialog.getByText(purpose).waitFor()
  async function confirm(code = appCode()): Promise<void> {
    await dialog.getByLabel('Code', { exact: true }).fill(code)
    await dialog.getByRole('button', { name: 'Confirm', exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
  }

  async function signInHere(password = here.owner.password): Promise<void> {
    await page.goto(`${running.origin}/sign-in`)
    await type('E-mail', here.owner.email)
    await type('Password', password)
    await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click()
    await heading('Confirm it’s you to sign in')
    await type('Code', appCode())
    await page.getByRole('button', { name: 'Confirm' }).click()
    // Whoever was somewhere else before is back there.
    await heading(/Security|Account/)
  }

  test('invalidating a key asks over the page, and does it without anything being typed twice', async () => {
    await page.goto(`${running.origin}/api-keys`)
    const opener = page.getByRole('button', { name: 'Invalidate prod-ci' })

    // Given up, nothing has changed, and the focus is back where it was.
    await opener.click()
    await shows('to invalidate API key prod-ci')
    expect(await page.evaluate(`document.activeElement?.closest('dialog') !== null`)).toBe(true)
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    expect(await opener.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)
    expect((await here.owner.browser.get('/api/api-keys')).body.keys).toHaveLength(1)

    // By e-mail, whose message says what is confirmed.
    await opener.click()
    await dialog.getByRole('button', { name: 'Try another way' }).click()
    await dialog.getByRole('button', { name: /^E-mail/ }).click()
    await dialog
      .getByText(/sent a code|We sent/)
      .first()
      .waitFor()
    const mail = running.emails.messages.findLast(({ to }) => to === here.owner.email)
    expect([mail?.subject, mail?.text]).toEqual([
      expect.stringContaining('to invalidate API key prod-ci'),
      expect.stringContaining('to invalidate API key prod-ci'),
    ])
    await confirm(codeIn(mail ?? { text: '' }))
    await page.getByText('You have no API keys').or(opener).first().waitFor()
    await expect.poll(async () => await page.getByRole('button', { name: 'Invalidate prod-ci' }).count()).toBe(0)
    const sent = requests.filter(({ route }) => route === `DELETE /api/api-keys/${here.keyId}`)
    expect(sent.map(({ stepUp }) => stepUp !== null)).toEqual([false, false, true])
    expect(new Set(sent.map(({ body }) => body)).size).toBe(1)
  })

  test('five changes to a team ride one challenge, and a second after five minutes another is asked for', async () => {
    await page.goto(`${running.origin}/teams/${here.teamId}`)
    await heading('Observatory')
    await page.getByText('Changes to this team have to be confirmed.').waitFor()
    const role = page.getByLabel(`Role of ${here.colleague.email}`)
    const save = page.getByRole('button', { name: `Save role of ${here.colleague.email}` })
    const change = async (to: string): Promise<void> => {
      await role.selectOption(to)
      await save.click()
    }
    const changed = (to: string) =>
      page.getByText(new RegExp(`${here.colleague.email} is an? ${to} now`, 'i')).waitFor()

    await change('admin')
    await shows('to change who is in team Observatory')
    await confirm()
    await changed('admin')
    await page
      .getByText(/Confirmed for 5:00|Confirmed for 4:5\d/)
      .first()
      .waitFor()
    for (const to of ['member', 'admin', 'member', 'admin']) {
      running.clock.advance(4 * minute)
      await change(to)
      await changed(to)
      expect(await dialog.isVisible()).toBe(false)
    }
    const rides = await audit(running, 'action.allowed')
    const [first] = rides.filter((entry) => entry['action'] === 'team.adjust').slice(-5)
    expect(rides.filter((entry) => entry['challenge_id'] === first?.['challenge_id'])).toHaveLength(5)

    running.clock.advance(5 * minute + 1000)
    await change('member')
    await shows('to change who is in team Observatory')
    await confirm()
    await changed('member')
  })

  test('sliding ends sixty minutes after the challenge, however busy the team is', async () => {
    await page.goto(`${running.origin}/teams/${here.teamId}`)
    const role = page.getByLabel(`Role of ${here.colleague.email}`)
    const change = async (to: string): Promise<void> => {
      await role.selectOption(to)
      await page.getByRole('button', { name: `Save role of ${here.colleague.email}` }).click()
    }
    const changed = (to: string) =>
      page.getByText(new RegExp(`${here.colleague.email} is an? ${to} now`, 'i')).waitFor()
    await change('admin')
    await confirm()
    await changed('admin')
    for (let count = 1; count <= 14; count += 1) {
      running.clock.advance(4 * minute)
      const to = count % 2 === 1 ? 'member' : 'admin'
      await change(to)
      await changed(to)
    }
    running.clock.advance(4 * minute)
    await change('member')
    await shows('to change who is in team Observatory')
    // Nobody has used that session for an hour.
    await here.colleague.browser.session()
    await signIn(here.colleague)
    const { members } = (await here.colleague.browser.get(`/api/teams/${here.teamId}`)).body
    expect(members.find(({ you }: { you: boolean }) => you).role).toBe('admin')
  })

  test('changing the password is confirmed, ends other sessions and leaves this one', async () => {
    const other = elsewhere(here.owner)
    running.clock.advance(30_000)
    await signIn(other)
    const code = codeFor(running, here.owner, 'totp', here.app.secret)
    await other.browser.post('/api/mfa/challenge/answer', { enrollmentId: here.app.enrollmentId, answer: code })
    expect((await other.browser.session()).body.account.email).toBe(here.owner.email)

    await page.goto(`${running.origin}/account`)
    await click('Change password')
    const next = 'nine quiet otters paddle'
    await type('Current password', here.owner.password)
    await type('New password', next)
    await type('New password again', 'nine quiet otters')
    await page.locator('form').getByRole('button', { name: 'Change password' }).click()
    await page.getByText('This is not the same as the new password above.').waitFor()
    await type('New password again', next)
    await page.locator('form').getByRole('button', { name: 'Change password' }).click()
    await shows('to change your password')
    await confirm()
    await page.getByText(/password is changed/i).waitFor()
    expect((await other.browser.session()).body.account).toBeNull()
    await page.reload()
    await heading('Account')
    await page.getByRole('button', { name: 'Sign out' }).first().click()
    await heading('Sign in')
    // A login of the very millisecond in which the password changed counts as begun before.
    running.clock.advance(1000)
    await signInHere(next)
    await running.console.mfa.notices.deliver()
    expect(running.emails.messages.some(({ subject }) => subject.includes('your password was changed'))).toBe(true)
  })

  test('the e-mail address changes once the new one is confirmed, and its second factor goes along', async () => {
    await page.goto(`${running.origin}/account`)
    await click(/^Change e-mail/)
    await page
      .locator('form')
      .getByLabel(/e-mail/i)
      .first()
      .fill('moved@example.com')
    await page
      .locator('form')
      .first()
      .getByRole('button', { name: /Change|Send/ })
      .click()
    await shows('to change your e-mail address to moved@example.com')
    await confirm()
    await heading(/Confirm your (new )?e-mail address/)
    expect((await page.context().request.get(`${running.origin}/api/account`)).ok()).toBe(true)
    await running.console.mfa.notices.deliver()
    expect(
      running.emails.messages.some(({ to, subject }) => to === here.owner.email && subject.includes('about to change')),
    ).toBe(true)
    await type('Code', sentCode(running, 'moved@example.com'))
    await page.getByRole('button', { name: 'Confirm' }).click()
    await heading('Account')
    await page.getByText('moved@example.com').first().waitFor()
    await running.console.mfa.notices.deliver()
    const told = running.emails.messages.filter(({ to }) => to === here.owner.email).map(({ subject }) => subject)
    expect(told.some((subject) => subject.includes('was changed'))).toBe(true)
    const { methods } = await (await page.context().request.get(`${running.origin}/api/mfa/methods`)).json()
    expect(methods.find((each: { method: string }) => each.method === 'email').hint).toBe('m***@e***.com')
  })

  test('deleting the account takes its typed address and a code, and nothing is left of it', async () => {
    await page.goto(`${running.origin}/account`)
    await type('Your e-mail address, to be sure', 'someone@example.com')
    await click('Delete account')
    await page
      .getByRole('alert')
      .or(page.getByText(/not the address|isn’t|is not/))
      .first()
      .waitFor()
    expect(await dialog.isVisible()).toBe(false)
    await type('Your e-mail address, to be sure', here.owner.email)
    await click('Delete account')
    await shows(`to delete account ${here.owner.email}`)
    await confirm()
    await page.getByText('Your account is deleted.').waitFor()
    expect((await signIn(elsewhere(here.owner))).status).toBe(401)

    // The address can register again, and inherits nothing.
    const again = elsewhere(here.owner)
    const { email, password } = here.owner
    await again.browser.post('/api/registration', { email, phone: '', country: 'US', password })
    await again.browser.post('/api/confirmation/answer', { answer: sentCode(running, email) })
    expect((await signIn(again)).body).toEqual({ status: 'signed_in' })
    expect((await again.browser.get('/api/mfa/methods')).body).toMatchObject({ enabledAt: null, methods: [] })
    expect((await again.browser.get('/api/teams')).body).toEqual({ teams: [] })
    expect((await again.browser.get('/api/api-keys')).body.keys).toEqual([])
  })

  test('two-step sign-in is turned off by the strongest method, and then the password is what is asked for', async () => {
    await page.goto(`${running.origin}/security`)
    await click('Turn off two-step sign-in')
    await page.getByRole('button', { name: 'Turn off', exact: true }).click()
    await shows('to turn off two-step sign-in')
    expect(await dialog.getByRole('button', { name: 'Try another way' }).count()).toBe(0)
    await confirm()
    await page.getByText('Two-step sign-in is off.').waitFor()
    await running.console.mfa.notices.deliver()
    expect(running.emails.messages.some(({ subject }) => subject.includes('second factor was turned off'))).toBe(true)

    await page.goto(`${running.origin}/api-keys`)
    await page.getByRole('button', { name: 'Invalidate prod-ci' }).click()
    await dialog.getByLabel('Password', { exact: true }).fill('not the password')
    await dialog.getByRole('button', { name: 'Confirm', exact: true }).click()
    await dialog.getByText('This is not your password.').waitFor()
    await dialog.getByLabel('Password', { exact: true }).fill(here.owner.password)
    await dialog.getByRole('button', { name: 'Confirm', exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
    await expect.poll(async () => await page.getByRole('button', { name: 'Invalidate prod-ci' }).count()).toBe(0)
  })

  test('S8 · a text message names the action and the thing', async () => {
    const phone = await enroll(running, here.owner, 'sms')
    running.clock.advance(20 * minute)
    const refused = await here.owner.browser.send('DELETE', `/api/api-keys/${here.keyId}`)
    const { id } = refused.body.challenge
    const sent = await here.owner.browser.post(`/api/mfa/step-up/${id}/prompt`, { enrollmentId: phone.enrollmentId })
    expect(sent.status, sent.text).toBe(200)
    const { text } = running.texts.lastTo(here.owner.phone)
    expect(text).toMatch(/^\d{6} is your Sallyport Console code to invalidate API key prod-ci\.\n\n@localhost #\d{6}$/)
    expect((await confirmed(running, here.owner, 'POST', '/api/mfa/recovery-codes')).body.recoveryCodes).toHaveLength(
      10,
    )
  })
})
