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
  signIn,
} from './fixtures.ts'

/** What is recorded, told and cleared away. */
export const upkeepLaws: readonly Law[] = [
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
    name: 'migrating again, and by several at once, changes nothing',
    async run(store) {
      const { accountId } = await enrolled(store, ['totp'])
      await race(() => store.migrate())
      equal((await store.readAccount(accountId)).enrollments.length, 2)
    },
  },
]
