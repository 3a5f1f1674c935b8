import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { browserOf } from 'sallyport'
import type { Sallyport } from 'sallyport'
import { body, invalidRequest, json, problems, refusedAction } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { id } from '../protection/id.ts'
import { problem } from '../protection/problem.ts'
import { demandFrom } from '../protection/step-up.ts'
import type { SignOutParts } from './cookie.ts'
import { endOneSession } from './end-one.ts'
import type { SessionList, SessionView } from './session-list.ts'
import { signOut } from './sign-out.ts'

interface Parts extends SignOutParts {
  readonly mfa: Sallyport
  readonly list: SessionList
}

const instant = z.iso.datetime()

const sessionSchema = z
  .strictObject({
    sessionId: id.meta({ description: 'Another one whenever the session gets another cookie. It opens nothing' }),
    current: z.boolean().meta({ description: 'Whether it is the one that asks' }),
    kind: z.enum(['browser', 'app']),
    browser: z.string().meta({ example: 'Firefox on Linux' }),
    ip: z.string().meta({ description: 'Where the person signed in' }),
    signedInAt: instant,
    lastSeenAt: instant.meta({ description: 'To the minute' }),
    secondFactor: z.boolean().meta({ description: 'Whether a second factor was answered for it' }),
  })
  .openapi('OpenSession')

const listRoute = createRoute({
  method: 'get',
  path: '/sessions',
  summary: 'Where the account is signed in',
  responses: {
    200: json(z.strictObject({ sessions: z.array(sessionSchema) }), 'Newest first, a hundred at most'),
    ...problems,
  },
})

const endRoute = createRoute({
  method: 'post',
  path: '/sessions/{sessionId}/end',
  summary:
    'End one session of the account (session.end_others); the one that asks is signed out, and asked for nothing',
  request: { params: z.object({ sessionId: id }), ...body(z.strictObject({})) },
  responses: { 204: { description: 'It opens nothing any more' }, ...problems },
})

export function sessionListRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, list } = parts

  app.openapi(listRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const sessions = await list.all(session.account.id)
    return c.json({ sessions: sessions.map((each) => sessionBody(each, session.id)) }, 200)
  })

  app.openapi(endRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const { sessionId } = c.req.valid('param')
    if (sessionId === session.id) {
      await signOut(c, parts)
      return c.body(null, 204)
    }
    if ((await list.find(session.account.id, sessionId)) === null) return problem(c, 'session_not_found')
    const what = { session: sessionId }
    const demand = { ...demandFrom(c, parts), resource: {}, parameters: what, detail: what }
    const step = await mfa.actions.require('session.end_others', demand, c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    const ended = await endOneSession(parts, step.grant, c.get('client'))
    return ended ? c.body(null, 204) : problem(c, 'session_not_found')
  })

  return app
}

function sessionBody(session: SessionView, current: string): z.infer<typeof sessionSchema> {
  const at = (time: number): string => new Date(time).toISOString()
  return {
    sessionId: session.id,
    current: session.id === current,
    kind: session.kind === 'tokens' ? 'app' : 'browser',
    browser: browserOf(session.userAgent),
    ip: session.ip,
    signedInAt: at(session.signedInAt),
    lastSeenAt: at(session.lastSeenAt),
    secondFactor: session.secondFactor,
  }
}
