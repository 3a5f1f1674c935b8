import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sallyport } from 'sallyport'
import { body, invalidRequest, problems, refusedAction } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { limited, problem } from '../protection/problem.ts'
import { demandFrom } from '../protection/step-up.ts'
import { forgetAccount, keepSession } from '../sessions/cookie.ts'
import { changePassword } from './change-password.ts'
import type { PasswordChangeParts } from './change-password.ts'
import { judgePassword } from './current-password.ts'
import { passwordWeakness, wordsOf } from './password-strength.ts'
import { isSamePassword } from './passwords.ts'

const password = z.string().max(1024)

const checkRoute = createRoute({
  method: 'post',
  path: '/password-check',
  summary: 'Give the password again; good for one action within two minutes, while the account has no second factor',
  request: body(z.strictObject({ password })),
  responses: {
    204: { description: 'Right: this session gets a new cookie. The fifth wrong one in a row ends it' },
    ...problems,
  },
})

const changeRoute = createRoute({
  method: 'post',
  path: '/account/password',
  summary: 'Change the password; every other session ends, and this one gets a new cookie',
  request: body(
    z.strictObject({
      current: password,
      next: password.meta({ description: '8 to 256 characters, and not easy to guess' }),
    }),
  ),
  responses: { 204: { description: 'Changed' }, ...problems },
})

const wrong = (field: string, { attemptsLeft }: { readonly attemptsLeft: number }) => ({
  attemptsLeft,
  errors: [{ field, code: 'password_wrong', message: 'This is not your password.' }],
})

export function passwordRoutes(
  parts: PasswordChangeParts & { readonly mfa: Pick<Sallyport, 'actions' | 'audit' | 'network' | 'clock'> },
): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa } = parts

  app.openapi(checkRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const client = c.get('client')
    const verdict = await judgePassword(parts, session, c.req.valid('json').password, client)
    if (verdict === 'ended') return problem(c, 'not_signed_in', { attemptsLeft: 0 })
    if (verdict !== 'right' && 'retryAt' in verdict) return limited(c, 'network_limited', verdict, mfa.clock())
    if (verdict !== 'right') return problem(c, 'fields_invalid', wrong('password', verdict))
    const kept = await parts.sessions.rotateChecked(session.id)
    if (kept === null) return problem(c, 'not_signed_in')
    keepSession(c, kept)
    await mfa.actions.end({ accountId: session.account.id, sessionId: session.id }, client)
    return c.body(null, 204)
  })

  app.openapi(changeRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const { current, next } = c.req.valid('json')
    const client = c.get('client')
    const fault = whyUnusable(current, next, session.account.email)
    if (fault !== null) return problem(c, 'fields_invalid', { errors: [{ field: 'next', ...fault }] })
    const verdict = await judgePassword(parts, session, current, client)
    if (verdict === 'ended') return problem(c, 'not_signed_in', { attemptsLeft: 0 })
    if (verdict !== 'right' && 'retryAt' in verdict) return limited(c, 'network_limited', verdict, mfa.clock())
    if (verdict !== 'right') return problem(c, 'fields_invalid', wrong('current', verdict))
    const demand = {
      ...demandFrom(c, parts),
      resource: {},
      parameters: { password: await parts.fingerprint(session.account.id, next) },
      // The current password was right a moment ago.
      ownCheck: () => Promise.resolve(true),
    }
    const step = await mfa.actions.require('password.change', demand, client)
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    const result = await changePassword(parts, step.grant, { session, password: next }, client)
    if (!result.changed) return problem(c, 'not_signed_in')
    if (result.kept === null) forgetAccount(c)
    else keepSession(c, result.kept)
    return c.body(null, 204)
  })

  return app
}

function whyUnusable(current: string, next: string, email: string): { code: string; message: string } | null {
  const weakness = passwordWeakness(next, wordsOf(email))
  if (weakness !== null) return { code: 'password_weak', message: weakness }
  return isSamePassword(current, next)
    ? { code: 'password_same', message: 'This is the password you have. Choose another one.' }
    : null
}
