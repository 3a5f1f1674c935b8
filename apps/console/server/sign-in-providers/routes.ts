import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Client, Clock, Grant, Random } from 'sallyport'
import { body, invalidRequest, json, problems, refusedAction, setPending } from 'sallyport/http'
import { toSallyport } from '../accounts/accounts.ts'
import { parseEmailAddress } from '../accounts/email-address.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import { id } from '../protection/id.ts'
import { problem } from '../protection/problem.ts'
import type { ConsoleErrorCode } from '../protection/problem.ts'
import { demandFrom } from '../protection/step-up.ts'
import { signInBrowser } from '../sessions/cookie.ts'
import { recordEnd } from '../sessions/session-ended.ts'
import type { TeamRules } from '../teams/rules.ts'
import { returned } from './callback.ts'
import type { ReturnParts } from './callback.ts'
import type { Identity } from './identities.ts'
import type { Secrets } from './oidc.ts'
import { clientOf } from './providers.ts'
import type { OidcProvider } from './providers.ts'
import { callbackIdOf, createStateCookie } from './state-cookie.ts'
import type { Purpose } from './state-cookie.ts'

interface Parts extends ReturnParts {
  readonly keys: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly rules: Pick<TeamRules, 'managedBy'>
  readonly onFault: (error: unknown) => void
}

interface Begun {
  readonly location: string
  readonly secrets: Secrets
}

const nothing = z.strictObject({})
const providerInPath = z.object({ providerId: id })
const away = json(
  z.strictObject({ location: z.string().meta({ description: 'Where to send the browser' }) }),
  'What comes back is tied to this browser by a cookie of its own, for ten minutes',
)

const fresh = z
  .boolean()
  .optional()
  .meta({ description: 'Has the provider ask the person again, so that they confirm something by having signed in' })

const beginRoute = createRoute({
  method: 'post',
  path: '/providers/{providerId}/begin',
  summary: 'Sign in with an OpenID Connect provider',
  request: { params: providerInPath, ...body(z.strictObject({ fresh })) },
  responses: { 200: away, ...problems },
})

const ssoRoute = createRoute({
  method: 'post',
  path: '/sso/begin',
  summary: 'Sign in with the single sign-on of whoever has verified the domain of this address',
  request: body(z.strictObject({ email: z.string().max(320), fresh })),
  responses: { 200: away, ...problems },
})

const callbackRoute = createRoute({
  method: 'get',
  path: '/providers/{providerId}/callback',
  summary: 'Where a provider sends the browser back to (RFC 6749 section 4.1.2); for navigation, not for programs',
  // Someone is looking at a page, so what nobody has as an id is told apart where everything else is.
  request: { params: z.object({ providerId: z.string() }) },
  responses: {
    303: {
      description:
        'To /, /challenge, /account?linked= and the provider, or /sign-in?problem= and the code of a problem',
    },
    ...problems,
  },
})

const listRoute = createRoute({
  method: 'get',
  path: '/account/providers',
  summary: 'Where the signed-in account can sign in besides',
  responses: {
    200: json(
      z.strictObject({
        providers: z.array(
          z.strictObject({
            id,
            name: z.string(),
            linked: z
              .strictObject({
                email: z.string().meta({ description: 'As the provider said then; empty when it did not' }),
                linkedAt: z.iso.datetime(),
              })
              .nullable(),
          }),
        ),
        hasPassword: z.boolean(),
      }),
      'All that are configured',
    ),
    ...problems,
  },
})

const linkRoute = createRoute({
  method: 'post',
  path: '/account/providers/{providerId}/link',
  summary: 'Sign in with a provider as well (provider.link)',
  request: { params: providerInPath, ...body(nothing) },
  responses: { 200: away, ...problems },
})

const unlinkRoute = createRoute({
  method: 'delete',
  path: '/account/providers/{providerId}',
  summary: 'No longer sign in with a provider (provider.unlink)',
  request: { params: providerInPath, ...body(nothing) },
  responses: {
    204: {
      description: 'It signs nobody in to this account any more, and whom it has is signed out, but for this session',
    },
    ...problems,
  },
})

type LinkProvider = Grant<'provider.link', unknown, { readonly provider: string }>
type UnlinkProvider = Grant<'provider.unlink', unknown, { readonly provider: string }>

export function providerRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, oidc, sessions, providers, identities, rules, singleSignOn } = parts
  const state = createStateCookie(parts)

  /** Sends the browser away with all that its return will be held against. */
  function sendAway(c: Context<ConsoleEnv>, { location, secrets }: Begun, purpose: Purpose) {
    state.write(c, { purpose, secrets, replaces: c.get('session')?.id ?? null })
    return c.json({ location }, 200)
  }

  app.openapi(beginRoute, async (c) => {
    const provider = providers.find(c.req.valid('param').providerId)
    if (provider === null) return problem(c, 'provider_not_found')
    const begun = await oidc.begin(clientOf(provider), { fresh: c.req.valid('json').fresh === true })
    if (begun === null) return problem(c, 'provider_unavailable')
    return sendAway(c, begun, { kind: 'sign_in', provider: provider.id })
  })

  app.openapi(ssoRoute, async (c) => {
    const wanted = c.req.valid('json')
    const email = parseEmailAddress(wanted.email)
    const team = email && (await singleSignOn.forDomain(email.key.slice(email.key.lastIndexOf('@') + 1)))
    if (email === null || team === null) return problem(c, 'sso_not_found')
    const begun = await oidc.begin(team.client, { hint: email.address, fresh: wanted.fresh === true })
    if (begun === null) return problem(c, 'provider_unavailable')
    return sendAway(c, begun, { kind: 'sso', team: team.teamId })
  })

  app.openapi(callbackRoute, async (c) => {
    const journey = state.take(c)
    const refuse = async (code: ConsoleErrorCode, accountId: string | null) => {
      const detail = { reason: code }
      await mfa.audit.record({ event: 'request.refused', accountId, detail }, c.get('client'))
      return c.redirect(`/sign-in?problem=${code}`, 303)
    }
    try {
      const query = new URL(c.req.url).search
      // What comes back as from another provider than the browser was sent to is that one's answer to somebody else.
      if (journey === null || callbackIdOf(journey.purpose) !== c.req.valid('param').providerId) {
        return await refuse('provider_failed', null)
      }
      const outcome = await returned(parts, journey, query, c.get('client'))
      if (outcome.status === 'refused') return await refuse(outcome.code, outcome.accountId)
      if (outcome.status === 'linked') return c.redirect(`/account?linked=${outcome.provider}`, 303)
      if (outcome.status === 'challenge') {
        setPending(c, outcome.key)
        return c.redirect('/challenge', 303)
      }
      const { proof, authAt } = outcome
      if (!(await signInBrowser(c, parts, proof, authAt))) return await refuse('provider_failed', null)
      if (journey.replaces !== null) await endReplaced(journey.replaces, c.get('client'))
      return c.redirect('/', 303)
    } catch (error) {
      // Someone is looking at a page, not a program at an answer.
      parts.onFault(error)
      return c.redirect('/sign-in?problem=internal_error', 303)
    }
  })

  app.openapi(listRoute, async (c) => {
    const account = c.get('session')?.account
    if (account === undefined) return problem(c, 'not_signed_in')
    const linked = await identities.of(account.id)
    const listed = providers.all.map((provider) => ({
      id: provider.id,
      name: provider.name,
      linked: linkedBody(linked.find((identity) => identity.provider === provider.id)),
    }))
    return c.json({ providers: listed, hasPassword: account.password_hash !== '' }, 200)
  })

  app.openapi(linkRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const provider = providers.find(c.req.valid('param').providerId)
    if (provider === null) return problem(c, 'provider_not_found')
    if ((await rules.managedBy(session.account.id)) !== null) return problem(c, 'sso_required')
    const linked = await identities.of(session.account.id)
    if (linked.some((identity) => identity.provider === provider.id)) return problem(c, 'identity_taken')
    const begun = await oidc.begin(clientOf(provider))
    if (begun === null) return problem(c, 'provider_unavailable')
    const step = await mfa.actions.require('provider.link', demandOf(c, provider), c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    return sendAway(c, begun, linking(step.grant))
  })

  app.openapi(unlinkRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const { account } = session
    const provider = providers.find(c.req.valid('param').providerId)
    if (provider === null) return problem(c, 'provider_not_found')
    const ways = providers.all.map((each) => each.id)
    const refusal = await identities.refusalToUnlink(account.id, provider.id, ways)
    if (refusal !== null) return problem(c, refusal)
    const step = await mfa.actions.require('provider.unlink', demandOf(c, provider), c.get('client'))
    if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
    const refused = await unlink(step.grant, ways)
    if (refused !== null) return problem(c, refused)
    // What others have got in by is no way in any more, so they are out.
    for (const sessionId of await sessions.endOthersByProvider(session)) {
      await mfa.actions.end({ accountId: account.id, sessionId }, c.get('client'))
      const ended = { accountId: account.id, session: sessionId, by: 'provider_unlinked' } as const
      await recordEnd(mfa, ended, c.get('client'))
    }
    const owner = toSallyport(account)
    const told = { kind: 'identity.unlinked', subject: provider.name } as const
    if (owner !== null) await mfa.notices.tell({ account: owner, ...told }, c.get('client'))
    return c.body(null, 204)
  })

  const demandOf = (c: Context<ConsoleEnv>, { id: providerId, name }: OidcProvider) => ({
    ...demandFrom(c, parts),
    resource: { provider: { id: providerId, name } },
    detail: { provider: providerId },
  })

  /** What the browser had when it was sent away: its cookie did not come along, or it would have ended with that. */
  async function endReplaced(sessionId: string, client: Client): Promise<void> {
    const replaced = await sessions.findById(sessionId)
    if (!(await sessions.endById(sessionId)) || replaced === null) return
    await recordEnd(mfa, { accountId: replaced.account.id, session: sessionId, by: 'replaced' }, client)
  }

  const unlink = async (grant: UnlinkProvider, ways: readonly string[]) => {
    const { accountId, resource } = grant.redeem('provider.unlink')
    return await identities.unlink(accountId, resource.provider, ways)
  }

  return app
}

/** The right to link goes with the browser until it comes back, and is good in this session only. */
function linking(grant: LinkProvider): Purpose {
  const { accountId, sessionId, resource } = grant.redeem('provider.link')
  return { kind: 'link', provider: resource.provider, accountId, session: sessionId }
}

function linkedBody(identity: Identity | undefined) {
  if (identity === undefined) return null
  return { email: identity.email, linkedAt: new Date(identity.linked_at).toISOString() }
}
