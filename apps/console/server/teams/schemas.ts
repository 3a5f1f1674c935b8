import { z } from '@hono/zod-openapi'
import { id } from '../protection/id.ts'
import { teamRoles } from './roles.ts'

export const role = z.enum(teamRoles).openapi('TeamRole')

const instant = z.iso.datetime()
const seconds = z.int().min(0)

export const teamsSchema = z.strictObject({ teams: z.array(z.strictObject({ id, name: z.string(), role })) })

export const teamSchema = z
  .strictObject({
    id,
    name: z.string(),
    role: role.meta({ description: 'That of the signed-in account' }),
    members: z.array(z.strictObject({ accountId: id, email: z.string(), role, joinedAt: instant, you: z.boolean() })),
    invitations: z.array(z.strictObject({ id, email: z.string(), role, expiresAt: instant })),
    window: z
      .strictObject({ expiresInSeconds: seconds, ceilingInSeconds: seconds })
      .nullable()
      .meta({ description: 'How long this session may still change who is in the team; null when it has to confirm' }),
  })
  .openapi('Team')

export const nameBody = z.strictObject({
  name: z.string().max(200).meta({ description: '1 to 60 visible characters' }),
})

export const invitationBody = z.strictObject({ email: z.string().max(320), role })

export const readInvitationSchema = z.strictObject({
  team: z.string(),
  role,
  email: z.string(),
  yours: z.boolean().meta({ description: 'Whether the signed-in account has this address' }),
})

export const tokenBody = z.strictObject({ token: z.string().max(128) })

export const inTeam = z.object({ teamId: id })
export const memberInPath = z.object({ teamId: id, accountId: id })
export const invitationInPath = z.object({ teamId: id, invitationId: id })
