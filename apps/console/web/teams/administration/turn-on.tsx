import { administration } from '../../api/calls.ts'
import { Sure } from '../../form/sure.tsx'

interface TurnOnProps {
  /** Where people sign in from then on. */
  readonly issuer: string
  readonly domains: readonly string[]
  /** How many people it is about; null where that is unknown. */
  readonly people: number | null
  readonly busy: boolean
  readonly onSure: () => void
  readonly onCancel: () => void
}

/** Before people are signed out and sent elsewhere from then on. */
export function TurnOn({ issuer, domains, people, busy, onSure, onCancel }: TurnOnProps) {
  return (
    <Sure
      words="Sign them out and save"
      busyWords="Saving…"
      busy={busy}
      onSure={onSure}
      no="Not now"
      onCancel={onCancel}
    >
      {whom(people, domains)} {people === 1 ? 'is signed out now and signs in' : 'are signed out now and sign in'} at{' '}
      <strong>{hostOf(issuer)}</strong> from here on; owners keep their password.
    </Sure>
  )
}

/** How many people single sign-on would sign in; null where there are too many to look at, or nobody can tell. */
export async function countManaged(teamId: string): Promise<number | null> {
  try {
    const { people, next } = await administration.people(teamId, null)
    return next === null ? people.filter(({ managed, role }) => managed && role !== 'owner').length : null
  } catch {
    return null
  }
}

const places = new Intl.ListFormat('en-GB', { type: 'disjunction' })

/** "an address in one.example or another.example" */
export function addressIn(domains: readonly string[]): string {
  return `an address in ${places.format(domains)}`
}

function whom(people: number | null, domains: readonly string[]): string {
  // Of nobody so far, but of whoever is invited later.
  if (people === null || people === 0) return `Members with ${addressIn(domains)}`
  return people === 1 ? '1 person' : `${people} people`
}

function hostOf(issuer: string): string {
  return URL.canParse(issuer) ? new URL(issuer).host : issuer
}
