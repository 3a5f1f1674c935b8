import { account, methods, sessions, trustedBrowsers } from '../api/calls.ts'
import type { ActivityPage, MethodsView, OpenSession, TrustedBrowser } from '../api/types.ts'

/** Where an account is signed in, and what happened to it. */
export interface Seen {
  readonly sessions: readonly OpenSession[]
  readonly activity: ActivityPage
}

/** What the security page shows. */
export interface SecurityRead {
  readonly methods: MethodsView
  readonly trusted: readonly TrustedBrowser[] | null
  readonly seen: Seen | null
}

/** All at once, so that nothing moves when a part of it comes later. `required`: until one is set up, methods are all there is. */
export async function readSecurity(required: boolean): Promise<SecurityRead> {
  if (required) return { methods: await methods.list(), trusted: null, seen: null }
  const [own, { devices }, seen] = await Promise.all([methods.list(), trustedBrowsers.list(), readSeen()])
  return { methods: own, trusted: devices, seen }
}

export async function readSeen(): Promise<Seen> {
  const [{ sessions: open }, activity] = await Promise.all([sessions.list(), account.activity(null)])
  return { sessions: open, activity }
}
