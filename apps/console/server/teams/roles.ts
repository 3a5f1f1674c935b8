import type { TeamRole } from '../database/tables.ts'

export const teamRoles = ['owner', 'admin', 'member'] as const satisfies readonly TeamRole[]

/**
 * Whether someone with the role `own` may give the role `other`, or change or remove who has it. Owners do everything;
 * admins have to do with members only, so that nobody rises above them or falls by them.
 */
export function mayManage(own: TeamRole, other: TeamRole): boolean {
  return own === 'owner' || (own === 'admin' && other === 'member')
}

export function mayDeleteTeam(own: TeamRole): boolean {
  return own === 'owner'
}

/** Whether the role sees and sets who in the team must have a second factor, and helps its managed people with theirs. */
export function mayAdminister(own: TeamRole): boolean {
  return own !== 'member'
}

/** Whether the role decides where the team's people sign in: whoever sets that can sign in as any of them. */
export function mayChangeSignOn(own: TeamRole): boolean {
  return own === 'owner'
}
