import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sallyport } from 'sallyport'
import { body, invalidRequest, json, problems } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { limited, problem } from '../protection/problem.ts'
import { maskAddress, parseEmailAddress } from './email-address.ts'
import type { PasswordResets } from './password-reset.ts'

const token = z.string().max(128)

const beginRoute = createRoute({
  method: 'post',
  path: '/password-reset',
  summary: 'Mail a link that sets another password, if the address has an account',
  request: body(z.strictObject({ email: z.string().max(320) })),
  responses: {
    202: json(z.strictObject({}), 'The same for every address, and before anybody is looked up'),
    ...problems,
  },
})

const readRoute = createRoute({
  method: 'post',
  path: '/password-reset/read',
  summary: 'Whose password the link sets; uses nothing up',
  request: body(z.strictObject({ token })),
  responses: {
    200: json(
      z.strictObject({
        email: z.string().meta({ description: 'Masked' }),
        hasPassword: z.boolean().meta({ description: 'False where the link sets the first one' }),
      }),
      'For whoever has the link',
    ),
    ...problems,
  },
})

const completeRoute = createRoute({
  method: 'post',
  path: '/password-reset/complete',
  summary: 'Set the password with the link, once; signs nobody in, and signs the account out everywhere',
  request: body(
    z.strictObject({
      token,
      password: z.string().max(1024).meta({ description: '8 to 256 characters, and not easy to guess' }),
    }),
  ),
  responses: { 204: { description: 'Set. The second factor is as it was' }, ...problems },
})

export function resetRoutes({
  mfa,
  resets,
}: {
  readonly mfa: Pick<Sallyport, 'network' | 'clock'>
  readonly resets: PasswordResets
}): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })

  app.openapi(beginRoute, async (c) => {
    const email = parseEmailAddress(c.req.valid('json').email)
    if (email === null) {
      const message = 'Enter an e-mail address such as ada@example.com.'
      return problem(c, 'fields_invalid', { errors: [{ field: 'email', code: 'email_malformed', message }] })
    }
    const counted = await mfa.network.send(c.get('client'))
    if (!counted.ok) return limited(c, 'send_limit', counted, mfa.clock())
    resets.begin(email, c.get('client'))
    return c.json({}, 202)
  })

  app.openapi(readRoute, async (c) => {
    const account = await resets.read(c.req.valid('json').token, c.get('client'))
    return account === null
      ? problem(c, 'reset_not_found')
      : c.json({ email: maskAddress(account.email), hasPassword: account.password_hash !== '' }, 200)
  })

  app.openapi(completeRoute, async (c) => {
    const { token: given, password } = c.req.valid('json')
    const completed = await resets.complete(given, password, c.get('client'))
    if (completed.ok) return c.body(null, 204)
    if (completed.reason === 'not_found') return problem(c, 'reset_not_found')
    const { message } = completed
    return problem(c, 'fields_invalid', { errors: [{ field: 'password', code: 'password_weak', message }] })
  })

  return app
}
