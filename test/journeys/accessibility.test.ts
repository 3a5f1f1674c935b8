import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { createOutbox } from '../../apps/console/server/dev/outbox.ts'
import { openChromium } from '../support/chromium.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import {
  answer,
  elsewhere,
  type Enrolled,
  enroll,
  newPerson,
  type Person,
  register,
  signIn,
} from '../support/person.ts'
import { Visitor } from '../support/visitor.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

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
let app: Enrolled

beforeAll(async () => {
  chromium = await openChromium()
  running = await runConsole({ outbox: createOutbox })
  plain = await newPerson(running)
  guarded = await newPerson(running)
  app = await enroll(running, guarded, 'totp')
  await enroll(running, guarded, 'email')
  await enroll(running, guarded, 'sms')
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
const click = (name: string | RegExp) => (page: Page) => page.getByRole('button', { name }).click()

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
  { name: 'challenge', path: '/challenge', as: pending, heading: /Confirm it’s you/ },
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
    as: async () => (await signedInAgain(plain)).browser,
    heading: 'Security',
  },
  {
    name: 'security, authenticator app',
    path: '/security',
    as: async () => (await signedInAgain(plain)).browser,
    heading: 'Security',
    async next(page) {
      await click('Set up authenticator app')(page)
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
      const secret = (await page.locator('.manual-key').innerText()).replaceAll(/\s/g, '')
      await page.getByLabel('Code', { exact: true }).fill(authenticator(secret).codeAt(running.clock()))
      await click('Confirm')(page)
      await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor()
    },
  },
  { name: 'outbox', path: '/dev/outbox', as: stranger, heading: 'Outbox' },
  { name: 'no such page', path: '/nowhere', as: stranger, heading: 'There is no page here' },
]

const views = [
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
  ['dark', 390],
] as const

test.each(states)('axe finds nothing, and nothing is cut off, on: $name', { timeout: 60_000 }, async (state) => {
  const context = await chromium.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  try {
    const page = await opened(context, state)
    await page.evaluate(axe)
    for (const [colorScheme, width] of views) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 900 })
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
        'axe.run()',
      )
      const found = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])
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
