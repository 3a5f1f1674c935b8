import { Hono } from 'hono'
import type { ConsoleEnv } from './protection/environment.ts'
import { problem } from './protection/problem.ts'

interface Parts {
  readonly origin: string
  readonly relatedOrigins: readonly string[]
}

/** Where browsers and password managers look, whoever asks: all of it is what the pages show to anyone. */
export const wellKnown = [
  'GET /.well-known/webauthn',
  'GET /.well-known/passkey-endpoints',
  'GET /.well-known/change-password',
] as const

const security = '/security'
const account = '/account'

export function wellKnownRoutes({ origin, relatedOrigins }: Parts): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>()

  // WebAuthn section 5.11: which other origins may use the keys of this one.
  app.get('/.well-known/webauthn', (c) =>
    relatedOrigins.length === 0 ? problem(c, 'route_not_found') : c.json({ origins: relatedOrigins }),
  )

  // W3C, A Well-Known URL for Relying Party Passkey Endpoints.
  app.get('/.well-known/passkey-endpoints', (c) => c.json({ enroll: origin + security, manage: origin + security }))

  // W3C, A Well-Known URL for Changing Passwords.
  app.get('/.well-known/change-password', (c) => c.redirect(account, 302))

  return app
}
