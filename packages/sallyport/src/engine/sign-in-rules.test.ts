import { describe, expect, test } from 'vitest'
import type { FirstFactor, Mandate, Rules } from 'sallyport'
import {
  ada,
  allowed,
  answerStepUp,
  client,
  library,
  type Library,
  session,
  setUp,
} from '../../../../test/support/library.ts'

const accounts = (rules: Partial<Rules>, ended: number[] = []) => ({
  find: (id: string) => Promise.resolve(id === ada.id ? ada : null),
  endSessions: (_: string, before: number) => Promise.resolve(void ended.push(before)),
  rules: () => Promise.resolve({ managed: false, privileged: false, mandates: [], ...rules }),
})
/** An account whose rules the test changes as it goes. */
async function ruled() {
  const rules: { managed: boolean; privileged: boolean; mandates: Mandate[] } = {
    managed: false,
    privileged: false,
    mandates: [],
  }
  const ended: number[] = []
  const running = await library({ accounts: { ...accounts({}, ended), rules: () => Promise.resolve(rules) } })
  return { running, rules, ended }
}
const begin = ({ mfa }: Library, evidence: readonly [FirstFactor, ...FirstFactor[]], amr?: readonly string[]) =>
  mfa.signIn.begin({ accountId: ada.id, evidence, ...(amr === undefined ? {} : { amr }) }, client)
const everyone: Mandate = { because: 'everyone must', from: 0 }
const owner: Mandate = { because: 'you are an owner', from: 0, atLeast: 'sms' }

describe('an account that an organisation signs in to', () => {
  test('L4 · is signed in to by its single sign-on alone, whatever else was right', async () => {
    const { running, rules } = await ruled()
    rules.managed = true
    for (const evidence of [['password'], ['oidc'], ['email']] as const) {
      expect(await begin(running, evidence)).toEqual({ status: 'elsewhere' })
    }
    expect(running.audit('sign_in.elsewhere')).toHaveLength(3)
    expect(await begin(running, ['sso'])).toMatchObject({ status: 'clear' })
  })

  test('L4 · no single sign-on signs in to an account that none manages', async () => {
    const { running } = await ruled()
    expect(await begin(running, ['sso'])).toEqual({ status: 'elsewhere' })
    expect(await begin(running, ['password', 'sso'])).toEqual({ status: 'elsewhere' })
  })

  test('L4 · is challenged for nothing, though it has MFA on from before', async () => {
    const { running, rules } = await ruled()
    await setUp(running, 'totp')
    rules.managed = true
    const step = await begin(running, ['sso'])
    if (step.status !== 'clear') throw new Error(step.status)
    expect(step.proof.redeem('login')).toMatchObject({ methods: ['sso'], amr: [], challengeId: null, reason: 'sso' })
    const asked = { accountId: ada.id, session: { id: 'sso' }, resource: {} }
    expect(await running.mfa.actions.require('session.end_others', asked, client)).toMatchObject({
      status: 'own_check',
    })
    const ownCheck = () => Promise.resolve(true)
    const checked = await running.mfa.actions.require('session.end_others', { ...asked, ownCheck }, client)
    if (checked.status !== 'granted') throw new Error(checked.status)
    expect(checked.grant.redeem('session.end_others')).toMatchObject({ challengeId: null, reason: 'managed' })
  })

  test('L4 · sets up no second factor', async () => {
    const { running, rules } = await ruled()
    const adding = { accountId: ada.id, session, resource: { method: 'totp' }, ownCheck: () => Promise.resolve(true) }
    const step = await running.mfa.actions.require('mfa.method.add', adding, client)
    rules.managed = true
    if (step.status !== 'granted') throw new Error(step.status)
    expect(await running.mfa.enrollments.begin(step.grant, client)).toEqual({ ok: false, reason: 'managed' })
    const { available } = await running.mfa.enrollments.list(ada.id)
    expect(new Set(available.map(({ status }) => status))).toEqual(new Set(['managed']))
  })

  test('its sessions are those of its single sign-on, and no others, from one request to the next', async () => {
    const { running, rules } = await ruled()
    const standing = (sso: boolean) =>
      running.mfa.enforcement.standing({ accountId: ada.id, session: { challengeId: null, sso } })
    expect([await standing(false), await standing(true)]).toEqual([
      { status: 'free', because: [] },
      { status: 'ended' },
    ])
    rules.managed = true
    rules.mandates.push(everyone)
    expect([await standing(false), await standing(true)]).toEqual([
      { status: 'ended' },
      { status: 'free', because: [] },
    ])
  })
})

describe('what a provider says of itself', () => {
  test('OA-06 · skips nothing, and is told on only as far as the host believes it', async () => {
    const { running } = await ruled()
    const app = await setUp(running, 'totp')
    for (const [amr, expected] of [
      [undefined, ['otp']],
      [
        ['pwd', 'mfa', 'two words', 'x'.repeat(33)],
        ['pwd', 'mfa', 'otp'],
      ],
    ] as const) {
      const step = await begin(running, ['oidc'], amr)
      if (step.status !== 'challenge') throw new Error(step.status)
      const typed = { enrollmentId: app.enrollmentId, answer: app.answer() }
      const answered = await running.mfa.challenges.answer(step.key, 'login', typed, client)
      if (!answered.ok) throw new Error(answered.reason)
      expect(answered.proof.redeem('login')).toMatchObject({ methods: ['oidc', 'totp'], amr: expected })
      running.clock.advance(30_000)
    }
  })
})

describe('who must have MFA', () => {
  test('is asked for nothing that has to be read where nothing is demanded', async () => {
    let reads = 0
    const running = await library({
      around: (store) => ({ readAccount: (accountId) => ((reads += 1), store.readAccount(accountId)) }),
    })
    const standing = (inSession: { challengeId: string | null; sso: boolean } | null) =>
      running.mfa.enforcement.standing({ accountId: ada.id, session: inSession })
    const free = { status: 'free', because: [] }
    expect([await standing({ challengeId: 'passed', sso: false }), await standing(null), reads]).toEqual([
      free,
      free,
      0,
    ])
    expect([await standing({ challengeId: null, sso: false }), reads]).toEqual([free, 1])
  })

  test('E2 · may postpone it until the date, and then does nothing else', async () => {
    const { running, rules } = await ruled()
    rules.mandates.push({ ...everyone, from: running.clock() + 1000 })
    const standing = () =>
      running.mfa.enforcement.standing({ accountId: ada.id, session: { challengeId: null, sso: false } })
    expect(await standing()).toMatchObject({ status: 'postponed', because: ['everyone must'] })
    running.clock.advance(1000)
    expect(await standing()).toMatchObject({ status: 'required' })
    expect(await running.mfa.enforcement.standing({ accountId: ada.id, session: null })).toMatchObject({
      status: 'required',
    })
  })

  test('E3 · is asked of a live session at its next request', async () => {
    const { running, rules } = await ruled()
    await setUp(running, 'email')
    const standing = () =>
      running.mfa.enforcement.standing({ accountId: ada.id, session: { challengeId: 'passed', sso: false } })
    expect(await standing()).toMatchObject({ status: 'free' })
    rules.mandates.push(owner)
    expect(await standing()).toMatchObject({ status: 'required', atLeast: 'sms' })
    await setUp(running, 'totp')
    expect(await standing()).toMatchObject({ status: 'free' })
  })

  test('E5 · a session from before MFA was on is none any more, an API key goes on', async () => {
    const { running } = await ruled()
    await setUp(running, 'totp')
    const standing = (challengeId: string | null) =>
      running.mfa.enforcement.standing({ accountId: ada.id, session: { challengeId, sso: false } })
    expect([await standing(null), await standing('passed')]).toEqual([
      { status: 'ended' },
      { status: 'free', because: [] },
    ])
    expect(await running.mfa.enforcement.standing({ accountId: ada.id, session: null })).toMatchObject({
      status: 'free',
    })
  })

  test('E3 · FB-14 · keeps the last method, and the last that is strong enough, even with a confirmation in hand', async () => {
    const { running, rules } = await ruled()
    const app = await setUp(running, 'totp')
    const mail = await setUp(running, 'email')
    const { mfa } = running
    const removing = (id: string) => ({ accountId: ada.id, session, resource: { method: { id, name: 'it' } } })
    const first = await mfa.actions.require('mfa.method.remove', removing(app.enrollmentId), client)
    if (first.status !== 'challenge') throw new Error(first.status)
    expect(await answerStepUp(running, first.challenge, app.enrollmentId)).toMatchObject({ ok: true })
    rules.mandates.push(owner)
    const again = { ...removing(app.enrollmentId), challengeId: first.challenge.id }
    expect(await mfa.actions.require('mfa.method.remove', again, client)).toEqual({ status: 'mandatory' })
    expect(await mfa.actions.explain('mfa.method.remove', again)).toMatchObject({ decision: 'mandatory' })
    const off = { accountId: ada.id, session, resource: {} }
    expect(await mfa.actions.require('mfa.disable', off, client)).toEqual({ status: 'mandatory' })
    const grant = await allowed(running, (presented) =>
      mfa.actions.require('mfa.method.remove', { ...presented, ...removing(mail.enrollmentId) }, client),
    )
    expect(await mfa.enrollments.remove(grant, client)).toBe('removed')
    expect(running.audit('action.refused').map(({ detail }) => JSON.parse(detail).reason)).toEqual([
      'mandatory',
      'mandatory',
    ])
  })

  test('E3 · two removals that were confirmed together don’t take away both', async () => {
    const { running, rules } = await ruled()
    const methods = [await setUp(running, 'totp'), await setUp(running, 'totp')]
    rules.mandates.push(everyone)
    const grants = []
    for (const [index, { enrollmentId }] of methods.entries()) {
      const inSession = { ...session, id: `session ${index}` }
      const asked = { accountId: ada.id, resource: { method: { id: enrollmentId, name: 'it' } } }
      const removing = (presented: object) =>
        running.mfa.actions.require('mfa.method.remove', { ...presented, ...asked, session: inSession }, client)
      grants.push(await allowed(running, removing, inSession))
    }
    const outcomes = await Promise.all(grants.map((grant) => running.mfa.enrollments.remove(grant, client)))
    expect(outcomes.toSorted()).toEqual(['mandatory', 'removed'])
    expect(await running.mfa.enrollments.enabledAt(ada.id)).not.toBeNull()
  })

  test('M10 · answers with what counts for it, at the door and within; recovery codes still open the door', async () => {
    const { running, rules } = await ruled()
    const app = await setUp(running, 'totp')
    const mail = await setUp(running, 'email')
    rules.mandates.push(owner)
    const step = await begin(running, ['password'])
    if (step.status !== 'challenge') throw new Error(step.status)
    expect(step.challenge.methods.map(({ method }) => method)).toEqual(['totp', 'recovery_code'])
    const prompted = await running.mfa.challenges.prompt(step.key, mail.enrollmentId, client)
    expect(prompted).toMatchObject({ ok: false, reason: 'not_allowed' })
    const ending = { accountId: ada.id, session, resource: {} }
    const asked = await running.mfa.actions.require('session.end_others', ending, client)
    if (asked.status !== 'challenge') throw new Error(asked.status)
    expect(asked.challenge.methods.map(({ enrollmentId }) => enrollmentId)).toEqual([app.enrollmentId])
  })

  test('M10 · a confirmation that is under way is asked for anew once a mandate is in force', async () => {
    const { running, rules } = await ruled()
    await setUp(running, 'email')
    await setUp(running, 'totp')
    const asked = { accountId: ada.id, session, resource: {} }
    const methods = async () => {
      const step = await running.mfa.actions.require('session.end_others', asked, client)
      if (step.status !== 'challenge') throw new Error(step.status)
      return step.challenge.methods.map(({ method }) => method)
    }
    expect(await methods()).toEqual(['email', 'totp'])
    rules.mandates.push(owner)
    running.clock.advance(1000)
    expect(await methods()).toEqual(['totp'])
  })

  test('P10 · a mandate from no date that there is refuses, and postpones nothing', async () => {
    const { running, rules } = await ruled()
    rules.mandates.push({ ...everyone, from: Number.NaN })
    const asked = { accountId: ada.id, session: { challengeId: null, sso: false } }
    await expect(running.mfa.enforcement.standing(asked)).rejects.toMatchObject({ code: 'option_invalid' })
    await expect(begin(running, ['password'])).rejects.toMatchObject({ code: 'option_invalid' })
  })

  test('M10 · until it has anything that counts, it answers with what it has', async () => {
    const { running, rules } = await ruled()
    await setUp(running, 'email')
    rules.mandates.push(owner)
    const step = await begin(running, ['password'])
    if (step.status !== 'challenge') throw new Error(step.status)
    expect(step.challenge.methods.map(({ method }) => method)).toEqual(['email', 'recovery_code'])
  })
})
