import { randomBytes } from 'node:crypto'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { email as byEmail } from 'sallyport/methods/email'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { keptMessages } from 'sallyport/testing'
import { ada, allowed, client, library, type Library, setUp, signIn } from '../../../../test/support/library.ts'
import { settings } from '../../../../test/support/methods.ts'
import type { Method } from '../contract/method.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import type { Granted, Proof } from '../index.ts'

describe('a decoy', () => {
  const pretend = { method: 'email', destination: 'Ada@example.com', decoy: true } as const

  test('uses up nothing of what the owner may be sent', async () => {
    const running = await library()
    await setUp(running, 'email')
    for (let stranger = 0; stranger < 10; stranger += 1) {
      running.clock.advance(5_400_000)
      await running.mfa.contacts.begin({ ...pretend, accountId: `stranger ${stranger}` }, client)
    }
    expect((await signIn(running)).challenge.code).toMatchObject({ delivered: true })
  })

  test('looks like a code for a fresh address, also when its owner was sent one a moment ago', async () => {
    const running = await library()
    await setUp(running, 'email')
    await signIn(running)
    const real = await running.mfa.contacts.begin(
      { accountId: 'one', method: 'email', destination: 'Axa@example.com' },
      client,
    )
    const decoy = await running.mfa.contacts.begin({ ...pretend, accountId: 'two' }, client)
    const shape = (view: typeof real.challenge) =>
      JSON.stringify(view).replaceAll(/"(id|enrollmentId|active)":"[^"]+"/g, '')
    expect(shape(decoy.challenge)).toBe(shape(real.challenge))
  })

  test('tells the owner instead of sending a code, and fails when the provider fails', async () => {
    const running = await library()
    await running.mfa.contacts.begin({ ...pretend, accountId: 'stranger' }, client)
    const message = running.emails.lastTo('Ada@example.com')
    expect(message.subject).toContain('you already have an account')
    expect(message.text).not.toMatch(/\d{6}/)

    const down = await library({ sender: { name: 'down', send: () => Promise.reject(new Error('down')) } })
    const { challenge } = await down.mfa.contacts.begin({ ...pretend, accountId: 'stranger' }, client)
    expect(challenge.code).toMatchObject({ delivered: false })
  })

  test('EO-02 · takes the same work as a code for an address that is free', async () => {
    const done: string[] = []
    const working = (): Method =>
      new Proxy(byEmail({ sender: keptMessages() })(settings), {
        get(method, name) {
          const part: unknown = Reflect.get(method, name)
          if (typeof part !== 'function') return part
          return (...input: readonly unknown[]): unknown => {
            done.push(String(name))
            return Reflect.apply(part, method, input)
          }
        },
      })
    const opened = vi.spyOn(KeyRing.prototype, 'open')
    const hashed = vi.spyOn(KeyRing.prototype, 'hash')
    onTestFinished(() => void vi.restoreAllMocks())
    const random = vi.fn((bytes: number) => randomBytes(bytes))
    const running = await library({ methods: [working, recoveryCode()], random })
    const work = async (accountId: string, decoy: boolean) => {
      running.clock.advance(3_600_000)
      for (const spy of [opened, hashed, random]) spy.mockClear()
      const { challenge } = await running.mfa.contacts.begin({ ...pretend, accountId, decoy }, client)
      expect(challenge.code).toMatchObject({ delivered: true })
      const counted = [opened, hashed, random].map(({ mock }) => mock.calls.length)
      return { did: done.splice(0), counted }
    }
    const free = await work('one', false)
    expect(free.did).toContain('prompt')
    expect(await work('two', true)).toEqual(free)
    expect(await work('three', false)).toEqual(free)
  })

  test('is answered by nothing', async () => {
    const running = await library()
    const { key, challenge } = await running.mfa.contacts.begin({ ...pretend, accountId: 'stranger' }, client)
    const typed = { enrollmentId: challenge.active ?? '', answer: '123456' }
    expect(await running.mfa.challenges.answer(key, 'email.confirm', typed, client)).toEqual({
      ok: false,
      reason: 'wrong',
      attemptsLeft: 4,
    })
  })
})

test('TF-05 · an account begins to confirm a few contacts in an hour, not any number of them', async () => {
  const running = await library()
  const begin = (number: number) =>
    running.mfa.contacts.begin({ accountId: ada.id, method: 'sms', destination: `+1415555${2000 + number}` }, client)
  for (let number = 0; number < 5; number += 1) await begin(number)
  await expect(begin(5)).rejects.toMatchObject({ code: 'send_limit' })
  expect(running.texts.messages).toHaveLength(5)
  expect(await running.mfa.contacts.retryAt(ada.id, 'sms')).toBe(running.clock() + 3_600_000)
  expect(await running.mfa.contacts.retryAt(ada.id, 'email')).toBe(0)
  running.clock.advance(3_600_000)
  await begin(6)
  expect(running.audit('code.send_refused')).toMatchObject([
    { account_id: 'ada', action: 'phone.confirm', outcome: 'refused', method: 'sms', detail: '{"result":"limit"}' },
  ])
})

test('TF-05 · an account begins to confirm ten contacts in a day, not any number of them', async () => {
  const running = await library()
  const begin = (number: number) =>
    running.mfa.contacts.begin(
      { accountId: ada.id, method: 'email', destination: `ada${number}@example.com` },
      { ...client, ip: `192.0.2.${number}` },
    )
  const first = running.clock()
  for (let number = 0; number < 10; number += 1) {
    await begin(number)
    running.clock.advance(3_600_000)
  }
  await expect(begin(10)).rejects.toMatchObject({ code: 'send_limit' })
  expect(await running.mfa.contacts.retryAt(ada.id, 'email')).toBe(first + 86_400_000)
})

test('a contact is begun with what it is for, is in the audit log, and is no second factor that there is room for', async () => {
  let outcome: 'full' | 'unproved' | null = null
  const running = await library({
    around: (store) => ({ beginEnrollment: async (input) => outcome ?? (await store.beginEnrollment(input)) }),
  })
  const input = { accountId: 'x', method: 'email', destination: 'eve@example.com' } as const
  for (const [decoy, evidence] of [
    [false, []],
    [true, ['decoy']],
  ] as const) {
    const { challenge } = await running.mfa.contacts.begin({ ...input, decoy }, client)
    expect((await running.store.readChallenge(challenge.id))?.challenge.evidence).toEqual(evidence)
    expect(running.audit('challenge.opened').at(-1)).toMatchObject({
      outcome: 'ok',
      account_id: 'x',
      action: 'email.confirm',
      challenge_id: challenge.id,
      method: 'email',
    })
  }
  for (const refused of ['full', 'unproved'] as const) {
    outcome = refused
    await expect(running.mfa.contacts.begin(input, client)).rejects.toMatchObject({ code: 'method_unavailable' })
  }
})

test('S7 · what confirms another action confirms no change of a contact, though it names the same address', async () => {
  const running = await library({ actions: { 'address.note': { purpose: 'note {email}' } } })
  await setUp(running, 'totp')
  const grant = await allowed(running, (given) =>
    running.mfa.actions.require('address.note', { ...given, resource: { email: 'grace@navy.example' } }, client),
  )
  const confirmedBy = grant.redeem('address.note') as unknown as Granted<'email.change'>
  const input = { accountId: ada.id, method: 'email', destination: 'grace@navy.example', confirmedBy } as const
  await expect(running.mfa.contacts.begin(input, client)).rejects.toMatchObject({ code: 'proof_mismatch' })
})

test('P6 · what a challenge confirms is sealed, and shown', async () => {
  const running = await library()
  await setUp(running, 'totp')
  const asked = { accountId: ada.id, session: { id: 's' }, resource: { phone: '+14155552672' } }
  const step = await running.mfa.actions.require('phone.change', asked, client)
  if (step.status !== 'challenge') throw new Error(step.status)
  expect(step.challenge.purpose).toBe('change your phone number to +14155552672')
  const stored = await running.store.readChallenge(step.challenge.id)
  expect(JSON.stringify(stored)).not.toContain('4155552672')
})

test('a destination that can’t be sent to is refused', async () => {
  const running = await library()
  const begin = running.mfa.contacts.begin({ accountId: ada.id, method: 'sms', destination: '12345' }, client)
  await expect(begin).rejects.toMatchObject({
    code: 'method_unavailable',
    message: 'the destination is not one that can be sent to',
  })
})

describe('a confirmed contact that is applied', () => {
  const confirmed = async (running: Library, method: 'email' | 'sms', destination: string) => {
    const asked = { accountId: ada.id, method, destination }
    const confirmedBy = await changing(running, method, destination)
    const { key, challenge } = await running.mfa.contacts.begin({ ...asked, confirmedBy }, client)
    const code = method === 'email' ? running.emails.codeTo(destination) : running.texts.codeTo(destination)
    const typed = { enrollmentId: challenge.active ?? '', answer: code }
    const { answer } = running.mfa.challenges
    const answered =
      method === 'email'
        ? await answer(key, 'email.confirm', typed, client)
        : await answer(key, 'phone.confirm', typed, client)
    if (!answered.ok) throw new Error(answered.reason)
    return answered.proof
  }
  /** What ada has confirmed in a session: that the contact is to take the place of the one there is. */
  const changing = async (running: Library, method: 'email' | 'sms', to: string) => {
    const { require } = running.mfa.actions
    if (method === 'sms') {
      const grant = await allowed(running, (given) =>
        require('phone.change', { ...given, resource: { phone: to } }, client),
      )
      return grant.redeem('phone.change')
    }
    const grant = await allowed(running, (given) =>
      require('email.change', { ...given, resource: { email: to } }, client),
    )
    return grant.redeem('email.change')
  }
  const stored = () => Promise.resolve(true)
  const hints = async ({ mfa }: Library) =>
    (await mfa.enrollments.list(ada.id)).methods.map(({ method, hint }) => [method, hint])

  test('EN-07 · takes the second factor of its kind along, and no other', async () => {
    const running = await library()
    await setUp(running, 'email')
    await setUp(running, 'sms')
    const before = await hints(running)
    const proof = await confirmed(running, 'email', 'grace@navy.example')
    const store = vi.fn(async () => {
      expect(await hints(running)).toEqual(before)
      return true
    })
    expect(await running.mfa.contacts.apply(proof, store, client)).toBe(true)
    expect(store.mock.calls).toMatchObject([
      [
        {
          accountId: 'ada',
          action: 'email.confirm',
          resource: 'grace@navy.example',
          methods: ['email'],
          replaces: true,
        },
      ],
    ])
    const after = before.map(([method, hint]) => [method, method === 'email' ? 'g***@n***.example' : hint])
    expect(await hints(running)).toEqual(after)
    const { challenge } = await signIn(running)
    expect(challenge.code).toMatchObject({ delivered: true })
    expect(running.emails.messages.at(-1)?.to).toBe('grace@navy.example')

    const phone = await confirmed(running, 'sms', '+14155552672')
    expect(await running.mfa.contacts.apply(phone, stored, client)).toBe(true)
    const { methods } = await running.mfa.enrollments.list(ada.id)
    expect(methods.find(({ method }) => method === 'sms')?.hint).toBe('+1 *** *** **72')
    expect((await running.store.readAccount(ada.id)).enrollments.map(({ primary }) => primary)).toEqual([
      true,
      false,
      false,
    ])
  })

  test('PR-04 · changes nothing while it is only confirmed: codes go to the old address until it is applied', async () => {
    const running = await library()
    await setUp(running, 'email')
    await confirmed(running, 'email', 'grace@navy.example')
    await signIn(running)
    expect(running.emails.messages.at(-1)?.to).toBe('ada@example.com')
  })

  test('changes nothing when the host does not store it, be it that it refuses or fails', async () => {
    for (const store of [() => Promise.resolve(false), () => Promise.reject(new Error('down'))]) {
      const running = await library()
      await setUp(running, 'email')
      const before = await hints(running)
      const proof = await confirmed(running, 'email', 'grace@navy.example')
      const applied = running.mfa.contacts.apply(proof, store, client).catch(() => false)
      expect(await applied).toBe(false)
      expect(await hints(running)).toEqual(before)
      expect(running.audit('method.moved')).toEqual([])
    }
  })

  test.each([1, 2])(
    'EN-07 · takes the second factor along in the end, whatever broke after it was stored: %i',
    async (broken) => {
      let failing = broken
      const address = { current: 'ada@example.com' }
      const running = await library({
        accounts: {
          find: () => Promise.resolve({ ...ada, confirmedEmail: address.current }),
          endSessions: () => Promise.resolve(),
        },
        around: (store) => ({
          async moveEnrollment(input) {
            if ((failing -= 1) >= 0) throw new Error('the store is full')
            return await store.moveEnrollment(input)
          },
        }),
      })
      await setUp(running, 'email')
      const proof = await confirmed(running, 'email', 'grace@navy.example')
      const store = () => {
        address.current = 'grace@navy.example'
        return Promise.resolve(true)
      }
      expect(await running.mfa.contacts.apply(proof, store, client)).toBe(true)
      for (let later = 0; later < 3; later += 1) {
        running.clock.advance(240_000)
        await running.mfa.notices.deliver()
      }
      expect(await hints(running)).toMatchObject([
        ['email', 'g***@n***.example'],
        ['recovery_code', ''],
      ])
      expect(running.audit('method.moved')).toHaveLength(1)
    },
  )

  test('AU-01 · the request takes the second factor along, and no delivery that comes between', async () => {
    const address = { current: 'ada@example.com' }
    const find = () => Promise.resolve({ ...ada, confirmedEmail: address.current })
    const running = await library({ accounts: { find, endSessions: () => Promise.resolve() } })
    await setUp(running, 'email')
    const proof = await confirmed(running, 'email', 'grace@navy.example')
    const store = async () => {
      address.current = 'grace@navy.example'
      await running.mfa.notices.deliver()
      return true
    }
    expect(await running.mfa.contacts.apply(proof, store, client)).toBe(true)
    expect(running.audit('method.moved')).toMatchObject([{ trace_id: client.traceId }])
  })

  test('EN-07 · leaves the second factor where it is when the host never stored the contact', async () => {
    const running = await library()
    await setUp(running, 'email')
    const before = await hints(running)
    const proof = await confirmed(running, 'email', 'grace@navy.example')
    const store = () => Promise.reject(new Error('the process is gone'))
    await running.mfa.contacts.apply(proof, store, client).catch(() => undefined)
    for (let later = 0; later < 20; later += 1) {
      running.clock.advance(3_600_000)
      await running.mfa.notices.deliver()
    }
    expect(await hints(running)).toEqual(before)
    expect(await running.store.leaseNotices({ now: running.clock(), leasedUntil: running.clock(), limit: 9 })).toEqual(
      [],
    )
  })

  test('S7 · that no second factor has confirmed is stored, and takes no second factor along', async () => {
    const running = await library()
    await setUp(running, 'email')
    const before = await hints(running)
    const input = { accountId: ada.id, method: 'email', destination: 'grace@navy.example' } as const
    const { key, challenge } = await running.mfa.contacts.begin(input, client)
    const typed = { enrollmentId: challenge.active ?? '', answer: running.emails.codeTo('grace@navy.example') }
    const answered = await running.mfa.challenges.answer(key, 'email.confirm', typed, client)
    if (!answered.ok) throw new Error(answered.reason)
    expect(await running.mfa.contacts.apply(answered.proof, stored, client)).toBe(true)
    expect(await hints(running)).toEqual(before)
  })

  test('S7 · takes the very change that was confirmed, and no look-alike of it', async () => {
    const running = await library()
    await setUp(running, 'email')
    const confirmedBy = await changing(running, 'email', 'grace@navy.example')
    const input = { accountId: ada.id, method: 'email', destination: 'grace@navy.example' } as const
    const refused = { code: 'proof_mismatch' }
    for (const wrong of [
      { ...input, confirmedBy: { ...confirmedBy } },
      { ...input, confirmedBy, destination: 'eve@example.com' },
      { ...input, confirmedBy, accountId: 'eve' },
      { ...input, confirmedBy, method: 'sms' as const },
    ]) {
      await expect(running.mfa.contacts.begin(wrong, client)).rejects.toMatchObject(refused)
    }
  })

  test('is applied once, and only where a contact was confirmed', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    const store = vi.fn(stored)
    const proof = await confirmed(running, 'email', 'grace@navy.example')
    expect(await running.mfa.contacts.apply(proof, store, client)).toBe(true)
    await expect(running.mfa.contacts.apply(proof, store, client)).rejects.toMatchObject({ code: 'proof_spent' })
    running.clock.advance(30_000)
    const { key } = await signIn(running)
    const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
    const login = await running.mfa.challenges.answer(key, 'login', typed, client)
    if (!login.ok) throw new Error(login.reason)
    const wrong = running.mfa.contacts.apply(login.proof as unknown as Proof<'email.confirm'>, store, client)
    await expect(wrong).rejects.toMatchObject({ code: 'proof_mismatch' })
    expect(store).toHaveBeenCalledTimes(1)
    expect(login.proof.redeem('login').accountId).toBe('ada')
  })

  test('without a second factor of its kind is stored and moves nothing', async () => {
    const running = await library()
    await setUp(running, 'totp')
    const proof = await confirmed(running, 'email', 'grace@navy.example')
    expect(await running.mfa.contacts.apply(proof, stored, client)).toBe(true)
    expect(running.audit('method.moved')).toEqual([])
  })

  test('that is the one it was moves nothing', async () => {
    const running = await library()
    await setUp(running, 'email')
    const proof = await confirmed(running, 'email', 'ada@example.com')
    expect(await running.mfa.contacts.apply(proof, stored, client)).toBe(true)
    expect(running.audit('method.moved')).toEqual([])
  })

  test('is sealed for the enrollment it moves, and stands in the audit log only masked', async () => {
    const keys = [randomBytes(32).toString('base64url')]
    const running = await library({ keys })
    const { enrollmentId } = await setUp(running, 'email')
    const proof = await confirmed(running, 'email', 'grace@navy.example')
    await running.mfa.contacts.apply(proof, stored, client)
    const { enrollments } = await running.store.readAccount(ada.id)
    const { sealed = '' } = enrollments.find(({ id }) => id === enrollmentId) ?? {}
    const ring = new KeyRing(keys)
    expect(ring.open(sealed, JSON.stringify(['enrollment', 'ada', enrollmentId]))).toBe('grace@navy.example')
    expect(() => ring.open(sealed, JSON.stringify(['enrollment', 'eve', enrollmentId]))).toThrow()
    const [moved, ...others] = running.audit('method.moved')
    expect(others).toEqual([])
    expect(moved).toMatchObject({ account_id: 'ada', enrollment_id: enrollmentId, method: 'email' })
    expect(JSON.parse(moved?.detail ?? '')).toEqual({ from: 'a***@e***.com', to: 'g***@n***.example' })
    expect(JSON.stringify(running.audit())).not.toMatch(/ada@|example\.com|grace|navy/)
  })

  test('leaves a code that was sent to the old address good for nothing', async () => {
    const running = await library()
    const email = await setUp(running, 'email')
    const { key } = await signIn(running)
    const typed = { enrollmentId: email.enrollmentId, answer: email.answer() }
    const proof = await confirmed(running, 'email', 'grace@navy.example')
    await running.mfa.contacts.apply(proof, stored, client)
    expect(await running.mfa.challenges.answer(key, 'login', typed, client)).toMatchObject({ ok: false })
  })
})
