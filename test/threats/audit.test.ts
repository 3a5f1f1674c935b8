import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditEvent, auditEvents, limitTable } from 'sallyport'
import { createAuthenticator, type SoftwareAuthenticator } from 'sallyport/testing'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { migrations } from '../../packages/sallyport/src/store/sql/migrations.ts'
import { person } from '../support/account.ts'
import { newAddress } from '../support/address.ts'
import { administered, Zone } from '../support/administered.ts'
import { databases, realLimits, runConsole, type RunningConsole } from '../support/console.ts'
import { client, library } from '../support/library.ts'
import { type TestProvider, testProvider } from '../support/oidc.ts'
import {
  answer,
  codeFor,
  confirmed,
  elsewhere,
  enroll,
  newPerson,
  passStepUp,
  type Person,
  signIn,
  secrets,
  wrongCode,
} from '../support/person.ts'
import { resetTokenTo } from '../support/reset.ts'
import { accountIdOf, audit, type Row } from '../support/tables.ts'
import { Visitor } from '../support/visitor.ts'

/** Every statement that a store can run: each is declared when its module is loaded. */
const statements = vi.hoisted(() => [] as string[])
vi.mock('../../packages/sallyport/src/store/sql/query.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../packages/sallyport/src/store/sql/query.ts')>()
  return { ...original, sql: (words: string) => (statements.push(words), original.sql(words)) }
})

const root = join(import.meta.dirname, '../..')
const minute = 60_000
const hour = 60 * minute

/** What has to stand in the log once it has happened. */
interface Expected {
  readonly event: AuditEvent
  readonly outcome?: 'ok' | 'refused' | 'failed'
  /** Whose; null for nobody's. */
  readonly of: string | null
  readonly action?: string
  readonly method?: string
  readonly detail?: Readonly<Record<string, unknown>>
}

describe.each(databases)('AU-01 · the log of a console on %s', (on) => {
  let running: RunningConsole
  let provider: TestProvider
  const zone = new Zone()
  const seen = new Set<string>()
  beforeAll(async () => {
    provider = await testProvider()
    // Ten wrong answers lock the account, and here as many switch the method off.
    const { triesPerNetwork } = realLimits
    const limits = { triesPerMethod: 10, triesPerNetwork }
    running = await runConsole({ on, limits, resolveTxt: zone.resolve })
    await provider.serve(running.origin)
  })
  afterAll(async () => {
    await running.close()
    await provider.close()
  })

  /** Runs a part of the story, and holds what was written meanwhile against what has to stand there: when, where, who and by what. */
  async function expectLogged(expected: readonly Expected[], run: () => Promise<unknown>): Promise<void> {
    const before = new Set((await audit(running)).map(({ id }) => String(id)))
    const since = running.clock()
    await run()
    const written = (await audit(running)).filter(({ id }) => !before.has(String(id)))
    for (const row of written) {
      seen.add(String(row['event']))
      expect(auditEvents).toContain(row['event'])
      expect(['ok', 'refused', 'failed']).toContain(row['outcome'])
      expect(Number(row['at'])).toBeGreaterThanOrEqual(since)
      expect(Number(row['at'])).toBeLessThanOrEqual(running.clock())
      expect([row['event'], row['ip']]).toEqual([row['event'], '127.0.0.1'])
      expect(row['user_agent']).toMatch(/^Visitor|^Mozilla/)
      expect([row['event'], row['trace_id']]).toEqual([row['event'], expect.stringMatching(/^[0-9a-f]{16}$/)])
    }
    for (const each of expected) expect(written.map(shown), each.event).toContainEqual(wanted(each))
  }

  const shown = (row: Row) => ({
    event: row['event'],
    outcome: row['outcome'],
    of: row['account_id'],
    action: row['action'],
    method: row['method'],
    detail: JSON.parse(row['detail']) as unknown,
  })
  const wanted = ({ detail, ...each }: Expected): unknown =>
    expect.objectContaining({ outcome: 'ok', ...each, ...(detail ? { detail: expect.objectContaining(detail) } : {}) })

  const idOf = ({ email }: Pick<Person, 'email'>): Promise<string> => accountIdOf(running, email)

  const methodNamed = async ({ browser }: Pick<Person, 'browser'>, method: string): Promise<string> => {
    const { methods } = (await browser.get('/api/mfa/challenge')).body
    return methods.find((each: { method: string }) => each.method === method).enrollmentId
  }

  /** Someone with an authenticator app, an hour after setting it up. */
  async function withApp(who?: Person) {
    const owner = who ?? (await person(running))
    const app = await enroll(running, owner, 'totp')
    running.clock.advance(hour)
    return { ...elsewhere(owner), app, id: await idOf(owner) }
  }

  const right = (owner: Person, app: { readonly secret: string }): string => codeFor(running, owner, 'totp', app.secret)
  const wrong = (owner: Person, app: { readonly secret: string }): string => wrongCode(right(owner, app))

  test('registering, and passwords right and wrong', async () => {
    let ada = elsewhere(await person(running))
    await expectLogged([], async () => void (ada = await newPerson(running)))
    const of = await idOf(ada)
    const rows = (await audit(running)).filter((row) => row['account_id'] === of)
    for (const [method, action] of [
      ['email', 'email.confirm'],
      ['sms', 'phone.confirm'],
    ] as const)
      for (const event of ['challenge.opened', 'code.sent', 'challenge.passed', 'contact.confirmed'] as const) {
        const about = event === 'challenge.opened' ? { action } : { action, method }
        expect(rows.map(shown)).toContainEqual(wanted({ event, of, ...about }))
      }
    expect(rows.map(shown)).toContainEqual(wanted({ event: 'sign_in.not_required', of }))
    await expectLogged([{ event: 'password.refused', outcome: 'refused', of }], () =>
      signIn({ ...elsewhere(ada), password: 'not the password' }),
    )
    await expectLogged([{ event: 'password.refused', outcome: 'refused', of: null }], () =>
      signIn({ ...elsewhere(ada), email: newAddress() }),
    )
  })

  test('turning the second factor on and off, and everything that is done to a method', async () => {
    const ada = await person(running)
    const { browser } = ada
    const of = await idOf(ada)
    const own = async (): Promise<readonly { enrollmentId: string; method: string }[]> =>
      (await browser.get('/api/mfa/methods')).body.methods
    await expectLogged(
      [
        { event: 'action.allowed', of, action: 'mfa.method.add', detail: { reason: 'mfa_off' } },
        { event: 'method.enrolling', of, method: 'totp' },
        { event: 'challenge.passed', of, method: 'totp', action: 'mfa.method.confirm' },
        { event: 'method.added', of, method: 'totp' },
        { event: 'mfa.enabled', of, method: 'totp' },
        { event: 'recovery_codes.created', of },
      ],
      () => enroll(running, ada, 'totp'),
    )
    await expectLogged(
      [
        { event: 'challenge.opened', of, action: 'mfa.method.add' },
        { event: 'action.allowed', of, action: 'mfa.method.add' },
        { event: 'code.sent', of, method: 'email', detail: { to: expect.stringContaining('***') } },
        { event: 'method.added', of, method: 'email' },
      ],
      () => enroll(running, ada, 'email'),
    )
    const email = (await own()).find(({ method }) => method === 'email')?.enrollmentId ?? ''
    const path = `/api/mfa/methods/${email}`
    await expectLogged([{ event: 'method.renamed', of, method: 'email', detail: { name: 'At work' } }], () =>
      confirmed(running, ada, 'PATCH', path, { name: 'At work' }),
    )
    await expectLogged([{ event: 'method.primary_changed', of, method: 'email' }], () =>
      confirmed(running, ada, 'PUT', '/api/mfa/methods/primary', { enrollmentId: email }),
    )
    const address = newAddress()
    running.clock.advance(10 * minute)
    await expectLogged(
      [
        { event: 'owner.told', of, detail: { kind: 'email.changing' } },
        { event: 'contact.confirmed', of, method: 'email' },
        { event: 'method.moved', of, method: 'email' },
      ],
      async () => {
        const begun = await confirmed(running, ada, 'POST', '/api/account/email', { email: address })
        expect(begun.status, begun.text).toBe(202)
        const code = running.emails.codeTo(address)
        expect((await browser.post('/api/confirmation/answer', { answer: code })).status).toBe(200)
      },
    )
    const moved = { ...ada, email: address }
    running.clock.advance(10 * minute)
    await expectLogged([{ event: 'recovery_codes.renewed', of, method: 'recovery_code' }], () =>
      confirmed(running, moved, 'POST', '/api/mfa/recovery-codes'),
    )
    running.clock.advance(10 * minute)
    await expectLogged([{ event: 'action.refused', outcome: 'refused', of, action: 'mfa.method.remove' }], async () => {
      const asked = await browser.send('DELETE', path)
      const challengeId = await passStepUp(running, moved, asked.body.challenge)
      const another = (await own()).find(({ method }) => method === 'totp')?.enrollmentId
      const mismatch = await browser.send('DELETE', `/api/mfa/methods/${another}`, {}, { 'x-step-up': challengeId })
      expect(mismatch.body.code).toBe('step_up_mismatch')
    })
    running.clock.advance(10 * minute)
    await expectLogged([{ event: 'method.removed', of, method: 'email', detail: { name: 'At work' } }], () =>
      confirmed(running, moved, 'DELETE', path),
    )
    await expectLogged([{ event: 'mfa.disabled', of }], () => confirmed(running, moved, 'POST', '/api/mfa/disable'))
  })

  test('logins with a second factor, wrong and right, taken up again and given up', async () => {
    const ada = await withApp()
    const { browser, app, id: of } = ada
    const login = { of, action: 'login' } as const
    await expectLogged([{ event: 'challenge.opened', ...login }], () => signIn(ada))
    await expectLogged([{ event: 'challenge.resumed', ...login }], () => signIn(ada))
    await expectLogged(
      [
        { event: 'attempt.refused', outcome: 'refused', ...login, method: 'totp', detail: { reason: 'wrong' } },
        { event: 'challenge.failed', outcome: 'failed', ...login, method: 'totp' },
      ],
      async () => {
        for (let tries = 0; tries < 5; tries += 1) await answer(browser, app.enrollmentId, wrong(ada, app))
      },
    )
    await expectLogged([{ event: 'challenge.cancelled', ...login }], async () => {
      await signIn(ada)
      await browser.post('/api/mfa/challenge/cancel')
    })
    await expectLogged([{ event: 'challenge.passed', ...login, method: 'totp' }], async () => {
      await signIn(ada)
      expect((await answer(browser, app.enrollmentId, right(ada, app))).status).toBe(200)
    })
    await expectLogged(
      [
        { event: 'challenge.passed', ...login, method: 'recovery_code' },
        { event: 'recovery_code.used', ...login, method: 'recovery_code', detail: { left: 9 } },
      ],
      async () => {
        const there = elsewhere(ada)
        await signIn(there)
        const codes = await methodNamed(there, 'recovery_code')
        expect((await answer(there.browser, codes, app.recoveryCodes[0] ?? '')).status).toBe(200)
      },
    )
  })

  test('codes that are sent, that could not be, and that were asked for too soon', async () => {
    const ada = await person(running)
    await enroll(running, ada, 'email')
    running.clock.advance(2 * hour)
    const of = await idOf(ada)
    const there = elsewhere(ada)
    const email = { of, action: 'login', method: 'email' } as const
    await expectLogged([{ event: 'code.sent', ...email, detail: { provider: 'kept' } }], () => signIn(there))
    const prompt = async (): Promise<void> => {
      await there.browser.post('/api/mfa/challenge/prompt', { enrollmentId: await methodNamed(there, 'email') })
    }
    await expectLogged(
      [{ event: 'code.send_refused', outcome: 'refused', ...email, detail: { result: 'too_soon' } }],
      prompt,
    )
    running.clock.advance(5 * minute)
    const down = vi.spyOn(running.emails, 'send').mockRejectedValueOnce(new Error('down'))
    await expectLogged([{ event: 'code.send_failed', outcome: 'failed', ...email }], prompt)
    down.mockRestore()
  })

  test('browsers that are trusted, used, copied and trusted no more', async () => {
    const ada = await withApp()
    const { browser, app, id: of } = ada
    const device = { device: expect.any(String) as string }
    await expectLogged([{ event: 'device.trusted', of, method: 'totp', detail: device }], async () => {
      await signIn(ada)
      const typed = { enrollmentId: app.enrollmentId, answer: right(ada, app), remember: true }
      expect((await browser.post('/api/mfa/challenge/answer', typed)).status).toBe(200)
    })
    const trusted = async (): Promise<void> => {
      expect((await signIn(ada)).body.status).toBe('signed_in')
    }
    await expectLogged([{ event: 'sign_in.trusted', of, detail: device }], trusted)
    const firefox = 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0'
    await expectLogged([{ event: 'device.refused', outcome: 'refused', of, detail: device }], () => {
      const { email, password } = ada
      return browser.copy().send('POST', '/api/sign-in', { email, password }, { 'user-agent': firefox })
    })
    await expectLogged([{ event: 'device.revoked', of }], async () => {
      expect((await browser.send('DELETE', '/api/mfa/devices')).status).toBe(204)
    })
    // And once more, for a copy.
    running.clock.advance(minute)
    await signIn(ada)
    const again = { enrollmentId: app.enrollmentId, answer: right(ada, app), remember: true }
    await browser.post('/api/mfa/challenge/answer', again)
    const stolen = browser.copy()
    await trusted()
    await expectLogged([{ event: 'device.reused', outcome: 'refused', of, detail: device }], () =>
      signIn({ ...ada, browser: stolen }),
    )
  })

  test('a key that was copied, and a passkey that signs in by itself and is nobody’s', async () => {
    const ada = await person(running)
    const of = await idOf(ada)
    const key = createAuthenticator({ origin: running.origin })
    await enroll(running, ada, 'security_key', key)
    const copy = key.clone()
    const bring = async (from: SoftwareAuthenticator): Promise<number> => {
      const browser = new Visitor(running.origin)
      const given = from.get((await browser.post('/api/mfa/passkey')).body.asking)
      return (await browser.post('/api/mfa/passkey/answer', { answer: JSON.stringify(given) })).status
    }
    const about = { of, action: 'login', method: 'security_key' } as const
    await expectLogged(
      [
        { event: 'challenge.opened', of, action: 'login' },
        { event: 'challenge.passed', ...about },
      ],
      async () => expect(await bring(key)).toBe(200),
    )
    const refused = { ...about, outcome: 'refused' } as const
    await expectLogged(
      [
        { event: 'attempt.refused', ...refused, detail: { reason: 'wrong' } },
        { event: 'method.copied', ...refused, detail: { name: 'Security key or passkey' } },
      ],
      async () => expect(await bring(copy)).toBe(401),
    )
    const stray = createAuthenticator({ origin: running.origin })
    stray.create((await confirmed(running, ada, 'POST', '/api/mfa/methods', { method: 'security_key' })).body.setup)
    await expectLogged([{ event: 'sign_in.unknown_key', outcome: 'refused', of: null, action: 'login' }], async () =>
      expect(await bring(stray)).toBe(401),
    )
  })

  test('administrators: policies, domains, single sign-on, resetting and unlocking', async () => {
    const here = await administered(running, zone)
    const { admin, owner, managed } = here
    const team = `/api/teams/${here.teamId}`
    const by = { by: admin.accountId }
    const { id: of, app, browser } = await withApp(managed)
    const there = { ...managed, browser }
    await expectLogged(
      [
        { event: 'account.locked', outcome: 'refused', of, method: 'totp', detail: { until: expect.any(Number) } },
        { event: 'method.disabled', outcome: 'refused', of, method: 'totp' },
      ],
      async () => {
        for (let tries = 0; tries < 10; tries += 1) {
          if (tries % 5 === 0) await signIn(there)
          await answer(browser, app.enrollmentId, wrong(there, app))
        }
      },
    )
    await owner.browser.session()
    for (const administrator of [owner, admin]) await signsInAgain(administrator)
    await expectLogged(
      [
        { event: 'action.allowed', of: admin.accountId, action: 'account.unlock', detail: { member: of } },
        { event: 'account.unlocked', of, detail: by },
      ],
      () => confirmed(running, admin, 'POST', `${team}/people/${of}/unlock`),
    )
    const reset = `${team}/people/${of}/reset-mfa`
    await expectLogged(
      [{ event: 'mfa.reset', of, action: 'mfa.reset', detail: { ...by, reason: 'A lost phone' } }],
      () => confirmed(running, admin, 'POST', reset, { reason: 'A lost phone' }),
    )
    const policy = { who: 'privileged', from: null, atLeast: null }
    const changed = { team: here.teamId, who: 'privileged' }
    await expectLogged(
      [{ event: 'action.allowed', of: owner.accountId, action: 'policy.change', detail: changed }],
      () => confirmed(running, owner, 'PUT', `${team}/policy`, policy),
    )
    const sso = {
      issuer: provider.provider.issuer,
      clientId: 'console',
      clientSecret: 'plain words',
      trusted: false,
      on: true,
    }
    await expectLogged([{ event: 'action.allowed', of: owner.accountId, action: 'sso.change' }], () =>
      confirmed(running, owner, 'PUT', `${team}/sso`, sso),
    )
    await expectLogged([{ event: 'sign_in.elsewhere', outcome: 'refused', of, detail: { evidence: 'password' } }], () =>
      signIn(elsewhere(managed)),
    )

    /** After an hour in which somebody else was busy. */
    async function signsInAgain(administrator: Person): Promise<void> {
      expect((await signIn(administrator)).body.status).toBe('challenge')
      const enrollmentId = await methodNamed(administrator, 'totp')
      await answer(
        administrator.browser,
        enrollmentId,
        codeFor(running, administrator, 'totp', secrets.get(enrollmentId)),
      )
      running.clock.advance(minute)
    }
  })

  test('sessions that end, passwords that are reset, and accounts that are deleted', async () => {
    const ada = await person(running)
    const of = await idOf(ada)
    await signIn(elsewhere(ada))
    await expectLogged([{ event: 'session.ended', of, detail: { by: 'end_others', count: 1 } }], () =>
      confirmed(running, ada, 'POST', '/api/sessions/end-others'),
    )
    await expectLogged([{ event: 'grants.ended', of }], async () => {
      // Something that is confirmed, and not used any more.
      const made = await confirmed(running, ada, 'POST', '/api/teams', { name: 'Observatory' })
      await confirmed(running, ada, 'POST', `/api/teams/${made.body.id}/invitations`, {
        email: newAddress(),
        role: 'member',
      })
      await ada.browser.post('/api/sign-out')
    })
    // What is proved in the very millisecond in which sessions were ended is from before.
    running.clock.advance(1)
    await expectLogged([{ event: 'session.ended', of, detail: { by: 'sign_out' } }], async () => {
      await signIn(ada)
      await ada.browser.post('/api/sign-out')
    })
    await expectLogged([{ event: 'password.reset_link_sent', of }], async () => {
      await elsewhere(ada).browser.post('/api/password-reset', { email: ada.email })
      await running.console.settled()
    })
    const password = 'seven mild herons wade'
    await expectLogged([{ event: 'password.reset', of }], () =>
      ada.browser.post('/api/password-reset/complete', { token: resetTokenTo(running, ada.email), password }),
    )
    running.clock.advance(minute)
    const again = { ...elsewhere(ada), password }
    await signIn(again)
    const { teams } = (await again.browser.get('/api/teams')).body
    for (const { id } of teams) await confirmed(running, again, 'DELETE', `/api/teams/${id}`)
    await expectLogged([{ event: 'account.erased', of }], async () => {
      const gone = await confirmed(running, again, 'POST', '/api/account/delete', { email: ada.email })
      expect(gone.status, gone.text).toBe(204)
    })
  })

  test('requests that are refused, and an address that has to wait', async () => {
    const ada = await person(running)
    const of = await idOf(ada)
    await expectLogged([{ event: 'request.refused', outcome: 'refused', of, detail: { reason: 'origin' } }], () =>
      ada.browser.send('POST', '/api/sign-out', {}, { origin: 'https://evil.example' }),
    )
    running.clock.advance(hour)
    await expectLogged([{ event: 'network.limited', outcome: 'refused', of: null }], async () => {
      for (let tries = 0; tries < realLimits.triesPerNetwork; tries += 1)
        await signIn({ ...elsewhere(ada), email: newAddress() })
    })
    running.clock.advance(hour)
  })

  // What the list of events has and nothing above has written belongs into one of these.
  test('nothing that the log can say is left out above', () => {
    expect(auditEvents.filter((event) => !seen.has(event))).toEqual([])
  })
})

describe('AU-04 · the log can be added to and read', () => {
  test('and no statement changes it; the one that takes anything out of it is that of the retention', () => {
    const all = [...statements, ...migrations.flatMap((migration) => migration.statements)]
    expect(all.length).toBeGreaterThan(100)
    const changing = all
      .filter((text) => /sallyport_audit\b/i.test(text) && !/^\s*SELECT\b/i.test(text))
      .map((text) => text.replaceAll(/\s+/g, ' ').trim())
      .filter((text) => !/^(CREATE|DROP) INDEX |^CREATE TABLE /.test(text))
      .toSorted()
    expect(changing).toEqual([
      expect.stringMatching(
        /^DELETE FROM sallyport_audit WHERE id IN \(SELECT id FROM sallyport_audit WHERE at < \? ORDER BY at, id LIMIT \?\)$/,
      ),
      expect.stringMatching(/^INSERT INTO sallyport_audit \((?!.*(ON CONFLICT|REPLACE))/),
    ])
    // Nor do the drivers run any that is not declared.
    for (const driver of ['sqlite', 'postgres'])
      expect(readFileSync(join(root, `packages/sallyport/src/store/${driver}.ts`), 'utf8')).not.toMatch(/audit/i)
  })

  test('and neither the store nor the library has another way to it', async () => {
    const { mfa, store } = await library()
    const steps = Object.keys(store).filter((name) => /audit/i.test(name))
    expect(steps.toSorted()).toEqual(['appendAudit', 'purgeAudit', 'readAudit'])
    expect(Object.keys(mfa.audit).toSorted()).toEqual(['export', 'read', 'record'])
    await mfa.close()
  })

  test('and an entry that was written is the same for ever, whatever happens to its account', async () => {
    const { mfa, store, clock } = await library()
    await mfa.audit.record({ event: 'request.refused', accountId: 'ada', detail: { reason: 'origin' } }, client)
    const { entries } = await mfa.audit.read({ accounts: ['ada'] })
    const [entry] = entries
    // Its id is taken: nothing takes its place.
    await expect(store.appendAudit([{ ...entry!, outcome: 'ok' }])).rejects.toMatchObject({ code: 'store_failed' })
    await mfa.erase('ada', client)
    clock.advance(limitTable.auditSeconds.standard * 1000)
    await mfa.purge()
    expect((await mfa.audit.read({ accounts: ['ada'] })).entries).toContainEqual(entry)
    await mfa.close()
  })
})

describe('AU-06 · nothing turns the log off', () => {
  test('no limit and no profile does, at either of its ends', async () => {
    for (const [name, { min, max }] of Object.entries(limitTable)) {
      for (const value of [min, max]) {
        // What must not be below another limit.
        const alike = name === 'lockSeconds' ? { longestLockSeconds: limitTable.longestLockSeconds.max } : {}
        const { mfa, audit: entries } = await library({ limits: { ...alike, [name]: value } })
        await mfa.signIn.begin({ accountId: 'ada', evidence: ['password'] }, client)
        expect([name, value, entries('sign_in.not_required').length]).toEqual([name, value, 1])
        await mfa.close()
      }
    }
    for (const profile of ['standard', 'strict'] as const) {
      const { mfa, audit: entries } = await library({ profile })
      await mfa.signIn.begin({ accountId: 'ada', evidence: ['password'] }, client)
      expect(entries()).toHaveLength(1)
      await mfa.close()
    }
  })

  test('no variable of the console is about it, and a silent log of the process is another one', async () => {
    const config = readFileSync(join(root, 'apps/console/server/config.ts'), 'utf8')
    expect(config).not.toMatch(/AUDIT/)
  })

  test('what can’t be written down does not happen', async () => {
    const { mfa } = await library({
      around: (store) => ({
        beginSignIn: (input) =>
          store.beginSignIn({
            ...input,
            record: () => {
              throw new Error('the log is full')
            },
          }),
        appendAudit: () => Promise.reject(new Error('the log is full')),
      }),
    })
    await expect(mfa.signIn.begin({ accountId: 'ada', evidence: ['password'] }, client)).rejects.toThrow()
    await expect(mfa.audit.record({ event: 'request.refused', accountId: null }, client)).rejects.toThrow()
  })
})
