import type { ChallengeRow } from '../contract/store.ts'
import { equal } from '../crypto/compare.ts'
import type { Parts } from './parts.ts'

/** What a device signs so that it answers this challenge and nothing else. */
type Signed = Pick<ChallengeRow, 'id' | 'accountId' | 'action' | 'sessionHash' | 'digest'>

const stepMs = 30_000
/** With the step that is under way, five minutes at the most. */
const stepsBefore = 9

/**
 * 32 bytes in base64url that nobody can know beforehand: a keyed hash of the challenge and all that it is for, with the time in
 * steps of 30 seconds. Nothing has to be stored, and what is signed for one action is no answer to another (requirement S6).
 */
export function nonceOf(parts: Parts, challenge: Signed): string {
  return macOf(parts.keys.hash(contextOf(challenge), String(stepAt(parts.clock()))))
}

/** Whether it was asked for in the last four and a half to five minutes, under any key. */
export function isNonceOf(parts: Parts, challenge: Signed, nonce: string): boolean {
  const now = stepAt(parts.clock())
  const context = contextOf(challenge)
  // The clock of the process that asked may be a little ahead.
  for (let step = now - stepsBefore; step <= now + 1; step += 1) {
    if (parts.keys.hashes(context, String(step)).some((hash) => equal(macOf(hash), nonce))) return true
  }
  return false
}

function contextOf({ id, accountId, action, sessionHash, digest }: Signed): string {
  return JSON.stringify(['nonce', id, accountId, action, sessionHash, digest])
}

function stepAt(time: number): number {
  return Math.floor(time / stepMs)
}

/** Without the id of the key, which is no part of the 32 bytes. */
function macOf(hash: string): string {
  return hash.slice(hash.indexOf('.') + 1)
}
