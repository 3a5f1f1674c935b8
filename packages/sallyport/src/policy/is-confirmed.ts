import type { ActionDefinition } from '../contract/action.ts'

/** All that decides whether an action may be done now. */
export interface Situation {
  readonly action: Pick<ActionDefinition, 'needed' | 'lasts' | 'needsMfa'>
  readonly mfaOn: boolean
  /** Single sign-on stands in for MFA. */
  readonly managed: boolean
  /** The action would leave the account without a method that it must have. */
  readonly mustKeep: boolean
  /** A grant of this session for exactly this, which is not over. */
  readonly granted: boolean
  /** The host's own check; counts only while MFA is off. */
  readonly ownCheck: boolean
  /** How many enrollments may answer. */
  readonly answerable: number
}

export type Decision = 'allowed' | 'challenge' | 'own_check' | 'too_weak' | 'mandatory'

export interface Reason {
  readonly rule:
    | 'switched_off'
    | 'grant_held'
    | 'no_grant'
    | 'mfa_off'
    | 'own_check_passed'
    | 'mfa_on'
    | 'mfa_needed'
    | 'managed'
    | 'must_keep'
    | 'none_strong_enough'
  readonly sentence: string
}

/** The decision, and each rule that led to it, in the order in which they were asked. */
export function isConfirmed(situation: Situation): {
  readonly decision: Decision
  readonly reasons: readonly Reason[]
} {
  const { action, mfaOn, managed, mustKeep, granted, ownCheck, answerable } = situation
  if (mustKeep) return { decision: 'mandatory', reasons: [reason('must_keep')] }
  if (action.needed === 'off') return { decision: 'allowed', reasons: [reason('switched_off')] }
  if (granted) return { decision: 'allowed', reasons: [reason('grant_held')] }
  const missing = reason('no_grant')
  if (managed || !mfaOn) {
    const why = [missing, reason(managed ? 'managed' : 'mfa_off')]
    if (!managed && action.needsMfa === true) return { decision: 'too_weak', reasons: [...why, reason('mfa_needed')] }
    return ownCheck
      ? { decision: 'allowed', reasons: [...why, reason('own_check_passed')] }
      : { decision: 'own_check', reasons: why }
  }
  return answerable > 0
    ? { decision: 'challenge', reasons: [missing, reason('mfa_on')] }
    : { decision: 'too_weak', reasons: [missing, reason('mfa_on'), reason('none_strong_enough')] }
}

const sentences: Readonly<Record<Reason['rule'], string>> = {
  switched_off: 'This deployment does not ask for a confirmation of this action.',
  grant_held: 'This session was confirmed for exactly this, and the confirmation is still good.',
  no_grant: 'This session holds no confirmation for exactly this.',
  mfa_off: 'The account has no second factor, so the application checks for itself who is asking.',
  own_check_passed: "The application's own check was passed.",
  mfa_needed: 'This action takes a second factor, and nothing else will do.',
  managed: 'An organisation signs in to the account, so the application checks for itself who is asking.',
  must_keep: 'The account must have a second factor, and this would leave it without.',
  mfa_on: 'The account has a second factor, so it is asked for.',
  none_strong_enough: "None of the account's second factors is strong enough for this action.",
}

function reason(rule: Reason['rule']): Reason {
  return { rule, sentence: sentences[rule] }
}
