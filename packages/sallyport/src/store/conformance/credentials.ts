import {
  beginEnrollment,
  count,
  enroll,
  enrolled,
  equal,
  fail,
  type Law,
  newChallenge,
  newId,
  race,
  racers,
  settle,
  signIn,
} from './fixtures.ts'

const registeredAs = (credential: string) => ({ sealed: 'a key', hint: 'on one device', name: 'Key', credential })
const unrecorded = { record: () => ({ audit: [] }) }

/** What a key brings with its first answer, and the counts that it signs. */
export const credentialLaws: readonly Law[] = [
  {
    name: 'what a first answer brought replaces what was stored, and finds the enrollment from then on',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      const pending = await beginEnrollment(store, account.accountId, 'security_key')
      const credential = newId()
      equal(await store.findCredential(credential), null)
      const activate = { backups: [], registered: registeredAs(credential) }
      const outcome = await settle(store, pending, { counter: 4 }, { onPass: { activate } })
      equal([outcome.result, outcome.result === 'passed' && outcome.name], ['passed', 'Key'])
      const { accountId, enrollmentId } = pending
      equal(await store.findCredential(credential), { accountId, enrollmentId, method: 'security_key' })
      const { enrollments } = await store.readAccount(accountId)
      const row = enrollments.find(({ id }) => id === enrollmentId) ?? fail()
      equal([row.sealed, row.hint, row.name, row.lastCounter], ['a key', 'on one device', 'Key', 4])
    },
  },
  {
    name: 'of accounts that race to register one credential exactly one has it',
    async run(store) {
      const credential = newId()
      const pendings = await Promise.all(
        Array.from({ length: racers }, () => beginEnrollment(store, newId(), 'security_key')),
      )
      const results = await race((racer) => {
        const pending = pendings[racer] ?? fail()
        const activate = { backups: [], registered: registeredAs(credential) }
        return settle(store, pending, { counter: 0 }, { onPass: { activate } })
      })
      equal([count(results, 'passed'), count(results, 'wrong')], [1, racers - 1])
    },
  },
  {
    name: 'of racers that open a challenge of one id exactly one opens it, whoever’s it is',
    async run(store) {
      const accounts = await Promise.all(
        [newId(), newId()].map(async (id) => (await enroll(store, id, 'totp')).pending),
      )
      const id = newId()
      const results = await race(async (racer) => {
        const { accountId } = accounts[racer % accounts.length] ?? fail()
        const opened = await store.openOnce({ challenge: newChallenge(accountId, { id }), ...unrecorded })
        return { result: opened === null ? 'was there' : 'opened' }
      })
      equal([count(results, 'opened'), count(results, 'was there')], [1, racers - 1])
    },
  },
  {
    name: 'a signed count must rise, or be 0 as it always was',
    async run(store) {
      const account = await enrolled(store, ['security_key'])
      const sign = async (signCount: number): Promise<string> =>
        (await settle(store, await signIn(store, account), { signCount })).result
      // It was set up with a counter of 1.
      equal(
        [await sign(0), await sign(1), await sign(2), await sign(2), await sign(0)],
        ['wrong', 'wrong', 'passed', 'wrong', 'wrong'],
      )
      const pending = await beginEnrollment(store, newId(), 'security_key')
      equal((await settle(store, pending, { counter: 0 })).result, 'passed')
      const none = { accountId: pending.accountId, ids: [pending.enrollmentId], backupId: pending.backupId, codes: [] }
      const zero = async () => (await settle(store, await signIn(store, none), { signCount: 0 })).result
      equal([await zero(), await zero()], ['passed', 'passed'])
    },
  },
  {
    name: 'what is never to be disabled is not, however often an answer was wrong',
    async run(store) {
      const account = await enrolled(store, ['security_key'])
      for (let wrong = 0; wrong < 3; wrong += 1) {
        await settle(store, await signIn(store, account), null, { disableAfter: null })
      }
      const { enrollments } = await store.readAccount(account.accountId)
      equal(
        enrollments.map(({ disabled }) => disabled),
        [false, false],
      )
    },
  },
]
