import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Env } from 'hono'
import type { Sallyport } from '../engine/sallyport.ts'
import { browserTokens, clearPending, keepBrowserTokens, pendingKey } from './cookie.ts'
import type { Host } from './host.ts'
import { problem } from './problem.ts'
import { refusedAnswer, refusedPrompt } from './refusal.ts'
import { answerBody, body, challengeBody, challengeSchema, id, json, problems } from './schemas.ts'

const tags = ['Challenge']

const view = createRoute({
  method: 'get',
  path: '/challenge',
  tags,
  summary: 'The challenge that completes the pending login',
  responses: { 200: json(challengeSchema, 'The open challenge'), ...problems },
})

const prompt = createRoute({
  method: 'post',
  path: '/challenge/prompt',
  tags,
  summary: 'Send a code, again or by another method',
  request: body(z.strictObject({ enrollmentId: id })),
  responses: { 200: json(challengeSchema, 'The challenge, with the code under way'), ...problems },
})

const answer = createRoute({
  method: 'post',
  path: '/challenge/answer',
  tags,
  summary: 'Answer the challenge and be signed in',
  request: body(
    answerBody.extend({
      remember: z
        .boolean()
        .optional()
        .meta({ description: 'Trust this browser, where `trustSeconds` says that it may be' }),
    }),
  ),
  responses: {
    200: json(z.strictObject({ status: z.literal('signed_in') }), 'Signed in: the session is in the cookie'),
    ...problems,
  },
})

const cancel = createRoute({
  method: 'post',
  path: '/challenge/cancel',
  tags,
  summary: 'Give up the pending login',
  request: body(z.strictObject({})),
  responses: { 204: { description: 'The login is no longer pending' }, ...problems },
})

/** Routes that the first factor alone opens; the pending cookie is all that they go by. */
export function challengeRoutes<E extends Env>(app: OpenAPIHono<E>, mfa: Sallyport, host: Host<E>): void {
  app.openapi(view, async (context) => {
    const key = pendingKey(context)
    const found = key && (await mfa.challenges.view(key))
    return found?.action !== 'login'
      ? problem(context, 'challenge_not_found')
      : context.json(challengeBody(found, mfa.clock()), 200)
  })

  app.openapi(prompt, async (context) => {
    const key = pendingKey(context)
    if (key === null) return problem(context, 'challenge_not_found')
    const result = await mfa.challenges.prompt(key, context.req.valid('json').enrollmentId, host.client(context))
    return result.ok
      ? context.json(challengeBody(result.challenge, mfa.clock()), 200)
      : refusedPrompt(context, result, mfa.clock())
  })

  app.openapi(answer, async (context) => {
    const key = pendingKey(context)
    if (key === null) return problem(context, 'challenge_not_found')
    const { remember = false, ...answered } = context.req.valid('json')
    const browser = { tokens: browserTokens(context), trust: remember }
    const result = await mfa.challenges.answer(key, 'login', answered, host.client(context), browser)
    if (!result.ok) return refusedAnswer(context, result, mfa.clock())
    clearPending(context)
    if (!(await host.issueSession(context, result.proof))) return problem(context, 'challenge_closed')
    keepBrowserTokens(context, result.browser)
    return context.json({ status: 'signed_in' as const }, 200)
  })

  app.openapi(cancel, async (context) => {
    const key = pendingKey(context)
    if (key !== null) await mfa.challenges.cancel(key, host.client(context))
    clearPending(context)
    return context.body(null, 204)
  })
}
