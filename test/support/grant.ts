import type { Grant } from 'sallyport'

interface Given {
  readonly accountId: string
  readonly resource?: Readonly<Record<string, string>>
  readonly parameters?: unknown
}

/** Only the engine makes real grants; the host sees of one what this has. */
export function grantOf<Name extends string, Parameters, Ids>(
  action: Name,
  { accountId, resource = {}, parameters = null }: Given,
): Grant<Name, Parameters, Ids> {
  let spent = false
  const redeem = (wanted: string): object => {
    if (wanted !== action) throw new Error('for another action')
    if (spent) throw new Error('spent')
    spent = true
    return { accountId, sessionId: 'session', action, resource, parameters, challengeId: 'c', methods: ['totp'], at: 0 }
  }
  return { redeem } as unknown as Grant<Name, Parameters, Ids>
}
