import type { Client } from '../contract/client.ts'
import { auditEntry } from './audit.ts'
import { type ChallengeKey, newChallenge, promptFirst } from './challenges.ts'
import type { Parts } from './parts.ts'
import { amrOf, mint, type Proof } from './proof.ts'
import type { ChallengeView } from './view.ts'

export interface SignInInput {
  readonly accountId: string
  /** What the host has checked already. */
  readonly evidence: readonly 'password'[]
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
    async begin({ accountId, evidence }, client) {
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
