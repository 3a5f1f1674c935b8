import { describe, expect, test } from 'vitest'
import { actions, namesIn, purposeOf } from '../contract/action.ts'
import { SallyportError } from '../contract/errors.ts'
import { actionTable, type OwnActions, type Policy } from './actions.ts'

const kinds = ['totp', 'email']
const table = (own: OwnActions, policy: Policy = {}) => actionTable(own, policy, kinds)
/** The option that the table is refused for, which it never is without saying why; null when it is not. */
const refusedFor = (own: unknown, policy: unknown = {}): string | null => {
  try {
    table(own as OwnActions, policy as Policy)
    return null
  } catch (error) {
    if (!(error instanceof SallyportError) || error.code !== 'option_invalid') throw error
    const [, option = '', why = ''] = /^(.*?): (.*)$/s.exec(error.message) ?? []
    expect(why, 'the reason').toMatch(/\w \w/)
    return option
  }
}

const own = { purpose: 'delete team {team}' }
const window = { windowSeconds: 60, sliding: true, ceilingSeconds: 600 }
const stepUps = Object.entries(actions).filter(([, action]) => action.gives === 'grant')
const always = stepUps.filter(([, action]) => action.needed === 'always').map(([name]) => name)
const optional = stepUps.filter(([, action]) => action.needed !== 'always').map(([name]) => name)
const others = Object.keys(actions).filter((name) => !always.includes(name) && !optional.includes(name))

describe('the table of actions', () => {
  test('S2, S3 · is as shipped unless a host says otherwise', () => {
    expect(Object.fromEntries(table({}))).toEqual(actions)
    expect(always.toSorted()).toEqual([
      'account.delete',
      'account.unlock',
      'email.change',
      'mfa.disable',
      'mfa.method.add',
      'mfa.method.remove',
      'mfa.method.rename',
      'mfa.method.set_primary',
      'mfa.reset',
      'password.change',
      'phone.change',
      'recovery_codes.renew',
    ])
    expect(optional.toSorted()).toEqual(['api_key.create', 'api_key.revoke', 'session.end_others', 'team.adjust'])
  })

  test('M10 · a floor that is shipped holds whatever is configured, and a host only raises it', () => {
    expect(table({}).get('mfa.reset')).toEqual(actions['mfa.reset'])
    expect(table({}, { 'mfa.reset': { atLeast: 'totp' } }).get('mfa.reset')?.atLeast).toBe('totp')
    expect(refusedFor({}, { 'mfa.reset': { atLeast: 'email' } })).toBe('policy.mfa.reset.atLeast')
    for (const same of [{}, { atLeast: undefined }, { atLeast: 'sms' }, { needed: 'always' }]) {
      expect(table({}, { 'mfa.reset': same } as Policy).get('mfa.reset')).toStrictEqual(actions['mfa.reset'])
    }
  })

  test('S1 · has a host’s own actions: always needed, good once, answered by any method that is no backup', () => {
    const added = table({ 'team.delete': own }).get('team.delete')
    expect(added).toStrictEqual({
      ...own,
      unexpected: actions['account.delete'].unexpected,
      needed: 'always',
      gives: 'grant',
      lasts: 'once',
    })
    const wanted = { ...own, unexpected: 'call us', lasts: window, atLeast: 'totp' }
    expect(table({ 'team.delete': wanted }).get('team.delete')).toEqual({
      ...wanted,
      needed: 'always',
      gives: 'grant',
    })
  })

  test('can’t be talked into an own action that is not needed, gives a session or takes backups', () => {
    const bold = { ...own, needed: 'off', gives: 'session' } as never
    expect(table({ 'team.delete': bold }).get('team.delete')).toMatchObject({ needed: 'always', gives: 'grant' })
  })

  test.each(Object.keys(actions))('an own action can’t take the name of %s', (name) => {
    expect(refusedFor({ [name]: own })).toBe(`actions.${name}`)
  })

  test.each(['', 'Team.delete', '1team', 'team delete', 'team-delete', 'x'.repeat(65), 'constructor\n'])(
    'an own action can’t be called %j',
    (name) => expect(refusedFor({ [name]: own })).toBe(`actions.${name}`),
  )

  test.each(['', ' ', '\n'])('an own action says what is confirmed, so not %j', (purpose) => {
    expect(refusedFor({ 'team.delete': { purpose } })).toBe('actions.team.delete.purpose')
  })

  test.each(optional)('%s can be switched off and on', (name) => {
    for (const needed of ['on', 'off'] as const) {
      expect(table({}, { [name]: { needed } }).get(name)).toMatchObject({ needed })
    }
  })

  test.each(always)('S2 · %s can’t be switched off, not even with a cast', (name) => {
    for (const needed of ['off', 'on', 'sometimes', null])
      expect(refusedFor({}, { [name]: { needed } })).toBe(`policy.${name}.needed`)
  })

  test.each(optional)('%s is on or off and nothing else', (name) => {
    for (const needed of ['always', 'never', ''])
      expect(refusedFor({}, { [name]: { needed } })).toBe(`policy.${name}.needed`)
  })

  test.each([...others, 'api_key.rotate', 'constructor', '__proto__x'])('there is no policy for %s', (name) => {
    expect(refusedFor({}, { [name]: { needed: 'off' } })).toBe(`policy.${name}`)
  })

  test('no policy changes what an action means, what it takes away or who may answer beside a floor', () => {
    const bold = { purpose: 'x', unexpected: 'x', gives: 'session', loses: undefined, backups: true, atLeast: 'totp' }
    expect(table({}, { 'mfa.disable': bold }).get('mfa.disable')).toEqual({
      ...actions['mfa.disable'],
      atLeast: 'totp',
    })
  })

  test.each([...always, ...optional.filter((name) => name !== 'team.adjust')])('%s is good once and stays so', (name) =>
    expect(refusedFor({}, { [name]: { lasts: window } })).toBe(`policy.${name}.lasts`),
  )

  test('a window can be made another or good once, and another action’s floor can be raised', () => {
    expect(table({}, { 'team.adjust': { lasts: window } }).get('team.adjust')).toMatchObject({ lasts: window })
    expect(table({}, { 'team.adjust': { lasts: 'once' } }).get('team.adjust')).toMatchObject({ lasts: 'once' })
    expect(table({}, { 'api_key.create': { atLeast: 'totp' } }).get('api_key.create')).toMatchObject({
      needed: 'on',
      atLeast: 'totp',
    })
  })

  const badWindows: readonly (readonly [string, object])[] = [
    ['windowSeconds', { windowSeconds: 29 }],
    ['windowSeconds', { windowSeconds: 3601, ceilingSeconds: 3600 }],
    ['windowSeconds', { windowSeconds: 60.5 }],
    ['windowSeconds', { windowSeconds: Number.NaN }],
    ['windowSeconds', { windowSeconds: Number.POSITIVE_INFINITY }],
    ['windowSeconds', { windowSeconds: '60' }],
    ['windowSeconds', { windowSeconds: undefined }],
    ['ceilingSeconds', { ceilingSeconds: 3601 }],
    ['ceilingSeconds', { ceilingSeconds: 59 }],
    ['ceilingSeconds', { ceilingSeconds: 600.5 }],
    ['sliding', { sliding: undefined }],
    ['sliding', { sliding: 1 }],
  ]
  test.each(badWindows)('a window’s %s is refused in %j', (part, different) => {
    const lasts = { ...window, ...different }
    expect(refusedFor({ 'team.delete': { ...own, lasts } })).toBe(`team.delete.lasts.${part}`)
    expect(refusedFor({}, { 'team.adjust': { lasts } })).toBe(`team.adjust.lasts.${part}`)
  })

  test.each(['twice', '', 60, null])('how long a confirmation lasts is a window or once, not %j', (lasts) => {
    expect(refusedFor({}, { 'team.adjust': { lasts } })).toBe('team.adjust.lasts')
    if (lasts !== null) expect(refusedFor({ 'team.delete': { ...own, lasts } })).toBe('team.delete.lasts')
  })

  test('a window’s bounds are themselves allowed', () => {
    for (const lasts of [
      { windowSeconds: 30, sliding: false, ceilingSeconds: 30 },
      { windowSeconds: 3600, sliding: true, ceilingSeconds: 3600 },
    ]) {
      expect(table({ 'team.delete': { ...own, lasts } }).get('team.delete')).toMatchObject({ lasts })
    }
  })

  test.each(['passkey', 'recovery_code', ''])('C3 · the floor %j is no configured method that answers', (atLeast) => {
    expect(refusedFor({ 'team.delete': { ...own, atLeast } })).toBe('team.delete.atLeast')
    expect(refusedFor({}, { 'api_key.create': { atLeast } })).toBe('api_key.create.atLeast')
    expect(() => table({ 'team.delete': { ...own, atLeast } })).toThrow(/: must be .*: totp, email$/)
  })
})

describe('the sentence of an action', () => {
  test('names each thing, once, whatever its name holds', () => {
    expect(namesIn('move {key} to {team}')).toEqual(['key', 'team'])
    const resource = { key: { id: 'k1', name: '{team} $& $1' }, team: 't1' }
    expect(purposeOf('move {key} to {team}', resource)).toBe('move {team} $& $1 to t1')
    expect(purposeOf('change your password')).toBe('change your password')
  })
})
