import { type ActionDefinition, namesIn, purposeOf, type Thing } from '../contract/action.ts'
import { SallyportError } from '../contract/errors.ts'
import type { GrantKey } from '../contract/grant.ts'
import type { Parts } from './parts.ts'

/** What a challenge confirms, and everything that its grant is bound to. */
export interface Bound {
  readonly purpose: string
  readonly ids: Readonly<Record<string, string>>
  /** A copy, so that nothing is changed after it was bound. */
  readonly parameters: unknown
  readonly key: GrantKey
}

/**
 * A grant that is good once is bound to the ids, to the parameters and to the very sentence that the person was shown; a
 * window to the ids alone. The hash is keyed: parameters can be guessed, and the database must not help with that.
 */
export function bind(
  parts: Parts,
  name: string,
  action: ActionDefinition,
  asked: {
    readonly accountId: string
    readonly sessionId: string
    readonly resource: Readonly<Record<string, Thing>>
    readonly parameters: unknown
  },
): Bound {
  const unnamed = namesIn(action.purpose).filter((thing) => !Object.hasOwn(asked.resource, thing))
  if (unnamed.length > 0) throw new SallyportError('action_invalid', `${name} acts on ${unnamed.join(', ')}, not named`)
  const purpose = oneLine(purposeOf(action.purpose, asked.resource))
  const parameters: unknown = asked.parameters === undefined ? null : JSON.parse(canonical(asked.parameters))
  const ids = Object.fromEntries(
    Object.entries(asked.resource).map(([thing, value]) => [thing, typeof value === 'string' ? value : value.id]),
  )
  const exact = action.lasts === 'once' ? [ids, parameters, purpose] : [ids]
  return {
    purpose,
    ids,
    parameters,
    key: {
      accountId: asked.accountId,
      sessionHash: sessionHash(parts, asked.accountId, asked.sessionId),
      digest: parts.keys.hash(JSON.stringify(['grant', name]), canonical(exact, deepest + 1)),
    },
  }
}

export function sessionHash(parts: Parts, accountId: string, sessionId: string): string {
  return parts.keys.hash(JSON.stringify(['grant session', accountId]), sessionId)
}

const deepest = 32
const longestPurpose = 400

/** Names come from people: nothing in them breaks the line, hides or reorders text. */
function oneLine(purpose: string): string {
  const line = purpose.replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return Array.from(line).slice(0, longestPurpose).join('')
}

/**
 * One text for one value, in whatever order its members come (RFC 8785 in what it asks of members and of JSON's own types), with
 * no more than so many arrays and objects in one another.
 */
function canonical(value: unknown, deeper = deepest): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (deeper === 0) throw new SallyportError('request_invalid', 'parameters: nested too deeply')
  const inner = (part: unknown): string => canonical(part, deeper - 1)
  if (Array.isArray(value)) return `[${value.map(inner).join(',')}]`
  if (typeof value === 'object' && [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${sorted.map(([name, member]) => `${JSON.stringify(name)}:${inner(member)}`).join(',')}}`
  }
  throw new SallyportError('request_invalid', 'parameters: only JSON values can be bound to a confirmation')
}
