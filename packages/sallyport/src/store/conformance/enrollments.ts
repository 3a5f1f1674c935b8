import type { NewEnrollment } from '../../contract/store.ts'
import {
  beginEnrollment,
  enroll,
  type Enrolled,
  enrolled,
  equal,
  granted,
  type Law,
  lease,
  minute,
  newChallenge,
  newEnrollment,
  newNotice,
  notEqual,
  now,
  prompt,
  remove,
  settle,
  signIn,
  spend,
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
    name: 'removing takes an active enrollment of this very account, once',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const other = await enrolled(store, ['totp', 'email'])
      const [primary = '', fallback = ''] = mine.ids
      equal(await remove(store, other.accountId, primary), { result: 'absent' })
      const pending = await beginEnrollment(store, mine.accountId, 'sms')
      equal(await remove(store, mine.accountId, pending.enrollmentId), { result: 'absent' })
      equal(await remove(store, mine.accountId, primary), { result: 'removed', disabledMfa: false, promoted: fallback })
      equal(await remove(store, mine.accountId, primary), { result: 'absent' })
      equal((await store.readAccount(other.accountId)).enrollments.length, 3)
    },
  },
  {
    name: 'removing the primary promotes the strongest that is left',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email', 'sms'])
      const [primary = '', , sms = ''] = mine.ids
      const outcome = await remove(store, mine.accountId, primary)
      equal(outcome, { result: 'removed', disabledMfa: false, promoted: sms })
    },
  },
  {
    name: 'removing the last method turns MFA off and takes the recovery codes along',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const [only = ''] = mine.ids
      const outcome = await remove(store, mine.accountId, only)
      equal(outcome, { result: 'removed', disabledMfa: true, promoted: null })
      const { account, enrollments } = await store.readAccount(mine.accountId)
      equal([account.mfaEnabledAt, enrollments], [null, []])
    },
  },
  {
    name: 'disabling removes every active enrollment and its codes, once, and of no other account',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const other = await enrolled(store, ['totp'])
      const disable = () => store.disableMfa({ accountId: mine.accountId, record: () => ({ audit: [] }) })
      equal(await disable(), true)
      const { account, enrollments } = await store.readAccount(mine.accountId)
      equal([account.mfaEnabledAt, enrollments], [null, []])
      equal(await disable(), false)
      equal((await store.readAccount(other.accountId)).enrollments.length, 2)
      const { outcome } = await enroll(store, mine.accountId, 'totp')
      equal(outcome.result === 'passed' && outcome.enabledMfa, true)
    },
  },
  {
    name: 'replacing the backups ends the old codes and leaves the methods, and does nothing while MFA is off',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const fresh = newEnrollment(mine.accountId, 'recovery_code', ['new'])
      const replace = (accountId: string, backup: NewEnrollment) =>
        store.replaceBackups({ accountId, backups: [backup], record: () => ({ audit: [] }) })
      const pending = await signIn(store, mine)
      equal(await replace(mine.accountId, fresh), true)
      const old = { ...pending, enrollmentId: mine.backupId }
      equal((await settle(store, old, { code: mine.codes[0] ?? '' })).result, 'wrong')
      equal((await settle(store, { ...pending, enrollmentId: fresh.id }, { code: 'new' })).result, 'passed')
      const { enrollments } = await store.readAccount(mine.accountId)
      equal(
        enrollments.map((row) => [row.id, row.primary]),
        [
          [mine.ids[0], true],
          [fresh.id, false],
        ],
      )
      equal(await replace('nobody', newEnrollment('nobody', 'recovery_code', ['x'])), false)
      equal((await store.readAccount('nobody')).enrollments, [])
    },
  },
  {
    name: 'turning MFA off ends what is being set up, and no contact that is being confirmed',
    async run(store) {
      const ways: readonly ((mine: Enrolled) => Promise<unknown>)[] = [
        (mine) => store.disableMfa({ accountId: mine.accountId, record: () => ({ audit: [] }) }),
        (mine) => remove(store, mine.accountId, mine.ids[0] ?? ''),
      ]
      for (const turnOff of ways) {
        const mine = await enrolled(store, ['totp'])
        const adding = await beginEnrollment(store, mine.accountId, 'sms')
        const confirming = await beginEnrollment(store, mine.accountId, 'email', 'email.confirm')
        await turnOff(mine)
        equal((await settle(store, adding, { counter: 1 })).result, 'closed')
        equal((await store.readAccount(mine.accountId)).account.mfaEnabledAt, null)
        const confirmed = await settle(store, confirming, { counter: 1 }, { onPass: 'discard_enrollment' })
        equal(confirmed.result, 'passed')
      }
    },
  },
  {
    name: 'a code that was sent before its enrollment moved is good for nothing, one of another goes on',
    async run(store) {
      const mine = await enrolled(store, ['email', 'sms'])
      const login = await signIn(store, mine)
      const other = { ...(await signIn(store, mine)), enrollmentId: mine.ids[1] ?? '' }
      await prompt(store, login, 'to the old one', now)
      const elsewhere = { enrollmentId: other.enrollmentId, destinationHash: 'other' }
      const sent = { state: 'by text', sentAt: now, expiresAt: now + minute, ...elsewhere }
      equal((await prompt(store, other, 'by text', now, { prompt: sent })).result, 'issued')
      const moved = { from: 'sealed', sealed: 'elsewhere', hint: 'there', enrollmentId: login.enrollmentId }
      await store.moveEnrollment({ ...moved, accountId: mine.accountId, record: () => ({ audit: [] }) })
      equal((await settle(store, login, 'prompt', { judgedState: 'to the old one' })).result, 'wrong')
      equal((await store.readChallenge(login.id))?.challenge.prompt, null)
      equal((await settle(store, other, 'prompt', { judgedState: 'by text' })).result, 'passed')
    },
  },
  {
    name: 'moving gives another secret and hint to an active enrollment of this very account, and keeps all else',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const other = await enrolled(store, ['email'])
      const move = (enrollmentId: string) =>
        store.moveEnrollment({
          accountId: mine.accountId,
          enrollmentId,
          from: 'sealed',
          sealed: 'elsewhere',
          hint: 'there',
          record: () => ({ audit: [] }),
        })
      equal(await move(other.ids[0] ?? ''), false)
      const pending = await beginEnrollment(store, mine.accountId, 'sms')
      equal(await move(pending.enrollmentId), false)
      const [, before] = (await store.readAccount(mine.accountId)).enrollments
      equal(await move(mine.ids[1] ?? ''), true)
      const [, after] = (await store.readAccount(mine.accountId)).enrollments
      equal(after, { ...before, hint: 'there', sealed: 'elsewhere' })
      equal((await store.readAccount(other.accountId)).enrollments[0]?.sealed, 'sealed')
      equal(await move(mine.ids[1] ?? ''), false)
    },
  },
  {
    name: 'erasing leaves nothing of the account but what is still to be told, and nothing of another is touched',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const other = await enrolled(store, ['totp'])
      const login = await signIn(store, mine)
      const grant = await granted(store, mine)
      const theirs = await granted(store, other)
      const adding = await beginEnrollment(store, mine.accountId, 'sms')
      await store.eraseAccount({
        accountId: mine.accountId,
        record: () => ({ audit: [], notices: [newNotice(mine.accountId, now)] }),
      })
      const { account, enrollments } = await store.readAccount(mine.accountId)
      equal([account.mfaEnabledAt, account.failures, enrollments], [null, 0, []])
      equal(await store.readChallenge(login.id), null)
      equal(await spend(store, grant), null)
      equal((await settle(store, adding, { counter: 1 })).result, 'closed')
      equal(
        (await settle(store, { ...login, enrollmentId: mine.backupId }, { code: mine.codes[0] ?? '' })).result,
        'closed',
      )
      equal((await lease(store, now)).length, 1)
      equal((await spend(store, theirs))?.id, theirs.id)
      equal((await store.readAccount(other.accountId)).enrollments.length, 2)
      equal(await store.beginSignIn({ challenge: newChallenge(mine.accountId), record: () => ({ audit: [] }) }), null)
    },
  },
]
