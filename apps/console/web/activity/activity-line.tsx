import type { ActivityEntry } from '../api/types.ts'
import { sentenceFor } from './sentences.ts'

const badges = { refused: 'Refused', failed: 'Failed' } as const

/** What happened, and whether anything came of it. */
export function ActivityLine({ entry }: { entry: ActivityEntry }) {
  return (
    <span className="happened">
      <span>{sentenceFor(entry)}</span>{' '}
      {entry.outcome === 'ok' ? null : <span className="badge badge-plain">{badges[entry.outcome]}</span>}
    </span>
  )
}
