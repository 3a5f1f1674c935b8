import type { Role, TeamView } from '../api/types.ts'

export const roles: readonly Role[] = ['member', 'admin', 'owner']

const names: Readonly<Record<Role, string>> = { owner: 'Owner', admin: 'Admin', member: 'Member' }

export function roleName(role: Role): string {
  return names[role]
}

/** "an owner", for the middle of a sentence. */
export function aRole(role: Role): string {
  return role === 'member' ? 'a member' : `an ${role}`
}

/** The roles that someone of this role may give. */
export function givenBy(role: Role): readonly Role[] {
  if (role === 'owner') return roles
  return role === 'admin' ? ['member'] : []
}

/** Whether the person who looks is an owner and nobody else is: then they can't leave, nor take another role. */
export function isOnlyOwner({ role, members }: TeamView): boolean {
  return role === 'owner' && members.filter((member) => member.role === 'owner').length === 1
}

/** Whether someone of this role may change or remove a person of `other`. */
export function manages(role: Role, other: Role): boolean {
  return role === 'owner' || (role === 'admin' && other === 'member')
}
