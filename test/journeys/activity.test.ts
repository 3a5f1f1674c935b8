import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { administered, type Administered, Zone } from '../support/administered.ts'
import { openChromium } from '../support/chromium.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { answer, elsewhere, enroll, signIn } from '../support/person.ts'
import type { Visitor } from '../support/visitor.ts'

let chromium: Browser
let running: RunningConsole
let context: BrowserContext
let page: Page
let team: Administered
const faults: string[] = []

beforeAll(async () => {
  chromium = await openChromium()
  const zone = new Zone()
  running = await runConsole({ resolveTxt: zone.resolve })
  team = await administered(running, zone)
  const { enrollmentId } = await enroll(running, team.managed, 'totp')
  const other = elsewhere(team.managed)
  await signIn(other)
  await answer(other.browser, enrollmentId, '000000')
})
afterAll(async () => {
  await chromium.close()
  await running.close()
})
beforeEach(async () => {
  context = await chromium.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', acceptDownloads: true })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => faults.push(String(error)))
})
afterEach(async () => {
  await context.close()
  expect(faults.splice(0)).toEqual([])
})

const button = (name: string) => page.getByRole('button', { name, exact: true })
/** What narrows the list to one entry. */
const theOne = () => `person=${team.managed.accountId}&action=login&outcome=refused`
const says = (words: string | RegExp) => page.getByText(words).first().waitFor()
const rows = () => page.getByRole('table', { name: 'Activity in Observatory' }).getByRole('row')

async function open(path: string, { cookies }: Visitor): Promise<void> {
  const url = running.origin.replace('http:', 'https:')
  await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url, secure: true })))
  await page.clock.setFixedTime(running.clock())
  await page.goto(running.origin + path)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

test('what the list is narrowed to stands in the address: loading again keeps it, and going back undoes it', async () => {
  await open(`/teams/${team.teamId}`, team.owner.browser)
  await page.getByRole('link', { name: 'Activity', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Activity in Observatory' }).waitFor()
  await says('Wrong code to sign in')
  const all = await rows().count()

  await page.getByLabel('Person').selectOption(team.managed.email)
  await page.getByLabel('Action').selectOption('Sign in')
  await page.getByLabel('Outcome').selectOption('Refused')
  await button('Show').click()
  await says('1 entry, newest first.')
  expect(page.url()).toBe(`${running.origin}/teams/${team.teamId}/activity?${theOne()}`)
  expect(await rows().last().innerText()).toMatch(
    new RegExp(`${team.managed.email}\\s+Wrong code to sign in\\s+Refused`),
  )

  await page.reload()
  await says('1 entry, newest first.')
  expect(await page.getByLabel('Outcome').inputValue()).toBe('refused')
  await page.goBack()
  await says('Signed in')
  await expect.poll(() => rows().count()).toBe(all)
  expect(await page.getByLabel('Outcome').inputValue()).toBe('')
})

test('days are those of the person who looks, and the last one counts as a whole', async () => {
  await open(`/teams/${team.teamId}/activity`, team.owner.browser)
  const asked = page.waitForRequest((request) => request.url().includes('from='))
  await page.getByLabel('From').fill('2027-07-01')
  await page.getByLabel('To', { exact: true }).fill('2027-07-01')
  await button('Show').click()
  const { searchParams } = new URL((await asked).url())
  expect([searchParams.get('from'), searchParams.get('to')]).toEqual([
    '2027-06-30T22:00:00.000Z',
    '2027-07-01T22:00:00.000Z',
  ])
  await says('There is nothing like this.')
  await button('Show everything').click()
  await says('Wrong code to sign in')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('What to show')
})

test('an export is confirmed, and is a file with all that is listed', async () => {
  await open(`/teams/${team.teamId}/activity?${theOne()}`, team.owner.browser)
  await says('1 entry, newest first.')
  await button('Export these entries').click()
  await page.getByRole('dialog', { description: 'to export the audit log of team Observatory' }).waitFor()
  running.clock.advance(30_000)
  await page.getByLabel('Code', { exact: true }).fill(authenticator(team.ownersApp.secret).codeAt(running.clock()))
  const [download] = await Promise.all([page.waitForEvent('download'), button('Confirm').click()])
  expect(download.suggestedFilename()).toMatch(/^activity-observatory-\d{4}-\d\d-\d\d\.ndjson$/)
  await says('Saved as activity-observatory-')
  const lines = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ event: 'attempt.refused', outcome: 'refused', email: team.managed.email }),
  ])
})
