import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { invalidRequest, json, problems } from 'sallyport/http'
import type { ApiScope } from '../api-keys/scopes.ts'
import { bearerScheme } from '../openapi.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import { id } from '../protection/id.ts'
import { problem } from '../protection/problem.ts'
import { refusedSso } from '../teams/as-member.ts'
import type { TeamRules } from '../teams/rules.ts'
import { role, teamsSchema } from '../teams/schemas.ts'
import type { Teams } from '../teams/teams.ts'
import { withKey } from './bearer.ts'
import type { BearerParts } from './bearer.ts'

interface Parts extends BearerParts {
  readonly teams: Pick<Teams, 'of' | 'find' | 'members'>
  readonly rules: Pick<TeamRules, 'ssoOfAnother'>
}

const tags = ['API v1']
const opensWith = (scope: ApiScope) => ({ tags, security: [{ [bearerScheme.name]: [scope] }] })

const me = createRoute({
  ...opensWith('account:read'),
  method: 'get',
  path: '/me',
  summary: 'The account that the key is of',
  responses: { 200: json(z.strictObject({ email: z.string() }), 'Its address'), ...problems },
})

const list = createRoute({
  ...opensWith('teams:read'),
  method: 'get',
  path: '/teams',
  summary: 'The teams of the account',
  responses: { 200: json(teamsSchema, 'By name'), ...problems },
})

const members = createRoute({
  ...opensWith('teams:read'),
  method: 'get',
  path: '/teams/{teamId}/members',
  summary: 'Who is in a team',
  request: { params: z.object({ teamId: id }) },
  responses: {
    200: json(
      z.strictObject({
        members: z.array(z.strictObject({ email: z.string(), role, joinedAt: z.iso.datetime() })),
      }),
      'In the order in which they joined',
    ),
    ...problems,
  },
})

/**
 * What an API key opens: reading, and nothing else. To be mounted outside of everything that has to do with cookies: a
 * browser's session opens nothing here, so there is no request to forge.
 */
export function apiV1Routes(parts: Parts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { teams } = parts
  app.openAPIRegistry.registerComponent('securitySchemes', bearerScheme.name, bearerScheme.scheme)

  app.openapi(me, (c) =>
    withKey(parts, c, 'account:read', async ({ account }) => c.json({ email: account.email }, 200)),
  )

  app.openapi(list, (c) =>
    withKey(parts, c, 'teams:read', async ({ account }) => c.json({ teams: [...(await teams.of(account.id))] }, 200)),
  )

  app.openapi(members, (c) =>
    withKey(parts, c, 'teams:read', async ({ account }) => {
      const team = await teams.find(c.req.valid('param').teamId, account.id)
      if (team === null) return problem(c, 'team_not_found')
      const refused = await refusedSso(parts, c, { teamId: team.id, accountId: account.id })
      if (refused !== null) return refused
      const found = (await teams.members(team.id)).map(({ email, role: has, joinedAt }) => ({
        email,
        role: has,
        joinedAt: new Date(joinedAt).toISOString(),
      }))
      return c.json({ members: found }, 200)
    }),
  )

  // Here and not at the end of all routes: a request to /api/v1 never gets to where cookies count.
  app.all('*', (c) => problem(c, 'route_not_found'))
  return app
}
