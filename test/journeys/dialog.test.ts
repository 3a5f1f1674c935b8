import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { authenticator } from 'sallyport/testing'
import { openChromium } from '../support/chromium.ts'
import { runConsole, type RunningConsole } from '../support/console.ts'
import { confirmed, newPerson, signIn } from '../support/person.ts'
import { invitationTo, type Situated, situated } from '../support/sensitive.ts'
import type { Visitor } from '../support/visitor.ts'

let chromium: Browser
let running: RunningConsole
let context: BrowserContext
let page: Page
let dialog: Locator
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
  context = await chromium.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  page = await context.newPage()
  page.setDefaultTimeout(10_000)
  page.on('pageerror', (error) => faults.push(String(error)))
  dialog = page.getByRole('dialog', { name: 'Confirm it’s you' })
})
afterEach(async () => {
  await context.close()
  expect(faults.splice(0)).toEqual([])
})

const button = (name: string) => page.getByRole('button', { name, exact: true })
const inDialog = (name: string) => dialog.getByRole('button', { name, exact: true })
const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
const says = (words: string | RegExp) => page.getByText(words).first().waitFor()
const type = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value)
const focused = () => page.evaluate<string>('document.activeElement.textContent')

async function open(path: string, { cookies }: Visitor): Promise<void> {
  const url = running.origin.replace('http:', 'https:')
  await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url, secure: true })))
  await page.goto(running.origin + path)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

/** The code that the app shows by now; each is good once in its 30 seconds. */
function nextCode({ app }: Situated): string {
  running.clock.advance(30_000)
  return authenticator(app.secret).codeAt(running.clock())
}

async function enter(code: string): Promise<void> {
  await dialog.getByLabel('Code', { exact: true }).fill(code)
  await inDialog('Confirm').click()
}

/** What the page sent to `path`, with the challenge it presented. */
function requestsTo(path: string): readonly { readonly body: string | null; readonly stepUp: string | undefined }[] {
  const sent: { body: string | null; stepUp: string | undefined }[] = []
  page.on('request', (request) => {
    if (new URL(request.url()).pathname !== path || request.method() === 'GET') return
    sent.push({ body: request.postData(), stepUp: request.headers()['x-step-up'] })
  })
  return sent
}

test('a confirmed request goes out again as it was, and nobody types it twice', async () => {
  const ada = await situated(running)
  await open('/api-keys', ada.owner.browser)
  const sent = requestsTo('/api/api-keys')
  await type('Name', 'nightly')
  await page.getByLabel('teams:read').check()
  await button('Create API key').click()
  await page.getByRole('dialog', { description: 'to create API key nightly' }).waitFor()
  await enter(nextCode(ada))
  await heading('Store your API key')
  expect(sent).toEqual([
    { body: sent[0]?.body, stepUp: undefined },
    { body: sent[0]?.body, stepUp: expect.any(String) },
  ])
})

test('whoever cancels has done nothing, and is back where they were', async () => {
  const ada = await situated(running)
  await open('/api-keys', ada.owner.browser)
  const cancel = [() => page.keyboard.press('Escape'), () => inDialog('Cancel').click()]
  for (const act of cancel) {
    await button('Invalidate prod-ci').click()
    await dialog.waitFor()
    await act()
    await dialog.waitFor({ state: 'hidden' })
    expect(await focused()).toBe('Invalidate prod-ci')
    expect(await button('Invalidate prod-ci').getAttribute('aria-busy')).toBeNull()
    expect(await page.getByRole('alert').count()).toBe(0)
  }
  await page.reload()
  await button('Invalidate prod-ci').waitFor()
})

test('going back to another page leaves the dialog behind', async () => {
  const ada = await situated(running)
  await open('/teams', ada.owner.browser)
  await page.getByRole('link', { name: 'API keys' }).click()
  await button('Invalidate prod-ci').click()
  await dialog.waitFor()
  await page.goBack()
  await heading('Teams')
  await dialog.waitFor({ state: 'hidden' })
  await page.goForward()
  expect(await button('Invalidate prod-ci').getAttribute('aria-busy')).toBeNull()
})

test('the dialog begins at its field and keeps the focus', async () => {
  const ada = await situated(running)
  await open('/api-keys', ada.owner.browser)
  await button('Invalidate prod-ci').click()
  await dialog.waitFor()
  expect(await page.evaluate('document.activeElement.name')).toBe('code')
  for (let presses = 0; presses < 8; presses += 1) {
    await page.keyboard.press('Tab')
    // Between its last and its first element the focus is with the browser itself.
    expect(await page.evaluate(`document.activeElement.closest('main, header')`)).toBeNull()
  }
})

/** Presses them in one go, as no person could once the dialog is open. */
const pressAll = (buttons: string) =>
  page.evaluate(`document.querySelectorAll('${buttons}').forEach((each) => each.click())`)

test('of requests made at once, each is asked for in its turn', async () => {
  const ada = await situated(running)
  const key = { name: 'staging', scopes: ['teams:read'], expiresInDays: 7 }
  await confirmed(running, ada.owner, 'POST', '/api/api-keys', key)
  await open('/api-keys', ada.owner.browser)
  await button('Invalidate staging').waitFor()
  await pressAll('.row-actions button')
  await page.getByRole('dialog', { description: 'to invalidate API key staging' }).waitFor()
  await enter(nextCode(ada))
  await page.getByRole('dialog', { description: 'to invalidate API key prod-ci' }).waitFor()
  await enter(nextCode(ada))
  await says('You have no API keys.')
  expect(await dialog.count()).toBe(0)
})

test('of requests made at once, none is asked for that the one before has covered', async () => {
  const ada = await situated(running)
  await open(`/teams/${ada.teamId}`, ada.owner.browser)
  await pressAll('.row-actions button')
  await button('Remove').waitFor()
  await pressAll('.sure .button-danger')
  await dialog.waitFor()
  await enter(nextCode(ada))
  await page.getByRole('heading', { name: 'Open invitations' }).waitFor({ state: 'hidden' })
  await page.getByText(ada.colleague.email, { exact: true }).waitFor({ state: 'hidden' })
  expect(await dialog.count()).toBe(0)
})

test('a challenge that is over begins again from the dialog', async () => {
  const ada = await situated(running)
  await open('/api-keys', ada.owner.browser)
  await button('Invalidate prod-ci').click()
  for (const left of ['4 tries left', '3 tries left']) {
    await enter('000000')
    await says(left)
  }
  running.clock.advance(10 * 60_000)
  await enter('000000')
  await says('This confirmation is over')
  await inDialog('Start again').click()
  await enter(nextCode(ada))
  await says('prod-ci is invalid from now on.')
  expect(await button('Invalidate prod-ci').count()).toBe(0)
})

test('five wrong codes end the session: whoever took it over guesses no further', async () => {
  const ada = await situated(running)
  await open('/api-keys', ada.owner.browser)
  await button('Invalidate prod-ci').click()
  for (const left of [
    '4 tries left.',
    '3 tries left.',
    '2 tries left.',
    '1 try left. One more wrong code signs you out.',
  ]) {
    await enter('000000')
    await says(left)
  }
  await enter('000000')
  await heading('Sign in')
  await says('You were signed out after too many wrong codes.')
  expect(await dialog.count()).toBe(0)
})

test('a session that ends under the dialog leads to the sign-in, and from there back to the page', async () => {
  const ada = await situated(running)
  await open('/api-keys', ada.owner.browser)
  await button('Invalidate prod-ci').click()
  await dialog.waitFor()
  await context.clearCookies({ name: '__Host-console-session' })
  await enter(nextCode(ada))
  await heading('Sign in')
  await says('You are signed out. Sign in again.')
  expect(await dialog.count()).toBe(0)

  await type('E-mail', ada.owner.email)
  await type('Password', ada.owner.password)
  await button('Sign in').click()
  await heading(/Confirm it’s you/)
  await type('Code', nextCode(ada))
  await button('Confirm').click()
  await heading('API keys')
})

test('where two-step sign-in is off, the dialog asks for the password', async () => {
  const bea = await newPerson(running)
  await open('/security', bea.browser)
  const sent = requestsTo('/api/mfa/methods')
  await button('Set up authenticator app').click()
  await dialog.waitFor()
  await type('Password', 'not this one')
  await inDialog('Confirm').click()
  await says('This is not your password.')
  await type('Password', bea.password)
  await inDialog('Confirm').click()
  await page.getByRole('img', { name: 'QR code for your authenticator app' }).waitFor()
  expect(await dialog.count()).toBe(0)
  // The second one had the CSRF token of the session as the password has left it.
  expect(sent).toHaveLength(2)
})

test('five wrong passwords end the session, the last of them with a warning and the end with its reason', async () => {
  const bea = await newPerson(running)
  const ways: readonly (() => Promise<readonly [field: string, give: string]>)[] = [
    async () => {
      await open('/security', bea.browser)
      await button('Set up authenticator app').click()
      await dialog.waitFor()
      return ['Password', 'Confirm']
    },
    async () => {
      await open('/account', bea.browser)
      await button('Change password').click()
      await type('New password', 'nine quiet otters paddle')
      await type('New password again', 'nine quiet otters paddle')
      return ['Current password', 'Change password']
    },
  ]
  for (const begin of ways) {
    await bea.browser.session()
    await signIn(bea)
    const [field, give] = await begin()
    const wrong = async () => {
      await type(field, 'not this one')
      await button(give).click()
    }
    for (const left of ['4 tries left.', '3 tries left.', '2 tries left.', '1 try left. One more wrong password']) {
      await wrong()
      await says(`This is not your password. ${left}`)
    }
    await wrong()
    await heading('Sign in')
    await says('You were signed out after too many wrong passwords.')
    expect(await dialog.count()).toBe(0)
  }
})

test('a double click asks whether to remove someone or withdraw an invitation, and does neither', async () => {
  const ada = await situated(running)
  await open(`/teams/${ada.teamId}`, ada.owner.browser)
  const sent: string[] = []
  page.on('request', (request) => request.method() === 'DELETE' && sent.push(request.url()))
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 })
    await button(`Remove ${ada.colleague.email}`).dblclick()
    await says(`Remove ${ada.colleague.email} from the team?`)
    await button('Cancel').click()
    expect(await focused()).toBe(`Remove ${ada.colleague.email}`)
    await page.getByRole('button', { name: /^Cancel the invitation for/ }).dblclick()
    await says(/^Cancel the invitation for .*\?$/)
    await button('Keep it').click()
    expect(await focused()).toMatch(/^Cancel the invitation for/)
  }
  expect(sent).toEqual([])
  expect(await dialog.count()).toBe(0)

  await button(`Remove ${ada.colleague.email}`).click()
  await button('Remove').click()
  await enter(nextCode(ada))
  await says(`${ada.colleague.email} is removed from the team.`)
})

test('whoever invites someone chooses the role anew for the next one', async () => {
  const ada = await situated(running)
  await open(`/teams/${ada.teamId}`, ada.owner.browser)
  await type('E-mail', 'first@example.com')
  await page.getByLabel('Role', { exact: true }).selectOption('owner')
  await button('Send invitation').click()
  await dialog.waitFor()
  await enter(nextCode(ada))
  await says('The invitation for first@example.com is on its way.')
  expect(await page.getByLabel('Role', { exact: true }).inputValue()).toBe('member')
  // It is no news any more once the next thing begins.
  await type('E-mail', 'second@example.com')
  await button('Send invitation').click()
  await says('The invitation for second@example.com is on its way.')
  expect(await page.getByText('first@example.com is on its way.').count()).toBe(0)
})

/** As long as a name may be, with nothing to break a line at. */
const longName = 'W'.repeat(60)

test('the only one in a team is offered what they can do: to delete it', async () => {
  const ada = await situated(running)
  const { body } = await confirmed(running, ada.owner, 'POST', '/api/teams', { name: longName })
  await open(`/teams/${body.id}`, ada.owner.browser)
  await says('You are the only one in it: delete the team instead.')
  expect(await button('Leave team').count()).toBe(0)
  expect(await page.getByLabel(`Role of ${ada.owner.email}`).count()).toBe(0)
  await page.setViewportSize({ width: 390, height: 800 })
  await button('Delete team').click()
  await dialog.waitFor()
  await enter(nextCode(ada))
  await says(`${longName} is deleted.`)
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  // Nothing is wider than the page, and nothing sticks out of its box either.
  expect(await page.locator('.notice').evaluate((box) => box.scrollWidth <= box.clientWidth)).toBe(true)
})

test('in a low window the dialog begins with its title', async () => {
  const ada = await situated(running)
  // So low that the field itself would have to be scrolled to.
  await page.setViewportSize({ width: 640, height: 300 })
  await open('/api-keys', ada.owner.browser)
  await button('Invalidate prod-ci').click()
  await dialog.waitFor()
  expect(await page.evaluate('document.activeElement.name')).toBe('code')
  expect(await dialog.evaluate((element) => element.scrollTop)).toBe(0)
})

test('leaving what is shown only once is asked about once', async () => {
  const ada = await situated(running)
  const asked: string[] = []
  page.on('dialog', (question) => {
    asked.push(question.message())
    void question.accept()
  })
  const ways: readonly (readonly [act: () => Promise<void>, title: string])[] = [
    [() => page.getByRole('link', { name: 'Account' }).click(), 'Account'],
    [() => page.getByRole('link', { name: 'API keys' }).click(), 'API keys'],
    [() => button('Sign out').click(), 'Sign in'],
  ]
  await open('/api-keys', ada.owner.browser)
  for (const [act, title] of ways) {
    await page.goto(`${running.origin}/api-keys`)
    await type('Name', title)
    await page.getByLabel('teams:read').check()
    await button('Create API key').click()
    await dialog.waitFor()
    await enter(nextCode(ada))
    await heading('Store your API key')
    await act()
    await heading(title)
    expect(asked.splice(0)).toEqual(['Your API key is shown only now. Leave without storing it?'])
    if (title === 'API keys') await button(`Invalidate ${title}`).waitFor()
  }
})

test('the page counts a confirmation down by itself: the server is asked nothing', async () => {
  const ada = await situated(running)
  await page.clock.install()
  await open(`/teams/${ada.teamId}`, ada.owner.browser)
  await button(`Remove ${ada.colleague.email}`).click()
  await button('Remove').click()
  await dialog.waitFor()
  await enter(nextCode(ada))
  await says('Confirmed for 5:00 more: changes to this team need no new confirmation.')
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.clock.runFor(28_000)
  await says('Confirmed for 4:32 more')
  await page.clock.runFor(5 * 60_000)
  await says('Changes to this team have to be confirmed.')
  expect(asked).toEqual([])
})

test('the link of an invitation leaves the address bar at once, and leads back after the sign-in', async () => {
  const ada = await situated(running)
  const bea = await newPerson(running)
  const invited = { email: bea.email, role: 'admin' }
  await confirmed(running, ada.owner, 'POST', `/api/teams/${ada.teamId}/invitations`, invited)
  await running.console.deliver()
  const token = invitationTo(running, bea.email)

  await page.goto(`${running.origin}/invitation#${token}`)
  await heading('Join Observatory')
  expect(page.url()).toBe(`${running.origin}/invitation`)
  await page.getByRole('link', { name: 'Sign in' }).click()
  expect(await page.getByLabel('E-mail', { exact: true }).inputValue()).toBe(bea.email)
  await type('Password', bea.password)
  await button('Sign in').click()
  await heading('Join Observatory')
  await button('Accept').click()
  await heading('Observatory')
  await says('You are in Observatory now.')
})

test('who is signed in as someone else signs out first, and the invitation waits', async () => {
  const ada = await situated(running)
  const bea = await newPerson(running)
  const invited = { email: bea.email, role: 'member' }
  await confirmed(running, ada.owner, 'POST', `/api/teams/${ada.teamId}/invitations`, invited)
  await running.console.deliver()
  await signIn(ada.colleague)
  await open(`/invitation#${invitationTo(running, bea.email)}`, ada.colleague.browser)
  await says('You are signed in as')
  await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await type('E-mail', bea.email)
  await type('Password', bea.password)
  await button('Sign in').click()
  await button('Accept').waitFor()
  expect(page.url()).toBe(`${running.origin}/invitation`)
})
