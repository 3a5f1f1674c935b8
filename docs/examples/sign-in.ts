import { challengeBody, mfaRoutes, pendingKey, setPending } from 'sallyport/http'
import { app, checkPassword, clientOf, origin, sessions, startSession } from './application.ts'
import { mfa } from './mfa.ts'

app.post('/sign-in', async (context) => {
  const at = mfa.clock()
  const account = await checkPassword(await context.req.json())
  if (account === null) return context.json({ status: 'refused' }, 401)
  const known = { accountId: account.id, evidence: ['password'] as const, pending: pendingKey(context), at }
  const step = await mfa.signIn.begin(known, clientOf(context))
  if (step.status === 'elsewhere') return context.json({ status: 'elsewhere' }, 401)
  if (step.status === 'clear' && (await startSession(context, step.proof))) return context.json({ status: 'signed_in' })
  if (step.status === 'clear') return context.json({ status: 'refused' }, 401)
  setPending(context, step.key)
  return context.json({ status: 'challenge', challenge: challengeBody(step.challenge, mfa.clock()) })
})

const host = { origin, client: clientOf, ...sessions, onFault: console.error }
app.route('/api/mfa', mfaRoutes(mfa, host))
