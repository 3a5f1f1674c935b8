import type { GrantRow } from '../../contract/grant.ts'
import type { Store } from '../../contract/store.ts'
import {
  beginEnrollment,
  enroll,
  type Enrolled,
  enrolled,
  equal,
  granted,
  type Law,
  minute,
  newChallenge,
  newEnrollment,
  newGrant,
  newId,
  newStepUp,
  notEqual,
  now,
  open,
  prompt,
  race,
  racers,
  remove,
  ride,
  settle,
  signIn,
  spend,
} from './fixtures.ts'

const nothing = () => ({ audit: [] })

/** A window of 5 minutes that slides for an hour at most. */
const window = { expiresAt: now + 5 * minute, ceilingAt: now + 60 * minute }

const held = async (store: Store, { id }: GrantRow, at = now): Promise<boolean> =>
  (await store.readGrant({ id }, at)) !== null

/** What is confirmed within a session: opened by a pass, bound to one thing, spent or ridden, and ended. */
export const grantLaws: readonly Law[] = [
  {
    name: 'a grant is written by the answer that passes, and by no other',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const challenge = newStepUp(mine.accountId, { maxTries: 3 })
      await open(store, challenge)
      const grant = newGrant(mine.accountId, { id: challenge.id, challengeId: challenge.id })
      const answered = { id: challenge.id, accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' }
      const onPass = { grant }
      equal((await settle(store, answered, null, { onPass })).result, 'wrong')
      equal((await settle(store, answered, { counter: 1 }, { onPass })).result, 'wrong')
      equal(await store.readGrant({ id: grant.id }, now), null)
      equal((await settle(store, answered, { counter: 2 }, { onPass })).result, 'passed')
      equal(await store.readGrant({ id: grant.id }, now), grant)
      equal(await store.readGrant({ key: grant }, now), grant)
      equal((await settle(store, answered, { counter: 3 }, { onPass })).result, 'closed')
    },
  },
  {
    name: 'a challenge that is locked, failed, cancelled or over opens no grant',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const outcomes: string[] = []
      const attempt = async (digest: string, counter: number | null, at = now): Promise<void> => {
        const snapshot = await open(store, newStepUp(mine.accountId, { digest, sessionHash: digest, maxTries: 1 }))
        const id = snapshot?.challenge.id ?? ''
        if (digest === 'cancelled') await store.cancelChallenge({ challengeId: id, record: nothing })
        const onPass = { grant: newGrant(mine.accountId, { id, digest, expiresAt: now + 60 * minute }) }
        const answered = { id, accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' }
        if (digest === 'failed') await settle(store, answered, null)
        const spent = counter === null ? null : { counter }
        outcomes.push((await settle(store, answered, spent, { onPass, now: at })).result)
        equal(await store.readGrant({ id }, now), null)
      }
      await attempt('cancelled', 50)
      await attempt('failed', 50)
      await attempt('over', 50, now + 10 * minute)
      for (let wrong = 1; wrong < 10; wrong += 1) await attempt(`wrong ${wrong}`, null)
      await attempt('locked', 50)
      equal(
        outcomes.filter((result) => result !== 'wrong'),
        ['closed', 'closed', 'closed', 'locked'],
      )
    },
  },
  {
    name: 'a grant is spent once, and only by whoever knows all of it',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const other = await enrolled(store, ['totp'])
      const grant = await granted(store, mine)
      equal(await spend(store, { ...grant, sessionHash: 'another' }), null)
      equal(await spend(store, { ...grant, accountId: other.accountId }), null)
      equal(await spend(store, { ...grant, digest: 'another' }), null)
      equal(await spend(store, { ...grant, id: newId() }), null)
      equal(await spend(store, grant), grant)
      equal(await spend(store, grant), null)
      equal(await store.readGrant({ id: grant.id }, now), null)
    },
  },
  {
    name: 'a grant is over at its end, to the millisecond, for spending, riding and reading',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const grant = await granted(store, mine)
      const { expiresAt: end } = grant
      equal(await spend(store, grant, end), null)
      equal(await ride(store, grant, end, end + minute), null)
      equal(await store.readGrant({ id: grant.id }, end), null)
      equal(await store.readGrant({ key: grant }, end), null)
      equal(await store.readGrant({ key: grant }, end - 1), grant)
      equal((await ride(store, grant, end - 1))?.id, grant.id)
      equal((await spend(store, grant, end - 1))?.id, grant.id)
    },
  },
  {
    name: 'riding slides a window to where it is told, never beyond its ceiling and never back',
    async run(store) {
      const grant = await granted(store, await enrolled(store, ['totp']), window)
      const slid = async (at: number, to: number): Promise<number> => {
        const ridden = await ride(store, grant, at, to)
        equal((await store.readGrant({ key: grant }, at))?.expiresAt, ridden?.expiresAt)
        return ((ridden?.expiresAt ?? 0) - now) / minute
      }
      equal(await slid(now, now + 6 * minute), 6)
      equal(await slid(now, now + 5 * minute), 6)
      equal(await slid(now, 0), 6)
      equal(await slid(now + 6 * minute - 1, now + 40 * minute), 40)
      equal(await slid(now + 39 * minute, now + 61 * minute), 60)
      equal(await slid(now + 59 * minute, now + 64 * minute), 60)
      equal(await ride(store, grant, now + 60 * minute, now + 65 * minute), null)
    },
  },
  {
    name: 'a window is ridden by whoever knows all of it, and is told to its record as it is afterwards',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const grant = await granted(store, mine, window)
      equal(await ride(store, { ...grant, sessionHash: 'another' }, now), null)
      equal(await ride(store, { ...grant, accountId: 'another' }, now), null)
      equal(await ride(store, { ...grant, digest: 'another' }, now), null)
      const told: GrantRow[] = []
      const key = { accountId: grant.accountId, sessionHash: grant.sessionHash, digest: grant.digest }
      const slideTo = now + 9 * minute
      const record = (row: GrantRow) => (told.push(row), { audit: [] })
      equal(await store.rideGrant({ key, now, slideTo, record }), { ...grant, expiresAt: slideTo })
      equal(told, [{ ...grant, expiresAt: slideTo }])
    },
  },
  {
    name: 'of two windows for one thing the one that can last longest is ridden and read, and the other left',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const longer = await granted(store, mine, { ...window, ceilingAt: now + 60 * minute })
      const shorter = await granted(store, mine, { ...window, ceilingAt: now + 50 * minute })
      equal((await ride(store, shorter, now, now + 8 * minute))?.id, longer.id)
      equal((await store.readGrant({ key: shorter }, now))?.id, longer.id)
      equal((await store.readGrant({ id: shorter.id }, now))?.expiresAt, window.expiresAt)
    },
  },
  {
    name: 'reading a window slides nothing',
    async run(store) {
      const grant = await granted(store, await enrolled(store, ['totp']), window)
      for (let minutes = 0; minutes < 5; minutes += 1) {
        equal((await store.readGrant({ key: grant }, now + minutes * minute))?.expiresAt, window.expiresAt)
        equal((await store.readGrant({ id: grant.id }, now + minutes * minute))?.expiresAt, window.expiresAt)
      }
      equal(await store.readGrant({ key: grant }, window.expiresAt), null)
    },
  },
  {
    name: 'of racers for one grant exactly one spends it',
    async run(store) {
      const grant = await granted(store, await enrolled(store, ['totp']))
      const results = await race(() => spend(store, grant))
      equal(results.filter((row) => row !== null).length, 1)
      equal(await held(store, grant), false)
    },
  },
  {
    name: 'racers on one window all ride, and it is slid to the farthest',
    async run(store) {
      const grant = await granted(store, await enrolled(store, ['totp']), window)
      const results = await race((racer) => ride(store, grant, now, now + (6 * minute + racer)))
      equal(results.filter((row) => row === null).length, 0)
      equal((await store.readGrant({ key: grant }, now))?.expiresAt, now + 6 * minute + racers - 1)
    },
  },
  {
    name: 'of racing answers to one challenge exactly one opens its grant',
    async run(store) {
      const mine = await enrolled(store, ['email'])
      const snapshot = await open(store, newStepUp(mine.accountId))
      const id = snapshot?.challenge.id ?? ''
      const answered = { id, accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' }
      await prompt(store, answered, 'live', now)
      const grant = newGrant(mine.accountId, { id })
      const results = await race(() => settle(store, answered, 'prompt', { judgedState: 'live', onPass: { grant } }))
      equal(results.filter(({ result }) => result === 'passed').length, 1)
      equal((await spend(store, grant))?.id, id)
    },
  },
  {
    name: 'a grant that a racing end came before or after is not left behind',
    async run(store) {
      for (let round = 0; round < racers; round += 1) {
        const mine = await enrolled(store, ['totp'])
        const grant = await granted(store, mine, window)
        const end = store.endGrants({ accountId: mine.accountId, sessionHash: null, record: nothing })
        await Promise.all([ride(store, grant, now, now + 6 * minute), end])
        equal(await held(store, grant), false)
      }
    },
  },
  {
    name: 'ending those of a session ends what is set up in it too, ending all leaves none, and a pending login goes on',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const other = await enrolled(store, ['totp'])
      const login = await signIn(store, mine)
      const adding = await beginEnrollment(store, mine.accountId, 'sms')
      const theirs = await granted(store, other)
      const [here, there] = [await granted(store, mine), await granted(store, mine, { sessionHash: 'there' })]
      const openHere = newStepUp(mine.accountId, { digest: 'open' })
      const openThere = newStepUp(mine.accountId, { digest: 'open', sessionHash: 'there' })
      await open(store, openHere)
      await open(store, openThere)
      const status = async (id: string) => (await store.readChallenge(id))?.challenge.status
      const end = (sessionHash: string | null) =>
        store.endGrants({ accountId: mine.accountId, sessionHash, record: nothing })

      equal(await end('session'), 3)
      equal([await held(store, here), await held(store, there)], [false, true])
      equal([await status(openHere.id), await status(openThere.id)], ['cancelled', 'open'])
      equal(await end(null), 2)
      equal([await held(store, there), await status(openThere.id)], [false, 'cancelled'])
      equal(await end(null), 0)
      equal([await status(login.id), await status(adding.id)], ['open', 'cancelled'])
      equal(await held(store, theirs), true)
    },
  },
  {
    name: 'every change of methods ends the account’s grants and open confirmations, a new name does not',
    async run(store) {
      const input = (mine: Enrolled) => ({ accountId: mine.accountId, record: nothing })
      const moved = { from: 'sealed', sealed: 'x', hint: 'x' }
      const changes: Readonly<Record<string, (mine: Enrolled) => Promise<unknown>>> = {
        activate: (mine) => enroll(store, mine.accountId, 'sms'),
        remove: (mine) => remove(store, mine.accountId, mine.ids[1] ?? ''),
        disable: (mine) => store.disableMfa(input(mine)),
        replace: (mine) =>
          store.replaceBackups({ ...input(mine), backups: [newEnrollment(mine.accountId, 'recovery_code', ['x'])] }),
        move: (mine) => store.moveEnrollment({ ...input(mine), ...moved, enrollmentId: mine.ids[1] ?? '' }),
        choose: (mine) => store.setPrimary({ ...input(mine), enrollmentId: mine.ids[1] ?? '' }),
        rename: (mine) => store.rename({ ...input(mine), enrollmentId: mine.ids[0] ?? '', name: 'Mine' }),
      }
      for (const [name, change] of Object.entries(changes)) {
        const mine = await enrolled(store, ['totp', 'email'])
        const other = await granted(store, await enrolled(store, ['totp']))
        const login = await signIn(store, mine)
        const grants = [await granted(store, mine), await granted(store, mine, { ...window, sessionHash: 'there' })]
        const asked = newStepUp(mine.accountId)
        await open(store, asked)
        await change(mine)
        const kept = name === 'rename'
        for (const grant of grants) equal([name, await held(store, grant)], [name, kept])
        const status = (await store.readChallenge(asked.id))?.challenge.status
        equal([name, status], [name, kept ? 'open' : 'cancelled'])
        equal([name, await held(store, other)], [name, true])
        equal([name, (await store.readChallenge(login.id))?.challenge.status], [name, 'open'])
      }
    },
  },
  {
    name: 'a change of methods that changes nothing ends nothing',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const grant = await granted(store, mine)
      const input = { accountId: mine.accountId, enrollmentId: newId(), record: nothing }
      await remove(store, mine.accountId, newId())
      await store.setPrimary(input)
      await store.moveEnrollment({ ...input, from: 'sealed', sealed: 'x', hint: 'x' })
      await beginEnrollment(store, mine.accountId, 'sms')
      equal(await held(store, grant), true)
    },
  },
  {
    name: 'cancelling all challenges ends pending logins, confirmations and grants, and counts them',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const other = await granted(store, await enrolled(store, ['totp']))
      const login = await signIn(store, mine)
      const grant = await granted(store, mine)
      const asked = newStepUp(mine.accountId)
      await open(store, asked)
      const cancel = () => store.cancelChallenges({ accountId: mine.accountId, record: nothing })
      equal(await cancel(), 3)
      for (const id of [login.id, asked.id]) equal((await store.readChallenge(id))?.challenge.status, 'cancelled')
      equal(await held(store, grant), false)
      equal(await cancel(), 0)
      equal(await held(store, other), true)
    },
  },
  {
    name: 'a confirmation that is asked for again goes on: the same challenge, and tries used stay used',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const first = newStepUp(mine.accountId)
      const resumed: boolean[] = []
      const ask = async (challenge = newStepUp(mine.accountId)) => {
        const record = (outcome: { readonly resumed: boolean }) => (resumed.push(outcome.resumed), { audit: [] })
        return (await store.openChallenge({ challenge, record }))?.challenge
      }
      equal((await ask(first))?.id, first.id)
      const answered = { id: first.id, accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' }
      await settle(store, answered, null)
      const again = await ask()
      equal([again?.id, again?.tries], [first.id, 1])
      equal(resumed, [false, true])
    },
  },
  {
    name: 'another session’s, another thing’s, a nearly over, a used up or a closed confirmation is not taken up',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const other = await enrolled(store, ['totp'])
      const openedFor = async (accountId: string, different: Parameters<typeof newStepUp>[1] = {}) =>
        (await open(store, newStepUp(accountId, different)))?.challenge.id ?? ''
      const first = await openedFor(mine.accountId)
      const login = await signIn(store, mine)
      notEqual(await openedFor(mine.accountId, { sessionHash: 'another' }), first)
      notEqual(await openedFor(mine.accountId, { digest: 'another' }), first)
      notEqual(await openedFor(other.accountId), first)
      equal(await openedFor(mine.accountId, { createdAt: now + 9 * minute - 1 }), first)
      notEqual(await openedFor(mine.accountId, { createdAt: now + 9 * minute }), first)

      const answered = { accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' }
      const used = await openedFor(mine.accountId, { digest: 'used up', sessionHash: 'used up' })
      for (let tries = 0; tries < 5; tries += 1) await settle(store, { ...answered, id: used }, null)
      notEqual(await openedFor(mine.accountId, { digest: 'used up', sessionHash: 'used up' }), used)
      const cancelled = await openedFor(mine.accountId, { digest: 'cancelled' })
      await store.cancelChallenge({ challengeId: cancelled, record: nothing })
      notEqual(await openedFor(mine.accountId, { digest: 'cancelled' }), cancelled)
      const passed = await granted(store, mine, { digest: 'passed' })
      notEqual(await openedFor(mine.accountId, { digest: 'passed' }), passed.id)
      equal((await store.readChallenge(login.id))?.challenge.status, 'open')
    },
  },
  {
    name: 'of racers that ask for one confirmation all get the same',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const results = await race(() => open(store, newStepUp(mine.accountId)))
      equal(new Set(results.map((snapshot) => snapshot?.challenge.id)).size, 1)
    },
  },
  {
    name: 'no confirmation is opened while MFA is off',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      await store.disableMfa({ accountId: mine.accountId, record: nothing })
      for (const accountId of [mine.accountId, 'nobody']) {
        const challenge = newStepUp(accountId)
        let records = 0
        const record = () => ((records += 1), { audit: [] })
        equal(await store.openChallenge({ challenge, record }), null)
        equal([await store.readChallenge(challenge.id), records], [null, 0])
      }
    },
  },
  {
    name: 'a grant without an answer is written only while MFA is off',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const give = (accountId: string, grant: GrantRow | null) =>
        store.openGrant({ accountId, evenIfOn: false, grant, record: nothing })
      const [refused, written] = [newGrant(mine.accountId), newGrant('nobody')]
      equal(await give(mine.accountId, refused), 'mfa_on')
      equal(await give(mine.accountId, null), 'mfa_on')
      equal(await held(store, refused), false)
      equal(await give('nobody', null), 'granted')
      equal(await give('nobody', written), 'granted')
      equal(await store.readGrant({ id: written.id }, now), written)
      await enroll(store, 'nobody', 'totp')
      equal(await held(store, written), false)
      const managed = newGrant(mine.accountId)
      equal(
        await store.openGrant({ accountId: mine.accountId, evenIfOn: true, grant: managed, record: nothing }),
        'granted',
      )
      equal(await held(store, managed), true)
    },
  },
  {
    name: 'a grant without an answer never outlives the turning on of MFA, however the two race',
    async run(store) {
      for (let round = 0; round < racers; round += 1) {
        const accountId = newId()
        const pending = await beginEnrollment(store, accountId, 'totp')
        const grant = newGrant(accountId, window)
        const giving = () => store.openGrant({ accountId, evenIfOn: false, grant, record: nothing })
        const turningOn = () => settle(store, pending, { counter: 1 })
        await Promise.all(round % 2 === 0 ? [giving(), turningOn()] : [turningOn(), giving()])
        notEqual((await store.readAccount(accountId)).account.mfaEnabledAt, null)
        equal(await held(store, grant), false)
      }
    },
  },
  {
    name: 'a confirmation never passes beside a racing change of methods and leaves its grant',
    async run(store) {
      for (let round = 0; round < racers; round += 1) {
        const mine = await enrolled(store, ['totp', 'email'])
        const id = (await open(store, newStepUp(mine.accountId)))?.challenge.id ?? ''
        const grant = newGrant(mine.accountId, { id })
        const answered = { id, accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' }
        const passing = () => settle(store, answered, { counter: 9 }, { onPass: { grant } })
        const changing = () => remove(store, mine.accountId, mine.ids[1] ?? '')
        await Promise.all(round % 2 === 0 ? [passing(), changing()] : [changing(), passing()])
        equal(await held(store, grant), false)
      }
    },
  },
  {
    name: 'what a grant’s use records is there when it is used and not when the record fails',
    async run(store) {
      const grant = await granted(store, await enrolled(store, ['totp']), window)
      const key = { accountId: grant.accountId, sessionHash: grant.sessionHash, digest: grant.digest }
      const record = () => {
        throw new Error('no record')
      }
      const refused = (using: Promise<unknown>) => using.then(() => 'used').catch(() => 'refused')
      equal(await refused(store.spendGrant({ id: grant.id, key, now, record })), 'refused')
      equal(await refused(store.rideGrant({ key, now, slideTo: now + 9 * minute, record })), 'refused')
      equal(await store.readGrant({ id: grant.id }, now), grant)
    },
  },
  {
    name: 'purging removes grants that are over and no others',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const over = await granted(store, mine, { digest: 'over' })
      const live = await granted(store, mine, { ...window, digest: 'live' })
      const before = over.expiresAt
      await store.purge({ before, limit: 100 })
      equal(await held(store, over), true)
      while ((await store.purge({ before: before + 1, limit: 1 })) > 0);
      equal([await held(store, over), await held(store, live)], [false, true])
    },
  },
  {
    name: 'what a session gets wrong counts together over its challenges, until one of them is passed',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const [one, two] = [newStepUp(mine.accountId, { digest: 'one' }), newStepUp(mine.accountId, { digest: 'two' })]
      const elsewhere = newStepUp(mine.accountId, { digest: 'one', sessionHash: 'elsewhere' })
      for (const challenge of [one, two, elsewhere]) await open(store, challenge)
      const at = ({ id }: { id: string }) => ({ id, accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' })
      const wrong = async (challenge: { id: string }): Promise<number | string> => {
        const onPass = { grant: newGrant(mine.accountId, { id: challenge.id }) }
        const outcome = await settle(store, at(challenge), null, { onPass })
        return outcome.result === 'wrong' ? outcome.attemptsLeft : outcome.result
      }
      equal([await wrong(one), await wrong(two), await wrong(elsewhere)], [4, 3, 4])
      equal((await store.readChallenge(two.id))?.challenge.tries, 2)
      const grant = newGrant(mine.accountId, { id: one.id, digest: 'one' })
      equal((await settle(store, at(one), { counter: 9 }, { onPass: { grant } })).result, 'passed')
      equal([await wrong(two), await wrong(elsewhere)], [4, 3])
      // What is not judged any more costs the next challenge nothing.
      await store.cancelChallenge({ challengeId: two.id, record: nothing })
      equal(await wrong(two), 'closed')
      const three = newStepUp(mine.accountId, { digest: 'three' })
      await open(store, three)
      equal([await wrong(three), await wrong(three), await wrong(three), await wrong(three)], [3, 2, 1, 0])
      equal((await store.readChallenge(three.id))?.challenge.status, 'failed')
      // Whatever else is open in it, the session has no more tries: not even the right answer is judged.
      const four = newStepUp(mine.accountId, { digest: 'four' })
      await open(store, four)
      equal(
        (await settle(store, at(four), { counter: 99 }, { onPass: { grant: newGrant(mine.accountId) } })).result,
        'closed',
      )
    },
  },
  {
    name: 'of wrong answers racing on as many challenges of one session no more are judged than it has tries',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const challenges = Array.from({ length: racers }, (_, index) => newStepUp(mine.accountId, { digest: `${index}` }))
      for (const challenge of challenges) await open(store, challenge)
      const outcomes = await race((racer) => {
        const id = challenges[racer]?.id ?? ''
        const onPass = { grant: newGrant(mine.accountId, { id }) }
        return settle(store, { id, accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' }, null, { onPass })
      })
      equal(outcomes.filter(({ result }) => result === 'wrong').length, 5)
      equal((await store.readAccount(mine.accountId)).account.failures, 5)
    },
  },
  {
    name: 'a right answer that renews the session ends all that the old one had granted and open, and no other session’s',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const old = await granted(store, mine, { ...window, digest: 'window' })
      const other = await granted(store, mine, { ...window, digest: 'window', sessionHash: 'elsewhere' })
      const [passing, waiting] = [newStepUp(mine.accountId), newStepUp(mine.accountId, { digest: 'open' })]
      await open(store, passing)
      await open(store, waiting)
      const grant = newGrant(mine.accountId, { id: passing.id, sessionHash: 'renewed' })
      const answered = { id: passing.id, accountId: mine.accountId, enrollmentId: mine.ids[0] ?? '' }
      equal((await settle(store, answered, { counter: 99 }, { onPass: { grant } })).result, 'passed')
      equal([await held(store, old), await held(store, other), await held(store, grant)], [false, true, true])
      equal((await store.readChallenge(waiting.id))?.challenge.status, 'cancelled')
    },
  },
  {
    name: 'an account begins no more of an action than allowed, and again when the oldest has left the window',
    async run(store) {
      const accountId = newId()
      const atMost = [{ count: 2, withinMs: 60 * minute }]
      const begin = async (at: number): Promise<string> => {
        const enrollment = newEnrollment(accountId, 'email')
        const different = { action: 'email.confirm', onlyEnrollmentId: enrollment.id, createdAt: at }
        const challenge = newChallenge(accountId, different)
        const begun = await store.beginEnrollment({
          enrollment,
          challenge,
          perAccount: 9,
          provedMfa: true,
          atMost,
          record: nothing,
        })
        return typeof begun === 'object' ? 'begun' : begun
      }
      const again = (at: number) => store.beginsAgainAt({ accountId, action: 'email.confirm', now: at, atMost })
      equal([await begin(now), await again(now)], ['begun', 0])
      const raced = await race(() => begin(now + minute))
      equal(raced.filter((result) => result === 'begun').length, 1)
      equal(raced.filter((result) => result === 'limit').length, racers - 1)
      equal(await again(now + minute), now + 60 * minute)
      equal(await begin(now + 60 * minute - 1), 'limit')
      equal(await begin(now + 60 * minute), 'begun')
      equal(await store.beginsAgainAt({ accountId: newId(), action: 'email.confirm', now, atMost }), 0)
    },
  },
  {
    name: 'ending what an account has leaves no row of one that is gone',
    async run(store) {
      const accountId = newId()
      await store.endGrants({ accountId, sessionHash: null, record: nothing })
      await store.cancelChallenges({ accountId, record: nothing })
      equal(await open(store, newStepUp(accountId)), null)
      // Purging counts whatever it removes.
      equal(await store.purge({ before: now + 90 * minute, limit: 100 }), 0)
    },
  },
]
