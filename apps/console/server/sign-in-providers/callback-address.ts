/**
 * Where a provider sends people back to. Each has an address of its own, so that the answer of one is never taken for that
 * of another, whatever it says of itself (RFC 9700 section 4.4.2.2).
 */
export function callbackOf(origin: string, providerId: string): string {
  return `${origin}/api/providers/${providerId}/callback`
}

const ofTeams = 'sso-'

/** By what the provider of a team goes there. */
export function ssoCallbackId(teamId: string): string {
  return `${ofTeams}${teamId}`
}

/** Such an id is for no other provider to have. */
export function isForTeams(providerId: string): boolean {
  return providerId.startsWith(ofTeams)
}
