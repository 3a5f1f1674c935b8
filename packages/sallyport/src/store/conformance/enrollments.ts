import {
  beginEnrollment,
  enroll,
  enrolled,
  equal,
  type Law,
  minute,
  newChallenge,
  newEnrollment,
  notEqual,
  now,
  removal,
  remove,
  settle,
} from './fixtures.ts'

/** Methods as they are set up, named, chosen, removed. */
export const enrollmentLaws: readonly Law[] = [
  {
    name: 'the first enrollment turns MFA on and stores the backup, the second does not',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp'])
      const before = await store.readAccount(accountId)
      notEqual(before.account.mfaEnabledAt, null)
      equal(
        before.enrollments.map((row) => [row.method, row.codesLeft]),
        [
          ['totp', 0],
          ['recovery_code', 3],
        ],
      )
      const { outcome } = await enroll(store, accountId, 'email')
      equal(outcome.result === 'passed' && outcome.enabledMfa, false)
      equal((await store.readAccount(accountId)).enrollments.length, 3)
    },
  },
  {
    name: 'a name that is taken is numbered',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp', 'totp'])
      const { enrollments } = await store.readAccount(accountId)
      equal(
        enrollments.map((row) => row.name),
        ['totp', 'totp 2', 'recovery_code'],
      )
    },
  },
  {
    name: 'beginning an enrollment again replaces the pending one and ends its challenge',
    async run(store) {
      const first = await beginEnrollment(store, 'a', 'totp')
      const second = await beginEnrollment(store, 'a', 'totp')
      equal((await settle(store, first, { counter: 1 })).result, 'closed')
      equal((await settle(store, second, { counter: 1 })).result, 'passed')
      equal(
        (await store.readAccount('a')).enrollments.map((row) => row.id),
        [second.enrollmentId, second.backupId],
      )
    },
  },
  {
    name: 'a contact that is being confirmed and a method that is being set up do not disturb each other',
    async run(store) {
      const adding = await beginEnrollment(store, 'a', 'email')
      const confirming = await beginEnrollment(store, 'a', 'email', 'email.confirm')
      equal((await settle(store, adding, { counter: 1 })).result, 'passed')
      const discarded = await settle(store, confirming, { counter: 1 }, { onPass: 'discard_enrollment' })
      equal(discarded.result, 'passed')
      equal(
        (await store.readAccount('a')).enrollments.map((row) => row.method),
        ['email', 'recovery_code'],
      )
    },
  },
  {
    name: 'a session from before MFA begins no enrollment once it is on',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp'])
      const enrollment = newEnrollment(accountId, 'email')
      const challenge = newChallenge(accountId, { onlyEnrollmentId: enrollment.id })
      const input = { enrollment, challenge, perAccount: 9, record: () => ({ audit: [] }) }
      equal(await store.beginEnrollment({ ...input, provedMfa: false }), 'unproved')
      equal(await store.readChallenge(challenge.id), null)
      equal(typeof (await store.beginEnrollment({ ...input, provedMfa: true })), 'object')
    },
  },
  {
    name: 'an account has no more enrollments of a method than allowed',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp'])
      const enrollment = newEnrollment(accountId, 'totp')
      const challenge = newChallenge(accountId, { onlyEnrollmentId: enrollment.id })
      equal(
        await store.beginEnrollment({
          enrollment,
          challenge,
          perAccount: 1,
          provedMfa: true,
          record: () => ({ audit: [] }),
        }),
        'full',
      )
    },
  },
  {
    name: 'the primary moves to the one chosen, never to a backup or to another account’s',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const other = await enrolled(store, ['totp'])
      const choose = (enrollmentId: string): Promise<boolean> =>
        store.setPrimary({ accountId: mine.accountId, enrollmentId, record: () => ({ audit: [] }) })
      equal(await choose(mine.ids[1] ?? ''), true)
      equal(await choose(mine.backupId), false)
      equal(await choose(other.ids[0] ?? ''), false)
      const { enrollments } = await store.readAccount(mine.accountId)
      equal(
        enrollments.map((row) => [row.method, row.primary]),
        [
          ['email', true],
          ['totp', false],
          ['recovery_code', false],
        ],
      )
    },
  },
  {
    name: 'a new name is free, of this account, and of an active method',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const other = await enrolled(store, ['totp'])
      const rename = (enrollmentId: string, name: string): Promise<string> =>
        store.rename({ accountId: mine.accountId, enrollmentId, name, record: () => ({ audit: [] }) })
      equal(await rename(mine.ids[0] ?? '', 'Phone'), 'renamed')
      equal(await rename(mine.ids[1] ?? '', 'Phone'), 'taken')
      equal(await rename(other.ids[0] ?? '', 'Mine'), 'absent')
      equal((await store.readAccount(other.accountId)).enrollments[0]?.name, 'totp')
    },
  },
  {
    name: 'removing takes a passed challenge for that very enrollment, once',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const [primary = '', fallback = ''] = mine.ids
      equal(await remove(store, mine, fallback, await removal(store, mine, primary)), { result: 'spent' })
      const open = newChallenge(mine.accountId, { action: 'mfa.method.remove', resource: primary })
      await store.openChallenge({ challenge: open, record: () => ({ audit: [] }) })
      equal(await remove(store, mine, primary, open.id), { result: 'spent' })
      const late = await removal(store, mine, primary)
      equal(await remove(store, mine, primary, late, now + 10 * minute), { result: 'spent' })
      const passed = await removal(store, mine, primary)
      equal(await remove(store, mine, primary, passed), { result: 'removed', disabledMfa: false, promoted: fallback })
      equal(await remove(store, mine, primary, passed), { result: 'spent' })
    },
  },
  {
    name: 'removing the primary promotes the strongest that is left',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email', 'sms'])
      const [primary = '', , sms = ''] = mine.ids
      const outcome = await remove(store, mine, primary, await removal(store, mine, primary))
      equal(outcome, { result: 'removed', disabledMfa: false, promoted: sms })
    },
  },
  {
    name: 'removing the last method turns MFA off and takes the recovery codes along',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const [only = ''] = mine.ids
      const outcome = await remove(store, mine, only, await removal(store, mine, only))
      equal(outcome, { result: 'removed', disabledMfa: true, promoted: null })
      const { account, enrollments } = await store.readAccount(mine.accountId)
      equal([account.mfaEnabledAt, enrollments], [null, []])
    },
  },
]
