import {
  newId,
  beginEnrollment,
  count,
  enrolled,
  equal,
  fail,
  type Law,
  lease,
  minute,
  newNotice,
  notEqual,
  now,
  type Pending,
  prompt,
  race,
  racers,
  remove,
  settle,
  signIn,
} from './fixtures.ts'

/** What may happen once happens once, however many try at the same time. */
export const raceLaws: readonly Law[] = [
  {
    name: 'of racing right answers to one challenge exactly one passes',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const challenge = await signIn(store, account)
      await prompt(store, challenge, 'live', now)
      const results = await race(() => settle(store, challenge, 'prompt', { judgedState: 'live' }))
      equal(count(results, 'passed'), 1)
      equal(count(results, 'closed'), racers - 1)
    },
  },
  {
    name: 'of one counter racing on as many challenges exactly one passes',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      const challenges = await Promise.all(Array.from({ length: racers }, () => signIn(store, account)))
      const wide = { lock: { afterFailures: 50, firstMs: minute, ceilingMs: minute } }
      const results = await race((racer) => settle(store, challenges[racer] ?? fail(), { counter: 77 }, wide))
      equal([count(results, 'passed'), count(results, 'wrong')], [1, racers - 1])
    },
  },
  {
    name: 'of one recovery code racing on as many challenges exactly one passes',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      const challenges = await Promise.all(Array.from({ length: racers }, () => signIn(store, account)))
      const wide = { lock: { afterFailures: 50, firstMs: minute, ceilingMs: minute } }
      const results = await race((racer) => {
        const challenge = { ...(challenges[racer] ?? fail()), enrollmentId: account.backupId }
        return settle(store, challenge, { code: account.codes[0] ?? '' }, wide)
      })
      equal([count(results, 'passed'), count(results, 'wrong')], [1, racers - 1])
    },
  },
  {
    name: 'of wrong answers racing for the last try one is judged, and every one is counted',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      const challenge = await signIn(store, account)
      for (let wrong = 1; wrong < 5; wrong += 1) await settle(store, challenge, null)
      const results = await race(() => settle(store, challenge, null))
      equal([count(results, 'wrong'), count(results, 'closed')], [1, racers - 1])
      equal((await store.readChallenge(challenge.id))?.challenge.tries, 4 + racers)
      equal((await store.readAccount(account.accountId)).account.failures, 5)
    },
  },
  {
    name: 'of racing resends exactly one is sent',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const challenge = await signIn(store, account)
      const results = await race((racer) => prompt(store, challenge, `state ${racer}`, now))
      equal([count(results, 'issued'), count(results, 'too_soon')], [1, racers - 1])
    },
  },
  {
    name: 'of racing sends to one destination from as many accounts exactly one is sent',
    async run(store) {
      const accounts = await Promise.all(Array.from({ length: racers }, () => enrolled(store, ['email'])))
      const challenges = await Promise.all(accounts.map((account) => signIn(store, account)))
      const results = await race((racer) => prompt(store, challenges[racer] ?? fail(), `state ${racer}`, now))
      equal(count(results, 'issued'), 1)
    },
  },
  {
    name: 'of racing confirmations of one enrollment exactly one turns MFA on',
    async run(store) {
      const pending = await beginEnrollment(store, 'a', 'totp')
      const results = await race(() => settle(store, pending, { counter: 5 }))
      equal(count(results, 'passed'), 1)
      equal(
        (await store.readAccount('a')).enrollments.map((row) => row.method),
        ['totp', 'recovery_code'],
      )
    },
  },
  {
    name: 'of first enrollments confirmed at once exactly one turns MFA on, and the others have to begin again',
    async run(store) {
      const kinds = ['totp', 'email', 'sms', 'security_key']
      const pending: Pending[] = []
      for (const kind of kinds) pending.push(await beginEnrollment(store, 'a', kind))
      const results = await Promise.all(pending.map((each) => settle(store, each, { counter: 5 })))
      equal(results.filter((outcome) => outcome.result === 'passed' && outcome.enabledMfa).length, 1)
      equal(count(results, 'closed'), kinds.length - 1)
      const { enrollments } = await store.readAccount('a')
      equal(
        enrollments.map((row) => [row.primary, row.backup]),
        [
          [true, false],
          [false, true],
        ],
      )
    },
  },
  {
    name: 'of racing removals of one enrollment exactly one removes',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const [primary = ''] = mine.ids
      const results = await race(() => remove(store, mine.accountId, primary))
      equal([count(results, 'removed'), count(results, 'absent')], [1, racers - 1])
    },
  },
  {
    name: 'of racing removals of which one must be left exactly one is kept',
    async run(store) {
      for (let round = 0; round < racers / 2; round += 1) {
        const mine = await enrolled(store, ['totp', 'email'])
        const results = await Promise.all(mine.ids.slice(0, 2).map((id) => remove(store, mine.accountId, id, 1)))
        equal([count(results, 'removed'), count(results, 'kept')], [1, 1])
        notEqual((await store.readAccount(mine.accountId)).account.mfaEnabledAt, null)
      }
    },
  },
  {
    name: 'of racing takers each notice is leased by one',
    async run(store) {
      const notices = Array.from({ length: 5 }, () => newNotice('a', now))
      await store.appendAudit([], notices)
      const leased = (await race(() => lease(store, now))).flat()
      equal(leased.length, 5)
      equal(new Set(leased.map((notice) => notice.id)).size, 5)
    },
  },
  {
    name: 'a challenge that is opened while its forgotten account is cleared away is there all the same',
    async run(store) {
      for (let round = 0; round < racers; round += 1) {
        const accountId = newId()
        const createdAt = now - 60 * minute
        await beginEnrollment(store, accountId, 'email', 'email.confirm', createdAt)
        const [pending] = await Promise.all([
          beginEnrollment(store, accountId, 'totp'),
          store.purge({ before: now - minute, limit: 100 }),
        ])
        equal((await settle(store, pending, { counter: 1 })).result, 'passed')
      }
    },
  },
]
