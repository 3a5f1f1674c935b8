import {
  beginEnrollment,
  enroll,
  enrolled,
  equal,
  type Law,
  minute,
  newChallenge,
  now,
  settle,
  signIn,
} from './fixtures.ts'

/** How a sign-in begins, and what an answer to it does: counted, spent, locked. */
export const attemptLaws: readonly Law[] = [
  {
    name: 'a sign-in without MFA opens no challenge',
    async run(store) {
      const challenge = newChallenge('nobody')
      const snapshot = await store.beginSignIn({ challenge, record: () => ({ audit: [] }) })
      equal(snapshot, null)
      equal(await store.readChallenge(challenge.id), null)
    },
  },
  {
    name: 'a sign-in with MFA opens a challenge with the primary first and the backup last',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp', 'email'])
      const challenge = newChallenge(accountId)
      const snapshot = await store.beginSignIn({ challenge, record: () => ({ audit: [] }) })
      equal(
        snapshot?.enrollments.map((row) => row.method),
        ['totp', 'email', 'recovery_code'],
      )
      equal(
        snapshot?.enrollments.map((row) => row.primary),
        [true, false, false],
      )
      equal(snapshot?.challenge.status, 'open')
      equal(await store.readChallenge(challenge.id), snapshot)
    },
  },
  {
    name: 'what is confirmed beside the door leaves the wrong answers at the door counted',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      for (let wrong = 1; wrong <= 9; wrong += 1) await settle(store, await signIn(store, account), null)
      await enroll(store, account.accountId, 'email')
      const contact = await beginEnrollment(store, account.accountId, 'sms', 'phone.confirm')
      await settle(store, contact, { counter: 1 }, { onPass: 'discard_enrollment' })
      equal((await store.readAccount(account.accountId)).account.failures, 9)
      const tenth = await settle(store, await signIn(store, account), null)
      equal(tenth.result === 'wrong' && tenth.lockedUntil, now + 15 * minute)
    },
  },
  {
    name: 'a counter is accepted once, and nothing at or below it afterwards',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      equal((await settle(store, await signIn(store, account), { counter: 50 })).result, 'passed')
      equal((await settle(store, await signIn(store, account), { counter: 50 })).result, 'wrong')
      equal((await settle(store, await signIn(store, account), { counter: 49 })).result, 'wrong')
      equal((await settle(store, await signIn(store, account), { counter: 51 })).result, 'passed')
    },
  },
  {
    name: 'a stored code is accepted once, on its own account only',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const other = await enrolled(store, ['totp'])
      const code = mine.codes[0] ?? ''
      const foreign = { ...(await signIn(store, other)), enrollmentId: other.backupId }
      equal((await settle(store, foreign, { code })).result, 'wrong')
      const stolen = { ...(await signIn(store, other)), enrollmentId: mine.backupId }
      equal((await settle(store, stolen, { code })).result, 'wrong')
      const used = await settle(store, { ...(await signIn(store, mine)), enrollmentId: mine.backupId }, { code })
      equal(used.result === 'passed' && used.codesLeft, 2)
      const again = { ...(await signIn(store, mine)), enrollmentId: mine.backupId }
      equal((await settle(store, again, { code })).result, 'wrong')
    },
  },
  {
    name: 'a challenge is over at its end, to the millisecond',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      const challenge = await signIn(store, account)
      equal(await settle(store, challenge, { counter: 7 }, { now: now + 10 * minute }), {
        result: 'closed',
        status: 'expired',
        networkFull: false,
      })
      const other = await signIn(store, account)
      equal((await settle(store, other, { counter: 7 }, { now: now + 10 * minute - 1 })).result, 'passed')
    },
  },
  {
    name: 'a challenge fails with its last try, and the tries after it are counted but not judged',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      const challenge = await signIn(store, account)
      const left: number[] = []
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const outcome = await settle(store, challenge, null)
        if (outcome.result === 'wrong') left.push(outcome.attemptsLeft)
      }
      equal(left, [4, 3, 2, 1, 0])
      const over = { result: 'closed', status: 'failed', networkFull: false }
      equal(await settle(store, challenge, { counter: 7 }), over)
      equal((await store.readChallenge(challenge.id))?.challenge.tries, 6)
      equal((await store.readAccount(account.accountId)).account.failures, 5)
    },
  },
  {
    name: 'wrong answers add up over challenges, lock the account, and each lock is twice as long',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      let at = now
      for (const expected of [15 * minute, 30 * minute, 60 * minute]) {
        for (let wrong = 1; wrong <= 10; wrong += 1) {
          const outcome = await settle(store, await signIn(store, account, at), null, { now: at })
          equal(outcome.result === 'wrong' && outcome.lockedUntil, wrong === 10 ? at + expected : 0)
        }
        equal(await settle(store, await signIn(store, account, at), { counter: at }, { now: at }), {
          result: 'locked',
          lockedUntil: at + expected,
          networkFull: false,
        })
        at += expected
      }
      equal((await settle(store, await signIn(store, account, at), { counter: at }, { now: at })).result, 'passed')
      const { account: row } = await store.readAccount(account.accountId)
      equal([row.failures, row.locks, row.lockedUntil], [0, 0, 0])
    },
  },
  {
    name: 'a lock never grows beyond its ceiling',
    async run(store) {
      const account = await enrolled(store, ['totp'])
      let at = now
      for (let lock = 0; lock < 9; lock += 1) {
        for (let wrong = 1; wrong <= 10; wrong += 1)
          await settle(store, await signIn(store, account, at), null, { now: at })
        const { lockedUntil } = (await store.readAccount(account.accountId)).account
        equal(lockedUntil - at, Math.min(15 * minute * 2 ** lock, 24 * 60 * minute))
        at = lockedUntil
      }
    },
  },
  {
    name: 'cancelling all ends the open and the passed challenges of that account and no other',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const open = await signIn(store, mine)
      const other = await signIn(store, await enrolled(store, ['totp']))
      await store.cancelChallenges({ accountId: mine.accountId, record: () => ({ audit: [] }) })
      const over = { result: 'closed', status: 'cancelled', networkFull: false }
      equal(await settle(store, open, { counter: 9 }), over)
      equal((await store.readChallenge(other.id))?.challenge.status, 'open')
    },
  },
]
