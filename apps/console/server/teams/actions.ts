import type { OwnActions, Sallyport } from 'sallyport'

/** What the console has confirmed beside the actions that Sallyport brings. */
export const consoleActions = {
  'team.delete': { purpose: 'delete team {team}', lasts: 'once' },
  'policy.change': { purpose: 'change who needs a second factor in team {team}', lasts: 'once' },
  'domain.verify': { purpose: 'verify domain {domain} for team {team}', lasts: 'once' },
  'sso.change': { purpose: 'change the single sign-on of team {team}', lasts: 'once' },
  'audit.export': { purpose: 'export the audit log of team {team}', lasts: 'once' },
  'provider.link': { purpose: 'sign in with {provider} as well', lasts: 'once' },
  'provider.unlink': { purpose: 'no longer sign in with {provider}', lasts: 'once' },
} as const satisfies OwnActions

export type ConsoleMfa = Sallyport<typeof consoleActions>
