import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { body, invalidRequest, json, problems, refusedAction } from 'sallyport/http'
import type { Problem } from 'sallyport/http'
import { toSallyport } from '../../accounts/accounts.ts'
import type { Accounts } from '../../accounts/accounts.ts'
import { parseDomainName } from '../../accounts/domain-name.ts'
import type { ConsoleEnv } from '../../protection/environment.ts'
import { problem } from '../../protection/problem.ts'
import { demandFrom } from '../../protection/step-up.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import { callbackOf, ssoCallbackId } from '../../sign-in-providers/callback-address.ts'
import type { Oidc } from '../../sign-in-providers/oidc.ts'
import type { ConsoleMfa } from '../actions.ts'
import { mayChangeSignOn } from '../roles.ts'
import type { TeamRules } from '../rules.ts'
import { inTeam } from '../schemas.ts'
import type { Membership, Teams } from '../teams.ts'
import { asAdministrator } from './as-administrator.ts'
import { isDomainOfPeople, tokenIn } from './domains.ts'
import type { Domains, TeamDomain } from './domains.ts'
import { instant } from './instant.ts'
import type { MfaPolicies } from './policy.ts'
import { domainBody, domainInPath, domainSchema, policySchema, securitySchema, ssoBody } from './schemas.ts'
import type { SsoRefusal, TeamSsoSettings } from './sso-settings.ts'
import type { HasTxtRecord } from './txt-records.ts'

interface Parts {
  readonly mfa: ConsoleMfa
  readonly sessions: Sessions
  readonly teams: Teams
  readonly rules: Pick<TeamRules, 'ssoOfAnother'>
  readonly policies: MfaPolicies
  readonly domains: Domains
  readonly sso: TeamSsoSettings
  readonly accounts: Pick<Accounts, 'find'>
  readonly oidc: Pick<Oidc, 'isThere'>
  readonly onFault: (error: unknown) => void
  readonly hasTxtRecord: HasTxtRecord
  readonly origin: string
}

const nothing = z.strictObject({})
const done = (description: string) => ({ 204: { description }, ...problems })

const readRoute = createRoute({
  method: 'get',
  path: '/teams/{teamId}/security',
  summary: 'Who in the team must have a second factor, its domains and its single sign-on (owners and admins)',
  request: { params: inTeam },
  responses: { 200: json(securitySchema, 'As they are now; never the client secret'), ...problems },
})

const policyRoute = createRoute({
  method: 'put',
  path: '/teams/{teamId}/policy',
  summary: 'Change who in the team must have a second factor (policy.change)',
  request: { params: inTeam, ...body(policySchema) },
  responses: done('In force at the next request of everyone in the team'),
})

const addDomainRoute = createRoute({
  method: 'post',
  path: '/teams/{teamId}/domains',
  summary: 'Name a domain of the team, which is yet to be verified',
  request: { params: inTeam, ...body(domainBody) },
  responses: {
    201: json(domainSchema, 'With the TXT record to publish; the same again for one that is there'),
    ...problems,
  },
})

const verifyDomainRoute = createRoute({
  method: 'post',
  path: '/teams/{teamId}/domains/{domain}/verify',
  summary:
    'Look for the TXT record of a domain (domain.verify); members with an address in it are managed from then on',
  request: { params: domainInPath, ...body(nothing) },
  responses: done('Verified'),
})

const removeDomainRoute = createRoute({
  method: 'delete',
  path: '/teams/{teamId}/domains/{domain}',
  summary: 'Remove a domain (sso.change); a verified one is for owners to remove',
  request: { params: domainInPath, ...body(nothing) },
  responses: done('Nobody is managed for it any more'),
})

const ssoRoute = createRoute({
  method: 'put',
  path: '/teams/{teamId}/sso',
  summary: 'Say where the team’s managed people sign in (sso.change, owners only)',
  request: { params: inTeam, ...body(ssoBody) },
  responses: done('In force at the next request; owners go on signing in here'),
})

const removeSsoRoute = createRoute({
  method: 'delete',
  path: '/teams/{teamId}/sso',
  summary: 'Remove the single sign-on of the team (sso.change, owners only)',
  request: { params: inTeam, ...body(nothing) },
  responses: done('Everyone signs in here again'),
})

export function securityRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, policies, domains, sso, hasTxtRecord, origin, onFault } = parts

  app.openapi(readRoute, (c) =>
    asAdministrator(parts, c, c.req.valid('param').teamId, async (team) => {
      const [policy, own, settings] = await Promise.all([
        policies.read(team.id),
        domains.list(team.id),
        sso.read(team.id),
      ])
      return c.json(
        {
          policy: { ...policy, from: instant(policy.from) },
          domains: own.map(domainView),
          sso: settings,
          redirectUri: callbackOf(origin, ssoCallbackId(team.id)),
        },
        200,
      )
    }),
  )

  app.openapi(policyRoute, (c) =>
    asAdministrator(parts, c, c.req.valid('param').teamId, async (team) => {
      const { who, from, atLeast } = c.req.valid('json')
      const wanted = { who, from: from === null ? null : Date.parse(from), atLeast }
      const fault = policies.faultOf(wanted, await policies.read(team.id))
      if (fault !== null) return problem(c, 'fields_invalid', { errors: [fault] })
      const demand = {
        ...demandFrom(c, parts),
        resource: { team: { id: team.id, name: team.name } },
        parameters: wanted,
        detail: { team: team.id, who, from: instant(wanted.from) ?? 'at once', atLeast: atLeast ?? 'any' },
      }
      const step = await mfa.actions.require('policy.change', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      const refusal = await policies.change(step.grant)
      return refusal === null ? c.body(null, 204) : problem(c, refusal)
    }),
  )

  app.openapi(addDomainRoute, (c) =>
    asAdministrator(parts, c, c.req.valid('param').teamId, async (team, { account }) => {
      const domain = parseDomainName(c.req.valid('json').domain.trim())
      if (domain === null || !isDomainOfPeople(domain)) {
        const message = 'Enter a domain that people have e-mail addresses in, such as example.com.'
        return problem(c, 'fields_invalid', { errors: [{ field: 'domain', code: 'domain_invalid', message }] })
      }
      const added = await domains.add({ teamId: team.id, accountId: account.id }, domain)
      return typeof added === 'string' ? problem(c, added) : c.json(domainView(added), 201)
    }),
  )

  app.openapi(verifyDomainRoute, (c) => {
    const { teamId, domain } = c.req.valid('param')
    return asAdministrator(parts, c, teamId, async (team) => {
      const own = await domains.find(team.id, domain)
      if (own === null) return problem(c, 'domain_not_found')
      if (own.verifiedAt !== null) return c.body(null, 204)
      const looked = await hasTxtRecord(own.record.name, own.record.value)
      // Before anything is said of other teams: only who has the domain learns that one of them has it too.
      if (looked !== 'there') return problem(c, 'domain_not_verified', { detail: notVerified[looked](own.record) })
      if (await domains.isVerified(domain)) return problem(c, 'domain_taken')
      const demand = {
        ...demandFrom(c, parts),
        resource: { team: { id: team.id, name: team.name }, domain },
        parameters: { token: tokenIn(own.record) },
        detail: { team: team.id, domain },
      }
      const step = await mfa.actions.require('domain.verify', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      const refusal = await domains.verify(step.grant)
      return refusal === null ? c.body(null, 204) : problem(c, refusal)
    })
  })

  app.openapi(removeDomainRoute, (c) => {
    const { teamId, domain } = c.req.valid('param')
    return asAdministrator(parts, c, teamId, async (team) => {
      const own = await domains.find(team.id, domain)
      if (own === null) return problem(c, 'domain_not_found')
      if (own.verifiedAt !== null && !mayChangeSignOn(team.role)) return problem(c, 'role_insufficient')
      const demand = {
        ...demandFrom(c, parts),
        resource: { team: { id: team.id, name: team.name } },
        parameters: { removes: domain },
        detail: { team: team.id, domain, single_sign_on: 'domain removed' },
      }
      const step = await mfa.actions.require('sso.change', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      const refusal = await domains.remove(step.grant)
      return refusal === null ? c.body(null, 204) : problem(c, refusal)
    })
  })

  app.openapi(ssoRoute, (c) =>
    asAdministrator(parts, c, c.req.valid('param').teamId, async (team) => {
      if (!mayChangeSignOn(team.role)) return problem(c, 'role_insufficient')
      const wanted = c.req.valid('json')
      const errors = sso.faultsOf(wanted)
      if (errors.length > 0) return problem(c, 'fields_invalid', { errors })
      const refusal = await sso.refusalTo(team.id, wanted)
      if (refusal !== null) return refused(c, refusal)
      const current = await sso.read(team.id)
      const goesOn = current?.on === true && current.issuer === wanted.issuer
      const demand = {
        ...demandFrom(c, parts),
        resource: { team: { id: team.id, name: team.name } },
        parameters: wanted,
        detail: { team: team.id, issuer: wanted.issuer, trusted: wanted.trusted, on: wanted.on },
      }
      const step = await mfa.actions.require('sso.change', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      // A slip in the address would shut everybody out whom it is for. Confirmed first, so that it makes no probe of the network.
      if (wanted.on && !goesOn && !(await parts.oidc.isThere({ issuer: wanted.issuer, by: 'team' }))) {
        const message = 'No OpenID Connect provider answers at this address.'
        const code = 'sso_provider_unreachable'
        return problem(c, code, { errors: [{ field: 'issuer', code, message }] })
      }
      const outcome = await sso.change(step.grant)
      if (outcome !== null) return refused(c, outcome)
      if (wanted.on !== (current?.on ?? false)) await tellWhom(c, team, wanted.on)
      return c.body(null, 204)
    }),
  )

  app.openapi(removeSsoRoute, (c) =>
    asAdministrator(parts, c, c.req.valid('param').teamId, async (team) => {
      if (!mayChangeSignOn(team.role)) return problem(c, 'role_insufficient')
      if ((await sso.read(team.id)) === null) return problem(c, 'sso_not_found')
      const demand = {
        ...demandFrom(c, parts),
        resource: { team: { id: team.id, name: team.name } },
        parameters: { removes: 'sso' as const },
        detail: { team: team.id, single_sign_on: 'removed' },
      }
      const step = await mfa.actions.require('sso.change', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      const before = await sso.read(team.id)
      const outcome = await sso.remove(step.grant)
      if (outcome !== null) return refused(c, outcome)
      if (before?.on === true) await tellWhom(c, team, false)
      return c.body(null, 204)
    }),
  )

  /** Everyone who signs in somewhere else from now on hears of it, before they wonder why they were signed out. */
  async function tellWhom(c: Context<ConsoleEnv>, { id, name }: Membership, on: boolean): Promise<void> {
    const kind = on ? 'sign_in.managed' : 'sign_in.unmanaged'
    for (const accountId of await sso.whom(id)) {
      const account = toSallyport(await parts.accounts.find(accountId))
      // One who can't be told holds up nobody else: it is done already.
      if (account !== null) await mfa.notices.tell({ account, kind, subject: name }, c.get('client')).catch(onFault)
    }
  }

  return app
}

function refused(c: Context, refusal: SsoRefusal): Problem {
  if (refusal === 'sso_issuer_not_named') {
    const message =
      'Whoever runs this console asks for second factors, and has not named this issuer among those that may vouch for them.'
    return problem(c, refusal, { errors: [{ field: 'issuer', code: refusal, message }] })
  }
  if (refusal !== 'client_secret_missing') return problem(c, refusal)
  const message = 'Enter the client secret; the one that is kept is for another issuer or client.'
  return problem(c, 'fields_invalid', { errors: [{ field: 'clientSecret', code: refusal, message }] })
}

const notVerified = {
  absent: () => 'There is no such TXT record yet. Compare name and value above.',
  unknown: ({ name }: TeamDomain['record']) => `The TXT records of ${name} could not be read. Try again in a while.`,
}

function domainView({ verifiedAt, ...domain }: TeamDomain) {
  return { ...domain, verifiedAt: instant(verifiedAt) }
}
