import { challengeBody, mfaRoutes, pendingKey, setPending } from 'sallyport/http'
import { app, checkPassword, clientOf, origin, sessionOf, startSession } from './application.ts'
import { mfa } from './mfa.ts'

app.post('/sign-in', async (context) => {
  const account = await checkPassword(await context.req.json())
  if (account === null) return context.json({ status: 'refused' }, 401)
  const known = { accountId: account.id, evidence: ['password'] as const, pending: pendingKey(context) }
  const step = await mfa.signIn.begin(known, clientOf(context))
  if (step.status === 'challenge') {
    setPending(context, step.key)
    return context.json({ status: 'challenge', challenge: challengeBody(step.challenge, mfa.clock()) })
  }
  const started = await startSession(context, step.proof)
  return started ? context.json({ status: 'signed_in' }) : context.json({ status: 'refused' }, 401)
})

const host = { origin, client: clientOf, signedIn: sessionOf, issueSession: startSession, onFault: console.error }
app.route('/api/mfa', mfaRoutes(mfa, host))
