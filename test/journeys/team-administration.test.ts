import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { openChromium } from '../support/chromium.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { testProvider } from '../support/oidc.ts'
import { answer, enroll, signIn, wrongCode } from '../support/person.ts'
import { type Situated, situated } from '../support/sensitive.ts'
import type { Visitor } from '../support/visitor.ts'

const day = 86_400_000

let chromium: Browser
let running: RunningConsole
let context: BrowserContext
let page: Page
let confirmation: Locator
const published = new Map<string, string>()
const faults: string[] = []

beforeAll(async () => {
  chromium = await openChromium()
})
afterAll(async () => {
  await chromium.close()
})
beforeEach(async () => {
  published.clear()
  // A domain is one team's, so each has a console of its own.
  running = await runConsole({
    resolveTxt: async (name) => {
      const value = published.get(name)
      return await Promise.resolve(value === undefined ? [] : [[value]])
    },
  })
  context = await chromium.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => faults.push(String(error)))
  confirmation = page.getByRole('dialog', { name: 'Confirm it’s you' })
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
const choose = (name: string) => page.getByRole('radio', { name, exact: true }).check()

async function open(path: string, { cookies }: Visitor): Promise<void> {
  const url = running.origin.replace('http:', 'https:')
  await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url, secure: true })))
  await page.clock.setFixedTime(running.clock())
  await page.goto(running.origin + path)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

async function confirm({ app }: Situated): Promise<void> {
  await confirmation.waitFor()
  running.clock.advance(30_000)
  await confirmation.getByLabel('Code', { exact: true }).fill(authenticator(app.secret).codeAt(running.clock()))
  await confirmation.getByRole('button', { name: 'Confirm', exact: true }).click()
}

/** Verifies a domain by the page, up to where it is said. */
async function verify(team: Situated, domain: string): Promise<void> {
  await type('Domain', domain)
  await button('Add domain').click()
  await says(`${domain} is added`)
  const name = await page.getByRole('group', { name: 'Name', exact: true }).innerText()
  published.set(name, await page.getByRole('group', { name: 'Value', exact: true }).innerText())
  await button(`Check now ${domain}`).click()
  await confirm(team)
  await says(`${domain} is verified.`)
}

/** Its own team and domain, and someone in both who has a second factor. */
async function managing(): Promise<Situated> {
  const team = await situated(running)
  await enroll(running, team.colleague, 'totp')
  return team
}

test('an administrator resets the second factor of a managed person, who is told, and whose sessions end', async () => {
  const team = await managing()
  const { owner, colleague, teamId } = team
  await open(`/teams/${teamId}`, owner.browser)
  await page.getByRole('link', { name: 'People', exact: true }).click()
  await heading('People in Observatory')
  await says('2 of 2 have a second factor.')
  await says('Only people with an address in a domain of this team')
  expect(await button(`Reset second factor… of ${colleague.email}`).count()).toBe(0)

  await page.getByRole('navigation', { name: 'Pages of Observatory' }).getByRole('link', { name: 'Security' }).click()
  await heading('Security of Observatory')
  await verify(team, colleague.email.split('@')[1] ?? '')
  await page.getByRole('link', { name: 'People', exact: true }).click()

  await button(`Reset second factor… of ${colleague.email}`).click()
  const dialog = page.getByRole('dialog', { name: /^Reset the second factor of/ })
  const reset = dialog.getByRole('button', { name: 'Reset second factor', exact: true })
  await reset.click()
  await says('Say why, for the record.')
  await type('Reason', 'Lost the phone, called back')
  await reset.click()
  await confirmation.getByRole('button', { name: 'Cancel', exact: true }).click()
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('Lost the phone, called back')
  await reset.click()
  await confirm(team)
  await says(`The second factor of ${colleague.email} is reset.`)
  await says('1 of 2 has a second factor.')
  expect((await colleague.browser.get('/api/account')).status).toBe(401)
  await running.console.deliver()
  const told = running.emails.messages.filter(({ to }) => to === colleague.email).at(-1)
  expect(told?.text).toContain('has removed the second factors of your account')
  expect(told?.text).not.toContain('Lost the phone')
})

test('an administrator unlocks a managed person', async () => {
  const team = await managing()
  const { owner, colleague, teamId } = team
  await open(`/teams/${teamId}/security`, owner.browser)
  await verify(team, colleague.email.split('@')[1] ?? '')
  await lock(colleague)
  await page.getByRole('link', { name: 'People', exact: true }).click()
  await says('Locked until')
  await button(`Unlock ${colleague.email}`).click()
  await confirm(team)
  await says(`${colleague.email} is unlocked.`)
  expect(await page.getByText('Locked until').count()).toBe(0)
})

test('the policy editor says what will be true, and loses nothing that was typed', async () => {
  const team = await situated(running)
  await open(`/teams/${team.teamId}/security`, team.owner.browser)
  await says('By the rule of Observatory nobody needs a second factor.')
  await choose('Everyone')
  await choose('From a date')
  await button('Save rule').click()
  await says('Choose the day.')
  const past = new Date(running.clock() - 5 * day).toISOString().slice(0, 10)
  await type('Date', past)
  await button('Save rule').click()
  await says('Choose a day that is yet to come')
  const coming = new Date(running.clock() + 10 * day).toISOString().slice(0, 10)
  await type('Date', coming)
  await says(/^From .* everyone in Observatory needs a second factor; e-mail does not count for owners and admins\./)
  await button('Save rule').click()
  await confirmation.getByRole('button', { name: 'Cancel', exact: true }).click()
  expect(await page.getByLabel('Date', { exact: true }).inputValue()).toBe(coming)
  await button('Save rule').click()
  await confirm(team)
  await says('The rule is saved.')
  await page.reload()
  await says(/^From .* everyone in Observatory needs a second factor/)
  expect(await page.getByLabel('Date', { exact: true }).inputValue()).toBe(coming)
  await page.getByRole('link', { name: 'People', exact: true }).click()
  await says(/Needs a second factor; may postpone it until/)
})

test('the client secret of single sign-on goes in and is never shown again', async () => {
  const team = await situated(running)
  const provider = await testProvider()
  await provider.serve(running.origin)
  await open(`/teams/${team.teamId}/security`, team.owner.browser)
  await verify(team, 'observatory.example')
  await type('Issuer', 'https://login.invalid')
  await type('Client id', 'console')
  await button('Save single sign-on').click()
  await says('Enter the client secret.')
  await type('Client secret', 'not to be shown')
  await page.getByRole('switch', { name: 'People sign in through it' }).check()
  await button('Save single sign-on').click()
  await says('Members with an address in observatory.example are signed out now and sign in at login.invalid')
  await button('Not now').click()
  await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Save single sign-on')
  await button('Save single sign-on').click()
  await button('Sign them out and save').click()
  await confirm(team)
  await says('No OpenID Connect provider answers at this address.')
  await expect.poll(() => page.evaluate('document.activeElement.name')).toBe('issuer')
  await type('Issuer', provider.provider.issuer)
  await button('Save single sign-on').click()
  await button('Sign them out and save').click()
  await confirm(team)
  await says('Single sign-on is saved, and on.')
  await page.reload()
  await says('One is saved. Leave this empty to keep it.')
  expect(await page.content()).not.toContain('not to be shown')
  expect(await page.getByLabel('Client secret', { exact: true }).inputValue()).toBe('')
  await button('Remove single sign-on').click()
  await page
    .getByRole('group', { name: 'Remove single sign-on' })
    .getByRole('button', { name: /^Remove/ })
    .click()
  await confirm(team)
  await says('Single sign-on is removed.')
  await provider.close()
})

/** By wrong codes after the right password. */
async function lock(person: Situated['colleague']): Promise<void> {
  for (const _ of ['one challenge', 'another']) {
    const { body } = await signIn(person)
    const [{ enrollmentId }] = body.challenge.methods
    for (let tries = 0; tries < 5; tries += 1) await answer(person.browser, enrollmentId, wrongCode())
  }
}
