import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Random, Sallyport } from 'sallyport'
import { body, invalidRequest, json, problems, refusedAction } from 'sallyport/http'
import { cookieScheme } from '../openapi.ts'
import { browserId } from '../protection/browser.ts'
import type { Csrf } from '../protection/csrf.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'
import { demandFrom } from '../protection/step-up.ts'
import { keepSession } from './cookie.ts'
import type { SignOutParts } from './cookie.ts'
import { endOtherSessions } from './end-others.ts'
import { ownCheckOf } from './own-check.ts'
import type { LiveSession } from './sessions.ts'
import { signOut } from './sign-out.ts'

interface Parts extends SignOutParts {
  readonly mfa: Sallyport
  readonly csrf: Csrf
  readonly random: Random
  readonly development: boolean
  readonly passkeySignIn: boolean
  /** Where people can sign in besides with their password. */
  readonly providers: readonly { readonly id: string; readonly name: string }[]
  /** The team whose single sign-on signs an account in; null when it signs in here. */
  managedBy(accountId: string): Promise<{ readonly name: string } | null>
}

const sessionSchema = z
  .strictObject({
    csrf: z.string().nullable().openapi({
      description:
        'For the header x-csrf-token; another one whenever the session gets another cookie. Null for an app, which needs none',
    }),
    development: z.boolean(),
    passkeySignIn: z.boolean().openapi({ description: 'Whether one may sign in with a passkey and nothing else' }),
    providers: z
      .array(z.strictObject({ id: z.string(), name: z.string() }))
      .openapi({ description: 'Where people can sign in besides with their password' }),
    account: z
      .strictObject({
        email: z.string(),
        phone: z.strictObject({ number: z.string(), confirmed: z.boolean() }).nullable(),
        mfaEnabled: z.boolean(),
        hasPassword: z.boolean(),
        managed: z
          .string()
          .nullable()
          .openapi({ description: 'The team whose single sign-on signs the account in, and nothing else does' }),
        ownCheck: z.enum(['password', 'sign_in']).openapi({
          description:
            'What `own_check_required` takes: the password, or to have signed in within the last five minutes',
        }),
      })
      .nullable(),
    standing: z
      .strictObject({
        status: z.enum(['free', 'postponed', 'required']),
        from: z.iso.datetime().nullable().openapi({ description: 'Until then a second factor may be postponed' }),
        because: z.array(z.string()).openapi({ description: 'Each completes "You need a second factor because …"' }),
        atLeast: z.string().nullable().openapi({ description: 'The weakest method that counts; null for any' }),
      })
      .nullable()
      .openapi({
        description: 'Whether the account must set up a second factor; while `required`, it can do nothing else',
      }),
  })
  .openapi('Session')

const readSession = createRoute({
  method: 'get',
  path: '/session',
  summary: 'Who is signed in, and the CSRF token of this browser',
  responses: { 200: json(sessionSchema, 'Also when nobody is signed in: then account is null'), ...problems },
})

const signOutRoute = createRoute({
  method: 'post',
  path: '/sign-out',
  summary: 'End the session that the request carries, and contact changes that are yet to be confirmed',
  request: body(z.strictObject({})),
  responses: { 204: { description: 'Signed out, also when nobody was signed in' }, ...problems },
})

const endOthers = createRoute({
  method: 'post',
  path: '/sessions/end-others',
  summary: 'Sign out everywhere but here, and trust no browser any more; this session gets a new cookie',
  request: body(z.strictObject({})),
  responses: { 204: { description: 'Every other session has ended' }, ...problems },
})

export function sessionRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, sessions, csrf, random, development, passkeySignIn } = parts
  app.openAPIRegistry.registerComponent('securitySchemes', cookieScheme.name, cookieScheme.scheme)
  const providers = parts.providers.map(({ id, name }) => ({ id, name }))

  app.openapi(readSession, async (c) => {
    const session = c.get('session')
    const token = session?.kind === 'tokens' ? null : csrf.token(browserId(c, random), c.get('sessionToken'))
    const here = { csrf: token, development, passkeySignIn, providers }
    if (session === null) return c.json({ ...here, account: null, standing: null }, 200)
    const { account } = session
    const phone =
      account.phone === null ? null : { number: account.phone, confirmed: account.phone_confirmed_at !== null }
    const enabledAt = await mfa.enrollments.enabledAt(account.id)
    const shown = {
      email: account.email,
      phone,
      mfaEnabled: enabledAt !== null,
      hasPassword: account.password_hash !== '',
      managed: (await parts.managedBy(account.id))?.name ?? null,
      ownCheck: ownCheckOf(session),
    }
    return c.json({ ...here, account: shown, standing: standingBody(session) }, 200)
  })

  app.openapi(signOutRoute, async (c) => {
    await signOut(c, parts)
    return c.body(null, 204)
  })

  app.openapi(endOthers, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const demand = { ...demandFrom(c, { sessions }), resource: {} }
    const step = await mfa.actions.require('session.end_others', demand, c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    const kept = await endOtherSessions({ mfa, sessions }, step.grant, session, c.get('client'))
    if (kept === null) return problem(c, 'not_signed_in')
    keepSession(c, kept)
    return c.body(null, 204)
  })

  return app
}

function standingBody({ standing }: LiveSession) {
  if (standing.status === 'free') {
    return { status: standing.status, from: null, because: [...standing.because], atLeast: null }
  }
  const { status, from, because, atLeast } = standing
  return { status, from: new Date(from).toISOString(), because: [...because], atLeast }
}
