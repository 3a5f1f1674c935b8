import { Hono } from 'hono'
import { app, clientOf, endSession, sessionOf } from './application.ts'
import { mfa } from './mfa.ts'

/** All that is left to whoever must set up a second factor first. */
const left = [
  /^\/(help|sign-in|sign-out|password-check)$/,
  /^\/api\/mfa\/(challenge|step-up)\//,
  /^\/api\/mfa\/methods(\/[^/]+\/(prompt|confirm))?$/,
]

/** The application behind its gate: this is what is served. */
export const gated = new Hono()

gated.use(async (context, next) => {
  const session = await sessionOf(context)
  if (session === null) return await next()
  const { accountId, challengeId, sso } = session
  const standing = await mfa.enforcement.standing({ accountId, session: { challengeId, sso } })
  if (standing.status === 'ended') await endSession(context)
  if (standing.status !== 'required' || left.some((path) => path.test(context.req.path))) return await next()
  const { because, atLeast } = standing
  return context.json({ code: 'enrollment_required', because, atLeast }, 403)
})
gated.mount('/', app.fetch)

app.post('/sign-out', async (context) => {
  const session = await sessionOf(context)
  if (session !== null) await mfa.actions.end(session, clientOf(context))
  await endSession(context)
  return context.body(null, 204)
})
