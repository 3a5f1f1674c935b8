import { OpenAPIHono } from '@hono/zod-openapi'
import type { Env } from 'hono'
import type { Sallyport } from '../engine/sallyport.ts'
import { challengeRoutes } from './challenge-routes.ts'
import { deviceRoutes } from './device-routes.ts'
import { guard } from './guard.ts'
import type { Host } from './host.ts'
import { methodRoutes } from './method-routes.ts'
import { passkeyRoutes } from './passkey-routes.ts'
import { invalidRequest, problem, problemOf } from './problem.ts'
import { stepUpRoutes } from './step-up-routes.ts'

export { browserTokens, clearPending, keepBrowserTokens, pendingKey, readKey, setPending, writeKey } from './cookie.ts'
export type { Host } from './host.ts'
export {
  type FieldError,
  invalidRequest,
  type Problem,
  problem,
  problemDocument,
  type ProblemExtra,
  problemOf,
  secondsUntil,
} from './problem.ts'
export { refusedAction, refusedAnswer, refusedPrompt } from './refusal.ts'
export { presentedChallenge } from './step-up-routes.ts'
export { beginSignIn, type BegunSignIn } from './sign-in.ts'
export { answerText, body, challengeBody, challengeSchema, json, problems, problemSchema } from './schemas.ts'

export interface MfaRoutesOptions {
  /** Whether one may sign in with a passkey and nothing else, under /passkey. Default: no such routes. */
  readonly passkeySignIn?: boolean
}

/**
 * Sallyport's HTTP API, to be mounted wherever the host likes: `app.route('/api/mfa', mfaRoutes(mfa, host))`. JSON in and
 * out, errors as problem documents; its routes join the host's OpenAPI document.
 */
export function mfaRoutes<E extends Env>(
  mfa: Sallyport,
  host: Host<E>,
  { passkeySignIn = false }: MfaRoutesOptions = {},
): OpenAPIHono<E> {
  const app = new OpenAPIHono<E>({ defaultHook: invalidRequest })
  app.use(guard(host.origin))
  challengeRoutes(app, mfa, host)
  methodRoutes(app, mfa, host)
  stepUpRoutes(app, mfa, host)
  deviceRoutes(app, mfa, host)
  if (passkeySignIn) passkeyRoutes(app, mfa, host)
  app.notFound((context) => problem(context, 'route_not_found'))
  app.onError((error, context) => problemOf(context, error, host.onFault))
  return app
}
