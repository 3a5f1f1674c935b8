import type { ChallengeMethod, ChallengeView } from '../api/types.ts'
import { hindrance } from '../security-key/ceremony.ts'

/** What a person chooses among. All keys are one choice, and the first: only the browser knows which of them is there. */
export function choicesOf({ methods }: ChallengeView): readonly ChallengeMethod[] {
  const key = methods.find(({ method }) => method === 'security_key')
  if (key === undefined) return methods
  return [{ ...key, name: '' }, ...methods.filter(({ method }) => method !== 'security_key')]
}

/** The one to begin with: a key, where one can be used, else what the server asks for. */
export function firstChoice(view: ChallengeView): string | null {
  const [first, next] = choicesOf(view)
  if (first?.method !== 'security_key') return view.active
  if (hindrance() === null || next === undefined) return first.enrollmentId
  const active = view.methods.find(({ enrollmentId }) => enrollmentId === view.active)
  return active === undefined || active.method === 'security_key' ? next.enrollmentId : active.enrollmentId
}
