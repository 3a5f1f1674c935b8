/** What the rule needs to know of a method; the contract's `Method` has it. */
interface Answering {
  readonly backup: boolean
  readonly strength: number
}

export type MayAnswer =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly reason: 'backup_only_for_login' | 'too_weak' }

/**
 * Whether a method may answer a challenge. Backups complete a login and nothing else; removing a method takes an answer
 * by one at least as strong as the one removed, so that a weak method can't strip a strong one.
 */
export function mayAnswer(action: string, method: Answering, removedStrength: number | null): MayAnswer {
  if (method.backup && action !== 'login') return { allowed: false, reason: 'backup_only_for_login' }
  if (removedStrength !== null && method.strength < removedStrength) return { allowed: false, reason: 'too_weak' }
  return { allowed: true }
}
