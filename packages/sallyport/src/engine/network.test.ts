import { isIPv6 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ada, client, library, type Library, setUp, signIn } from '../../../../test/support/library.ts'
import { networkName } from './network.ts'

const runs = { numRuns: 2000, seed: 20_260_105 }

describe('what counts as one place', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7%eth0', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['::ffff:c000:0207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['0000:0000:0000:0000:0000:FFFF:C000:0207', '192.0.2.7'],
    ['::ffff:192.0.2.7%eth0', '192.0.2.7'],
    ['::ffff:0.0.0.0', '0.0.0.0'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['2001:0db8:0000:0000:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
    ['2001:db8::192.0.2.7', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['1::', '1:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::fffe:192.0.2.7', '0:0:0:0::/64'],
    ['::ffff:0:192.0.2.7', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::1%', 'fe80:0:0:0::/64'],
  ])('%s is %s', (ip, name) => {
    expect(networkName(ip)).toBe(name)
  })

  test.each([
    'unix:',
    '192.0.2',
    '192.0.2.7:443',
    '[2001:db8::1]',
    '2001:db8::1::',
    '2001:db8:1',
    'example.com',
    '192.0.2.007',
  ])('what is no address is its own: %s', (ip) => {
    expect(networkName(ip)).toBe(ip)
  })

  test('what is nothing is all one', () => {
    expect([networkName(''), networkName('%'), networkName('%eth0')]).toEqual(['unknown', 'unknown', 'unknown'])
  })

  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
  const network = fc.tuple(group, group, group, group)
  const host = fc.tuple(group, group, group, group)

  test('all writings of one /64 have one name, and those of another have another', () => {
    fc.assert(
      fc.property(network, network, host, host, fc.infiniteStream(fc.boolean()), (one, other, here, there, tosses) => {
        const toss = (): boolean => tosses.next().value
        const [first, second] = [written([...one, ...here], toss), written([...one, ...there], toss)]
        // An IPv4 address in an IPv6 one is in no /64.
        fc.pre(![first, second].some((address) => networkName(address).includes('.')))
        expect([isIPv6(first), isIPv6(second)]).toEqual([true, true])
        expect(networkName(first)).toBe(networkName(second))
        const elsewhere = networkName(written([...other, ...here], toss))
        expect(elsewhere === networkName(first)).toBe(one.join() === other.join())
      }),
      runs,
    )
  })

  test('all writings of one IPv4 address have one name', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.infiniteStream(fc.boolean()), (address, tosses) => {
        const toss = (): boolean => tosses.next().value
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
        const mapped = written([0, 0, 0, 0, 0, 0xffff, a * 256 + b, c * 256 + d], toss)
        expect([mapped, networkName(mapped)]).toEqual([mapped, address])
      }),
      runs,
    )
  })

  test('whatever it is given, it gives a name', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4Extended(), fc.ipV6()), (ip) => {
        expect(networkName(ip)).not.toBe('')
      }),
      runs,
    )
  })
})

/** Eight groups in one of the ways that RFC 4291 section 2.2 lets an address be written. */
function written(groups: readonly number[], toss: () => boolean): string {
  const one = (group: number): string => {
    const digits = toss() ? group.toString(16) : group.toString(16).padStart(4, '0')
    return toss() ? digits : digits.toUpperCase()
  }
  const [high = 0, low = 0] = groups.slice(6)
  const dotted = [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const tail = toss() ? [dotted] : [one(high), one(low)]
  const head = groups.slice(0, 6)
  const starts = head.flatMap((group, at) => (group === 0 ? [at] : []))
  const at = starts[Math.floor(starts.length / 2)]
  const zone = toss() ? '' : '%eth0'
  if (at === undefined || toss()) return `${[...head.map(one), ...tail].join(':')}${zone}`
  const length = toss() ? 1 : head.slice(at).findIndex((group) => group !== 0)
  const after = head.slice(length < 0 ? 6 : at + length).map(one)
  return `${head.slice(0, at).map(one).join(':')}::${[...after, ...tail].join(':')}${zone}`
}

const right = () => Promise.resolve(true)
const wrong = () => Promise.resolve(false)
const from = (ip: string) => ({ ...client, ip })

describe('wrong passwords from one place', () => {
  const fill = async ({ mfa }: Library, where = client): Promise<void> => {
    for (let guess = 1; guess <= 25; guess += 1) {
      expect(await mfa.network.guess(null, wrong, where)).toEqual({ status: 'wrong' })
    }
  }

  test('P1 · are 25, then one every 12 seconds, and those right cost nothing', async () => {
    const running = await library()
    for (let guess = 1; guess <= 40; guess += 1) {
      expect(await running.mfa.network.guess('ada', right, client)).toEqual({ status: 'right' })
    }
    await fill(running)
    const limited = { status: 'limited', retryAt: running.clock() + 12_000 }
    expect(await running.mfa.network.guess(null, wrong, client)).toEqual(limited)
    running.clock.advance(11_999)
    expect(await running.mfa.network.guess(null, wrong, client)).toEqual(limited)
    running.clock.advance(1)
    expect(await running.mfa.network.guess(null, wrong, client)).toEqual({ status: 'wrong' })
    expect(await running.mfa.network.guess(null, wrong, client)).toMatchObject({ status: 'limited' })
  })

  test('a right one meanwhile is limited as well, and is not even looked at', async () => {
    const running = await library()
    await fill(running)
    let looked = 0
    const look = () => Promise.resolve((looked += 1) > 0)
    expect(await running.mfa.network.guess('ada', look, client)).toMatchObject({ status: 'limited' })
    expect(looked).toBe(0)
    expect(await running.mfa.network.guess('ada', right, from('192.0.2.8'))).toEqual({ status: 'right' })
  })

  test('a right one among many at once is not told from them once they are too many', async () => {
    const running = await library()
    let release = (): void => undefined
    const all = new Promise<void>((resolve) => (release = resolve))
    const wrongs = Array.from({ length: 40 }, () =>
      running.mfa.network.guess(null, () => all.then(() => false), client),
    )
    let finish = (): void => undefined
    const slow = new Promise<void>((resolve) => (finish = resolve))
    const hidden = running.mfa.network.guess('ada', () => slow.then(() => true), client)
    release()
    const outcomes = await Promise.all(wrongs)
    expect(outcomes.filter(({ status }) => status === 'wrong')).toHaveLength(25)
    expect(outcomes.at(-1)).toEqual({ status: 'limited', retryAt: running.clock() + 12_000 })
    finish()
    expect(await hidden).toMatchObject({ status: 'limited' })
  })

  test('HS-01 · one /64 is one place, however it is written, and an IPv4 address is one in both its forms', async () => {
    const running = await library()
    await fill(running, from('2001:db8::1'))
    expect(await running.mfa.network.guess(null, right, from('2001:0DB8::ffff'))).toMatchObject({ status: 'limited' })
    expect(await running.mfa.network.guess(null, right, from('2001:db8:0:1::1'))).toEqual({ status: 'right' })
    await fill(running, from('::ffff:192.0.2.9'))
    expect(await running.mfa.network.guess(null, right, from('192.0.2.9'))).toMatchObject({ status: 'limited' })
  })

  test('each is audited, with whose it was where that is known; that they were too many, once', async () => {
    const running = await library()
    expect(await running.mfa.network.guess(ada.id, wrong, client)).toEqual({ status: 'wrong' })
    for (let guess = 1; guess <= 30; guess += 1) await running.mfa.network.guess(null, wrong, client)
    const entries = running.audit('password.refused')
    expect([entries[0]?.account_id, entries[1]?.account_id, entries.length]).toEqual([ada.id, null, 25])
    expect(new Set(entries.map(({ outcome }) => outcome))).toEqual(new Set(['refused']))
    expect(running.audit('network.limited')).toMatchObject([{ outcome: 'refused', account_id: null }])
  })

  test('count with wrong codes from there, and hold those up as well', async () => {
    const running = await library()
    const app = await setUp(running, 'totp')
    for (let guess = 1; guess <= 24; guess += 1) await running.mfa.network.guess(null, wrong, client)
    const { key } = await signIn(running)
    const answer = (typed: string, where = client) =>
      running.mfa.challenges.answer(key, 'login', { enrollmentId: app.enrollmentId, answer: typed }, where)
    expect(await answer('000000')).toEqual({ ok: false, reason: 'wrong', attemptsLeft: 4 })
    expect(running.audit('network.limited')).toHaveLength(1)
    const limited = { ok: false, reason: 'limited', retryAt: running.clock() + 12_000 }
    expect([await answer('000001'), await answer(app.answer())]).toEqual([limited, limited])
    expect(await running.mfa.network.guess(null, right, client)).toMatchObject({ status: 'limited' })
    expect(await running.mfa.challenges.view(key)).toMatchObject({ attemptsLeft: 4 })
    expect(running.audit('network.limited', 'attempt.refused')).toHaveLength(2)
    expect(await answer(app.answer(), from('192.0.2.8'))).toMatchObject({ ok: true })
  })
})

describe('messages that are asked for from one place', () => {
  test('P3 · are 10 in an hour with those of the host, and what is answered counts no more', async () => {
    const running = await library()
    const mail = await setUp(running, 'email')
    for (let sent = 1; sent <= 8; sent += 1) expect(await running.mfa.network.send(client)).toEqual({ ok: true })
    for (let login = 1; login <= 3; login += 1) {
      const { key, challenge } = await signIn(running)
      expect(challenge.code).not.toBeNull()
      const typed = { enrollmentId: mail.enrollmentId, answer: mail.answer() }
      expect(await running.mfa.challenges.answer(key, 'login', typed, client)).toMatchObject({ ok: true })
    }
    expect(await running.mfa.network.send(client)).toEqual({ ok: true })
    expect(await running.mfa.network.send(client)).toEqual({ ok: true })
    const retryAt = running.clock() + 360_000
    expect(await running.mfa.network.send(client)).toMatchObject({ ok: false, reason: 'limit' })
    const { challenge } = await signIn(running)
    expect(challenge.refused).toMatchObject({ reason: 'limit' })
    expect(challenge.refused?.retryAt).toBeLessThanOrEqual(retryAt)
    const refused = running.audit('code.send_refused').map(({ detail }) => JSON.parse(detail) as unknown)
    expect(refused).toEqual([{ result: 'limit', by: 'send network' }])
    expect(running.audit('network.limited')).toHaveLength(1)
    expect(await running.mfa.network.send(from('192.0.2.8'))).toEqual({ ok: true })
  })

  test('TF-05 · to many numbers are stopped, whoever they belong to', async () => {
    const running = await library()
    const begin = (number: number) =>
      running.mfa.contacts.begin(
        { accountId: `someone ${number}`, method: 'sms', destination: `+1415555${2000 + number * 37}` },
        client,
      )
    for (let number = 1; number <= 10; number += 1) expect((await begin(number)).challenge.code).not.toBeNull()
    expect((await begin(11)).challenge.refused).toMatchObject({ reason: 'limit' })
    expect(running.texts.messages).toHaveLength(10)
  })
})

describe('text messages to neighbouring numbers', () => {
  const neighbour = (running: Library, number: number) =>
    running.mfa.contacts.begin(
      { accountId: `someone ${number}`, method: 'sms', destination: `+14155552${String(number).padStart(3, '0')}` },
      from(`198.51.100.${number}`),
    )

  test('P4 · are 10 in an hour, from wherever they are asked for', async () => {
    const running = await library()
    for (let number = 1; number <= 10; number += 1) {
      expect((await neighbour(running, number)).challenge.code).not.toBeNull()
    }
    expect((await neighbour(running, 11)).challenge.refused).toMatchObject({ reason: 'limit' })
    expect(running.audit('code.send_refused').map(({ detail }) => JSON.parse(detail) as unknown)).toEqual([
      { result: 'limit', by: 'send range' },
    ])
  })

  test('P2 · that strangers give as their own keep no owner from the code for a login', async () => {
    const running = await library({ limits: { sendsPerDialCode: 10 } })
    await setUp(running, 'sms')
    // Ada’s is among them: +1 415 555 2671.
    for (let number = 1; number <= 12; number += 1) await neighbour(running, number)
    expect((await signIn(running)).challenge).toMatchObject({ refused: null, code: { delivered: true } })
  })
})
