import { enrolled, equal, type Law, minute, now, prompt, settle, signIn } from './fixtures.ts'

/** Codes that are sent: one live at a time, with pauses and caps. */
export const promptLaws: readonly Law[] = [
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
      equal(refused, { result: 'limit', resendAt: now + 24 * 60 * minute, by: 'destination' })
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
]
