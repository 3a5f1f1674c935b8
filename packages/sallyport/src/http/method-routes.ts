import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context, Env } from 'hono'
import { checkedName } from '../engine/new-enrollment.ts'
import type { Sallyport } from '../engine/sallyport.ts'
import type { Host } from './host.ts'
import { type Problem, problem } from './problem.ts'
import { refusedAction, refusedAnswer, refusedPrompt } from './refusal.ts'
import { presentedChallenge, type Session } from './step-up-routes.ts'
import {
  answerText,
  body,
  challengeBody,
  challengeSchema,
  id,
  json,
  methodsBody,
  methodsSchema,
  problems,
} from './schemas.ts'

const tags = ['Methods']
const name = z.string().min(1).max(60)
const nothing = z.strictObject({})
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
  request: { params: inPath, ...body(z.strictObject({ challengeId: id, answer: answerText })) },
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

const remove = createRoute({
  method: 'delete',
  path: '/methods/{enrollmentId}',
  tags,
  summary: 'Remove a method; removing the last one turns MFA off',
  request: { params: inPath, ...body(nothing) },
  responses: { 204: { description: 'Removed' }, ...problems },
})

const disable = createRoute({
  method: 'post',
  path: '/disable',
  tags,
  summary: 'Turn MFA off and remove every method',
  request: body(nothing),
  responses: { 204: { description: 'MFA is off' }, ...problems },
})

const renewCodes = createRoute({
  method: 'post',
  path: '/recovery-codes',
  tags,
  summary: 'Make new recovery codes; the old ones stop working',
  request: body(nothing),
  responses: {
    200: json(
      z.strictObject({ recoveryCodes: z.array(z.string()).meta({ description: 'Shown once, here' }) }),
      'The new set',
    ),
    ...problems,
  },
})

const setPrimary = createRoute({
  method: 'put',
  path: '/methods/primary',
  tags,
  summary: 'Choose the method that a challenge asks for first',
  request: body(z.strictObject({ enrollmentId: id })),
  responses: { 204: { description: 'Chosen' }, ...problems },
})

/** Routes of a signed-in account. Each runs only with a session; there is no other way to register one here. */
export function methodRoutes<E extends Env>(app: OpenAPIHono<E>, mfa: Sallyport, host: Host<E>): void {
  const withSession = async <Answer>(
    context: Context<E>,
    run: (session: Session) => Promise<Answer>,
  ): Promise<Answer | Problem> => {
    const session = await host.signedIn(context)
    return session === null ? problem(context, 'not_signed_in') : await run(session)
  }
  const demand = <Resource, Parameters>(
    context: Context<E>,
    { accountId, sessionId, challengeId }: Session,
    about: { readonly resource: Resource; readonly parameters: Parameters },
  ) => ({
    ...about,
    accountId,
    session: { id: sessionId, challengeId },
    challengeId: presentedChallenge(context),
    ownCheck: () => host.ownCheck(context),
  })
  /** What an organisation signs in to has no second factors here that anything could be done with. */
  const withOwn = async <Answer>(
    context: Context<E>,
    run: (session: Session) => Promise<Answer>,
  ): Promise<Answer | Problem> =>
    await withSession(context, async (session) =>
      (await mfa.enrollments.list(session.accountId)).managed
        ? problem(context, 'method_unavailable', { detail: 'managed' })
        : await run(session),
    )
  /** The enrollment that a route names, as a person knows it. What is not the account's own is not found. */
  const named = async (accountId: string, enrollmentId: string): Promise<{ id: string; name: string } | null> => {
    const { methods } = await mfa.enrollments.list(accountId)
    const found = methods.find((method) => method.enrollmentId === enrollmentId && !method.backup)
    return found === undefined ? null : { id: found.enrollmentId, name: found.name }
  }

  app.openapi(list, (context) =>
    withSession(context, async ({ accountId }) =>
      context.json(methodsBody(await mfa.enrollments.list(accountId)), 200),
    ),
  )

  app.openapi(begin, (context) =>
    withSession(context, async (session) => {
      const { method: kind, name: wanted } = context.req.valid('json')
      // Before it is confirmed: what can't be done is not worth a code.
      if (wanted !== undefined) checkedName(wanted)
      const { available } = await mfa.enrollments.list(session.accountId)
      const method = available.find((each) => each.method === kind)
      if (method === undefined) return problem(context, 'method_not_found')
      if (method.status !== 'ready') return problem(context, 'method_unavailable', { detail: method.status })
      const about = {
        resource: { method: { id: kind, name: method.label } },
        parameters: wanted === undefined ? {} : { name: wanted },
      }
      const step = await mfa.actions.require('mfa.method.add', demand(context, session, about), host.client(context))
      if (step.status !== 'granted') return refusedAction(context, step, mfa.clock())
      const begun = await mfa.enrollments.begin(step.grant, host.client(context))
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
    withOwn(context, async (session) => {
      const method = await named(session.accountId, context.req.valid('param').enrollmentId)
      if (method === null) return problem(context, 'method_not_found')
      const wanted = checkedName(context.req.valid('json').name)
      const { methods } = await mfa.enrollments.list(session.accountId)
      const taken = methods.some((other) => other.name === wanted && other.enrollmentId !== method.id)
      if (taken) return problem(context, 'name_taken')
      const about = { resource: { method }, parameters: { name: wanted } }
      const step = await mfa.actions.require('mfa.method.rename', demand(context, session, about), host.client(context))
      if (step.status !== 'granted') return refusedAction(context, step, mfa.clock())
      const outcome = await mfa.enrollments.rename(step.grant, host.client(context))
      if (outcome === 'absent') return problem(context, 'method_not_found')
      return outcome === 'taken' ? problem(context, 'name_taken') : context.body(null, 204)
    }),
  )

  app.openapi(setPrimary, (context) =>
    withOwn(context, async (session) => {
      const method = await named(session.accountId, context.req.valid('json').enrollmentId)
      if (method === null) return problem(context, 'method_not_found')
      const about = { resource: { method }, parameters: null }
      const asked = demand(context, session, about)
      const step = await mfa.actions.require('mfa.method.set_primary', asked, host.client(context))
      if (step.status !== 'granted') return refusedAction(context, step, mfa.clock())
      const done = await mfa.enrollments.setPrimary(step.grant, host.client(context))
      return done ? context.body(null, 204) : problem(context, 'method_not_found')
    }),
  )

  app.openapi(remove, (context) =>
    withOwn(context, async (session) => {
      const method = await named(session.accountId, context.req.valid('param').enrollmentId)
      if (method === null) return problem(context, 'method_not_found')
      const about = { resource: { method }, parameters: null }
      const step = await mfa.actions.require('mfa.method.remove', demand(context, session, about), host.client(context))
      if (step.status !== 'granted') return refusedAction(context, step, mfa.clock())
      const outcome = await mfa.enrollments.remove(step.grant, host.client(context))
      if (outcome === 'removed') return context.body(null, 204)
      return problem(context, outcome === 'mandatory' ? 'mfa_mandatory' : 'method_not_found')
    }),
  )

  app.openapi(disable, (context) =>
    withOwn(context, async (session) => {
      const asked = demand(context, session, { resource: {}, parameters: null })
      const step = await mfa.actions.require('mfa.disable', asked, host.client(context))
      if (step.status !== 'granted') return refusedAction(context, step, mfa.clock())
      await mfa.enrollments.disable(step.grant, host.client(context))
      // Turned on this very moment, by someone whom this request knows nothing of.
      if ((await mfa.enrollments.enabledAt(session.accountId)) !== null) return problem(context, 'not_signed_in')
      return context.body(null, 204)
    }),
  )

  app.openapi(renewCodes, (context) =>
    withOwn(context, async (session) => {
      // Nothing that was confirmed is used up for what can't be done.
      if ((await mfa.enrollments.enabledAt(session.accountId)) === null) return problem(context, 'method_unavailable')
      const asked = demand(context, session, { resource: {}, parameters: null })
      const step = await mfa.actions.require('recovery_codes.renew', asked, host.client(context))
      if (step.status !== 'granted') return refusedAction(context, step, mfa.clock())
      const renewed = await mfa.enrollments.renewRecoveryCodes(step.grant, host.client(context))
      if (renewed === null) return problem(context, 'method_unavailable')
      return context.json({ recoveryCodes: [...renewed.codes] }, 200)
    }),
  )
}
