import { beginSignIn, mfaRoutes } from 'sallyport/http'
import { app, clientOf, origin, passwordOf, sessions } from './application.ts'
import { mfa } from './mfa.ts'

const host = { origin, client: clientOf, ...sessions, onFault: console.error }
app.route('/api/mfa', mfaRoutes(mfa, host))

app.post('/sign-in', async (context) => {
  const at = mfa.clock()
  const { account, isRight } = passwordOf(await context.req.json())
  const guessed = await mfa.network.guess(account?.id ?? null, isRight, clientOf(context))
  if (guessed.status === 'limited') return context.json({ status: 'limited' }, 429)
  if (guessed.status === 'wrong' || account === null) return context.json({ status: 'refused' }, 401)
  const known = { accountId: account.id, evidence: ['password'] as const, at }
  const step = await beginSignIn(context, mfa, host, known)
  return context.json(step, step.status === 'signed_in' || step.status === 'challenge' ? 200 : 401)
})
