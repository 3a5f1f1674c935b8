import type { Grant, OwnActions, Policy } from 'sallyport'

export const actions = {
  'team.delete': { purpose: 'delete team {team}' },
  'payment.send': { purpose: 'pay {amount} to {recipient}', atLeast: 'totp' },
  'salaries.show': {
    purpose: 'see the salaries of {company}',
    lasts: { windowSeconds: 600, sliding: false, ceilingSeconds: 600 },
  },
} as const satisfies OwnActions

export const policy: Policy = {
  'api_key.create': { atLeast: 'totp' },
  'session.end_others': { needed: 'off' },
  'team.adjust': { lasts: 'once' },
}

/** The third parameter names the things in the action's purpose. */
export function deleteTeam(grant: Grant<'team.delete', unknown, { readonly team: string }>): string {
  const { resource } = grant.redeem('team.delete')
  return resource.team // and here the team goes
}
