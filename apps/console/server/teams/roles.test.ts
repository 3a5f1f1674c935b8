import { expect, test } from 'vitest'
import { mayAdminister, mayChangeSignOn, mayDeleteTeam, mayManage, teamRoles } from './roles.ts'

test('an owner manages everyone, an admin members only, a member nobody', () => {
  const table = teamRoles.map((own) => [own, teamRoles.filter((other) => mayManage(own, other))])
  expect(Object.fromEntries(table)).toEqual({ owner: ['owner', 'admin', 'member'], admin: ['member'], member: [] })
})

test('only owners delete a team', () => {
  expect(teamRoles.filter(mayDeleteTeam)).toEqual(['owner'])
})

test('owners and admins administer, and only owners say where people sign in', () => {
  expect(teamRoles.filter(mayAdminister)).toEqual(['owner', 'admin'])
  expect(teamRoles.filter(mayChangeSignOn)).toEqual(['owner'])
})
