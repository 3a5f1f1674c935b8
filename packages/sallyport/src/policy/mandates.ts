import type { Mandate } from '../contract/account.ts'

/** How strong a method is, by its kind; undefined for one that is not configured. */
export type StrengthOf = (kind: string) => number | undefined

interface Held {
  readonly id: string
  readonly method: string
  readonly backup: boolean
  /** It got too many wrong answers in a row, and counts for nothing. */
  readonly disabled?: boolean
}

export type Demanded =
  /** Nothing is demanded, or the account has what is; then `because` says by what it is held to keep it. */
  | { readonly status: 'free'; readonly because: readonly string[] }
  /** It may go on until `from`; after that it can do nothing but set up a second factor. */
  | {
      readonly status: 'postponed' | 'required'
      /** Milliseconds since the epoch. */
      readonly from: number
      /** Each completes "You need a second factor because …". */
      readonly because: readonly string[]
      /** The weakest method that counts; null for any. */
      readonly atLeast: string | null
    }

/** What the mandates ask of an account that has these enrollments (requirements E1 and E2). */
export function demandedBy(
  mandates: readonly Mandate[],
  enrollments: readonly Held[],
  strengthOf: StrengthOf,
  now: number,
): Demanded {
  const unmet = mandates.filter((mandate) => !isMet(mandate, enrollments, strengthOf))
  if (unmet.length === 0) return { status: 'free', because: reasonsOf(mandates) }
  const from = Math.min(...unmet.map((mandate) => mandate.from))
  return {
    status: from <= now ? 'required' : 'postponed',
    from,
    because: reasonsOf(unmet),
    atLeast: strictest(unmet, strengthOf),
  }
}

/** Whether the account would be left without what it must have (requirement E3). What it lacks anyway holds nothing up. */
export function mustKeep(
  mandates: readonly Mandate[],
  enrollments: readonly Held[],
  left: readonly Held[],
  strengthOf: StrengthOf,
): boolean {
  const last = left.every(({ backup }) => backup) && enrollments.some(({ backup }) => !backup)
  return mandates.some(
    (mandate) => !isMet(mandate, left, strengthOf) && (last || isMet(mandate, enrollments, strengthOf)),
  )
}

/** The weakest method that may answer, once a mandate is in force; null when any may. */
export function floorInForce(mandates: readonly Mandate[], strengthOf: StrengthOf, now: number): string | null {
  return strictest(
    mandates.filter(({ from }) => from <= now),
    strengthOf,
  )
}

/** A method that is not configured is taken for one that nothing here is as strong as. */
export function reaches(kind: string, floor: string, strengthOf: StrengthOf): boolean {
  return (strengthOf(kind) ?? 0) >= (strengthOf(floor) ?? Number.POSITIVE_INFINITY)
}

function reasonsOf(mandates: readonly Mandate[]): readonly string[] {
  return [...new Set(mandates.map(({ because }) => because))]
}

function isMet({ atLeast }: Mandate, enrollments: readonly Held[], strengthOf: StrengthOf): boolean {
  return enrollments.some(
    ({ method, backup, disabled }) =>
      !backup && disabled !== true && (atLeast === undefined || reaches(method, atLeast, strengthOf)),
  )
}

function strictest(mandates: readonly Mandate[], strengthOf: StrengthOf): string | null {
  const floors = mandates.flatMap(({ atLeast }) => atLeast ?? [])
  return floors.toSorted((one, other) => strength(other) - strength(one))[0] ?? null

  function strength(kind: string): number {
    return strengthOf(kind) ?? Number.POSITIVE_INFINITY
  }
}
