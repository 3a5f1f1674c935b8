import type { Client } from '../contract/client.ts'
import { SallyportError } from '../contract/errors.ts'
import type { Asking, Device, Method } from '../contract/method.ts'
import type { NewChallenge } from '../contract/store.ts'
import { token } from '../crypto/code.ts'
import { floorInForce } from '../policy/mandates.ts'
import { attempt, type Refusal } from './attempt.ts'
import { auditEntry, notices } from './audit.ts'
import { type ChallengeKey, newChallenge } from './challenges.ts'
import { type BrowserTokens, keeping, knownBrowserId } from './devices.ts'
import { countRefused, triesOf } from './network.ts'
import { isNonceOf, nonceOf } from './nonce.ts'
import { type Parts, rulesOf, strengthIn } from './parts.ts'
import { amrOf, mint, type Proof } from './proof.ts'
import { openEnrollment } from './secret.ts'

export type PasskeyResult =
  | {
      readonly ok: true
      readonly proof: Proof<'login'>
      /** What the browser is to keep from now on; null where none was named. */
      readonly browser: BrowserTokens | null
    }
  | Exclude<Refusal, { readonly reason: 'wrong' }>
  /** `unknown_key`: of no account here. `elsewhere`: an organisation signs in to the account, and nothing else does. */
  | { readonly ok: false; readonly reason: 'wrong' | 'unknown_key' | 'elsewhere' }

/** Signing in with a key that says whose it is and knows its user: two factors at once, and no password. */
export interface Passkeys {
  /**
   * What the page hands to the person's device, good for five minutes, and the key that the same browser is to bring with the
   * answer. Stores nothing. Throws `method_not_found` where no method asks a device.
   */
  ask(): { readonly asking: Asking; readonly key: ChallengeKey }
  /**
   * Judges an answer, once. What is wrong is counted for the client's address and for no account: nobody has shown anything of
   * one yet. `browser`: what it keeps.
   */
  answer(key: ChallengeKey, answer: string, client: Client, browser?: BrowserTokens): Promise<PasskeyResult>
}

export function passkeysOf(parts: Parts): Passkeys {
  return {
    ask() {
      const key = { id: token(parts.random, 16), binding: token(parts.random, 32) }
      return { asking: deviceMethod(parts).device.ask({ nonce: nonceOf(parts, signing(key)) }, []), key }
    },

    async answer(key, answer, client, browser) {
      const { method, device } = deviceMethod(parts)
      const { store, clock } = parts
      const credential = device.identify(answer)
      if (credential === null) return { ok: false, reason: 'malformed' }
      const retryAt = await store.rateFreeAt({ rate: triesOf(parts, client), now: clock() })
      if (retryAt > 0) return { ok: false, reason: 'limited', retryAt }
      const found = await store.findCredential(credential)
      const { enrollments } = found === null ? { enrollments: [] } : await store.readAccount(found.accountId)
      const row = enrollments.find(({ id }) => id === found?.enrollmentId)
      if (row === undefined || row.method !== method.kind) return await refuse(parts, client, 'unknown_key', null)
      const { accountId } = row
      const no = (reason: 'wrong' | 'not_allowed', copied = false): Promise<PasskeyResult> =>
        refuse(parts, client, reason, { accountId, row, copied })
      const context = {
        now: clock(),
        hash: () => '',
        isNonce: (nonce: string): boolean => isNonceOf(parts, signing(key), nonce),
        alone: true,
      }
      const verdict = await method.check(context, openEnrollment(parts, row), null, answer)
      if (!verdict.ok) {
        // The same answer once more, as after a lost reply, has the same count, and is no copy's.
        const copied = verdict.copied === true && (await store.readChallenge(key.id)) === null
        return await no('wrong', copied)
      }
      // One that was added with a backup a while ago does no more than that, which takes a first factor besides.
      if (row.disabled || row.fullStrengthFrom > clock()) return await no('not_allowed')
      const [rules, account] = await Promise.all([rulesOf(parts, accountId), parts.accounts.find(accountId)])
      // The host has not looked yet whether the account may sign in.
      if (account === null) return await no('wrong')
      if (rules.managed) {
        const detail = { evidence: row.method }
        const retryAfter = await countRefused(parts, client, {
          accountId,
          event: 'sign_in.elsewhere',
          outcome: 'refused',
          detail,
        })
        return retryAfter > 0
          ? { ok: false, reason: 'limited', retryAt: retryAfter }
          : { ok: false, reason: 'elsewhere' }
      }
      const { challenge: opening } = newChallenge(parts, {
        accountId,
        action: 'login',
        onlyEnrollmentId: row.id,
        knownBrowserId: browser === undefined ? null : await knownBrowserId(parts, accountId, browser),
        atLeast: floorInForce(rules.mandates, strengthIn(parts), clock()),
      })
      // Nobody has the key to it: it is answered here or not at all.
      const challenge: NewChallenge = { ...opening, id: key.id, bindingHash: '' }
      const record = () => ({ audit: [auditEntry(parts, client, { challenge, event: 'challenge.opened' as const })] })
      const snapshot = await store.openOnce({ challenge, record })
      if (snapshot === null) return await no('wrong')
      const kept =
        browser === undefined
          ? null
          : await keeping(parts, snapshot, { row, method }, { tokens: browser, trust: false }, client)
      const onPass = kept === null ? ('nothing' as const) : { remember: kept.remember }
      const answered = { enrollmentId: row.id, answer }
      const attempted = await attempt(parts, snapshot, answered, client, onPass, verdict)
      if (!attempted.ok) return attempted.reason === 'wrong' ? { ok: false, reason: 'wrong' } : attempted
      const proof = mint({
        accountId,
        action: 'login',
        resource: '',
        methods: [row.method],
        amr: amrOf([], attempted.amr),
        at: attempted.at,
        begunAt: challenge.createdAt,
        challengeId: challenge.id,
        reason: null,
        replaces: false,
      })
      return { ok: true, proof, browser: kept?.tokens ?? null }
    },
  }
}

/** A challenge that is not opened before it is answered: who is asked, nobody knows yet. */
function signing({ id, binding }: ChallengeKey): Parameters<typeof nonceOf>[1] {
  return { id, accountId: '', action: 'login', sessionHash: binding, digest: '' }
}

function deviceMethod(parts: Parts): { readonly method: Method; readonly device: Device } {
  for (const method of parts.methods.values()) {
    const { device } = method
    if (device !== undefined) return { method, device }
  }
  throw new SallyportError('method_not_found', 'no method is configured that asks a device')
}

/** Counted for the client's address, as a wrong password is, and for no account. */
async function refuse(
  parts: Parts,
  client: Client,
  reason: 'unknown_key' | 'wrong' | 'not_allowed',
  about: {
    readonly accountId: string
    readonly row: { readonly id: string; readonly method: string; readonly name: string }
    readonly copied: boolean
  } | null,
): Promise<PasskeyResult> {
  const of = about === null ? {} : { accountId: about.accountId, enrollmentId: about.row.id, method: about.row.method }
  const refused = { ...of, action: 'login', outcome: 'refused' } as const
  const retryAt = await countRefused(
    parts,
    client,
    about === null
      ? { ...refused, event: 'sign_in.unknown_key' }
      : { ...refused, event: 'attempt.refused', detail: { reason } },
  )
  if (retryAt > 0) return { ok: false, reason: 'limited', retryAt }
  if (about?.copied === true) {
    const { name } = about.row
    const told = { accountId: about.accountId, kind: 'method.copied', at: parts.clock(), subject: name } as const
    await parts.store.appendAudit(
      [auditEntry(parts, client, { ...refused, event: 'method.copied', detail: { name } })],
      notices(parts, client, told),
    )
    parts.tell()
  }
  return { ok: false, reason }
}
