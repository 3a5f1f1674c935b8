import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context, Env } from 'hono'
import type { Sallyport } from '../engine/sallyport.ts'
import type { Host } from './host.ts'
import { type Problem, problem } from './problem.ts'
import { refusedAnswer, refusedPrompt } from './refusal.ts'
import { body, challengeBody, challengeSchema, id, json, methodsBody, methodsSchema, problems } from './schemas.ts'

const tags = ['Methods']
const name = z.string().min(1).max(60)
const inPath = z.object({ enrollmentId: id })

const list = createRoute({
  method: 'get',
  path: '/methods',
  tags,
  summary: 'The second factors of the signed-in account',
  responses: { 200: json(methodsSchema, 'Primary first, recovery codes last'), ...problems },
})

const begin = createRoute({
  method: 'post',
  path: '/methods',
  tags,
  summary: 'Begin setting up a method',
  request: body(z.strictObject({ method: z.string().min(1).max(32), name: name.optional() })),
  responses: {
    201: json(
      z.strictObject({
        enrollmentId: id,
        challenge: challengeSchema,
        setup: z.record(z.string(), z.unknown()).meta({ description: 'Shown once, in the method’s own form' }),
      }),
      'To be confirmed with a first code',
    ),
    ...problems,
  },
})

const prompt = createRoute({
  method: 'post',
  path: '/methods/{enrollmentId}/prompt',
  tags,
  summary: 'Send the confirming code again',
  request: { params: inPath, ...body(z.strictObject({ challengeId: id })) },
  responses: { 200: json(challengeSchema, 'The challenge, with the code under way'), ...problems },
})

const confirm = createRoute({
  method: 'post',
  path: '/methods/{enrollmentId}/confirm',
  tags,
  summary: 'Confirm a method with a first code',
  request: { params: inPath, ...body(z.strictObject({ challengeId: id, answer: z.string().min(1).max(256) })) },
  responses: {
    200: json(
      z.strictObject({
        enabled: z.boolean().meta({ description: 'Whether this turned MFA on' }),
        recoveryCodes: z.array(z.string()).nullable().meta({ description: 'Shown once, here' }),
      }),
      'The method is set up',
    ),
    ...problems,
  },
})

const rename = createRoute({
  method: 'patch',
  path: '/methods/{enrollmentId}',
  tags,
  summary: 'Give a method another name',
  request: { params: inPath, ...body(z.strictObject({ name })) },
  responses: { 204: { description: 'Renamed' }, ...problems },
})

const setPrimary = createRoute({
  method: 'put',
  path: '/methods/primary',
  tags,
  summary: 'Choose the method that a challenge asks for first',
  request: body(z.strictObject({ enrollmentId: id })),
  responses: { 204: { description: 'Chosen' }, ...problems },
})

type Session = NonNullable<Awaited<ReturnType<Host['signedIn']>>>

/** Routes of a signed-in account. Each runs only with a session; there is no other way to register one here. */
export function methodRoutes<E extends Env>(app: OpenAPIHono<E>, mfa: Sallyport, host: Host<E>): void {
  const withSession = async <Answer>(
    context: Context<E>,
    run: (session: Session) => Promise<Answer>,
  ): Promise<Answer | Problem> => {
    const session = await host.signedIn(context)
    return session === null ? problem(context, 'not_signed_in') : await run(session)
  }

  app.openapi(list, (context) =>
    withSession(context, async ({ accountId }) =>
      context.json(methodsBody(await mfa.enrollments.list(accountId)), 200),
    ),
  )

  app.openapi(begin, (context) =>
    withSession(context, async ({ accountId, sessionId, challengeId }) => {
      const { method, name: wanted } = context.req.valid('json')
      const named = wanted === undefined ? {} : { name: wanted }
      const input = { accountId, session: { id: sessionId, challengeId }, method, ...named }
      const begun = await mfa.enrollments.begin(input, host.client(context))
      if (!begun.ok && begun.reason === 'unproved') return problem(context, 'not_signed_in')
      if (!begun.ok) return problem(context, 'method_unavailable', { detail: begun.reason })
      const { enrollmentId, challenge, setup } = begun
      return context.json(
        { enrollmentId, challenge: challengeBody(challenge, mfa.clock()), setup: { ...Object(setup) } },
        201,
      )
    }),
  )

  app.openapi(prompt, (context) =>
    withSession(context, async ({ sessionId }) => {
      const { enrollmentId } = context.req.valid('param')
      const key = { id: context.req.valid('json').challengeId, binding: sessionId }
      const result = await mfa.challenges.prompt(key, enrollmentId, host.client(context))
      return result.ok
        ? context.json(challengeBody(result.challenge, mfa.clock()), 200)
        : refusedPrompt(context, result, mfa.clock())
    }),
  )

  app.openapi(confirm, (context) =>
    withSession(context, async ({ sessionId }) => {
      const { challengeId, answer } = context.req.valid('json')
      const { enrollmentId } = context.req.valid('param')
      const key = { id: challengeId, binding: sessionId }
      const result = await mfa.enrollments.confirm(key, { enrollmentId, answer }, host.client(context))
      if (!result.ok) return refusedAnswer(context, result, mfa.clock())
      if (result.enabled === null) return context.json({ enabled: false, recoveryCodes: null }, 200)
      // The session this came in on has just ended with all others. Without a new one the person signs in again; the
      // recovery codes are shown now or never.
      try {
        await host.issueSession(context, result.enabled.proof)
      } catch (error) {
        host.onFault(error)
      }
      return context.json({ enabled: true, recoveryCodes: [...result.enabled.recoveryCodes] }, 200)
    }),
  )

  app.openapi(rename, (context) =>
    withSession(context, async ({ accountId }) => {
      const input = { accountId, ...context.req.valid('param'), ...context.req.valid('json') }
      const outcome = await mfa.enrollments.rename(input, host.client(context))
      if (outcome === 'absent') return problem(context, 'method_not_found')
      return outcome === 'taken' ? problem(context, 'name_taken') : context.body(null, 204)
    }),
  )

  app.openapi(setPrimary, (context) =>
    withSession(context, async ({ accountId }) => {
      const { enrollmentId } = context.req.valid('json')
      const done = await mfa.enrollments.setPrimary({ accountId, enrollmentId }, host.client(context))
      return done ? context.body(null, 204) : problem(context, 'method_not_found')
    }),
  )
}
