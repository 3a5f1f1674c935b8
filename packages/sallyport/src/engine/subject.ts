import type { ChallengeRow } from '../contract/store.ts'
import type { Parts } from './parts.ts'

/** What a challenge is for: the end of the sentence that a person is shown, and the host's id of each thing in it. */
export interface Subject {
  readonly purpose: string
  readonly resource: Readonly<Record<string, string>>
}

/** What confirms an action may name an address, a number, a thing of the host's: the database holds it sealed. */
export function sealSubject(parts: Parts, challengeId: string, subject: Subject): string {
  return parts.keys.seal(JSON.stringify(subject), boundTo(challengeId), parts.random)
}

export function subjectOf(parts: Parts, { id, digest, purpose, resource }: ChallengeRow): Subject {
  if (digest === '') return { purpose, resource }
  return JSON.parse(parts.keys.open(purpose, boundTo(id))) as Subject
}

function boundTo(challengeId: string): string {
  return JSON.stringify(['challenge', challengeId])
}
