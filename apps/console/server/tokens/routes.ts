import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ChallengeKey, Sallyport } from 'sallyport'
import {
  answerText,
  body,
  challengeBody,
  challengeSchema,
  invalidRequest,
  json,
  problems,
  readKey,
  refusedAnswer,
  refusedPrompt,
  writeKey,
} from 'sallyport/http'
import type { Problem } from 'sallyport/http'
import { toSallyport } from '../accounts/accounts.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { ContactChanges } from '../accounts/contact-changes.ts'
import { accessTokenScheme } from '../openapi.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import { id } from '../protection/id.ts'
import { limited, problem } from '../protection/problem.ts'
import { live } from '../sessions/live.ts'
import { recordEnd } from '../sessions/session-ended.ts'
import type { IssuedTokens, Sessions } from '../sessions/sessions.ts'
import { checkPassword } from '../sign-in/sign-in.ts'
import type { SignInParts } from '../sign-in/sign-in.ts'
import { accessTokenSeconds } from './access-token.ts'
import type { AccessTokens } from './access-token.ts'

interface Parts extends SignInParts {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly contactChanges: Pick<ContactChanges, 'dropAll'>
  readonly accessTokens: AccessTokens
}

const tags = ['Apps']
/** None of them goes by a cookie or by `Authorization`. */
const security: never[] = []

/** The key of a login that has only its first factor: it opens the routes of its challenge and nothing else. */
const challengeToken = z.string().regex(/^[\w-]{22}\.[\w-]{43}$/)
const refreshToken = z.string().regex(/^[\w-]{43}$/)

const tokensSchema = z
  .strictObject({
    status: z.literal('tokens'),
    accessToken: z.string().meta({ description: 'A JWT (RFC 9068), for `Authorization: Bearer`' }),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().meta({ description: 'Seconds until the access token has to be refreshed' }),
    refreshToken: refreshToken.meta({ description: 'Good once: the answer brings the next one' }),
  })
  .openapi('Tokens')

const signInRoute = createRoute({
  method: 'post',
  path: '/sign-in',
  tags,
  security,
  summary: 'Sign an app in with the password; an account with MFA gets a challenge and no token that opens anything',
  request: body(z.strictObject({ email: z.string().max(320), password: z.string().max(1024) })),
  responses: {
    200: json(
      z.discriminatedUnion('status', [
        tokensSchema,
        z.strictObject({ status: z.literal('mfa_required'), challengeToken, challenge: challengeSchema }),
      ]),
      'Signed in, or to be completed under /api/mobile/challenge',
    ),
    ...problems,
  },
})

const viewRoute = createRoute({
  method: 'post',
  path: '/challenge',
  tags,
  security,
  summary: 'The challenge that completes the sign-in of an app',
  request: body(z.strictObject({ challengeToken })),
  responses: { 200: json(challengeSchema, 'The open challenge'), ...problems },
})

const promptRoute = createRoute({
  method: 'post',
  path: '/challenge/prompt',
  tags,
  security,
  summary: 'Send a code, again or by another method',
  request: body(z.strictObject({ challengeToken, enrollmentId: id })),
  responses: { 200: json(challengeSchema, 'The challenge, with the code under way'), ...problems },
})

const answerRoute = createRoute({
  method: 'post',
  path: '/challenge/answer',
  tags,
  security,
  summary: 'Answer the challenge and get tokens',
  request: body(z.strictObject({ challengeToken, enrollmentId: id, answer: answerText })),
  responses: { 200: json(tokensSchema, 'Signed in'), ...problems },
})

const cancelRoute = createRoute({
  method: 'post',
  path: '/challenge/cancel',
  tags,
  security,
  summary: 'Give up the sign-in',
  request: body(z.strictObject({ challengeToken })),
  responses: { 204: { description: 'The sign-in is no longer pending' }, ...problems },
})

const refreshRoute = createRoute({
  method: 'post',
  path: '/refresh',
  tags,
  security,
  summary: 'Get the next tokens; a refresh token that was used before ends the session',
  request: body(z.strictObject({ refreshToken })),
  responses: { 200: json(tokensSchema, 'The refresh token before this one is used up'), ...problems },
})

const signOutRoute = createRoute({
  method: 'post',
  path: '/sign-out',
  tags,
  security,
  summary: 'End the session of an app, and contact changes that are yet to be confirmed',
  request: body(z.strictObject({ refreshToken })),
  responses: { 204: { description: 'Signed out, also when the session had ended' }, ...problems },
})

/**
 * How an app signs in: with tokens in bodies, and without anything that a browser would add by itself. To be mounted outside
 * of everything that has to do with cookies.
 *
 * Whoever must set up a second factor first gets tokens all the same: they open what a cookie would, which is setting it up.
 */
export function mobileRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, sessions, accessTokens } = parts
  app.openAPIRegistry.registerComponent('securitySchemes', accessTokenScheme.name, accessTokenScheme.scheme)

  const tokens = async ({ session, refreshToken: next }: IssuedTokens): Promise<z.infer<typeof tokensSchema>> => ({
    status: 'tokens',
    accessToken: await accessTokens.sign(session),
    tokenType: 'Bearer',
    expiresIn: accessTokenSeconds,
    refreshToken: next,
  })

  app.openapi(signInRoute, async (c) => {
    const first = await checkPassword(parts, c.req.valid('json'), c.get('client'))
    if (first.status === 'limited') return limited(c, 'network_limited', first, mfa.clock())
    if (first.status === 'wrong') return problem(c, 'credentials_wrong')
    const { accountId, at } = first
    const step = await mfa.signIn.begin({ accountId, evidence: ['password'], at }, c.get('client'))
    if (step.status === 'elsewhere') return problem(c, 'sso_required')
    if (step.status === 'clear') {
      const issued = await sessions.issueTokens(step.proof, c.get('client'))
      return issued === null ? problem(c, 'credentials_wrong') : c.json(await tokens(issued), 200)
    }
    const challenge = challengeBody(step.challenge, mfa.clock())
    return c.json({ status: 'mfa_required' as const, challengeToken: writeKey(step.key), challenge }, 200)
  })

  app.openapi(viewRoute, (c) =>
    withLogin(mfa, c, c.req.valid('json').challengeToken, async (_, challenge) =>
      c.json(challengeBody(challenge, mfa.clock()), 200),
    ),
  )

  app.openapi(promptRoute, (c) =>
    withLogin(mfa, c, c.req.valid('json').challengeToken, async (key) => {
      const prompted = await mfa.challenges.prompt(key, c.req.valid('json').enrollmentId, c.get('client'))
      return prompted.ok
        ? c.json(challengeBody(prompted.challenge, mfa.clock()), 200)
        : refusedPrompt(c, prompted, mfa.clock())
    }),
  )

  app.openapi(answerRoute, async (c) => {
    const { challengeToken: token, enrollmentId, answer } = c.req.valid('json')
    const key = readKey(token)
    if (key === null) return problem(c, 'challenge_not_found')
    const result = await mfa.challenges.answer(key, 'login', { enrollmentId, answer }, c.get('client'))
    if (!result.ok) return refusedAnswer(c, result, mfa.clock())
    const issued = await sessions.issueTokens(result.proof, c.get('client'))
    return issued === null ? problem(c, 'challenge_closed') : c.json(await tokens(issued), 200)
  })

  app.openapi(cancelRoute, (c) =>
    withLogin(mfa, c, c.req.valid('json').challengeToken, async (key) => {
      await mfa.challenges.cancel(key, c.get('client'))
      return c.body(null, 204)
    }),
  )

  app.openapi(refreshRoute, async (c) => {
    const refreshed = await sessions.refresh(c.req.valid('json').refreshToken)
    if (refreshed.status === 'reused') await tellOfReuse(parts, refreshed, c)
    else if (refreshed.status === 'worn_out') await recordWornOut(parts, refreshed, c)
    else {
      const session = refreshed.status === 'refreshed' ? refreshed.session : null
      if ((await live(parts, session, c.get('client'))) === null)
        await recordRefusal(parts, session?.account.id ?? null, c)
      else if (refreshed.status === 'refreshed') return c.json(await tokens(refreshed), 200)
    }
    return problem(c, 'token_invalid')
  })

  app.openapi(signOutRoute, async (c) => {
    const ended = await sessions.endByRefreshToken(c.req.valid('json').refreshToken)
    if (ended !== null) {
      // In this order: without the session nothing new is asked for.
      await parts.contactChanges.dropAll(ended.accountId)
      await mfa.actions.end({ accountId: ended.accountId, sessionId: ended.id }, c.get('client'))
      await recordEnd(mfa, { accountId: ended.accountId, session: ended.id, by: 'sign_out' }, c.get('client'))
    }
    return c.body(null, 204)
  })

  // Here and not at the end of all routes: a request to /api/mobile never gets to where cookies count.
  app.all('*', (c) => problem(c, 'route_not_found'))
  return app
}

/** Runs for the open challenge of a login. An app knows the id of its session, and with it could open others that are its own. */
async function withLogin<Answer>(
  mfa: Sallyport,
  c: Context<ConsoleEnv>,
  token: string,
  run: (key: ChallengeKey, challenge: Parameters<typeof challengeBody>[0]) => Promise<Answer>,
): Promise<Answer | Problem> {
  const key = readKey(token)
  const challenge = key && (await mfa.challenges.view(key))
  return key === null || challenge?.action !== 'login' ? problem(c, 'challenge_not_found') : await run(key, challenge)
}

interface EndedSession {
  readonly accountId: string
  readonly sessionId: string
}

/** `accountId`: that of the token, if its session was there until now. */
async function recordRefusal({ mfa }: Parts, accountId: string | null, c: Context<ConsoleEnv>): Promise<void> {
  const refused = { event: 'request.refused', accountId, detail: { reason: 'refresh_token' } } as const
  await mfa.audit.record(refused, c.get('client'))
}

async function recordWornOut(
  parts: Parts,
  { accountId, sessionId }: EndedSession,
  c: Context<ConsoleEnv>,
): Promise<void> {
  await recordRefusal(parts, accountId, c)
  await recordEnd(parts.mfa, { accountId, session: sessionId, by: 'refreshed_too_often' }, c.get('client'))
}

/** The session has ended with it; whether its owner or a thief was the one who came late, the owner is to know. */
async function tellOfReuse(
  { mfa, accounts }: Parts,
  { accountId, sessionId }: EndedSession,
  c: Context<ConsoleEnv>,
): Promise<void> {
  const detail = { reason: 'refresh_token_reused' }
  await mfa.audit.record({ event: 'request.refused', accountId, detail }, c.get('client'))
  await recordEnd(mfa, { accountId, session: sessionId, by: 'refresh_token_reused' }, c.get('client'))
  const account = toSallyport(await accounts.find(accountId))
  if (account !== null) await mfa.notices.tell({ account, kind: 'refresh_token.reused' }, c.get('client'))
}
