import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { createOutbox } from '../../apps/console/server/dev/outbox.ts'
import { verifyDomain, Zone } from '../support/administered.ts'
import { openChromium } from '../support/chromium.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import {
  answer,
  confirmed,
  elsewhere,
  type Enrolled,
  enroll,
  newPerson,
  type Person,
  register,
  signIn,
} from '../support/person.ts'
import { invitationTo, type Situated, situated } from '../support/sensitive.ts'
import { Visitor } from '../support/visitor.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Only what is wrong: what is all right, of which there is much, takes as long to tell as to find out. */
const violations = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`

/** One state of one page: how to get there with cookies from HTTP, and what shows that it is there. */
interface State {
  readonly name: string
  readonly path: string
  readonly as: () => Visitor | Promise<Visitor>
  readonly heading: string | RegExp
  readonly next?: (page: Page) => Promise<void>
}

let chromium: Browser
let running: RunningConsole
let plain: Person
let guarded: Person
/** Has a key and nothing else. */
let keyed: Person
let app: Enrolled
let team: Situated
let invitation: string

beforeAll(async () => {
  chromium = await openChromium()
  const zone = new Zone()
  running = await runConsole({ outbox: createOutbox, resolveTxt: zone.resolve })
  plain = await newPerson(running)
  guarded = await newPerson(running)
  app = await enroll(running, guarded, 'totp')
  await enroll(running, guarded, 'email')
  await enroll(running, guarded, 'sms')
  team = await situated(running)
  const [, domain = ''] = team.colleague.email.split('@')
  await verifyDomain(running, zone, team.owner, team.teamId, domain)
  const invited = { email: plain.email, role: 'member' }
  await confirmed(running, team.owner, 'POST', `/api/teams/${team.teamId}/invitations`, invited)
  await running.console.deliver()
  invitation = invitationTo(running, plain.email)
})
afterAll(async () => {
  await chromium.close()
  await running.close()
})

const stranger = (): Visitor => new Visitor(running.origin)
const registering = async (): Promise<Visitor> => {
  const email = `${crypto.randomUUID()}@example.com`
  const browser = stranger()
  await browser.post('/api/registration', { email, phone: '', country: 'US', password: 'an unusual sentence 7' })
  return browser
}
const pending = async (): Promise<Visitor> => {
  running.clock.advance(3_600_000)
  const { browser } = await signedInAgain(guarded)
  return browser
}
const signedInAgain = async (person: Person): Promise<Person> => {
  const other = elsewhere(person)
  await signIn(other)
  return other
}
const owner = async (): Promise<Visitor> => {
  running.clock.advance(3_600_000)
  const { browser } = await signedInAgain(team.owner)
  await answer(browser, team.app.enrollmentId, authenticator(team.app.secret).codeAt(running.clock()))
  return browser
}
const withoutMfa = async (): Promise<Visitor> => (await signedInAgain(plain)).browser
const click = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).click()
const inDialog = (page: Page, name: string | RegExp) => page.getByRole('dialog').getByRole('button', { name })
const fill = (page: Page, label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value)

/** Where two-step sign-in is off, the password is asked for again. */
const givePassword = async (page: Page, { password }: Person) => {
  await fill(page, 'Password', password)
  await inDialog(page, 'Confirm').click()
}
/** Passes the dialog with the code of the owner's app, which is good once in its 30 seconds. */
const giveCode = async (page: Page) => {
  running.clock.advance(30_000)
  await fill(page, 'Code', authenticator(team.app.secret).codeAt(running.clock()))
  await inDialog(page, 'Confirm').click()
}
const ofTeam = async (page: Page, place: string) => {
  await page.getByRole('link', { name: 'Observatory' }).click()
  await page.getByRole('navigation', { name: 'Pages of Observatory' }).getByRole('link', { name: place }).click()
}
const askToInvalidate = async (page: Page) => {
  await click('Invalidate prod-ci')(page)
  await page.getByRole('dialog', { name: 'Confirm it’s you', description: 'to invalidate API key prod-ci' }).waitFor()
}

const states: readonly State[] = [
  { name: 'register', path: '/register', as: stranger, heading: 'Create your account' },
  {
    name: 'register, refused',
    path: '/register',
    as: stranger,
    heading: 'Create your account',
    async next(page) {
      await page.getByLabel('E-mail', { exact: true }).fill('nobody')
      await page.getByLabel('Password', { exact: true }).fill('password')
      await click('Create account')(page)
      await page.getByText('Enter an e-mail address').waitFor()
    },
  },
  { name: 'confirm', path: '/confirm', as: registering, heading: 'Confirm your e-mail address' },
  { name: 'confirm, nothing to', path: '/confirm', as: stranger, heading: 'There is nothing to confirm' },
  { name: 'sign in', path: '/sign-in', as: stranger, heading: 'Sign in' },
  {
    name: 'challenge',
    path: '/challenge',
    as: pending,
    heading: /Confirm it’s you/,
    next: (page) => page.getByLabel('Trust this browser for 30 days').check(),
  },
  {
    name: 'challenge, other ways',
    path: '/challenge',
    as: pending,
    heading: /Confirm it’s you/,
    next: click('Try another way'),
  },
  {
    name: 'challenge, by e-mail',
    path: '/challenge',
    as: pending,
    heading: /Confirm it’s you/,
    async next(page) {
      await click('Try another way')(page)
      await click(/^E-mail/)(page)
      await page.getByText('We sent a code to').waitFor()
    },
  },
  {
    name: 'challenge, wrong code',
    path: '/challenge',
    as: pending,
    heading: /Confirm it’s you/,
    async next(page) {
      await page.getByLabel('Code', { exact: true }).fill('000000')
      await click('Confirm')(page)
      await page.getByText('4 tries left').waitFor()
    },
  },
  { name: 'challenge, none', path: '/challenge', as: stranger, heading: 'There is no sign-in to complete here' },
  {
    name: 'security, off',
    path: '/security',
    as: withoutMfa,
    heading: 'Security',
  },
  {
    name: 'security, security key',
    path: '/security',
    as: withoutMfa,
    heading: 'Security',
    next: click('Set up security key or passkey'),
  },
  {
    name: 'dialog, password',
    path: '/security',
    as: withoutMfa,
    heading: 'Security',
    async next(page) {
      await click('Set up authenticator app')(page)
      await page.getByRole('dialog', { name: 'Confirm it’s you' }).waitFor()
    },
  },
  {
    name: 'security, authenticator app',
    path: '/security',
    as: withoutMfa,
    heading: 'Security',
    async next(page) {
      await click('Set up authenticator app')(page)
      await givePassword(page, plain)
      await page.getByRole('img', { name: 'QR code for your authenticator app' }).waitFor()
    },
  },
  {
    name: 'security, on',
    path: '/security',
    async as() {
      const browser = await pending()
      await answer(browser, app.enrollmentId, authenticator(app.secret).codeAt(running.clock()))
      return browser
    },
    heading: 'Security',
    async next(page) {
      await page.getByText('None. When you sign in, you can choose').waitFor()
      await page.getByRole('list', { name: 'Signed in' }).getByText('This browser').waitFor()
      await page.getByRole('list', { name: 'Recent activity' }).getByText('Signed in with').first().waitFor()
    },
  },
  {
    name: 'security, a trusted browser',
    path: '/security',
    async as() {
      const browser = await pending()
      const code = authenticator(app.secret).codeAt(running.clock())
      const trusting = { enrollmentId: app.enrollmentId, answer: code, remember: true }
      expect((await browser.post('/api/mfa/challenge/answer', trusting)).status).toBe(200)
      return browser
    },
    heading: 'Security',
    async next(page) {
      await click(/^Remove Unknown browser/)(page)
      await page.getByText('asks for a second factor again. Remove it?').waitFor()
    },
  },
  {
    name: 'recovery codes',
    path: '/security',
    async as() {
      const person = {
        ...plain,
        email: `${crypto.randomUUID()}@example.com`,
        phone: '+12025550999',
        browser: stranger(),
      }
      await register(running, person)
      await signIn(person)
      return person.browser
    },
    heading: 'Security',
    async next(page) {
      await click('Set up authenticator app')(page)
      await givePassword(page, plain)
      const secret = (await page.locator('.manual-key').innerText()).replaceAll(/\s/g, '')
      await page.getByLabel('Code', { exact: true }).fill(authenticator(secret).codeAt(running.clock()))
      await click('Confirm')(page)
      await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
    },
  },
  {
    name: 'security, the last method',
    path: '/security',
    async as() {
      keyed = await newPerson(running)
      await enroll(running, keyed, 'security_key')
      return keyed.browser
    },
    heading: 'Security',
    async next(page) {
      await click('Remove Security key or passkey')(page)
      await page.getByText('This is your last second factor').waitFor()
    },
  },
  {
    name: 'challenge, security key',
    path: '/challenge',
    as: async () => (await signedInAgain(keyed)).browser,
    heading: /Confirm it’s you/,
    next: click('Try another way'),
  },
  { name: 'account', path: '/account', as: owner, heading: 'Account' },
  {
    name: 'account, another password',
    path: '/account',
    as: owner,
    heading: 'Account',
    async next(page) {
      await click('Change password')(page)
      await fill(page, 'New password', 'one thing')
      await fill(page, 'New password again', 'another thing')
      await click('Change password')(page)
      await page.getByText('This is not the same as the new password above.').waitFor()
    },
  },
  {
    name: 'account, another phone number',
    path: '/account',
    as: owner,
    heading: 'Account',
    next: click('Change phone number'),
  },
  {
    name: 'confirm, another address',
    path: '/account',
    as: owner,
    heading: 'Account',
    async next(page) {
      await click('Change e-mail address')(page)
      await fill(page, 'New e-mail address', 'moved@example.com')
      await click('Send a code there')(page)
      await giveCode(page)
      await page.getByRole('heading', { level: 1, name: 'Confirm your new e-mail address' }).waitFor()
    },
  },
  {
    name: 'account, a change waits',
    path: '/account',
    as: owner,
    heading: 'Account',
    async next(page) {
      await click('Change e-mail address')(page)
      await fill(page, 'New e-mail address', 'waiting@example.com')
      await click('Send a code there')(page)
      await giveCode(page)
      await page.getByRole('link', { name: 'Back to your account' }).click()
      await page.getByText('Waiting for the code at').waitFor()
    },
  },
  { name: 'API keys', path: '/api-keys', as: owner, heading: 'API keys' },
  {
    name: 'API keys, refused',
    path: '/api-keys',
    as: owner,
    heading: 'API keys',
    async next(page) {
      await click('Create API key')(page)
      await page.getByText('Choose what the key may do.').waitFor()
    },
  },
  {
    name: 'API key, shown once',
    path: '/api-keys',
    as: owner,
    heading: 'API keys',
    async next(page) {
      await fill(page, 'Name', 'nightly')
      await page.getByLabel('teams:read').check()
      await click('Create API key')(page)
      await giveCode(page)
      await page.getByRole('heading', { level: 1, name: 'Store your API key' }).waitFor()
    },
  },
  { name: 'dialog', path: '/api-keys', as: owner, heading: 'API keys', next: askToInvalidate },
  {
    name: 'dialog, other ways',
    path: '/api-keys',
    as: owner,
    heading: 'API keys',
    async next(page) {
      await askToInvalidate(page)
      await inDialog(page, 'Try another way').click()
    },
  },
  {
    name: 'dialog, wrong code',
    path: '/api-keys',
    as: owner,
    heading: 'API keys',
    async next(page) {
      await askToInvalidate(page)
      await fill(page, 'Code', '000000')
      await inDialog(page, 'Confirm').click()
      await page.getByText('4 tries left').waitFor()
    },
  },
  {
    name: 'dialog, over',
    path: '/api-keys',
    as: owner,
    heading: 'API keys',
    async next(page) {
      await page.clock.install()
      await askToInvalidate(page)
      await page.clock.fastForward('01:00:00')
      await page.getByText('This confirmation is over').waitFor()
    },
  },
  { name: 'teams', path: '/teams', as: owner, heading: 'Teams' },
  {
    name: 'team',
    path: '/teams',
    as: owner,
    heading: 'Teams',
    async next(page) {
      await page.getByRole('link', { name: 'Observatory' }).click()
      await page.getByText('Changes to this team have to be confirmed.').waitFor()
      await click('Leave team')(page)
      await page.getByText('Coming back takes a new invitation.').waitFor()
    },
  },
  {
    name: 'team, confirmed for a while',
    path: '/teams',
    as: owner,
    heading: 'Teams',
    async next(page) {
      await page.getByRole('link', { name: 'Observatory' }).click()
      await page.getByLabel(`Role of ${team.colleague.email}`).selectOption('admin')
      await click(`Save role of ${team.colleague.email}`)(page)
      await giveCode(page)
      await page.getByText('Confirmed for').first().waitFor()
      await page.getByText('You are its only owner').waitFor()
      await click(`Remove ${team.colleague.email}`)(page)
      await page.getByText('from the team?').waitFor()
    },
  },
  {
    name: 'team, people',
    path: '/teams',
    as: owner,
    heading: 'Teams',
    async next(page) {
      await ofTeam(page, 'People')
      await page.getByText('1 of 2 has a second factor.').waitFor()
    },
  },
  {
    name: 'team, security',
    path: '/teams',
    as: owner,
    heading: 'Teams',
    async next(page) {
      await ofTeam(page, 'Security')
      await fill(page, 'Domain', 'observatory.example')
      await click('Add domain')(page)
      await page.getByText('Waiting').waitFor()
      await page.getByRole('radio', { name: 'Everyone', exact: true }).check()
      await page.getByRole('radio', { name: 'From a date', exact: true }).check()
      await click('Save rule')(page)
      await page.getByText('Choose the day.').waitFor()
    },
  },
  {
    name: 'team, activity',
    path: '/teams',
    as: owner,
    heading: 'Teams',
    async next(page) {
      await ofTeam(page, 'Activity')
      await page.getByLabel('Person').selectOption(team.colleague.email)
      await click('Show')(page)
      await page.getByRole('table').getByText('Signed in without a second factor').first().waitFor()
    },
  },
  { name: 'team, none', path: '/teams/nowhere', as: owner, heading: 'There is no such team' },
  { name: 'invitation, none', path: '/invitation', as: stranger, heading: 'There is no invitation here' },
  {
    name: 'invitation, to sign in first',
    path: '/invitation',
    as: stranger,
    heading: 'There is no invitation here',
    next: openInvitation,
  },
  {
    name: 'invitation, to accept',
    path: '/invitation',
    as: withoutMfa,
    heading: 'There is no invitation here',
    next: openInvitation,
  },
  {
    name: 'invitation, of someone else',
    path: '/invitation',
    as: owner,
    heading: 'There is no invitation here',
    next: openInvitation,
  },
  { name: 'outbox', path: '/dev/outbox', as: stranger, heading: 'Outbox' },
  { name: 'no such page', path: '/nowhere', as: stranger, heading: 'There is no page here' },
]

/** The link of the mail, opened where the page is already. */
async function openInvitation(page: Page): Promise<void> {
  await page.goto(`${running.origin}/invitation#${invitation}`)
  await page.getByRole('heading', { level: 1, name: 'Join Observatory' }).waitFor()
  expect(page.url()).toBe(`${running.origin}/invitation`)
}

/** Each colour and each width once. Where pictures are asked for, all four are looked at. */
const views = [
  ['light', 1280],
  ['dark', 390],
  ...(process.env['SALLYPORT_TEST_SCREENSHOTS'] === undefined
    ? []
    : ([
        ['dark', 1280],
        ['light', 390],
      ] as const)),
] as const

test.each(states)('axe finds nothing, and nothing is cut off, on: $name', { timeout: 60_000 }, async (state) => {
  const context = await chromium.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  try {
    const page = await opened(context, state)
    await page.evaluate(axe)
    for (const [colorScheme, width] of views) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      const found = await page.evaluate<[id: string, html: string[]][]>(violations)
      expect(found, `${colorScheme}, ${width} px`).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), `${width} px`).toBe(true)
      await keepPicture(page, `${state.name}-${colorScheme}-${width}`)
    }
  } finally {
    await context.close()
  }
})

/** Pictures to look at, where someone asked for them. */
async function keepPicture(page: Page, name: string): Promise<void> {
  const folder = process.env['SALLYPORT_TEST_SCREENSHOTS']
  if (folder === undefined) return
  await page.screenshot({ path: `${folder}/${name.replaceAll(/\W+/g, '-')}.png`, fullPage: true })
}

async function opened(context: BrowserContext, { path, as, heading, next }: State): Promise<Page> {
  const visitor = await as()
  const cookies = [...visitor.cookies].map(([name, value]) => ({ name, value, url: running.origin, secure: true }))
  await context.addCookies(cookies.map((cookie) => ({ ...cookie, url: cookie.url.replace('http:', 'https:') })))
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  await page.goto(running.origin + path)
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  await next?.(page)
  return page
}
