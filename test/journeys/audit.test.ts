import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Administered, administered, type Colleague, Zone } from '../support/administered.ts'
import { newAddress } from '../support/address.ts'
import { databases, runConsole, type RunningConsole } from '../support/console.ts'
import { confirmed, elsewhere, enroll, passStepUp, type Person, signIn } from '../support/person.ts'
import { nobodys } from '../support/routes.ts'
import { audit } from '../support/tables.ts'
import type { Answer, Visitor } from '../support/visitor.ts'

interface Entry {
  readonly id: string
  readonly at: string
  readonly event: string
  readonly outcome: string
  readonly accountId: string
  readonly email: string
  readonly action: string | null
  readonly detail: Readonly<Record<string, unknown>>
}

describe.each(databases)('the audit log on %s', (on) => {
  let running: RunningConsole
  let here: Administered
  let team: string
  const zone = new Zone()
  beforeAll(async () => {
    running = await runConsole({ on, resolveTxt: zone.resolve })
  })
  beforeEach(async () => {
    here = await administered(running, zone)
    team = `/api/teams/${here.teamId}`
  })
  afterAll(() => running.close())

  const from = { ip: '192.0.2.7', userAgent: 'Visitor/1.0', traceId: 'trace' }

  /** So many entries about a person, one a second. */
  async function happened({ accountId }: Colleague, times: number): Promise<void> {
    const { audit: log } = running.console.mfa
    for (let time = 0; time < times; time += 1) {
      running.clock.advance(1000)
      await log.record({ event: 'password.reset_link_sent', accountId, detail: { to: 'm***@e***' } }, from)
    }
  }

  async function pagesOf(browser: Visitor, path: string): Promise<readonly (readonly Entry[])[]> {
    const pages: Entry[][] = []
    for (let next: string | null = ''; next !== null;) {
      const query = next === '' ? '' : `${path.includes('?') ? '&' : '?'}before=${encodeURIComponent(next)}`
      const page = await browser.get(path + query)
      expect(page.status, page.text).toBe(200)
      pages.push(page.body.entries)
      next = page.body.next
    }
    return pages
  }

  const exported = (person: Person, body: object) => confirmed(running, person, 'POST', `${team}/audit/export`, body)
  const linesOf = (text: string): Entry[] =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Entry)

  test('U1 · people see what happened to their own account, newest first and 20 at a time, and nothing of others', async () => {
    const { managed, owner } = here
    await happened(managed, 22)
    running.clock.advance(1000)
    await signIn(elsewhere(managed))
    const pages = await pagesOf(managed.browser, '/api/account/activity')
    expect(pages.slice(0, -1).every((page) => page.length === 20)).toBe(true)
    const entries = pages.flat()
    const rows = (await audit(running)).filter((row) => row['account_id'] === managed.accountId)
    expect(entries.map(({ id }) => id).toSorted()).toEqual(rows.map((row) => String(row['id'])).toSorted())
    const times = entries.map(({ at }) => at)
    expect(times).toEqual(times.toSorted().toReversed())
    expect(entries[0]).toMatchObject({
      event: 'sign_in.not_required',
      outcome: 'ok',
      accountId: managed.accountId,
      email: managed.email,
      ip: '127.0.0.1',
      traceId: expect.stringMatching(/^[0-9a-f]{16}$/),
    })
    const others = await owner.browser.get('/api/account/activity')
    expect(others.body.entries.every(({ accountId }: Entry) => accountId === owner.accountId)).toBe(true)
  })

  test('U1 · a cursor of someone else leads to no entry but one’s own', async () => {
    const { managed, owner } = here
    await happened(managed, 21)
    const { next } = (await managed.browser.get('/api/account/activity')).body
    const page = await owner.browser.get(`/api/account/activity?before=${next}`)
    expect(page.status).toBe(200)
    expect(page.body.entries.every(({ accountId }: Entry) => accountId === owner.accountId)).toBe(true)
  })

  test('U1 · owners and admins read what happened to the team’s managed people, and of nobody else', async () => {
    const { owner, admin, managed, outsider, domain } = here
    await happened(outsider, 2)
    await happened(managed, 60)
    for (const by of [owner, admin]) {
      const pages = await pagesOf(by.browser, `${team}/audit`)
      expect(pages[0]).toHaveLength(50)
      const people = new Set(pages.flat().map(({ email }) => email))
      expect(people).toEqual(new Set([owner.email, admin.email, managed.email]))
    }
    const { body } = await owner.browser.get(`${team}/audit`)
    expect(body.people.map(({ email }: { email: string }) => email)).toEqual(
      [owner.email, admin.email, managed.email].toSorted(),
    )
    expect(body.people.every(({ email }: { email: string }) => email.endsWith(`@${domain}`))).toBe(true)
    expect(body.actions).toEqual(expect.arrayContaining(['login', 'mfa.reset', 'policy.change', 'audit.export']))
    // An older page has the entries alone.
    const older = await owner.browser.get(`${team}/audit?before=${encodeURIComponent(body.next)}`)
    expect(older.body).toMatchObject({ people: null, actions: null })
  })

  test('DS-03 · however many pages of teams are asked for at once, two are read, 30 wait, and the next is told when to ask again', async () => {
    const { owner } = here
    const { audit: log } = running.console.mfa
    const read = log.read.bind(log)
    const waiting: (() => void)[] = []
    let most = 0
    const reading = vi.spyOn(log, 'read').mockImplementation(async (what) => {
      await new Promise<void>((resolve) => (most = Math.max(most, waiting.push(resolve))))
      return await read(what)
    })
    const letGo = (): void => waiting.splice(0).forEach((goOn) => goOn())
    const answers: Answer[] = []
    const refused = new Promise<void>((resolve) => {
      for (let each = 0; each < 40; each += 1)
        void owner.browser.get(`${team}/audit`).then((answered) => void (answers.push(answered) === 8 && resolve()))
    })
    await refused
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array.from({ length: 8 }, () => [503, 'server_busy']),
    )
    expect(answers[0]?.headers.get('retry-after')).toBe('5')
    while (answers.length < 40) {
      letGo()
      await new Promise(setImmediate)
    }
    expect(answers.slice(8).map(({ status }) => status)).toEqual(Array.from({ length: 32 }, () => 200))
    expect(most).toBe(2)
    reading.mockRestore()
    expect((await owner.browser.get(`${team}/audit`)).status).toBe(200)
  })

  test('U1 · what is read is narrowed to a person, an action, an outcome and a time', async () => {
    const { owner, managed } = here
    const since = new Date(running.clock() + 1000).toISOString()
    await happened(managed, 2)
    await signIn({ ...elsewhere(managed), password: 'a wrong password' })
    await managed.browser.post('/api/password-check', { password: 'a wrong password' })
    running.clock.advance(1000)
    const to = new Date(running.clock()).toISOString()
    await happened(managed, 1)
    const read = async (query: string): Promise<readonly Entry[]> =>
      (await pagesOf(owner.browser, `${team}/audit?${query}`)).flat()
    const person = `person=${managed.accountId}`
    const whole = await read(person)
    expect(whole.length).toBeGreaterThan(3)
    expect(whole.every(({ accountId }) => accountId === managed.accountId)).toBe(true)
    const time = `from=${encodeURIComponent(since)}&to=${encodeURIComponent(to)}`
    expect(await read(`${person}&${time}`)).toEqual(whole.filter(({ at }) => at >= since && at < to))
    expect(await read(`${person}&outcome=refused`)).toEqual(whole.filter(({ outcome }) => outcome === 'refused'))
    const policies = await read('action=domain.verify')
    expect(policies.length).toBeGreaterThan(0)
    expect(policies.every(({ action }) => action === 'domain.verify')).toBe(true)
    expect(await read('action=api_key.create')).toEqual([])
  })

  test('XA-12 · the log of whoever is not a managed person of the team is that of nobody', async () => {
    const { owner, outsider } = here
    const rival = await administered(running, zone)
    const unknown = await owner.browser.get(`${team}/audit?person=${nobodys}`)
    expect([unknown.status, unknown.body.code]).toEqual([404, 'member_not_found'])
    for (const { accountId } of [outsider, rival.managed, rival.owner]) {
      expect((await owner.browser.get(`${team}/audit?person=${accountId}`)).text).toBe(unknown.text)
      expect((await owner.browser.post(`${team}/audit/export`, { person: accountId })).text).toBe(unknown.text)
    }
    // With the domain goes what there was to be seen.
    const left = await confirmed(running, owner, 'DELETE', `${team}/domains/${here.domain}`)
    expect(left.status, left.text).toBe(204)
    expect((await owner.browser.get(`${team}/audit`)).body).toMatchObject({ entries: [], next: null, people: [] })
  })

  test('P13 · what is asked for is taken as it is documented, or refused with a sentence for the field', async () => {
    const { browser } = here.owner
    const wrong = [
      ['person=a%20b', 'person'],
      ['person=', 'person'],
      ['action=DROP%20TABLE', 'action'],
      ['outcome=none', 'outcome'],
      ['from=yesterday', 'from'],
      ['from=2027-02-30T00:00:00Z', 'from'],
      ['to=2027-01-31', 'to'],
      ['from=2027-01-31T00:00:00Z&to=2027-01-31T00:00:00Z', 'to'],
      ['outcome=ok&outcome=failed', 'outcome'],
      ['offset=10', ''],
    ] as const
    for (const [query, field] of wrong) {
      const refused = await browser.get(`${team}/audit?${query}`)
      expect([query, refused.status, refused.body.code]).toEqual([query, 400, 'request_invalid'])
      expect([query, refused.body.errors[0].field]).toEqual([query, field])
      expect(refused.body.errors[0].message).toMatch(/^[A-Z].*\.$/)
    }
    for (const path of [`${team}/audit`, '/api/account/activity']) {
      const refused = await browser.get(`${path}?before=nowhere`)
      expect([refused.status, refused.body.code]).toEqual([400, 'cursor_invalid'])
      expect((await browser.get(`${path}?limit=1000`)).body.code).toBe('request_invalid')
    }
    for (const body of [{ person: 7 }, { outcome: 'none' }, { before: 'x' }, { from: '2027-02-30T00:00:00Z' }, []])
      expect((await browser.post(`${team}/audit/export`, body)).body.code).toBe('request_invalid')
  })

  test('N2 · an export is a file with every entry that was asked for, one a line', async () => {
    const { owner, managed } = here
    await happened(managed, 130)
    const asked = { person: managed.accountId, outcome: 'ok' }
    const file = await exported(owner, asked)
    expect(file.status, file.text).toBe(200)
    expect(file.headers.get('content-type')).toBe('application/x-ndjson')
    const day = new Date(running.clock()).toISOString().slice(0, 10)
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="audit-${here.teamId}-${day}.ndjson"`)
    expect(file.headers.get('cache-control')).toBe('no-store')
    const shown = (await pagesOf(owner.browser, `${team}/audit?person=${managed.accountId}&outcome=ok`)).flat()
    expect(linesOf(file.text)).toEqual(shown)
    expect(shown.length).toBeGreaterThan(130)
  })

  test('SU-01 · an export takes a fresh answer to exactly this, once, and is in the log itself', async () => {
    const { owner, managed } = here
    const path = `${team}/audit/export`
    const body = { person: managed.accountId }
    const refused = await owner.browser.post(path, body)
    expect([refused.status, refused.body.code]).toEqual([403, 'step_up_required'])
    expect(refused.body.challenge).toMatchObject({ action: 'audit.export' })
    expect(refused.body.challenge.purpose).toBe('export the audit log of team Observatory')
    const challengeId = await passStepUp(running, owner, refused.body.challenge)
    const withIt = (sent: object) => owner.browser.send('POST', path, sent, { 'x-step-up': challengeId })
    for (const more of [{}, { outcome: 'ok' }, { ...body, from: '2020-01-01T00:00:00Z' }])
      expect((await withIt(more)).body.code).toBe('step_up_mismatch')
    expect((await withIt(body)).status).toBe(200)
    expect((await withIt(body)).body.code).toBe('step_up_required')
    const [entry, ...more] = (await audit(running, 'action.allowed')).filter(
      (row) => row['action'] === 'audit.export' && row['account_id'] === owner.accountId,
    )
    expect(more).toEqual([])
    expect(entry).toMatchObject({ outcome: 'ok', challenge_id: challengeId })
    expect(JSON.parse(entry?.['detail'])).toMatchObject({ team: here.teamId, person: managed.accountId })
  })

  test('AU-02 · what is read holds no address or number but those of its accounts, unmasked', async () => {
    const { owner, managed } = here
    await enroll(running, managed, 'sms')
    const moved = newAddress(here.domain)
    await confirmed(running, managed, 'POST', '/api/account/email', { email: moved })
    const { text } = await exported(owner, {})
    expect(text).not.toContain(managed.phone)
    expect(text).not.toContain(moved)
    expect(text).toContain(managed.email)
  })
})
