import type { ActionDefinition } from '../contract/action.ts'
import { strengths } from '../contract/method.ts'

/** What the rules need to know of a method; the contract's `Method` has it. */
interface Answering {
  readonly backup: boolean
  readonly strength: number
  /** Added with a backup's answer a while ago: it answers for nothing yet that the backup could not. */
  readonly fresh: boolean
}

export type MayAnswer =
  | { readonly allowed: true }
  | {
      readonly allowed: false
      readonly reason: 'backup' | 'below_floor' | 'weaker_than_lost' | 'weaker_than_added' | 'too_fresh'
    }

/** What the action asks of an answer, with its words turned into strengths. */
export interface Floors {
  /** Of the method that the policy names; null when it names none (requirement C3). */
  readonly policy: number | null
  /** Of the strongest enrollment that the action takes away or replaces; null when it takes none (requirement S7). */
  readonly lost: number | null
  /**
   * Of the method that the account must have (requirement M10), once it has one that strong; backups are not held to it, unless it
   * has to resist phishing.
   */
  readonly mandated: number | null
  /** Of what the action adds, as far as the account has anything that strong; null when it adds nothing. */
  readonly added: number | null
}

/**
 * Whether a method may answer a challenge. Backups complete a login and whatever else the table says; nothing weaker than the
 * policy asks for is a fallback; and what is taken away takes an answer at least as strong, so that a weak method can't strip
 * a strong one. What was added with nothing but a backup answers at first for no more than the backup could, or a code found
 * on paper would be as good as the strongest method.
 */
export function mayAnswer(action: Pick<ActionDefinition, 'backups'>, method: Answering, floors: Floors): MayAnswer {
  if (method.backup && action.backups !== true) return { allowed: false, reason: 'backup' }
  if (floors.policy !== null && method.strength < floors.policy) return { allowed: false, reason: 'below_floor' }
  if (floors.lost !== null && method.strength < floors.lost) return { allowed: false, reason: 'weaker_than_lost' }
  if (method.backup) return isPhishable(floors) ? { allowed: true } : { allowed: false, reason: 'below_floor' }
  if (floors.mandated !== null && method.strength < floors.mandated) return { allowed: false, reason: 'below_floor' }
  if (method.fresh && action.backups !== true) return { allowed: false, reason: 'too_fresh' }
  if (floors.added !== null && method.strength < floors.added) return { allowed: false, reason: 'weaker_than_added' }
  if (method.fresh && floors.added !== null) return { allowed: false, reason: 'too_fresh' }
  return { allowed: true }
}

/** What is read off paper can be typed into a look-alike page. */
function isPhishable({ mandated }: Floors): boolean {
  return mandated === null || mandated < strengths.security_key
}
