import type { Challenge, Thing } from './model.ts'

const kinds = ['totp', 'email', 'sms'] as const

/** What is acted on. `methods` are the enrollments there are at the moment; null when one is needed and there is none. */
export function thingOf(action: Thing['action'], which: number, methods: readonly string[]): Thing | null {
  const method = methods[which % Math.max(1, methods.length)] ?? null
  const even = which % 2 === 0
  switch (action) {
    case 'team.adjust':
      return named(action, { team: [even ? 'a' : 'b', which < 2 ? 'Team' : 'Renamed'] }, { role: which })
    case 'api_key.revoke':
      return named(
        action,
        { key: [which === 3 ? 'other' : 'key', which === 1 ? 'Other name' : 'Key'] },
        which === 2 ? { at: [1] } : null,
      )
    case 'notes.edit':
      return named(action, { book: [even ? 'a' : 'b', 'Book'] })
    case 'vault.open':
      return named(action, { vault: [even ? 'a' : 'b', 'Vault'] }, which)
    case 'report.export':
      return named(action, { report: [even ? 'year' : 'month', 'Report'] }, { format: which < 2 ? 'csv' : 'pdf' })
    case 'email.change':
      return named(action, { email: [`new-${which % 2}@example.com`] })
    case 'phone.change':
      return named(action, { phone: ['+14155550100'] })
    case 'mfa.method.add':
      return named(action, { method: [kinds[which % 3] ?? 'totp'] })
    case 'mfa.method.remove':
    case 'mfa.method.set_primary':
      return method === null ? null : named(action, { method: [method] })
    case 'mfa.method.rename':
      return method === null ? null : named(action, { method: [method] }, { name: `Name ${method}` })
    default:
      return named(action, {})
  }
}

/** A thing is named by its id where no other name is given. */
function named(
  action: Thing['action'],
  things: Readonly<Record<string, readonly [id: string, name?: string]>>,
  parameters: unknown = null,
): Thing {
  const entries = Object.entries(things).map(([what, [id, name = id]]) => [what, { id, name }] as const)
  return { action, resource: Object.fromEntries(entries), parameters }
}

export function idsOf({ resource }: Thing): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(resource).map(([what, { id }]) => [what, id]))
}

export function isThing(purpose: Challenge['for']): purpose is Thing {
  return typeof purpose === 'object' && 'action' in purpose
}
