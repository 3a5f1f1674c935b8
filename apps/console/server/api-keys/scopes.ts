/** What an API key can be allowed, and what its owner reads about that. All of it is reading: a key confirms nothing (requirement S11). */
export const apiScopes = {
  'account:read': 'Read the e-mail address of your account',
  'teams:read': 'Read your teams and who is in them',
} as const satisfies Record<string, string>

export type ApiScope = keyof typeof apiScopes

export const scopeNames = Object.keys(apiScopes) as readonly ApiScope[] as readonly [ApiScope, ...ApiScope[]]
