import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Env } from 'hono'
import type { Sallyport } from '../engine/sallyport.ts'
import { browserTokens, clearPasskey, clearPending, keepBrowserTokens, passkeyKey, setPasskey } from './cookie.ts'
import type { Host } from './host.ts'
import { problem } from './problem.ts'
import { refusedAnswer } from './refusal.ts'
import { answerText, body, json, problems } from './schemas.ts'

const tags = ['Passkey']

const ask = createRoute({
  method: 'post',
  path: '/passkey',
  tags,
  summary: 'Begin signing in with a passkey and nothing else',
  request: body(z.strictObject({})),
  responses: {
    200: json(
      z.strictObject({
        asking: z.record(z.string(), z.unknown()).meta({
          description: 'What the page passes to `navigator.credentials.get` as `publicKey`; good for five minutes',
        }),
      }),
      'To be answered by the same browser: what it has to bring is in a cookie',
    ),
    ...problems,
  },
})

const answer = createRoute({
  method: 'post',
  path: '/passkey/answer',
  tags,
  summary: 'Answer with a passkey and be signed in',
  request: body(z.strictObject({ answer: answerText })),
  responses: {
    200: json(z.strictObject({ status: z.literal('signed_in') }), 'Signed in: the session is in the cookie'),
    ...problems,
  },
})

/** Routes that are open to anybody: a passkey that knows its user is both factors at once. */
export function passkeyRoutes<E extends Env>(app: OpenAPIHono<E>, mfa: Sallyport, host: Host<E>): void {
  app.openapi(ask, (context) => {
    const { asking, key } = mfa.signIn.passkey.ask()
    setPasskey(context, key)
    return context.json({ asking: { ...asking } }, 200)
  })

  app.openapi(answer, async (context) => {
    const key = passkeyKey(context)
    if (key === null) return problem(context, 'challenge_not_found')
    const { answer: given } = context.req.valid('json')
    const result = await mfa.signIn.passkey.answer(key, given, host.client(context), browserTokens(context))
    if (!result.ok) return refusedAnswer(context, result, mfa.clock())
    clearPasskey(context)
    clearPending(context)
    if (!(await host.issueSession(context, result.proof))) return problem(context, 'challenge_closed')
    keepBrowserTokens(context, result.browser)
    return context.json({ status: 'signed_in' as const }, 200)
  })
}
