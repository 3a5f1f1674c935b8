import {
  beginEnrollment,
  enrolled,
  equal,
  type Law,
  lease,
  minute,
  newChallenge,
  newNotice,
  notEqual,
  now,
  prompt,
  race,
  settle,
  signIn,
} from './fixtures.ts'

/** What is recorded, told and cleared away. */
export const upkeepLaws: readonly Law[] = [
  {
    name: 'what a step records is there when it commits and not when it fails',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp'])
      const challenge = newChallenge(accountId)
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
      await store.openChallenge({ challenge, record: () => ({ audit: [], notices: [newNotice(accountId, now)] }) })
      equal((await lease(store, now)).length, 1)
    },
  },
  {
    name: 'a leased notice is hidden until its lease is over, then due again, and gone once it is settled',
    async run(store) {
      const told = { ...newNotice('a', now), addressee: 'sealed' }
      await store.appendAudit([], [told])
      const [notice] = await lease(store, now)
      equal(notice, { ...told, attempts: 1 })
      equal((await lease(store, now + minute - 1)).length, 0)
      equal((await lease(store, now + minute))[0]?.attempts, 2)
      await store.settleNotice({ id: notice?.id ?? '', retryAt: now + 3 * minute })
      equal((await lease(store, now + 3 * minute - 1)).length, 0)
      await store.settleNotice({ id: notice?.id ?? '', retryAt: null })
      equal((await lease(store, now + 9 * minute)).length, 0)
    },
  },
  {
    name: 'how a password was come by is remembered of an account with MFA, and joins the evidence that it is part of',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const open = await signIn(store, mine)
      const by = { by: 'email', now, record: () => ({ audit: [] }) }
      await store.noteReset({ accountId: mine.accountId, ...by })
      equal((await store.readChallenge(open.id))?.challenge.status, 'cancelled')
      equal((await store.readAccount(mine.accountId)).account.passwordBy, 'email')
      const begin = (evidence: readonly string[]) =>
        store.beginSignIn({ challenge: newChallenge(mine.accountId, { evidence }), record: () => ({ audit: [] }) })
      equal((await begin(['password']))?.challenge.evidence, ['password', 'email'])
      equal((await begin(['oidc']))?.challenge.evidence, ['oidc'])
      await store.noteReset({ accountId: 'nobody', ...by })
      equal((await store.readAccount('nobody')).account.passwordBy, null)
      equal(await store.purge({ before: now + 90 * minute, limit: 0 }), 0)
    },
  },
  {
    name: 'how a password was come by is forgotten with a login that vouches for it, and when MFA is turned off',
    async run(store) {
      const mine = await enrolled(store, ['totp'])
      const note = () =>
        store.noteReset({ accountId: mine.accountId, by: 'email', now: now - 1, record: () => ({ audit: [] }) })
      const read = async () => (await store.readAccount(mine.accountId)).account.passwordBy
      await note()
      equal((await settle(store, await signIn(store, mine), { counter: 5 })).result, 'passed')
      equal(await read(), 'email')
      equal((await settle(store, await signIn(store, mine), null, { vouches: true })).result, 'wrong')
      equal(await read(), 'email')
      equal((await settle(store, await signIn(store, mine), { counter: 6 }, { vouches: true })).result, 'passed')
      equal(await read(), null)
      const before = await signIn(store, mine)
      await store.noteReset({ accountId: mine.accountId, by: 'email', now, record: () => ({ audit: [] }) })
      equal((await settle(store, before, null, { vouches: true })).result, 'closed')
      // Begun before the reset, and opened after it.
      const late = await signIn(store, mine)
      equal((await settle(store, late, { counter: 7 }, { vouches: true })).result, 'passed')
      equal(await read(), 'email')
      await store.disableMfa({ accountId: mine.accountId, record: () => ({ audit: [] }) })
      equal(await read(), null)
    },
  },
  {
    name: 'a lock is lifted once, with the failures that led to it, and of nobody else',
    async run(store) {
      const lock = { afterFailures: 1, firstMs: 15 * minute, ceilingMs: 24 * 60 * minute }
      const [mine, other] = [await enrolled(store, ['totp']), await enrolled(store, ['totp'])]
      for (const account of [mine, other]) await settle(store, await signIn(store, account), null, { lock })
      const lift = (at: number) =>
        store.unlock({ accountId: mine.accountId, now: at, record: (was) => ({ audit: [], notices: told(was) }) })
      const told = (was: boolean) => (was ? [newNotice(mine.accountId, now)] : [])
      const before = (await lease(store, now)).length
      equal(await lift(now + 15 * minute), false)
      equal([await lift(now), await lift(now)], [true, false])
      equal((await lease(store, now)).length, before + 1)
      const { failures, locks, lockedUntil } = (await store.readAccount(mine.accountId)).account
      equal([failures, locks, lockedUntil], [0, 0, 0])
      notEqual((await store.readAccount(other.accountId)).account.lockedUntil, 0)
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
    name: 'a store that is there answers',
    async run(store) {
      equal(await store.ping(), undefined)
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
