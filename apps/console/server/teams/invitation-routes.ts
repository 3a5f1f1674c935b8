import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { body, invalidRequest, json, problems } from 'sallyport/http'
import type { Problem } from 'sallyport/http'
import { parseEmailAddress } from '../accounts/email-address.ts'
import type { ConsoleEnv } from '../protection/environment.ts'
import { id } from '../protection/id.ts'
import { problem } from '../protection/problem.ts'
import { adjust, asMember } from './as-member.ts'
import type { TeamParts } from './as-member.ts'
import type { InvitationRefusal } from './invitations.ts'
import { inTeam, invitationBody, invitationInPath, readInvitationSchema, tokenBody } from './schemas.ts'

const inviteRoute = createRoute({
  method: 'post',
  path: '/teams/{teamId}/invitations',
  summary: 'Invite an address by e-mail, in place of an earlier invitation (team.adjust)',
  request: { params: inTeam, ...body(invitationBody) },
  responses: {
    201: json(z.strictObject({ id }), 'Invited; the same whether or not the address has an account'),
    ...problems,
  },
})

const withdrawRoute = createRoute({
  method: 'delete',
  path: '/teams/{teamId}/invitations/{invitationId}',
  summary: 'Withdraw an invitation (team.adjust)',
  request: { params: invitationInPath, ...body(z.strictObject({})) },
  responses: { 204: { description: 'Withdrawn' }, ...problems },
})

const readRoute = createRoute({
  method: 'post',
  path: '/invitations/read',
  summary: 'What the link of an invitation is for; signs nobody in',
  request: body(tokenBody),
  responses: { 200: json(readInvitationSchema, 'For whoever has the link'), ...problems },
})

const acceptRoute = createRoute({
  method: 'post',
  path: '/invitations/accept',
  summary: 'Join the team, as the account that has the invited address',
  request: body(tokenBody),
  responses: { 200: json(z.strictObject({ teamId: id }), 'In the team'), ...problems },
})

export function invitationRoutes(parts: TeamParts): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>({ defaultHook: invalidRequest })
  const { invitations } = parts

  app.openapi(inviteRoute, (c) =>
    asMember(parts, c, c.req.valid('param').teamId, async (team, { account }) => {
      const { email: written, role } = c.req.valid('json')
      const email = parseEmailAddress(written)
      if (email === null) return unusable(c, 'email_malformed', 'Enter an e-mail address such as ada@example.com.')
      const invitee = { email, role }
      const refusal = await invitations.refusalToInvite(team.id, account.id, invitee)
      if (refusal !== null) return refused(c, refusal)
      const invitation = invitations.newId()
      return await adjust(parts, c, { team, detail: { invitation, role } }, async (grant) => {
        const invited = await invitations.invite(grant, invitee, invitation)
        return invited.ok ? c.json({ id: invited.id }, 201) : refused(c, invited.reason)
      })
    }),
  )

  app.openapi(withdrawRoute, (c) => {
    const { teamId, invitationId } = c.req.valid('param')
    return asMember(parts, c, teamId, async (team, { account }) => {
      const refusal = await invitations.refusalToWithdraw(team.id, account.id, invitationId)
      if (refusal !== null) return problem(c, refusal)
      const detail = { invitation: invitationId, role: 'none' }
      return await adjust(parts, c, { team, detail }, async (grant) => {
        const withdrawn = await invitations.withdraw(grant, invitationId)
        return withdrawn === null ? c.body(null, 204) : problem(c, withdrawn)
      })
    })
  })

  app.openapi(readRoute, async (c) => {
    const invitation = await invitations.read(c.req.valid('json').token)
    if (invitation === null) return problem(c, 'invitation_not_found')
    const { team, role, email, emailKey } = invitation
    const account = c.get('session')?.account
    const yours = account?.email_key === emailKey && account.email_confirmed_at !== null
    return c.json({ team, role, email, yours }, 200)
  })

  app.openapi(acceptRoute, async (c) => {
    const session = c.get('session')
    if (session === null) return problem(c, 'not_signed_in')
    const accepted = await invitations.accept(c.req.valid('json').token, session.account)
    return accepted.ok ? c.json({ teamId: accepted.teamId }, 200) : problem(c, accepted.reason)
  })

  return app
}

function unusable(c: Context, code: string, message: string): Problem {
  return problem(c, 'fields_invalid', { errors: [{ field: 'email', code, message }] })
}

function refused(c: Context, refusal: InvitationRefusal): Problem {
  if (refusal === 'already_member') return unusable(c, refusal, 'This address is in the team already.')
  // At the latest: what was sent is counted for a day.
  return problem(c, refusal, refusal === 'invitation_send_limit' ? { retryAfterSeconds: 86_400 } : {})
}
