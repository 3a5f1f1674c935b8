import type { Client } from '../contract/client.ts'
import { auditEntry } from './audit.ts'
import { type ChallengeKey, isOpen, loadFor, newChallenge, promptFirst } from './challenges.ts'
import type { Parts } from './parts.ts'
import { amrOf, mint, type Proof } from './proof.ts'
import { type ChallengeView, viewOf } from './view.ts'

export interface SignInInput {
  readonly accountId: string
  /** What the host has checked already. */
  readonly evidence: readonly 'password'[]
  /**
   * The key of a login that this browser has pending already, if any. While that challenge is open and the same account's,
   * it goes on: the code that was sent is still good, and the tries that were used stay used.
   */
  readonly pending?: ChallengeKey | null
}

export type SignInStep =
  | { readonly status: 'clear'; readonly proof: Proof<'login'> }
  | { readonly status: 'challenge'; readonly challenge: ChallengeView; readonly key: ChallengeKey }

export interface SignIn {
  /** To be called once the first factor was right. `clear` hands out a proof only to accounts that have MFA off. */
  begin(input: SignInInput, client: Client): Promise<SignInStep>
}

export function signInOf(parts: Parts): SignIn {
  return {
    async begin({ accountId, evidence, pending = null }, client) {
      if (pending !== null) {
        const challenge = await resume(parts, accountId, pending, client)
        if (challenge !== null) return { status: 'challenge', challenge, key: pending }
      }
      const { challenge, key } = newChallenge(parts, { accountId, action: 'login', evidence })
      const snapshot = await parts.store.beginSignIn({
        challenge,
        record: (outcome) => ({
          audit: [
            outcome === 'challenge'
              ? auditEntry(parts, client, { challenge, event: 'challenge.opened' })
              : auditEntry(parts, client, { accountId, event: 'sign_in.not_required' }),
          ],
        }),
      })
      if (snapshot !== null) {
        return { status: 'challenge', challenge: await promptFirst(parts, snapshot, client), key }
      }
      const proof = mint({
        accountId,
        action: 'login',
        resource: '',
        methods: evidence,
        amr: amrOf(evidence, []),
        // From before the account was read: whoever turned MFA on meanwhile ended all that is older than that.
        at: challenge.createdAt,
        challengeId: null,
        reason: 'mfa_off',
      })
      return { status: 'clear', proof }
    },
  }
}

/** The challenge of the pending login as it stands, with a code under way if its primary needs one; null when there is none. */
async function resume(
  parts: Parts,
  accountId: string,
  key: ChallengeKey,
  client: Client,
): Promise<ChallengeView | null> {
  const snapshot = await loadFor(parts, key, client)
  if (snapshot === null || !isOpen(parts, snapshot)) return null
  const { challenge } = snapshot
  if (challenge.action !== 'login' || challenge.accountId !== accountId) return null
  if (snapshot.account.mfaEnabledAt === null) return null
  const view = viewOf(parts, snapshot)
  // So near its end a code would die before it is read, and hold up the next one.
  const leftMs = challenge.expiresAt - parts.clock()
  if (view.code === null && leftMs < parts.limits.resendSeconds * 1000) return null
  await parts.store.appendAudit([auditEntry(parts, client, { challenge, event: 'challenge.resumed' })])
  return view.code === null ? await promptFirst(parts, snapshot, client) : view
}
