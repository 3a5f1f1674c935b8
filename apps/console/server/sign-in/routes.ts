import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import {
  body,
  challengeBody,
  challengeSchema,
  invalidRequest,
  json,
  pendingKey,
  problems,
  setPending,
} from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'
import { signInBrowser } from '../sessions/cookie.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { signIn } from './sign-in.ts'
import type { SignInParts } from './sign-in.ts'

const signInRoute = createRoute({
  method: 'post',
  path: '/sign-in',
  summary: 'Sign in with the password; an account with MFA gets a challenge and no session yet',
  request: body(z.strictObject({ email: z.string().max(320), password: z.string().max(1024) })),
  responses: {
    200: json(
      z.discriminatedUnion('status', [
        z.strictObject({ status: z.literal('signed_in') }),
        z.strictObject({ status: z.literal('challenge'), challenge: challengeSchema }),
      ]),
      'Signed in, or to be completed under /api/mfa/challenge',
    ),
    ...problems,
  },
})

export function signInRoutes(parts: SignInParts & { readonly sessions: Sessions }): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })

  app.openapi(signInRoute, async (c) => {
    const step = await signIn(parts, c.req.valid('json'), pendingKey(c), c.get('client'))
    if (step === null) return problem(c, 'credentials_wrong')
    if (step.status === 'clear') {
      const issued = await signInBrowser(c, parts.sessions, step.proof, null)
      return issued ? c.json({ status: 'signed_in' as const }, 200) : problem(c, 'credentials_wrong')
    }
    // Only after the right password: who an organisation signs in is nobody else's business.
    if (step.status === 'elsewhere') return problem(c, 'sso_required')
    setPending(c, step.key)
    return c.json({ status: 'challenge' as const, challenge: challengeBody(step.challenge, parts.mfa.clock()) }, 200)
  })

  return app
}
