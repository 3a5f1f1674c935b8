import type { Client } from '../contract/client.ts'
import { SallyportError } from '../contract/errors.ts'
import { floorInForce } from '../policy/mandates.ts'
import { auditEntry } from './audit.ts'
import { type ChallengeKey, isOpen, loadFor, newChallenge, promptFirst } from './challenges.ts'
import { type BrowserTokens, mayTrust, recognize } from './devices.ts'
import { type Parts, rulesOf, strengthIn } from './parts.ts'
import { type Passkeys, passkeysOf } from './passkeys.ts'
import { amrOf, bounded, mint, type Proof, type Proven, toEvidence } from './proof.ts'
import { type ChallengeView, viewOf } from './view.ts'

/** What a host can have checked before it asks: `oidc` is a provider of the person's choosing, `sso` their organisation's. */
export type FirstFactor = 'password' | 'email' | 'oidc' | 'sso'

export interface SignInInput {
  readonly accountId: string
  /** What the host has checked already: something, or there is nothing to go on with. */
  readonly evidence: readonly [FirstFactor, ...FirstFactor[]]
  /** AMR values (RFC 8176) of an identity provider that is configured as trusted. They skip nothing, and are told on in the proof. */
  readonly amr?: readonly string[]
  /**
   * The key of a login that this browser has pending already, if any. While that challenge is open and the same account's,
   * it goes on: the code that was sent is still good, and the tries that were used stay used.
   */
  readonly pending?: ChallengeKey | null
  /**
   * When the host began to check the first factor, in milliseconds since the epoch: taken before the password was read.
   * Default: now.
   */
  readonly at?: number
  /**
   * What the browser keeps, where the login comes from one: then it may be trusted, and known. Left out: it is neither, as for an
   * app.
   */
  readonly browser?: BrowserTokens
}

export type SignInStep =
  | {
      readonly status: 'clear'
      readonly proof: Proof<'login'>
      /** What the browser is to keep from now on; null where that has not changed. */
      readonly browser: BrowserTokens | null
    }
  | {
      readonly status: 'challenge'
      readonly challenge: ChallengeView
      readonly key: ChallengeKey
      /** What the browser is to keep from now on; null where that has not changed. */
      readonly browser: BrowserTokens | null
    }
  /** An organisation's single sign-on signs in to the account and nothing else does, or it is none that does any more. */
  | { readonly status: 'elsewhere' }

export interface SignIn {
  readonly passkey: Passkeys

  /**
   * To be called once the first factor was right. `clear` hands out a proof only to accounts that have MFA off, and to those that
   * are managed by the single sign-on which is the evidence, or come from a browser that they trust. Throws `request_invalid` without
   * any evidence.
   */
  begin(input: SignInInput, client: Client): Promise<SignInStep>
}

export function signInOf(parts: Parts): SignIn {
  return {
    passkey: passkeysOf(parts),

    async begin({ accountId, evidence, amr = [], pending = null, at, browser }, client) {
      // Also where the types were cast away: a second factor by itself is one factor.
      if (evidence.length === 0) throw new SallyportError('request_invalid', 'evidence: at least one first factor')
      // Before anything is read: whoever turned MFA on meanwhile has ended all that is older than that.
      const now = parts.clock()
      const begunAt = Math.min(at ?? now, now)
      const believed = bounded(amr)
      const rules = await rulesOf(parts, accountId)
      if (rules.managed !== evidence.includes('sso')) {
        const detail = { evidence: evidence.join(' ') }
        const entry = auditEntry(parts, client, { accountId, event: 'sign_in.elsewhere', outcome: 'refused', detail })
        await parts.store.appendAudit([entry])
        return { status: 'elsewhere' }
      }
      const clear = (
        reason: NonNullable<Proven['reason']>,
        kept: BrowserTokens | null,
        challengeId: string | null = null,
      ): SignInStep => ({
        status: 'clear',
        browser: kept,
        proof: mint({
          accountId,
          action: 'login',
          resource: '',
          challengeId,
          replaces: false,
          methods: evidence,
          amr: amrOf(evidence, [], believed),
          at: begunAt,
          begunAt,
          reason,
        }),
      })
      if (rules.managed) {
        const detail = { reason: 'sso' }
        await parts.store.appendAudit([auditEntry(parts, client, { accountId, event: 'sign_in.not_required', detail })])
        return clear('sso', null)
      }
      const tokens = browser ?? { trusted: '', known: '' }
      const { skipped, known, tokens: kept } = await recognize(parts, { accountId, tokens, rules }, client)
      if (skipped !== null) return clear('trusted_browser', kept, skipped)
      if (pending !== null) {
        const challenge = await resume(parts, accountId, pending, client)
        if (challenge !== null) return { status: 'challenge', challenge, key: pending, browser: kept }
      }
      const { challenge, key } = newChallenge(parts, {
        accountId,
        action: 'login',
        evidence: [...evidence, ...believed.map(toEvidence)],
        begunAt,
        atLeast: floorInForce(rules.mandates, strengthIn(parts), now),
        knownBrowserId: known?.id ?? null,
        mayTrust: browser !== undefined && mayTrust(parts, rules),
      })
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
      if (snapshot === null) return clear('mfa_off', kept)
      return { status: 'challenge', challenge: await promptFirst(parts, snapshot, client), key, browser: kept }
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
