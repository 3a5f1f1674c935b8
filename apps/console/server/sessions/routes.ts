import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Random, Sallyport } from 'sallyport'
import { body, clearPending, invalidRequest, json, pendingKey, problems } from 'sallyport/http'
import { browserId } from '../protection/browser.ts'
import { clearCookie } from '../protection/cookies.ts'
import type { Csrf } from '../protection/csrf.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import { signOutBrowser } from './cookie.ts'
import type { Sessions } from './sessions.ts'

interface Parts {
  readonly mfa: Sallyport
  readonly sessions: Sessions
  readonly csrf: Csrf
  readonly random: Random
  readonly development: boolean
}

const sessionSchema = z
  .strictObject({
    csrf: z
      .string()
      .openapi({ description: 'For the header x-csrf-token; another one after sign-in, sign-out and turning on MFA.' }),
    development: z.boolean(),
    account: z
      .strictObject({
        email: z.string(),
        phone: z.strictObject({ number: z.string(), confirmed: z.boolean() }).nullable(),
        mfaEnabled: z.boolean(),
      })
      .nullable(),
  })
  .openapi('Session')

const readSession = createRoute({
  method: 'get',
  path: '/session',
  summary: 'Who is signed in, and the CSRF token of this browser',
  responses: { 200: json(sessionSchema, 'Also when nobody is signed in: then account is null'), ...problems },
})

const signOut = createRoute({
  method: 'post',
  path: '/sign-out',
  summary: 'End the session of this browser',
  request: body(z.strictObject({})),
  responses: { 204: { description: 'Signed out, also when nobody was signed in' }, ...problems },
})

export function sessionRoutes({ mfa, sessions, csrf, random, development }: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })

  app.openapi(readSession, async (c) => {
    const account = c.get('session')?.account ?? null
    const token = csrf.token(browserId(c, random), c.get('sessionToken'))
    if (account === null) return c.json({ csrf: token, development, account: null }, 200)
    const phone =
      account.phone === null ? null : { number: account.phone, confirmed: account.phone_confirmed_at !== null }
    const enabledAt = await mfa.enrollments.enabledAt(account.id)
    return c.json(
      { csrf: token, development, account: { email: account.email, phone, mfaEnabled: enabledAt !== null } },
      200,
    )
  })

  app.openapi(signOut, async (c) => {
    await signOutBrowser(c, sessions)
    const pending = pendingKey(c)
    if (pending !== null) await mfa.challenges.cancel(pending, c.get('client'))
    clearPending(c)
    clearCookie(c, 'confirmation')
    c.header('Clear-Site-Data', '"cache", "storage"')
    return c.body(null, 204)
  })

  return app
}
