import type { Context, Env } from 'hono'
import type { z } from '@hono/zod-openapi'
import type { Sallyport } from '../engine/sallyport.ts'
import type { SignInInput } from '../engine/sign-in.ts'
import { browserTokens, keepBrowserTokens, pendingKey, setPending } from './cookie.ts'
import type { Host } from './host.ts'
import { challengeBody, type challengeSchema } from './schemas.ts'

export type BegunSignIn =
  | { readonly status: 'signed_in' }
  /** To be completed under /challenge; its key is in a cookie of its own. */
  | { readonly status: 'challenge'; readonly challenge: z.infer<typeof challengeSchema> }
  /** An organisation's single sign-on signs in to the account, and nothing else does. */
  | { readonly status: 'elsewhere' }
  /** The account may not have a session, any more. */
  | { readonly status: 'refused' }

/**
 * To be called once the first factor of a browser was right: does all that has to do with cookies, and has the host issue the
 * session where no challenge is needed.
 */
export async function beginSignIn<E extends Env>(
  context: Context<E>,
  mfa: Sallyport,
  host: Pick<Host<E>, 'client' | 'issueSession'>,
  input: Omit<SignInInput, 'pending' | 'browser'>,
): Promise<BegunSignIn> {
  const here = { pending: pendingKey(context), browser: browserTokens(context) }
  const step = await mfa.signIn.begin({ ...input, ...here }, host.client(context))
  if (step.status === 'elsewhere') return step
  // Whether or not a session comes of it: what the browser kept until now is used up, or was good for nothing.
  keepBrowserTokens(context, step.browser)
  if (step.status === 'challenge') {
    setPending(context, step.key)
    return { status: 'challenge', challenge: challengeBody(step.challenge, mfa.clock()) }
  }
  return { status: (await host.issueSession(context, step.proof)) ? 'signed_in' : 'refused' }
}
