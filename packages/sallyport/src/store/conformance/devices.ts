import type { Store, TrustedDeviceRow } from '../../contract/store.ts'
import {
  bring,
  count,
  type Enrolled,
  enroll,
  enrolled,
  equal,
  fail,
  type Law,
  minute,
  newDevice,
  newEnrollment,
  newId,
  newKnown,
  notEqual,
  now,
  prompt,
  race,
  racers,
  remember,
  remove,
  settle,
  signIn,
} from './fixtures.ts'

const silent = { record: () => ({ audit: [] }) }

/** Browsers that are trusted to sign in without a second factor, and those that are only known. */
export const deviceLaws: readonly Law[] = [
  {
    name: 'a trusted browser is found by its token, and a known one by its own, each for its own account only',
    async run(store) {
      const [mine, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      const [trusted, known] = [newDevice(mine.accountId), newKnown(mine.accountId)]
      await remember(store, mine, { trusted, known })
      const both = { trusted: ['none', trusted.tokenHash], known: ['none', known.tokenHash] }
      const found = await bring(store, mine.accountId, both)
      equal([found.trusted, found.reused, found.known], [trusted, null, known])
      equal(
        found.enrollments.map(({ id }) => id),
        [...mine.ids, mine.backupId],
      )
      const foreign = await bring(store, other.accountId, both)
      equal([foreign.trusted, foreign.reused, foreign.known], [null, null, null])
      const swapped = await bring(store, mine.accountId, { trusted: both.known, known: both.trusted })
      equal([swapped.trusted, swapped.reused, swapped.known], [null, null, null])
      const nobody = await bring(store, 'nobody', both)
      equal([nobody.account.mfaEnabledAt, nobody.enrollments, nobody.trusted], [null, [], null])
    },
  },
  {
    name: 'a browser is told which of its tokens stand for something that is not over, whoever’s they are',
    async run(store) {
      const [mine, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      const ends = { expiresAt: now + minute }
      const devices = [mine, other].flatMap(({ accountId }) => [newDevice(accountId), newDevice(accountId, ends)])
      const known = [mine, other].flatMap(({ accountId }) => [newKnown(accountId), newKnown(accountId, ends)])
      for (const [at, trusted] of devices.entries()) {
        await remember(store, at < 2 ? mine : other, { trusted, known: known[at] ?? fail() })
      }
      const brought = { trusted: ['none', ...devices.map(hashOf)], known: ['none', ...known.map(hashOf)] }
      const live = async (at: number) => (await bring(store, mine.accountId, brought, at)).live
      equal(
        await live(now + minute - 1),
        [...brought.trusted, ...brought.known].filter((hash) => hash !== 'none'),
      )
      const lasting = [...devices, ...known].filter(({ expiresAt }) => expiresAt !== ends.expiresAt).map(hashOf)
      equal(await live(now + minute), lasting)
      const swapped = await bring(store, mine.accountId, { trusted: brought.known, known: brought.trusted })
      equal(swapped.live, [])

      // What was rotated away is to come back while there is anything that it gives away.
      const [own = fail(), , theirs = fail()] = devices
      for (const device of [own, theirs]) equal(await rotate(store, device, `next ${device.id}`, now), true)
      const rotated = { trusted: [own, theirs].map(hashOf) }
      equal((await bring(store, mine.accountId, rotated)).live, rotated.trusted)
      equal((await bring(store, mine.accountId, rotated, theirs.expiresAt)).live, [])
      for (const { accountId } of [mine, other]) await store.revokeDevices({ accountId, deviceId: null, ...silent })
      equal(await live(now), [])
    },
  },
  {
    name: 'of several tokens that a browser brings for one account the first counts',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const devices = [newDevice(mine.accountId), newDevice(mine.accountId)]
      const known = [newKnown(mine.accountId), newKnown(mine.accountId)]
      for (const at of [0, 1])
        await remember(store, mine, { trusted: devices[at] ?? fail(), known: known[at] ?? fail() })
      const hashes = { trusted: devices.map(hashOf), known: known.map(hashOf) }
      const found = await bring(store, mine.accountId, hashes)
      equal([found.trusted, found.known], [devices[0], known[0]])
      const turned = await bring(store, mine.accountId, {
        trusted: hashes.trusted.toReversed(),
        known: hashes.known.toReversed(),
      })
      equal([turned.trusted, turned.known], [devices[1], known[1]])
    },
  },
  {
    name: 'of racing uses of a trusted browser one gets the next token, and no other token is good',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const device = newDevice(mine.accountId)
      await remember(store, mine, { trusted: device })
      const rotated = await race((racer) => rotate(store, device, `next ${racer}`, now + racer))
      equal(rotated.filter(Boolean).length, 1)
      const good: string[] = []
      for (let racer = 0; racer < racers; racer += 1) {
        if ((await bring(store, mine.accountId, { trusted: [`next ${racer}`] })).trusted !== null)
          good.push(`next ${racer}`)
      }
      equal(good, [`next ${rotated.indexOf(true)}`])
      const { trusted, reused } = await bring(store, mine.accountId, { trusted: [device.tokenHash] })
      equal([trusted, reused?.id], [null, device.id])
    },
  },
  {
    name: 'every token that was replaced is known as such, to its own account, until the trust ends',
    async run(store) {
      const [mine, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      const device = newDevice(mine.accountId)
      await remember(store, mine, { trusted: device })
      equal(await rotate(store, device, 'second', now + 1, '192.0.2.8'), true)
      const second = { ...device, tokenHash: 'second', lastUsedAt: now + 1, ip: '192.0.2.8' }
      equal(await rotate(store, second, 'third', now + 2), true)
      equal(await rotate(store, device, 'fourth', now + 3), false)
      const third = { ...second, tokenHash: 'third', lastUsedAt: now + 2 }
      for (const old of [device.tokenHash, 'second']) {
        const found = await bring(store, mine.accountId, { trusted: [old] })
        equal([found.trusted, found.reused], [null, third])
        equal((await bring(store, other.accountId, { trusted: [old] })).reused, null)
      }
      equal((await bring(store, mine.accountId, { trusted: ['third'] })).reused, null)
      equal(await store.revokeDevices({ accountId: mine.accountId, deviceId: device.id, ...silent }), 1)
      for (const token of [device.tokenHash, 'second', 'third']) {
        const found = await bring(store, mine.accountId, { trusted: [token] })
        equal([found.trusted, found.reused], [null, null])
      }
    },
  },
  {
    name: 'a trusted browser is used no more once it has ended, was revoked, or was trusted for another set-up',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const device = newDevice(mine.accountId, { expiresAt: now + minute })
      await remember(store, mine, { trusted: device })
      equal(await rotate(store, { ...device, setupHash: 'other' }, 'a', now), false)
      equal(await rotate(store, { ...device, accountId: 'other' }, 'a', now), false)
      equal(await rotate(store, { ...device, tokenHash: 'other' }, 'a', now), false)
      equal(await rotate(store, device, 'a', now + minute), false)
      equal((await bring(store, mine.accountId, { trusted: ['a'] })).trusted, null)
      equal(await rotate(store, device, 'b', now + minute - 1), true)
      equal(await store.revokeDevices({ accountId: mine.accountId, deviceId: device.id, ...silent }), 1)
      equal(await rotate(store, { ...device, tokenHash: 'b' }, 'c', now), false)
    },
  },
  {
    name: 'beyond as many as may be trusted, the one that was used longest ago goes, with all its tokens',
    async run(store) {
      const [mine, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      const theirs = newDevice(other.accountId, { lastUsedAt: now - 60 * minute })
      await remember(store, other, { trusted: theirs })
      const devices = [0, 1, 2].map((age) => newDevice(mine.accountId, { lastUsedAt: now + age }))
      const [first, second, third] = [devices[0] ?? fail(), devices[1] ?? fail(), devices[2] ?? fail()]
      for (const trusted of devices) await remember(store, mine, { trusted }, { devicesAtMost: 3 })
      equal(await rotate(store, second, 'second rotated', now + 3), true)
      equal(await rotate(store, first, 'first rotated', now + 4), true)
      const fourth = newDevice(mine.accountId, { lastUsedAt: now + 5 })
      await remember(store, mine, { trusted: fourth }, { devicesAtMost: 3 })
      equal(await listed(store, mine), [fourth.id, first.id, second.id])
      equal((await bring(store, mine.accountId, { trusted: [third.tokenHash] })).trusted, null)
      const fifth = newDevice(mine.accountId, { lastUsedAt: now + 6 })
      await remember(store, mine, { trusted: fifth }, { devicesAtMost: 2 })
      equal(await listed(store, mine), [fifth.id, fourth.id])
      equal((await bring(store, mine.accountId, { trusted: [first.tokenHash, second.tokenHash] })).reused, null)
      equal(await listed(store, other), [theirs.id])
    },
  },
  {
    name: 'a browser that is trusted anew is trusted once',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const [old, another] = [
        newDevice(mine.accountId, { lastUsedAt: now - 2 }),
        newDevice(mine.accountId, { lastUsedAt: now - 1 }),
      ]
      for (const trusted of [old, another]) await remember(store, mine, { trusted })
      equal(await rotate(store, old, 'rotated', now - 2), true)
      const anew = newDevice(mine.accountId)
      await remember(store, mine, { trusted: anew }, { replaces: old.id })
      equal(await listed(store, mine), [anew.id, another.id])
      const found = await bring(store, mine.accountId, { trusted: [old.tokenHash, 'rotated'] })
      equal([found.trusted, found.reused], [null, null])
      const foreign = await enrolled(store, ['totp'])
      await remember(store, foreign, { trusted: newDevice(foreign.accountId) }, { replaces: anew.id })
      equal(await listed(store, mine), [anew.id, another.id])
    },
  },
  {
    name: 'the browsers that make room are those known longest, of that account only',
    async run(store) {
      const [mine, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      const theirs = newKnown(other.accountId, { knownAt: now - 60 * minute })
      await remember(store, other, { known: theirs })
      const known = [0, 1, 2].map((age) => newKnown(mine.accountId, { knownAt: now + age }))
      for (const each of known) await remember(store, mine, { known: each }, { devicesAtMost: 2 })
      const left: (string | undefined)[] = []
      for (const each of known) left.push((await bring(store, mine.accountId, { known: [each.tokenHash] })).known?.id)
      equal(left, [undefined, known[1]?.id, known[2]?.id])
      equal((await bring(store, other.accountId, { known: [theirs.tokenHash] })).known?.id, theirs.id)
    },
  },
  {
    name: 'one browser or all are trusted no more, of that account only, and after all none is known either',
    async run(store) {
      const [mine, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      const [one, two, ended] = [
        newDevice(mine.accountId, { lastUsedAt: now + 1 }),
        newDevice(mine.accountId, { lastUsedAt: now + 2 }),
        newDevice(mine.accountId, { lastUsedAt: now, expiresAt: now + 1 }),
      ]
      const [known, theirs] = [newKnown(mine.accountId), newDevice(other.accountId)]
      for (const trusted of [one, two, ended]) await remember(store, mine, { trusted })
      await remember(store, mine, { known })
      await remember(store, other, { trusted: theirs, known: newKnown(other.accountId) })
      const revoke = (accountId: string, deviceId: string | null) =>
        store.revokeDevices({ accountId, deviceId, ...silent })
      equal(await listed(store, mine, now + 1), [two.id, one.id])
      equal(
        [await revoke(other.accountId, one.id), await revoke('nobody', one.id), await revoke(mine.accountId, 'none')],
        [0, 0, 0],
      )
      equal([await revoke(mine.accountId, one.id), await revoke(mine.accountId, one.id)], [1, 0])
      equal(await listed(store, mine, now + 1), [two.id])
      notEqual((await bring(store, mine.accountId, { known: [known.tokenHash] })).known, null)
      equal([await revoke(mine.accountId, null), await revoke(mine.accountId, null)], [2, 0])
      equal((await bring(store, mine.accountId, { known: [known.tokenHash] })).known, null)
      equal(await listed(store, other), [theirs.id])
    },
  },
  {
    name: 'a browser that is revoked while it is used is used before or not at all, and trusted no more either way',
    async run(store) {
      for (let round = 0; round < racers / 2; round += 1) {
        const mine = await enrolled(store, ['totp'])
        const device = newDevice(mine.accountId)
        await remember(store, mine, { trusted: device })
        const [, revoked] = await Promise.all([
          rotate(store, device, `next ${mine.accountId}`, now),
          store.revokeDevices({ accountId: mine.accountId, deviceId: device.id, ...silent }),
        ])
        equal(revoked, 1)
        const found = await bring(store, mine.accountId, { trusted: [device.tokenHash, `next ${mine.accountId}`] })
        equal([found.trusted, found.reused], [null, null])
      }
    },
  },
  ...Object.entries(changes()).map(([what, change]) => ({
    name: `${what} ends all trust, of that account only${change.forgets ? ', and no browser is known any more' : ''}`,
    async run(store: Store) {
      const [mine, other] = [await enrolled(store, ['totp', 'email']), await enrolled(store, ['totp'])]
      const [device, known, theirs] = [newDevice(mine.accountId), newKnown(mine.accountId), newDevice(other.accountId)]
      await remember(store, mine, { trusted: device, known })
      await remember(store, other, { trusted: theirs })
      const rotated = newId()
      equal(await rotate(store, device, rotated, now), true)
      await change.by(store, mine)
      const found = await bring(store, mine.accountId, {
        trusted: [device.tokenHash, rotated],
        known: [known.tokenHash],
      })
      equal([found.trusted, found.reused, found.known === null], [null, null, change.forgets])
      equal(await rotate(store, { ...device, tokenHash: rotated }, newId(), now), false)
      equal(await listed(store, mine), [])
      equal(await listed(store, other), [theirs.id])
    },
  })),
  {
    name: 'what changes nothing of the second factors leaves the browsers trusted',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const [totp = '', email = ''] = mine.ids
      const device = newDevice(mine.accountId)
      await remember(store, mine, { trusted: device })
      const of = { accountId: mine.accountId, ...silent }
      await store.setPrimary({ ...of, enrollmentId: email })
      await store.rename({ ...of, enrollmentId: totp, name: 'phone' })
      await store.endGrants({ ...of, sessionHash: null })
      await store.moveEnrollment({ ...of, enrollmentId: email, from: 'other', sealed: 'new', hint: '' })
      equal((await remove(store, mine.accountId, 'none')).result, 'absent')
      equal((await remove(store, mine.accountId, totp, 2)).result, 'kept')
      await store.unlock({ ...of, now })
      await settle(store, await signIn(store, mine), null)
      equal(
        (await settle(store, { ...(await signIn(store, mine)), enrollmentId: mine.backupId }, { code: 'none' })).result,
        'wrong',
      )
      equal(await listed(store, mine), [device.id])
    },
  },
  {
    name: 'in a known browser answers are judged while the account is locked, and leave the lock to the strangers',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const known = newKnown(mine.accountId)
      await remember(store, mine, { known })
      await lockOut(store, mine)
      const strangers = (await store.readAccount(mine.accountId)).account
      equal((await settle(store, await signIn(store, mine), { counter: 90 })).result, 'locked')
      const own = await signIn(store, mine, now, { knownBrowserId: known.id })
      const wrong = await settle(store, own, null)
      equal(wrong.result === 'wrong' && [wrong.attemptsLeft, wrong.lockedUntil, wrong.tell], [4, 0, false])
      equal((await store.readChallenge(own.id))?.knownFailures, 1)
      equal((await store.readAccount(mine.accountId)).account, strangers)
      equal((await settle(store, own, { counter: 91 })).result, 'passed')
      equal((await store.readAccount(mine.accountId)).account, strangers)
      equal((await bring(store, mine.accountId, { known: [known.tokenHash] })).known?.failures, 0)
      equal((await settle(store, await signIn(store, mine), { counter: 92 })).result, 'locked')
    },
  },
  {
    name: 'a known browser that has been wrong as often itself is locked like any other',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const known = newKnown(mine.accountId)
      await remember(store, mine, { known })
      await lockOut(store, mine)
      const own = () => signIn(store, mine, now, { knownBrowserId: known.id })
      const wrong: unknown[] = []
      for (let attempt = 0; attempt < 11; attempt += 1) wrong.push((await settle(store, await own(), null)).result)
      equal(wrong, [...Array.from({ length: 10 }, () => 'wrong'), 'locked'])
      equal((await settle(store, await own(), { counter: 91 })).result, 'locked')
      equal((await prompt(store, await own(), 'a', now)).result, 'locked')
      const later = now + 15 * minute
      const after = await signIn(store, mine, later, { knownBrowserId: known.id })
      equal((await settle(store, after, { counter: 92 }, { now: later })).result, 'passed')
      equal((await bring(store, mine.accountId, { known: [known.tokenHash] })).known?.failures, 0)
    },
  },
  {
    name: 'wrong answers in a known browser that lock the account lock that browser as well',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const known = newKnown(mine.accountId)
      await remember(store, mine, { known })
      const own = () => signIn(store, mine, now, { knownBrowserId: known.id })
      for (let attempt = 1; attempt <= 10; attempt += 1) {
        const outcome = await settle(store, await own(), null)
        equal(outcome.result === 'wrong' && outcome.lockedUntil, attempt === 10 ? now + 15 * minute : 0)
      }
      equal((await settle(store, await own(), { counter: 91 })).result, 'locked')
    },
  },
  {
    name: 'of racing answers in a known browser while the account is locked no more are judged than it has left',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const known = newKnown(mine.accountId, { failures: 7 })
      await remember(store, mine, {})
      await remember(store, mine, { known })
      await lockOut(store, mine)
      const own = await Promise.all(
        Array.from({ length: racers }, () => signIn(store, mine, now, { knownBrowserId: known.id })),
      )
      const results = await race((racer) => settle(store, own[racer] ?? fail(), null))
      equal([count(results, 'wrong'), count(results, 'locked')], [3, racers - 3])
    },
  },
  {
    name: 'another account’s known browser, one that is none any more and one that was forgotten exempt from nothing',
    async run(store) {
      const [mine, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      const [foreign, ended, forgotten] = [
        newKnown(other.accountId),
        newKnown(mine.accountId, { expiresAt: now }),
        newKnown(mine.accountId),
      ]
      await remember(store, other, { known: foreign })
      await remember(store, mine, { known: forgotten })
      await store.revokeDevices({ accountId: mine.accountId, deviceId: null, ...silent })
      await remember(store, mine, { known: ended })
      equal((await bring(store, mine.accountId, { known: [ended.tokenHash] })).known, null)
      await lockOut(store, mine)
      for (const { id } of [foreign, ended, forgotten]) {
        const challenge = await signIn(store, mine, now, { knownBrowserId: id })
        equal((await settle(store, challenge, { counter: 91 })).result, 'locked')
        equal((await settle(store, challenge, null)).result, 'locked')
        equal((await prompt(store, challenge, 'a', now)).result, 'locked')
      }
      equal((await bring(store, other.accountId, { known: [foreign.tokenHash] })).known?.failures, 0)
    },
  },
  {
    name: 'a known browser of an account that is not locked counts for the account like any other',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const known = newKnown(mine.accountId)
      await remember(store, mine, { known })
      for (let wrong = 1; wrong <= 3; wrong += 1) await settle(store, await signIn(store, mine), null)
      await settle(store, await signIn(store, mine, now, { knownBrowserId: known.id }), null)
      equal((await store.readAccount(mine.accountId)).account.failures, 4)
      const own = await signIn(store, mine, now, { knownBrowserId: known.id })
      equal((await settle(store, own, { counter: 91 })).result, 'passed')
      equal((await store.readAccount(mine.accountId)).account.failures, 0)
    },
  },
  {
    name: 'a code is sent while the account is locked to a known browser, and to no other',
    async run(store) {
      const mine = await enrolled(store, ['email'])
      const known = newKnown(mine.accountId)
      await remember(store, mine, { known })
      await lockOut(store, mine)
      equal((await prompt(store, await signIn(store, mine), 'a', now)).result, 'locked')
      const own = await signIn(store, mine, now, { knownBrowserId: known.id })
      equal((await prompt(store, own, 'b', now)).result, 'issued')
      equal((await settle(store, own, 'prompt', { judgedState: 'b' })).result, 'passed')
    },
  },
  {
    name: 'browsers that are revoked while they are cleared away, by several at once, are gone, and nobody fails',
    async run(store) {
      const accounts = await Promise.all(Array.from({ length: 4 }, () => enrolled(store, ['totp'])))
      for (const mine of accounts) {
        for (let device = 0; device < 4; device += 1) {
          const over = { expiresAt: now + 1 }
          await remember(store, mine, {
            trusted: newDevice(mine.accountId, over),
            known: newKnown(mine.accountId, over),
          })
        }
      }
      await race((racer) => {
        const { accountId } = accounts[racer % accounts.length] ?? fail()
        return racer % 3 === 0
          ? store.purge({ before: now + 2, limit: 50 })
          : store.revokeDevices({ accountId, deviceId: null, ...silent })
      })
      for (const mine of accounts) equal(await listed(store, mine), [])
    },
  },
  {
    name: 'purging clears away the browsers whose time is over, their old tokens with them, and no other',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const [over, live] = [
        newDevice(mine.accountId, { expiresAt: now + 1 }),
        newDevice(mine.accountId, { expiresAt: now + 2, lastUsedAt: now + 1 }),
      ]
      const known = [newKnown(mine.accountId, { expiresAt: now + 1 }), newKnown(mine.accountId, { expiresAt: now + 2 })]
      for (const trusted of [over, live]) await remember(store, mine, { trusted })
      for (const each of known) await remember(store, mine, { known: each })
      const [a, b] = [newId(), newId()]
      equal([await rotate(store, over, a, now), await rotate(store, live, b, now)], [true, true])
      while ((await store.purge({ before: now + 2, limit: 1 })) > 0);
      const read = async (trusted: string) => {
        const found = await bring(store, mine.accountId, { trusted: [trusted] })
        return found.trusted?.id ?? found.reused?.id ?? null
      }
      equal(
        [await read(over.tokenHash), await read(a), await read(live.tokenHash), await read(b)],
        [null, null, live.id, live.id],
      )
      const left: (string | undefined)[] = []
      for (const each of known) left.push((await bring(store, mine.accountId, { known: [each.tokenHash] })).known?.id)
      equal(left, [undefined, known[1]?.id])
    },
  },
]

/** Everything that ends trust. Only what leaves nothing to be locked out of forgets which browsers are known. */
function changes(): Readonly<
  Record<string, { readonly forgets: boolean; by(store: Store, account: Enrolled): Promise<unknown> }>
> {
  const of = ({ accountId }: Enrolled) => ({ accountId, ...silent })
  return {
    'a method more': { forgets: false, by: (store, { accountId }) => enroll(store, accountId, 'sms') },
    'a method less': { forgets: false, by: (store, { accountId, ids }) => remove(store, accountId, ids[1] ?? '') },
    'the last method’s going': {
      forgets: true,
      async by(store, { accountId, ids }) {
        for (const id of ids) await remove(store, accountId, id)
      },
    },
    'a method that points elsewhere': {
      forgets: false,
      by: (store, account) =>
        store.moveEnrollment({
          ...of(account),
          enrollmentId: account.ids[1] ?? '',
          from: 'sealed',
          sealed: 'new',
          hint: '',
        }),
    },
    'new recovery codes': {
      forgets: false,
      by: (store, account) =>
        store.replaceBackups({
          ...of(account),
          backups: [newEnrollment(account.accountId, 'recovery_code', [newId()])],
        }),
    },
    'a recovery code that was used': {
      forgets: false,
      async by(store, account) {
        const challenge = { ...(await signIn(store, account)), enrollmentId: account.backupId }
        equal((await settle(store, challenge, { code: account.codes[0] ?? '' })).result, 'passed')
      },
    },
    'a method that too many wrong answers have switched off': {
      forgets: false,
      async by(store, account) {
        const outcome = await settle(store, await signIn(store, account), null, { disableAfter: 1 })
        equal(outcome.result === 'wrong' && outcome.disabled, true)
      },
    },
    'MFA’s being turned off': { forgets: true, by: (store, account) => store.disableMfa(of(account)) },
    'a password that was reset': {
      forgets: false,
      by: (store, account) => store.noteReset({ ...of(account), by: 'email', now }),
    },
    'a password that was changed': { forgets: false, by: (store, account) => store.cancelChallenges(of(account)) },
    'the account’s erasure': { forgets: true, by: (store, account) => store.eraseAccount(of(account)) },
  }
}

function rotate(store: Store, device: TrustedDeviceRow, to: string, at: number, ip = device.ip): Promise<boolean> {
  return store.rotateDevice({ device, to, ip, now: at, ...silent })
}

async function listed(store: Store, { accountId }: Enrolled, at = now): Promise<readonly string[]> {
  return (await store.listDevices({ accountId, now: at })).map(({ id }) => id)
}

/** By answers that come from elsewhere. */
async function lockOut(store: Store, account: Enrolled): Promise<void> {
  for (let wrong = 1; wrong <= 10; wrong += 1) await settle(store, await signIn(store, account), null)
}

function hashOf({ tokenHash }: { readonly tokenHash: string }): string {
  return tokenHash
}
