import type { ReactNode } from 'react'
import type { TeamPolicy } from '../../api/types.ts'
import { Day, Minute } from '../../frame/moment.tsx'
import { beginningOf, dayOf } from './time-zone.ts'

interface PolicySentenceProps {
  readonly team: string
  readonly policy: TeamPolicy
}

/** What is true under a policy. */
export function PolicySentence({ team, policy }: PolicySentenceProps) {
  const { who, from } = policy
  if (who === 'optional') return <>By the rule of {team} nobody needs a second factor. Everyone may set one up.</>
  return (
    <>
      <Start from={from} who={who === 'everyone' ? 'everyone in' : 'owners and admins of'} /> {team}{' '}
      {who === 'everyone' ? 'needs' : 'need'} a second factor; {whatCounts(policy)}. <Until from={from} />
    </>
  )
}

function Start({ from, who }: { from: string | null; who: string }): ReactNode {
  if (from === null) return who.charAt(0).toUpperCase() + who.slice(1)
  return (
    <>
      {isOver(from) ? 'Since' : 'From'} <Moment at={from} /> {who}
    </>
  )
}

function Until({ from }: { from: string | null }): ReactNode {
  return from === null || isOver(from)
    ? 'Who has none can only set one up, get help or sign out.'
    : 'Until then it may be postponed at each sign-in; after that, who has none can only set one up, get help or sign out.'
}

function whatCounts({ who, atLeast }: TeamPolicy): string {
  if (atLeast === 'security_key') return 'only a security key or passkey counts'
  if (atLeast === 'totp') return 'only an authenticator app counts, or what is stronger'
  if (atLeast === 'sms' || who === 'privileged') return 'e-mail does not count'
  return 'e-mail does not count for owners and admins'
}

function isOver(at: string): boolean {
  return Date.parse(at) <= Date.now()
}

/** The day is enough where it begins with it. */
function Moment({ at }: { at: string }) {
  return beginningOf(dayOf(at)) === at ? <Day at={at} /> : <Minute at={at} />
}
