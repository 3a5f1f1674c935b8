import type { Seen as SeenRead } from './read-security.ts'
import { RecentActivity } from './recent-activity.tsx'
import { Sessions } from './sessions.tsx'

interface SeenProps {
  readonly seen: SeenRead
  readonly hasTrusted: boolean
  readonly onChanged: () => Promise<void>
}

/** Where an account is signed in and what happened to it, whoever signs it in. */
export function Seen({ seen: { sessions, activity }, hasTrusted, onChanged }: SeenProps) {
  return (
    <>
      <Sessions sessions={sessions} hasTrusted={hasTrusted} onChanged={onChanged} />
      {/* Once something more has happened, the list begins with that. */}
      <RecentActivity key={activity.entries[0]?.id ?? ''} first={activity} />
    </>
  )
}
