import { randomBytes } from 'node:crypto'
import type { Notice } from '../contract/notice.ts'
import type { IssuePrompt, NewChallenge, NewEnrollment, SettleAttempt, Store } from '../contract/store.ts'

/** One law that every store keeps, with the run that shows it. It rejects when the law is broken. */
export interface Law {
  readonly name: string
  run(store: Store): Promise<void>
}

/** How many callers race in the laws about racing. */
export const racers = 16

const now = 1_800_000_000_000
const minute = 60_000

/**
 * What a store must do, as a list of laws, so that any test runner can run them: open an empty, migrated store for each.
 *
 * ```ts
 * for (const law of laws) test(law.name, async () => law.run(await emptyStore()))
 * ```
 */
export const laws: readonly Law[] = [
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
    name: 'an account has no more enrollments of a method than allowed',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp'])
      const enrollment = newEnrollment(accountId, 'totp')
      const challenge = newChallenge(accountId, { onlyEnrollmentId: enrollment.id })
      equal(
        await store.beginEnrollment({ enrollment, challenge, perAccount: 1, record: () => ({ audit: [] }) }),
        'full',
      )
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
    name: 'a prompt is answered once, only while it is the live one, and only in its lifetime',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const challenge = await signIn(store, account)
      equal((await prompt(store, challenge, 'first', now)).result, 'issued')
      equal((await prompt(store, challenge, 'second', now + minute)).result, 'issued')
      equal((await settle(store, challenge, 'prompt', { judgedState: 'first', now: now + minute })).result, 'wrong')
      const late = { judgedState: 'second', now: now + minute + 5 * minute }
      equal((await settle(store, challenge, 'prompt', late)).result, 'wrong')
      const inTime = { judgedState: 'second', now: now + minute + 5 * minute - 1 }
      equal((await settle(store, challenge, 'prompt', inTime)).result, 'passed')
      equal((await settle(store, challenge, 'prompt', inTime)).result, 'closed')
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
      equal(await settle(store, challenge, { counter: 7 }), { result: 'closed', status: 'failed' })
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
    name: 'the pause between sends doubles with each unanswered one, over challenges',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const wide = { caps: [{ sends: 99, withinMs: 24 * 60 * minute, countAnswered: true }] }
      equal((await prompt(store, await signIn(store, account), 'a', now, wide)).result, 'issued')
      const early = await prompt(store, await signIn(store, account), 'b', now + minute - 1, wide)
      equal(early, { result: 'too_soon', resendAt: now + minute })
      equal(await prompt(store, await signIn(store, account), 'c', now + minute, wide), {
        result: 'issued',
        resendAt: now + 3 * minute,
      })
      equal((await prompt(store, await signIn(store, account), 'd', now + 3 * minute - 1, wide)).result, 'too_soon')
      equal((await prompt(store, await signIn(store, account), 'e', now + 3 * minute, wide)).result, 'issued')
    },
  },
  {
    name: 'an answered code ends the pause, and still counts towards the day',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const caps = [{ sends: 3, withinMs: 24 * 60 * minute, countAnswered: true }]
      for (const state of ['a', 'b', 'c']) {
        const challenge = await signIn(store, account)
        equal((await prompt(store, challenge, state, now, { caps })).result, 'issued')
        equal((await settle(store, challenge, 'prompt', { judgedState: state })).result, 'passed')
      }
      const refused = await prompt(store, await signIn(store, account), 'd', now, { caps })
      equal(refused, { result: 'limit', resendAt: now + 24 * 60 * minute })
    },
  },
  {
    name: 'a destination is counted over accounts',
    async run(store) {
      const one = await enrolled(store, ['email'])
      const two = await enrolled(store, ['email'])
      equal((await prompt(store, await signIn(store, one), 'a', now)).result, 'issued')
      equal((await prompt(store, await signIn(store, two), 'b', now)).result, 'too_soon')
    },
  },
  {
    name: 'nothing is sent for a locked account or a challenge that is over',
    async run(store) {
      const account = await enrolled(store, ['email'])
      const over = await signIn(store, account)
      await store.cancelChallenge({ challengeId: over.id, record: () => ({ audit: [] }) })
      equal((await prompt(store, over, 'a', now)).result, 'closed')
      for (let wrong = 1; wrong <= 10; wrong += 1) await settle(store, await signIn(store, account), null)
      equal((await prompt(store, await signIn(store, account), 'b', now)).result, 'locked')
    },
  },
  {
    name: 'a failed delivery is noted on the live prompt only',
    async run(store) {
      const challenge = await signIn(store, await enrolled(store, ['email']))
      await prompt(store, challenge, 'live', now)
      const note = { challengeId: challenge.id, failed: true, record: () => ({ audit: [] }) }
      await store.recordDelivery({ ...note, state: 'older' })
      equal((await store.readChallenge(challenge.id))?.challenge.prompt?.failed, false)
      await store.recordDelivery({ ...note, state: 'live' })
      equal((await store.readChallenge(challenge.id))?.challenge.prompt?.failed, true)
    },
  },
  {
    name: 'cancelling all ends the open and the passed challenges of that account and no other',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const open = await signIn(store, mine)
      const other = await signIn(store, await enrolled(store, ['totp']))
      await store.cancelChallenges({ accountId: mine.accountId, record: () => ({ audit: [] }) })
      equal(await settle(store, open, { counter: 9 }), { result: 'closed', status: 'cancelled' })
      equal((await store.readChallenge(other.id))?.challenge.status, 'open')
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
  {
    name: 'what a step records is there when it commits and not when it fails',
    async run(store) {
      const challenge = newChallenge('a')
      const broken = store.openChallenge({
        challenge,
        record: () => {
          throw new Error('no record')
        },
      })
      notEqual(
        await broken.then(
          () => 'committed',
          () => null,
        ),
        'committed',
      )
      equal(await store.readChallenge(challenge.id), null)
      await store.openChallenge({ challenge, record: () => ({ audit: [], notices: [newNotice('a', now)] }) })
      equal((await lease(store, now)).length, 1)
    },
  },
  {
    name: 'a leased notice is hidden until its lease is over, then due again, and gone once it is settled',
    async run(store) {
      const record = () => ({ audit: [], notices: [newNotice('a', now)] })
      await store.openChallenge({ challenge: newChallenge('a'), record })
      const [notice] = await lease(store, now)
      equal(notice?.attempts, 1)
      equal((await lease(store, now + minute - 1)).length, 0)
      equal((await lease(store, now + minute))[0]?.attempts, 2)
      await store.settleNotice({ id: notice?.id ?? '', retryAt: now + 3 * minute })
      equal((await lease(store, now + 3 * minute - 1)).length, 0)
      await store.settleNotice({ id: notice?.id ?? '', retryAt: null })
      equal((await lease(store, now + 9 * minute)).length, 0)
    },
  },
  {
    name: 'purging removes what is over and nothing else, a batch at a time',
    async run(store) {
      const account = await enrolled(store, ['totp', 'email'])
      await beginEnrollment(store, account.accountId, 'sms')
      const over = [await signIn(store, account), await signIn(store, account)]
      const live = await signIn(store, account, now + 60 * minute)
      await prompt(store, live, 'x', now)
      equal((await store.purge({ before: now + 30 * minute, limit: 1 })) > 0, true)
      while ((await store.purge({ before: now + 30 * minute, limit: 1 })) > 0);
      for (const challenge of over) equal(await store.readChallenge(challenge.id), null)
      notEqual(await store.readChallenge(live.id), null)
      equal((await store.readAccount(account.accountId)).enrollments.length, 3)
    },
  },
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
    name: 'of racing removals on one passed challenge exactly one removes',
    async run(store) {
      const mine = await enrolled(store, ['totp', 'email'])
      const [primary = ''] = mine.ids
      const passed = await removal(store, mine, primary)
      const results = await race(() => remove(store, mine, primary, passed))
      equal([count(results, 'removed'), count(results, 'spent')], [1, racers - 1])
    },
  },
  {
    name: 'of racing takers each notice is leased by one',
    async run(store) {
      const notices = Array.from({ length: 5 }, () => newNotice('a', now))
      await store.openChallenge({ challenge: newChallenge('a'), record: () => ({ audit: [], notices }) })
      const leased = (await race(() => lease(store, now))).flat()
      equal(leased.length, 5)
      equal(new Set(leased.map((notice) => notice.id)).size, 5)
    },
  },
  {
    name: 'migrating again, and by several at once, changes nothing',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp'])
      await race(() => store.migrate())
      equal((await store.readAccount(accountId)).enrollments.length, 2)
    },
  },
]

interface Pending {
  readonly id: string
  readonly accountId: string
  readonly enrollmentId: string
  readonly backupId: string
  readonly backups: readonly NewEnrollment[]
}

interface Enrolled {
  readonly accountId: string
  readonly ids: readonly string[]
  readonly backupId: string
  readonly codes: readonly string[]
}

interface OpenFor {
  readonly id: string
  readonly accountId: string
  readonly enrollmentId: string
}

function newId(): string {
  return randomBytes(12).toString('base64url')
}

function newChallenge(accountId: string, different: Partial<NewChallenge> = {}): NewChallenge {
  return {
    id: newId(),
    accountId,
    action: 'login',
    resource: '',
    purpose: 'sign in',
    bindingHash: 'binding',
    evidence: ['password'],
    maxTries: 5,
    createdAt: now,
    expiresAt: (different.createdAt ?? now) + 10 * minute,
    onlyEnrollmentId: null,
    ...different,
  }
}

function newEnrollment(accountId: string, method: string, codes: readonly string[] = []): NewEnrollment {
  const backup = method === 'recovery_code'
  return { id: newId(), accountId, method, name: method, hint: '', sealed: 'sealed', backup, createdAt: now, codes }
}

function newNotice(accountId: string, at: number): Notice {
  return { id: newId(), accountId, kind: 'method.added', channel: 'email', at, ip: '', userAgent: '', subject: '' }
}

async function beginEnrollment(
  store: Store,
  accountId: string,
  method: string,
  action = 'mfa.method.add',
): Promise<Pending> {
  const enrollment = newEnrollment(accountId, method)
  const challenge = newChallenge(accountId, { action, onlyEnrollmentId: enrollment.id })
  const begun = await store.beginEnrollment({ enrollment, challenge, perAccount: 9, record: () => ({ audit: [] }) })
  equal(begun !== 'full' && begun.enrollments.map((row) => [row.id, row.status]), [[enrollment.id, 'pending']])
  const backup = newEnrollment(accountId, 'recovery_code', [newId(), newId(), newId()])
  return { id: challenge.id, accountId, enrollmentId: enrollment.id, backupId: backup.id, backups: [backup] }
}

async function enroll(store: Store, accountId: string, method: string) {
  const pending = await beginEnrollment(store, accountId, method)
  const outcome = await settle(store, pending, { counter: 1 })
  equal(outcome.result, 'passed')
  return { pending, outcome }
}

/** An account with these methods, the first of them its primary, and a set of three recovery codes. */
async function enrolled(store: Store, methods: readonly string[]): Promise<Enrolled> {
  const accountId = newId()
  const pending: Pending[] = []
  for (const method of methods) pending.push((await enroll(store, accountId, method)).pending)
  const first = pending[0] ?? fail()
  return {
    accountId,
    ids: pending.map((each) => each.enrollmentId),
    backupId: first.backupId,
    codes: first.backups[0]?.codes ?? [],
  }
}

async function signIn(store: Store, account: Enrolled, createdAt = now): Promise<OpenFor> {
  const challenge = newChallenge(account.accountId, { createdAt })
  await store.beginSignIn({ challenge, record: () => ({ audit: [] }) })
  return { id: challenge.id, accountId: account.accountId, enrollmentId: account.ids[0] ?? '' }
}

function settle(
  store: Store,
  challenge: OpenFor | Pending,
  spend: Extract<SettleAttempt['verdict'], { ok: true }>['spend'] | null,
  different: Partial<SettleAttempt> = {},
) {
  return store.settleAttempt({
    challengeId: challenge.id,
    accountId: challenge.accountId,
    enrollmentId: challenge.enrollmentId,
    now,
    verdict: spend === null ? { ok: false } : { ok: true, spend },
    judgedState: null,
    lock: { afterFailures: 10, firstMs: 15 * minute, ceilingMs: 24 * 60 * minute },
    onPass: 'backups' in challenge ? { activate: { backups: challenge.backups } } : 'nothing',
    record: () => ({ audit: [] }),
    ...different,
  })
}

function prompt(store: Store, challenge: OpenFor, state: string, at: number, different: Partial<IssuePrompt> = {}) {
  return store.issuePrompt({
    challengeId: challenge.id,
    sendId: newId(),
    prompt: {
      enrollmentId: challenge.enrollmentId,
      state,
      destinationHash: 'destination',
      sentAt: at,
      expiresAt: at + 5 * minute,
    },
    now: at,
    cooldownMs: minute,
    caps: [{ sends: 3, withinMs: 10 * minute, countAnswered: false }],
    record: () => ({ audit: [] }),
    ...different,
  })
}

/** A passed challenge for removing `enrollmentId`. */
async function removal(store: Store, account: Enrolled, enrollmentId: string): Promise<string> {
  const challenge = newChallenge(account.accountId, { action: 'mfa.method.remove', resource: enrollmentId })
  await store.openChallenge({ challenge, record: () => ({ audit: [] }) })
  const by = { id: challenge.id, accountId: account.accountId, enrollmentId: account.ids[0] ?? '' }
  const { lastCounter } = (await store.readAccount(account.accountId)).enrollments[0] ?? fail()
  equal((await settle(store, by, { counter: lastCounter + 1 })).result, 'passed')
  return challenge.id
}

function remove(store: Store, account: Enrolled, enrollmentId: string, challengeId: string, at = now) {
  const strongestFirst = ['security_key', 'totp', 'sms', 'email']
  const input = { challengeId, accountId: account.accountId, enrollmentId, strongestFirst, now: at }
  return store.removeEnrollment({ ...input, record: () => ({ audit: [] }) })
}

function lease(store: Store, at: number) {
  return store.leaseNotices({ now: at, leasedUntil: at + minute, limit: 10 })
}

function race<Outcome>(run: (racer: number) => Promise<Outcome>): Promise<Outcome[]> {
  return Promise.all(Array.from({ length: racers }, (_, racer) => run(racer)))
}

function count(outcomes: readonly { readonly result: string }[], result: string): number {
  return outcomes.filter((outcome) => outcome.result === result).length
}

function equal(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (left !== right) throw new Error(`expected ${right}, got ${left}`)
}

function notEqual(actual: unknown, unexpected: unknown): void {
  if (JSON.stringify(actual) === JSON.stringify(unexpected)) throw new Error(`did not expect ${JSON.stringify(actual)}`)
}

function fail(): never {
  throw new Error('the law itself is broken')
}
