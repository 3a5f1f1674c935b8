import type { ActionDefinition } from '../contract/action.ts'
import { reaches } from './mandates.ts'
import type { Floors } from './may-answer.ts'

interface Owned {
  readonly id: string
  readonly method: string
  readonly backup: boolean
}

/**
 * How strong an answer has to be. `strengthOf` gives undefined for a method that is not configured any more. What was switched
 * off by wrong answers counts like any other: or being wrong about a strong method would be a way to be rid of it by a weak one.
 */
export function floorsOf(
  action: Pick<ActionDefinition, 'atLeast' | 'loses' | 'adds'>,
  resource: Readonly<Record<string, string>>,
  enrollments: readonly Owned[],
  strengthOf: (kind: string) => number | undefined,
  /** The weakest method that counts for this account by a mandate in force; null when any does. */
  mandated: string | null,
): Floors {
  const held = enrollments.filter(({ backup }) => !backup)
  const strongest = Math.max(...held.flatMap(({ method }) => strengthOf(method) ?? []))
  // What can't be compared any more is taken for as strong as anything the account has; without that, for out of reach.
  const known = (kind: string): number =>
    strengthOf(kind) ?? (Number.isFinite(strongest) ? strongest : Number.POSITIVE_INFINITY)
  return {
    policy: action.atLeast === undefined ? null : (strengthOf(action.atLeast) ?? Number.POSITIVE_INFINITY),
    lost: lost(),
    // Until the account has what it must have, it answers with what it has.
    mandated:
      mandated !== null && held.some(({ method }) => reaches(method, mandated, strengthOf))
        ? (strengthOf(mandated) ?? null)
        : null,
    added: action.adds === undefined || held.length === 0 ? null : Math.min(known(resource['method'] ?? ''), strongest),
  }

  function lost(): number | null {
    if (action.loses === undefined) return null
    if (action.loses === 'method') {
      const named = enrollments.find(({ id, backup }) => !backup && id === resource['method'])
      return named === undefined ? Number.POSITIVE_INFINITY : known(named.method)
    }
    const gone = held.filter(({ method }) => action.loses === 'all' || method === action.loses)
    return gone.length === 0 ? null : Math.max(...gone.map(({ method }) => known(method)))
  }
}
