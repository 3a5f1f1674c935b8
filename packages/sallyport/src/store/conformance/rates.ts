import type { Rate, SettleAttempt, Store } from '../../contract/store.ts'
import {
  beginEnrollment,
  count,
  counted,
  type Enrolled,
  enrolled,
  equal,
  fail,
  granted,
  type Law,
  minute,
  newId,
  now,
  type OpenFor,
  prompt,
  race,
  racers,
  settle,
  signIn,
} from './fixtures.ts'

const silent = { record: () => ({ audit: [] }) }
const second = 1000

/** So many within a time, for whatever has a name; wrong answers of a method, and what its owner is told of them. */
export const rateLaws: readonly Law[] = [
  {
    name: 'a rate lets its number through at once and then keeps an even pace, to the millisecond',
    async run(store) {
      const rate = { name: newId(), count: 25, withinMs: 5 * minute }
      equal(await store.rateFreeAt({ rate, now }), 0)
      equal(await counted(store, rate, 40), 25)
      equal(await store.rateFreeAt({ rate, now }), now + 12 * second)
      equal(await counted(store, rate, 3, now + 12 * second - 1), 0)
      equal(await counted(store, rate, 3, now + 12 * second), 1)
      equal(await counted(store, rate, 9, now + 60 * second), 4)
      equal(await counted(store, rate, 40, now + 30 * minute), 25)
      equal(await counted(store, { ...rate, name: newId() }, 40), 25)
    },
  },
  {
    name: 'a rate lets its number through at once whether or not that divides its time',
    async run(store) {
      const found: [number, number][] = []
      for (const number of [1, 3, 7, 9, 11, 13]) {
        const rate = { name: newId(), count: number, withinMs: 1000 }
        found.push([number, await counted(store, rate, 20)])
        equal(await counted(store, rate, 1, now + Math.floor(1000 / number) - 1), 0)
        equal(await counted(store, rate, 1, now + Math.ceil(1000 / number)), 1)
      }
      equal(
        found,
        found.map(([number]) => [number, number]),
      )
    },
  },
  {
    name: 'what a rate says of itself: whether it is full, from when there is room, and which was the last for now',
    async run(store) {
      const rate = { name: newId(), count: 2, withinMs: minute }
      const said: unknown[] = []
      const once = () =>
        store.countRate({ rate, now, record: (outcome) => ({ audit: [], notices: (said.push(outcome), []) }) })
      const outcomes = [await once(), await once(), await once()]
      equal(outcomes, [
        { freeAt: 0, filled: false },
        { freeAt: 0, filled: true },
        { freeAt: now + minute / 2, filled: false },
      ])
      equal(said, outcomes)
    },
  },
  {
    name: 'of racers as many are counted as there is room for, and one of them was the last',
    async run(store) {
      const rate = { name: newId(), count: 25, withinMs: 5 * minute }
      const outcomes = await Promise.all(Array.from({ length: 40 }, () => store.countRate({ rate, now, ...silent })))
      equal(outcomes.filter(({ freeAt }) => freeAt === 0).length, 25)
      equal(outcomes.filter(({ filled }) => filled).length, 1)
      equal(new Set(outcomes.map(({ freeAt }) => freeAt)).size, 2)
    },
  },
  {
    name: 'of wrong answers that race from one network on as many accounts no more are judged than it has room for',
    async run(store) {
      const network = { name: newId(), count: 5, withinMs: 5 * minute }
      const accounts: OpenFor[] = []
      for (let racer = 0; racer < racers; racer += 1) {
        accounts.push(await signIn(store, await enrolled(store, ['totp'])))
      }
      // So that each racer has a connection of its own by the time of the race.
      await race(() => store.ping())
      const results = await race((racer) => settle(store, accounts[racer] ?? fail(), null, { network }))
      equal([count(results, 'wrong'), count(results, 'limited')], [5, racers - 5])
      equal(results.filter((outcome) => outcome.result === 'wrong' && outcome.networkFull).length, 1)
    },
  },
  {
    name: 'the wrong answer that fills the network says so, once; those after it are not judged, and change nothing',
    async run(store) {
      const network = { name: newId(), count: 3, withinMs: 3 * minute }
      const account = await enrolled(store, ['totp', 'email'])
      const full: unknown[] = []
      for (let wrong = 1; wrong <= 3; wrong += 1) {
        const outcome = await settle(store, await signIn(store, account), null, { network })
        full.push(outcome.result === 'wrong' && outcome.networkFull)
      }
      equal(full, [false, false, true])
      const challenge = await signIn(store, account)
      await prompt(store, challenge, 'live', now)
      const before = [await store.readChallenge(challenge.id), await store.readAccount(account.accountId)]
      const limited = { result: 'limited', freeAt: now + minute }
      equal(await settle(store, challenge, { counter: 90 }, { network }), limited)
      equal(await settle(store, challenge, null, { network }), limited)
      equal(await settle(store, challenge, 'prompt', { network, judgedState: 'live' }), limited)
      const backup = { ...challenge, enrollmentId: account.backupId }
      equal(await settle(store, backup, { code: account.codes[0] ?? '' }, { network }), limited)
      equal([await store.readChallenge(challenge.id), await store.readAccount(account.accountId)], before)
      const later = now + minute
      equal((await settle(store, challenge, { counter: 90 }, { network, now: later })).result, 'passed')
    },
  },
  {
    name: 'answers that are refused unjudged, right or wrong, fill the network as wrong ones do; then nothing is written',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      const over = await signIn(store, account)
      equal((await settle(store, over, { counter: 90 })).result, 'passed')
      const gone = { ...over, id: newId() }
      const session = await granted(store, account)
      const spent = { id: session.id, accountId: account.accountId, enrollmentId: account.ids[0] ?? fail() }
      const closed = async (answered: OpenFor, spends: { counter: number } | null, at = now) => {
        const network = { name: newId(), count: 3, withinMs: 3 * minute }
        const results: unknown[] = []
        for (let again = 1; again <= 4; again += 1) {
          const outcome = await settle(store, answered, spends, { network, now: at })
          results.push(outcome.result, 'networkFull' in outcome && outcome.networkFull)
        }
        return results.join()
      }
      const thrice = 'closed,false,closed,false,closed,true,limited,false'
      for (const [answered, at] of [
        [over, now],
        [gone, now],
        [spent, now],
        [await signIn(store, account), now + 10 * minute],
      ] as const)
        for (const spends of [null, { counter: 1000 }]) equal(await closed(answered, spends, at), thrice)
      for (let wrong = 1; wrong <= 10; wrong += 1) await settle(store, await signIn(store, account), null)
      const locked = await signIn(store, account)
      for (const spends of [null, { counter: 1000 }]) {
        equal(await closed(locked, spends), thrice.replaceAll('closed', 'locked'))
      }
      const before = [await store.readChallenge(over.id), await store.readAccount(account.accountId)]
      const network = { name: newId(), count: 1, withinMs: minute }
      const written: string[] = []
      for (let again = 1; again <= 3; again += 1) {
        const record: SettleAttempt['record'] = ({ result }) => ({ audit: (written.push(result), []) })
        await settle(store, again === 2 ? over : locked, null, { network, record })
      }
      equal(written, ['locked', 'limited', 'limited'])
      equal([await store.readChallenge(over.id), await store.readAccount(account.accountId)], before)
    },
  },
  {
    name: 'right answers fill no network, and make no room in it',
    async run(store) {
      const network = { name: newId(), count: 3, withinMs: 3 * minute }
      const account = await enrolled(store, ['totp'])
      for (const spent of [90, null, 91, null, 92]) {
        const outcome = await settle(store, await signIn(store, account), spent === null ? null : { counter: spent }, {
          network,
        })
        equal(outcome.result, spent === null ? 'wrong' : 'passed')
      }
      equal(await counted(store, network, 5), 1)
    },
  },
  {
    name: 'a code counts for each of its rates or, where one is full, for none, and it is said which',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const rates = wide('a', 'b', 'c')
      const [, full = fail()] = rates
      equal(await counted(store, full, 9), 3)
      const refused = await send(store, await signIn(store, account), rates)
      equal(refused, { result: 'limit', resendAt: now + 20 * minute, by: full.name })
      for (const rate of rates) equal(await counted(store, rate, 9), rate === full ? 0 : 3)
      const other = wide('d', 'e')
      equal((await send(store, await signIn(store, account), other)).result, 'issued')
      for (const rate of other) equal(await counted(store, rate, 9), 2)
    },
  },
  {
    name: 'of codes that race for one rate as many are sent as it has room for, and the others count nowhere',
    async run(store) {
      const rate = { name: newId(), count: 5, withinMs: 60 * minute }
      const challenges: OpenFor[] = []
      for (let racer = 0; racer < racers; racer += 1) {
        challenges.push(await signIn(store, await enrolled(store, ['email'])))
      }
      const own = challenges.map(({ id }) => ({ name: id, count: 3, withinMs: 60 * minute }))
      const results = await race((racer) => {
        const challenge = challenges[racer] ?? fail()
        return send(store, challenge, [own[racer] ?? fail(), rate])
      })
      equal([count(results, 'issued'), count(results, 'limit')], [5, racers - 5])
      for (const [racer, outcome] of results.entries()) {
        equal(await counted(store, own[racer] ?? fail(), 9), outcome.result === 'issued' ? 2 : 3)
      }
    },
  },
  {
    name: 'a code that is answered gives back its place in every rate, once; one that is not answered keeps it',
    async run(store) {
      const account = await enrolled(store, ['email', 'totp'])
      const [email = '', totp = ''] = account.ids
      const rates = wide('a', 'b')
      const first = { ...(await signIn(store, account)), enrollmentId: email }
      equal((await send(store, first, rates, 'kept')).result, 'issued')
      equal((await settle(store, first, null)).result, 'wrong')
      equal((await settle(store, { ...first, enrollmentId: totp }, { counter: 90 })).result, 'passed')
      const next = { ...(await signIn(store, account)), enrollmentId: email }
      equal((await send(store, next, rates, 'live')).result, 'issued')
      const answered = { judgedState: 'live' }
      equal((await settle(store, next, 'prompt', answered)).result, 'passed')
      equal((await settle(store, next, 'prompt', answered)).result, 'closed')
      for (const rate of rates) equal(await counted(store, rate, 9), 2)
    },
  },
  {
    name: 'a place is given back by the pace at which it was taken, and never more than all of them',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const rate = { name: newId(), count: 3, withinMs: 60 * minute }
      for (const state of ['a', 'b', 'c', 'd', 'e']) {
        const challenge = await signIn(store, account)
        equal((await send(store, challenge, [rate], state)).result, 'issued')
        equal((await settle(store, challenge, 'prompt', { judgedState: state })).result, 'passed')
      }
      equal(await counted(store, rate, 9), 3)
      equal(await counted(store, rate, 9, now + 60 * minute), 3)
    },
  },
  {
    name: 'a place that is given back to a rate which was cleared away makes no more room than the whole',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const rate = { name: newId(), count: 3, withinMs: 60 * minute }
      const challenge = await signIn(store, account, now, { expiresAt: now + 90 * minute })
      equal((await send(store, challenge, [rate], 'live')).result, 'issued')
      while ((await store.purge({ before: now + 60 * minute, limit: 100 })) > 0);
      equal(await counted(store, rate, 1), 1)
      equal((await settle(store, challenge, 'prompt', { judgedState: 'live' })).result, 'passed')
      equal(await counted(store, rate, 9), 3)
      equal(await counted(store, rate, 9, now + 20 * minute), 1)
    },
  },
  {
    name: 'a code for a challenge that is over takes no place',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const rates = wide('a', 'b')
      const over = await signIn(store, account)
      await store.cancelChallenge({ challengeId: over.id, ...silent })
      equal((await send(store, over, rates)).result, 'closed')
      for (const rate of rates) equal(await counted(store, rate, 9), 3)
    },
  },
  {
    name: 'purging clears away the rates whose time is long over, and no other',
    async run(store) {
      const [old, young] = [
        { name: newId(), count: 2, withinMs: 60 * minute },
        { name: newId(), count: 2, withinMs: 60 * minute },
      ]
      equal(await counted(store, old, 2), 2)
      equal(await counted(store, young, 2, now + 1), 2)
      const before = now + 60 * minute + 1
      equal([await store.purge({ before, limit: 1 }), await store.purge({ before, limit: 1 })], [1, 0])
      equal(await counted(store, young, 2, now + 1), 0)
      equal(await counted(store, old, 2, now + 1), 2)
    },
  },
  {
    name: 'what is counted while its rate is cleared away is counted',
    async run(store) {
      for (let round = 0; round < racers; round += 1) {
        const rate = { name: newId(), count: 1, withinMs: minute }
        equal(await counted(store, rate, 1, now - 60 * minute), 1)
        const [taken] = await Promise.all([counted(store, rate, 1), store.purge({ before: now - minute, limit: 100 })])
        equal([taken, await counted(store, rate, 1)], [1, 0])
      }
    },
  },
  {
    name: '100 wrong answers in a row by one method switch it off, and it alone; a switched-off one spends nothing',
    async run(store) {
      const account = await enrolled(store, ['totp', 'email'])
      const [totp = '', email = ''] = account.ids
      for (let wrong = 1; wrong <= 100; wrong += 1) {
        const outcome = await wrongBy(store, account, totp)
        equal(outcome.result === 'wrong' && outcome.disabled, wrong === 100)
        if (wrong === 99) equal(await switchedOff(store, account), [])
      }
      equal(await switchedOff(store, account), [totp])
      const again = await wrongBy(store, account, totp)
      equal(again.result === 'wrong' && again.disabled, false)
      equal((await settle(store, await signIn(store, account), { counter: 90 }, patient)).result, 'wrong')
      const { enrollments } = await store.readAccount(account.accountId)
      equal(enrollments.find(({ id }) => id === totp)?.lastCounter, 1)
      const other = { ...(await signIn(store, account)), enrollmentId: email }
      equal((await settle(store, other, { counter: 90 }, patient)).result, 'passed')
    },
  },
  {
    name: 'a right answer starts the count of its own method again, and of no other',
    async run(store) {
      const account = await enrolled(store, ['totp', 'email'])
      const [totp = '', email = ''] = account.ids
      for (let wrong = 1; wrong <= 9; wrong += 1) {
        for (const method of [totp, email]) await wrongBy(store, account, method, 10)
      }
      equal((await settle(store, await signIn(store, account), { counter: 90 }, patient)).result, 'passed')
      for (const method of [totp, email]) await wrongBy(store, account, method, 10)
      equal(await switchedOff(store, account), [email])
    },
  },
  {
    name: 'recovery codes, what is being set up and other accounts’ methods are never switched off',
    async run(store) {
      const [account, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      for (let wrong = 1; wrong <= 12; wrong += 1) {
        await wrongBy(store, account, account.backupId, 10)
        await wrongBy(store, account, other.ids[0] ?? '', 10)
      }
      equal([await switchedOff(store, account), await switchedOff(store, other)], [[], []])
      const pending = await beginEnrollment(store, account.accountId, 'email')
      for (let wrong = 1; wrong <= 4; wrong += 1) await settle(store, pending, null, { ...patient, disableAfter: 2 })
      equal((await settle(store, pending, { counter: 1 }, patient)).result, 'passed')
      equal(await switchedOff(store, account), [])
      const backup = { ...(await signIn(store, account)), enrollmentId: account.backupId }
      equal((await settle(store, backup, { code: account.codes[0] ?? '' }, patient)).result, 'passed')
    },
  },
  {
    name: 'that a right password was followed by a wrong code is told once in an hour, and not with a lock',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      const told = async (at: number, different: Partial<SettleAttempt> = {}): Promise<boolean> => {
        const outcome = await settle(store, await signIn(store, account, at), null, { now: at, ...different })
        return outcome.result === 'wrong' && outcome.tell
      }
      const hour = 60 * minute
      equal(
        [await told(now), await told(now), await told(now + hour - 1), await told(now + hour)],
        [true, false, false, true],
      )
      equal((await settle(store, await signIn(store, account), { counter: 90 })).result, 'passed')
      equal(await told(now + hour + 1), false)
      const lock = { afterFailures: 2, firstMs: minute, ceilingMs: minute }
      equal(await told(now + 3 * hour, { lock }), false)
      equal((await store.readAccount(account.accountId)).account.lockedUntil, now + 3 * hour + minute)
      equal(await told(now + 4 * hour), true)
    },
  },
]

/** Nothing but the method is to be switched off by so many wrong answers. */
const patient = { lock: { afterFailures: 1000, firstMs: minute, ceilingMs: minute } }

async function wrongBy(store: Store, account: Enrolled, enrollmentId: string, disableAfter = 100) {
  const challenge = { ...(await signIn(store, account)), enrollmentId }
  return await settle(store, challenge, null, { ...patient, disableAfter })
}

async function switchedOff(store: Store, { accountId }: Enrolled): Promise<readonly string[]> {
  const { enrollments } = await store.readAccount(accountId)
  return enrollments.filter(({ disabled }) => disabled).map(({ id }) => id)
}

function wide(...names: readonly string[]): readonly Rate[] {
  return names.map((name) => ({ name: `${name} ${newId()}`, count: 3, withinMs: 60 * minute }))
}

/** To a destination of its own, so that only the rates are in the way. */
function send(store: Store, challenge: OpenFor, rates: readonly Rate[], state = newId()) {
  return prompt(store, challenge, state, now, {
    rates,
    cooldownMs: 0,
    caps: [],
    prompt: {
      enrollmentId: challenge.enrollmentId,
      state,
      destinationHash: newId(),
      sentAt: now,
      expiresAt: now + 5 * minute,
    },
  })
}
