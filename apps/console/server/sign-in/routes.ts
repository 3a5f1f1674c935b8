import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { beginSignIn, body, challengeSchema, invalidRequest, json, problems } from 'sallyport/http'
import type { Host } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { limited, problem } from '../protection/problem.ts'
import { signInBrowser } from '../sessions/cookie.ts'
import type { Sessions } from '../sessions/sessions.ts'
import { checkPassword } from './sign-in.ts'
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
  const { mfa } = parts
  const host: Pick<Host<ConsoleEnv>, 'client' | 'issueSession'> = {
    client: (c) => c.get('client'),
    issueSession: (c, proof) => signInBrowser(c, parts, proof, null),
  }

  app.openapi(signInRoute, async (c) => {
    const first = await checkPassword(parts, c.req.valid('json'), c.get('client'))
    if (first.status === 'limited') return limited(c, 'network_limited', first, mfa.clock())
    if (first.status === 'wrong') return problem(c, 'credentials_wrong')
    const { accountId, at } = first
    const step = await beginSignIn(c, mfa, host, { accountId, evidence: ['password'], at })
    // Only after the right password: who an organisation signs in is nobody else's business.
    if (step.status === 'elsewhere') return problem(c, 'sso_required')
    return step.status === 'refused' ? problem(c, 'credentials_wrong') : c.json(step, 200)
  })

  return app
}
