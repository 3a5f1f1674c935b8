import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { body, invalidRequest, json, problems, refusedAction } from 'sallyport/http'
import type { Problem } from 'sallyport/http'
import type { ConsoleEnv } from '../../protection/environment.ts'
import { problem } from '../../protection/problem.ts'
import { demandFrom } from '../../protection/step-up.ts'
import { visibleLine } from '../../protection/visible-name.ts'
import type { Sessions } from '../../sessions/sessions.ts'
import type { ConsoleMfa } from '../actions.ts'
import { refusedSso } from '../as-member.ts'
import { mayManage } from '../roles.ts'
import type { TeamRules } from '../rules.ts'
import { inTeam, memberInPath } from '../schemas.ts'
import type { Membership, Teams } from '../teams.ts'
import { asAdministrator } from './as-administrator.ts'
import { instant } from './instant.ts'
import type { ManagedPerson, People, PersonView } from './people.ts'
import { after, peopleSchema, reasonBody } from './schemas.ts'

interface Parts {
  readonly mfa: ConsoleMfa
  readonly sessions: Sessions
  readonly teams: Teams
  readonly rules: Pick<TeamRules, 'ssoOfAnother'>
  readonly people: People
}

const longestReason = 200

const listRoute = createRoute({
  method: 'get',
  path: '/teams/{teamId}/people',
  summary: 'The people in the team and how far they are with their second factor (owners and admins)',
  request: { params: inTeam, query: after },
  responses: { 200: json(peopleSchema, 'By address, 50 at a time'), ...problems },
})

const resetRoute = createRoute({
  method: 'post',
  path: '/teams/{teamId}/people/{accountId}/reset-mfa',
  summary: 'Remove every second factor of a managed person, who is told (mfa.reset)',
  request: { params: memberInPath, ...body(reasonBody) },
  responses: { 204: { description: 'Removed, and all sessions of the person have ended' }, ...problems },
})

const unlockRoute = createRoute({
  method: 'post',
  path: '/teams/{teamId}/people/{accountId}/unlock',
  summary: 'Unlock the account of a managed person, who is told (account.unlock)',
  request: { params: memberInPath, ...body(z.strictObject({})) },
  responses: { 204: { description: 'Codes are accepted again' }, ...problems },
})

export function peopleRoutes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, people } = parts

  app.openapi(listRoute, (c) =>
    asAdministrator(parts, c, c.req.valid('param').teamId, async (team) => {
      const page = await people.page(team.id, c.req.valid('query').after ?? null)
      return c.json({ people: page.people.map(personBody), next: page.next }, 200)
    }),
  )

  /**
   * Runs for someone else, who is one of the team's managed people and whom the role has a say over. To be asked again once
   * it is confirmed: that took its time.
   */
  const onPerson = <Answer>(
    c: Context<ConsoleEnv>,
    { teamId, accountId }: { readonly teamId: string; readonly accountId: string },
    run: (person: ManagedPerson, team: Membership) => Promise<Answer>,
  ): Promise<Answer | Problem> =>
    asAdministrator(parts, c, teamId, async (team, { account }) => {
      // Nobody's second factor is in the hands of whom another team signs in, whatever that asks for.
      const refused = await refusedSso(parts, c, { teamId: team.id, accountId: account.id, always: true })
      if (refused !== null) return refused
      const person = await people.findManaged(team.id, accountId)
      if (person === null) return problem(c, 'member_not_found')
      if (person.accountId === account.id) return problem(c, 'not_yourself')
      return mayManage(team.role, person.role) ? await run(person, team) : problem(c, 'role_insufficient')
    })

  app.openapi(resetRoute, (c) =>
    onPerson(c, c.req.valid('param'), async (person, team) => {
      const reason = visibleLine(c.req.valid('json').reason, longestReason)
      if (reason === null) {
        const message = `Give the reason, in 1 to ${longestReason} visible characters.`
        return problem(c, 'fields_invalid', { errors: [{ field: 'reason', code: 'reason_invalid', message }] })
      }
      const { enabledAt } = await mfa.administration.state(person.accountId)
      if (enabledAt === null) return problem(c, 'mfa_off')
      const demand = {
        ...demandFrom(c, parts),
        resource: { account: { id: person.accountId, name: person.email } },
        parameters: { reason },
        detail: { team: team.id, member: person.accountId },
      }
      const step = await mfa.actions.require('mfa.reset', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      const { grant } = step
      return await onPerson(c, c.req.valid('param'), async () => {
        const reset = await mfa.administration.reset(grant, c.get('client'))
        return reset ? c.body(null, 204) : problem(c, 'mfa_off')
      })
    }),
  )

  app.openapi(unlockRoute, (c) =>
    onPerson(c, c.req.valid('param'), async (person, team) => {
      const { lockedUntil } = await mfa.administration.state(person.accountId)
      if (lockedUntil === 0) return problem(c, 'account_not_locked')
      const demand = {
        ...demandFrom(c, parts),
        resource: { account: { id: person.accountId, name: person.email } },
        detail: { team: team.id, member: person.accountId },
      }
      const step = await mfa.actions.require('account.unlock', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      const { grant } = step
      return await onPerson(c, c.req.valid('param'), async () => {
        const unlocked = await mfa.administration.unlock(grant, c.get('client'))
        return unlocked ? c.body(null, 204) : problem(c, 'account_not_locked')
      })
    }),
  )

  return app
}

function personBody({ standing, methods, lockedUntil, ...person }: PersonView) {
  return {
    ...person,
    standing: { status: standing.status, from: instant(standing.from) },
    meetsRule: standing.status === 'free',
    methods: methods === null ? null : methods.map((each) => ({ ...each, lastUsedAt: instant(each.lastUsedAt) })),
    lockedUntil: instant(lockedUntil),
  }
}
