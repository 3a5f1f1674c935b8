import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Grant } from 'sallyport'
import { body, invalidRequest, json, problems, refusedAction } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { id } from '../protection/id.ts'
import { problem } from '../protection/problem.ts'
import { demandFrom } from '../protection/step-up.ts'
import { nameInvalid, visibleName } from '../protection/visible-name.ts'
import { adjust, asMember, asMemberHowever } from './as-member.ts'
import type { TeamParts } from './as-member.ts'
import { mayDeleteTeam } from './roles.ts'
import { inTeam, memberInPath, nameBody, role, teamSchema, teamsSchema } from './schemas.ts'
import type { Change, TeamRefusal } from './teams.ts'

const nothing = z.strictObject({})
const done = (description: string) => ({ 204: { description }, ...problems })

const listRoute = createRoute({
  method: 'get',
  path: '/teams',
  summary: 'The teams of the signed-in account',
  responses: { 200: json(teamsSchema, 'By name'), ...problems },
})

const createTeamRoute = createRoute({
  method: 'post',
  path: '/teams',
  summary: 'Make a team; who makes it owns it',
  request: body(nameBody),
  responses: { 201: json(z.strictObject({ id }), 'Made'), ...problems },
})

const readRoute = createRoute({
  method: 'get',
  path: '/teams/{teamId}',
  summary: 'A team as its members see it; the same problem for no such team and for one of others',
  request: { params: inTeam },
  responses: { 200: json(teamSchema, 'Who is in it, and who is invited'), ...problems },
})

const changeRoleRoute = createRoute({
  method: 'patch',
  path: '/teams/{teamId}/members/{accountId}',
  summary: 'Change the role of a member (team.adjust)',
  request: { params: memberInPath, ...body(z.strictObject({ role })) },
  responses: done('Changed; what the member had confirmed in open sessions is over, if it is another role'),
})

const removeRoute = createRoute({
  method: 'delete',
  path: '/teams/{teamId}/members/{accountId}',
  summary: 'Remove a member (team.adjust)',
  request: { params: memberInPath, ...body(nothing) },
  responses: done('Removed'),
})

const leaveRoute = createRoute({
  method: 'post',
  path: '/teams/{teamId}/leave',
  summary: 'Leave the team; its last owner can’t',
  request: { params: inTeam, ...body(nothing) },
  responses: done('Left'),
})

const deleteRoute = createRoute({
  method: 'delete',
  path: '/teams/{teamId}',
  summary: 'Delete the team (team.delete, owners only)',
  request: { params: inTeam, ...body(nothing) },
  responses: done('Deleted'),
})

export function teamRoutes(parts: TeamParts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { mfa, teams, invitations } = parts

  app.openapi(listRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    return c.json({ teams: [...(await teams.of(session.account.id))] }, 200)
  })

  app.openapi(createTeamRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const name = visibleName(c.req.valid('json').name)
    if (name === null) return problem(c, 'fields_invalid', { errors: [nameInvalid] })
    const made = await teams.create(session.account.id, name)
    return made === null ? problem(c, 'not_signed_in') : c.json({ id: made }, 201)
  })

  app.openapi(readRoute, (c) =>
    asMember(parts, c, c.req.valid('param').teamId, async (team, { id: sessionId, account }) => {
      const demand = { accountId: account.id, session: { id: sessionId }, resource: { team } }
      const [members, open, window] = await Promise.all([
        teams.members(team.id),
        invitations.open(team.id),
        mfa.actions.window('team.adjust', demand),
      ])
      const left = (until: number): number => Math.max(0, Math.ceil((until - mfa.clock()) / 1000))
      return c.json(
        {
          ...team,
          members: members.map((member) => ({
            ...member,
            joinedAt: instant(member.joinedAt),
            you: member.accountId === account.id,
          })),
          invitations: open.map((invitation) => ({ ...invitation, expiresAt: instant(invitation.expiresAt) })),
          window: window && { expiresInSeconds: left(window.expiresAt), ceilingInSeconds: left(window.ceilingAt) },
        },
        200,
      )
    }),
  )

  /** Changes what a member is, once it is confirmed. */
  const change = (
    c: Context<ConsoleEnv>,
    teamId: string,
    wanted: Change,
    write: (grant: Grant<'team.adjust'>) => Promise<TeamRefusal | 'unchanged' | null>,
  ) =>
    asMember(parts, c, teamId, async (team, { account }) => {
      const refusal = await teams.refusalOf(team.id, account.id, wanted)
      if (refusal !== null) return problem(c, refusal)
      const detail = { member: wanted.accountId, role: wanted.role ?? 'none' }
      return await adjust(parts, c, { team, detail }, async (grant) => {
        const outcome = await write(grant)
        if (outcome === null) await mfa.actions.end({ accountId: wanted.accountId }, c.get('client'))
        else if (outcome !== 'unchanged') return problem(c, outcome)
        return c.body(null, 204)
      })
    })

  app.openapi(changeRoleRoute, (c) => {
    const { teamId, accountId } = c.req.valid('param')
    const wanted = { accountId, role: c.req.valid('json').role }
    return change(c, teamId, wanted, (grant) => teams.changeRole(grant, wanted))
  })

  app.openapi(removeRoute, (c) => {
    const { teamId, accountId } = c.req.valid('param')
    return change(c, teamId, { accountId, role: null }, (grant) => teams.remove(grant, accountId))
  })

  app.openapi(leaveRoute, (c) =>
    asMemberHowever(parts, c, c.req.valid('param').teamId, async (team, { account }) => {
      const refused = await teams.leave(team.id, account.id)
      if (refused !== null) return problem(c, refused)
      await mfa.actions.end({ accountId: account.id }, c.get('client'))
      return c.body(null, 204)
    }),
  )

  app.openapi(deleteRoute, (c) =>
    asMember(parts, c, c.req.valid('param').teamId, async (team) => {
      if (!mayDeleteTeam(team.role)) return problem(c, 'role_insufficient')
      const demand = {
        ...demandFrom(c, parts),
        resource: { team: { id: team.id, name: team.name } },
        detail: { team: team.id },
      }
      const step = await mfa.actions.require('team.delete', demand, c.get('client'))
      if (step.status !== 'granted') return refusedAction(c, step, mfa.clock())
      const refused = await teams.delete(step.grant)
      return refused === null ? c.body(null, 204) : problem(c, refused)
    }),
  )

  return app
}

function instant(time: number): string {
  return new Date(time).toISOString()
}
