import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { ada, client, library, setUp } from '../../../../test/support/library.ts'
import { beginSignIn } from './sign-in.ts'

test('D2 · what a trusted browser keeps is renewed though no session came of it, so that the next login gives no alarm', async () => {
  const running = await library({
    accounts: {
      find: () => Promise.resolve(ada),
      endSessions: () => Promise.resolve(),
      securityStamp: () => Promise.resolve('password'),
    },
  })
  const totp = await setUp(running, 'totp')
  running.clock.advance(30_000)
  const tokens = { trusted: '', known: '' }
  const first = { accountId: ada.id, evidence: ['password'] as const }
  const step = await running.mfa.signIn.begin({ ...first, browser: tokens }, client)
  if (step.status !== 'challenge') throw new Error(step.status)
  const typed = { enrollmentId: totp.enrollmentId, answer: totp.answer() }
  const answered = await running.mfa.challenges.answer(step.key, 'login', typed, client, { tokens, trust: true })
  if (!answered.ok) throw new Error(answered.reason)

  let kept = `__Host-sallyport-trusted=${answered.browser?.trusted ?? ''}`
  let issueSession: () => Promise<boolean> = () => Promise.reject(new Error('the database is gone'))
  const app = new Hono()
  app.post('/', async (c) =>
    c.json(await beginSignIn(c, running.mfa, { client: () => client, issueSession: () => issueSession() }, first)),
  )
  app.onError((_, c) => c.text('broken', 500))
  const signIn = async (): Promise<Response> => {
    const response = await app.request('/', { method: 'POST', headers: { cookie: kept } })
    kept = response.headers.getSetCookie()[0]?.split(';')[0] ?? kept
    return response
  }

  expect((await signIn()).status).toBe(500)
  issueSession = () => Promise.resolve(false)
  expect(await (await signIn()).json()).toEqual({ status: 'refused' })
  issueSession = () => Promise.resolve(true)
  expect(await (await signIn()).json()).toEqual({ status: 'signed_in' })
})
