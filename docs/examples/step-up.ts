import { presentedChallenge, refusedAction } from 'sallyport/http'
import { app, clientOf, findKey, ownCheck, revokeKey, sessionOf } from './application.ts'
import { mfa } from './mfa.ts'

app.delete('/api-keys/:id', async (context) => {
  const session = await sessionOf(context)
  if (session === null) return context.json({ status: 'signed_out' }, 401)
  const key = findKey(session.accountId, context.req.param('id'))
  if (key === null) return context.json({ status: 'not_found' }, 404)
  const demand = {
    accountId: session.accountId,
    session: { id: session.sessionId },
    resource: { key },
    challengeId: presentedChallenge(context),
    ownCheck: () => ownCheck(context),
  }
  const step = await mfa.actions.require('api_key.revoke', demand, clientOf(context))
  if (step.status !== 'granted') return refusedAction(context, step, mfa.clock())
  return context.json({ revoked: await revokeKey(step.grant) })
})
