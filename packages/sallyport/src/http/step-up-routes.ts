import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context, Env } from 'hono'
import type { ChallengeKey } from '../engine/challenges.ts'
import type { Sallyport } from '../engine/sallyport.ts'
import type { Host } from './host.ts'
import { type Problem, problem } from './problem.ts'
import { refusedAnswer, refusedPrompt } from './refusal.ts'
import { answerBody, body, challengeBody, challengeSchema, id, json, problems } from './schemas.ts'

const tags = ['Step-up']
const inPath = z.object({ challengeId: id })

const view = createRoute({
  method: 'get',
  path: '/step-up/{challengeId}',
  tags,
  summary: 'A challenge that confirms an action in this session',
  request: { params: inPath },
  responses: { 200: json(challengeSchema, 'The open challenge'), ...problems },
})

const prompt = createRoute({
  method: 'post',
  path: '/step-up/{challengeId}/prompt',
  tags,
  summary: 'Send a code, again or by another method',
  request: { params: inPath, ...body(z.strictObject({ enrollmentId: id })) },
  responses: { 200: json(challengeSchema, 'The challenge, with the code under way'), ...problems },
})

const answer = createRoute({
  method: 'post',
  path: '/step-up/{challengeId}/answer',
  tags,
  summary:
    'Confirm the action, then send its request again with `x-step-up: {challengeId}`; too many wrong answers end the session',
  request: { params: inPath, ...body(answerBody) },
  responses: {
    200: json(z.strictObject({ status: z.literal('passed') }), 'Confirmed: the session has a new cookie'),
    ...problems,
  },
})

const cancel = createRoute({
  method: 'post',
  path: '/step-up/{challengeId}/cancel',
  tags,
  summary: 'Give the action up',
  request: { params: inPath, ...body(z.strictObject({})) },
  responses: { 204: { description: 'Nothing was changed' }, ...problems },
})

export type Session = NonNullable<Awaited<ReturnType<Host['signedIn']>>>

/** The challenge that a request presents as passed for it; null when it presents none. */
export function presentedChallenge(context: Context): string | null {
  const presented = context.req.header('x-step-up') ?? ''
  return id.safeParse(presented).success ? presented : null
}

/** Routes of the challenges that confirm an action. The session is the key: in another one, its owner's included, they are not found. */
export function stepUpRoutes<E extends Env>(app: OpenAPIHono<E>, mfa: Sallyport, host: Host<E>): void {
  const withKey = async <Answer>(
    context: Context<E>,
    challengeId: string,
    run: (key: ChallengeKey, session: Session) => Promise<Answer>,
  ): Promise<Answer | Problem> => {
    const session = await host.signedIn(context)
    return session === null
      ? problem(context, 'not_signed_in')
      : await run({ id: challengeId, binding: session.sessionId }, session)
  }

  app.openapi(view, (context) =>
    withKey(context, context.req.valid('param').challengeId, async (key) => {
      const found = await mfa.challenges.view(key)
      if (found === null || mfa.actions.table.get(found.action)?.gives !== 'grant') {
        return problem(context, 'challenge_not_found')
      }
      return context.json(challengeBody(found, mfa.clock()), 200)
    }),
  )

  app.openapi(prompt, (context) =>
    withKey(context, context.req.valid('param').challengeId, async (key) => {
      const { enrollmentId } = context.req.valid('json')
      const result = await mfa.challenges.prompt(key, enrollmentId, host.client(context))
      return result.ok
        ? context.json(challengeBody(result.challenge, mfa.clock()), 200)
        : refusedPrompt(context, result, mfa.clock())
    }),
  )

  app.openapi(answer, (context) =>
    withKey(context, context.req.valid('param').challengeId, async (key) => {
      const renewed = await host.renewSession(context)
      const typed = context.req.valid('json')
      const result = await mfa.actions.answer(key, typed, renewed.id, host.client(context))
      if (!result.ok && result.reason === 'wrong' && result.attemptsLeft === 0) {
        // So whoever took over a session can neither guess on nor lock its owner out of signing in.
        await host.endSession(context)
        return problem(context, 'not_signed_in', { attemptsLeft: 0 })
      }
      if (!result.ok) return refusedAnswer(context, result, mfa.clock())
      // Whoever else has this session's cookie is not confirmed by this, nor signed in any longer.
      return (await renewed.apply())
        ? context.json({ status: 'passed' as const }, 200)
        : problem(context, 'not_signed_in')
    }),
  )

  app.openapi(cancel, (context) =>
    withKey(context, context.req.valid('param').challengeId, async (key) => {
      await mfa.challenges.cancel(key, host.client(context))
      return context.body(null, 204)
    }),
  )
}
