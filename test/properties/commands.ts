import fc from 'fast-check'
import type { ActionName } from './model.ts'

/** One step of a sequence, as plain data: numbers pick from whatever there is when it is run. */
export type Command =
  | {
      readonly do: 'ask'
      readonly slot: number
      readonly action: ActionName
      /** Which team, which key, which method: counted round. */
      readonly which: number
      /** The challenge for this that was opened last, none, or any that there ever was. */
      readonly present: 'its own' | 'none' | number
      readonly ownCheck: boolean
      /** Whether the window is read and the decision explained before. */
      readonly look: boolean
    }
  | {
      readonly do: 'answer'
      /** Counted from the last one that is open; from 4 on, from the last one at all. */
      readonly challenge: number
      /** 0 the first that may answer, otherwise any. */
      readonly by: number
      readonly typed: 'right' | 'wrong' | 'used' | 'malformed'
      readonly from: 'its session' | 'another'
      readonly renew: boolean
    }
  | { readonly do: 'prompt'; readonly challenge: number; readonly by: number; readonly from: 'its session' | 'another' }
  | { readonly do: 'cancel'; readonly challenge: number; readonly from: 'its session' | 'another' }
  | { readonly do: 'advance'; readonly ms: number }
  /** To the next, or a later, deadline there is, or a millisecond beside it. */
  | { readonly do: 'approach'; readonly deadline: number; readonly beside: number }
  | {
      readonly do: 'sign in' | 'log out' | 'rotate' | 'change role' | 'reset password'
      readonly slot: number
    }
  | { readonly do: 'ask as a stranger'; readonly slot: number; readonly challenge: number }

const actions: readonly ActionName[] = [
  'team.adjust',
  'team.adjust',
  'api_key.revoke',
  'api_key.revoke',
  'notes.edit',
  'notes.edit',
  'vault.open',
  'report.export',
  'email.change',
  'phone.change',
  'session.end_others',
  'password.change',
  'recovery_codes.renew',
  'mfa.method.rename',
  'mfa.method.set_primary',
  'mfa.method.remove',
  'mfa.method.add',
  'mfa.disable',
]

const seconds = 1000
/** To where an authenticator app shows another code. */
const step: Command = { do: 'advance', ms: 30 * seconds }

const slot = fc.nat({ max: 2 })
const action = fc.constantFrom(...actions)
const which = fc.nat({ max: 3 })
const often = (weight: number) => fc.integer({ min: 0, max: weight }).map((drawn) => drawn > 0)
const seldom = (weight: number) => fc.integer({ min: 0, max: weight }).map((drawn) => drawn === weight)
const from = fc.constantFrom<'its session' | 'another'>(...Array<'its session'>(9).fill('its session'), 'another')
const challenge = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 9 }) })
const by = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) })

const ask: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('ask'),
  slot,
  action,
  which,
  present: fc.oneof(
    { weight: 5, arbitrary: fc.constant('its own' as const) },
    { weight: 2, arbitrary: fc.constant('none' as const) },
    { weight: 2, arbitrary: fc.nat({ max: 5 }) },
  ),
  ownCheck: often(1),
  look: often(1),
})

const answer: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('answer'),
  challenge,
  by,
  typed: fc.oneof(
    { weight: 6, arbitrary: fc.constant('right' as const) },
    { weight: 2, arbitrary: fc.constantFrom('wrong' as const, 'used' as const) },
    { weight: 1, arbitrary: fc.constantFrom('malformed' as const, 'used' as const) },
  ),
  from,
  renew: seldom(4),
})

const advance: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('advance'),
  ms: fc.oneof(
    { weight: 6, arbitrary: fc.constant(30 * seconds) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(1, 999, 29_999, 45 * seconds, 59_999, 60_001, 119_999, 299_999, 300_000),
    },
    { weight: 1, arbitrary: fc.constantFrom(599_999, 600_001, 3_599_999, 3_600_001, 7_200_000) },
  ),
})

const approach: fc.Arbitrary<Command> = fc.record({
  do: fc.constant('approach'),
  deadline: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 4 }) }),
  beside: fc.integer({ min: -1, max: 1 }),
})

const rare: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constantFrom('log out' as const, 'rotate' as const), slot }),
  fc.record({ do: fc.constantFrom('sign in' as const, 'change role' as const, 'reset password' as const), slot }),
  fc.record({ do: fc.constant('ask as a stranger'), slot, challenge: fc.nat({ max: 4 }) }),
  fc.record({ do: fc.constant('cancel'), challenge, from }),
  fc.record({ do: fc.constant('prompt'), challenge, by, from }),
)

const single: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: ask },
  { weight: 4, arbitrary: answer },
  { weight: 2, arbitrary: advance },
  { weight: 2, arbitrary: approach },
  { weight: 3, arbitrary: rare },
)

/** What people do: they ask, confirm and ask again. Between any two steps something else may come. */
const confirmed = fc
  .record({ slot, action, which, by, renew: seldom(4), between: fc.option(single, { freq: 4 }), again: often(1) })
  .map(({ renew, between, again, ...asked }) => [
    step,
    ...confirming({ ...asked, renew }, between === null ? [] : [between]),
    ...(again ? [asking(asked)] : []),
  ])

/** The same thing done again and again under one window, with so many seconds in between. */
const riding = fc
  .record({
    slot,
    which,
    action: fc.constantFrom('notes.edit' as const, 'vault.open' as const, 'team.adjust' as const),
    pauses: fc.array(fc.integer({ min: 1, max: 61 }), { minLength: 2, maxLength: 5 }),
  })
  .map(({ pauses, ...asked }) => [
    step,
    ...confirming({ ...asked, by: 0, renew: false }),
    ...pauses.flatMap((pause): Command[] => {
      const ms = pause * seconds * (asked.action === 'team.adjust' ? 5 : 1)
      return [{ do: 'advance', ms }, asking(asked)]
    }),
  ])

/** Confirmed for one thing, and presented for another. */
const mistaken = fc
  .record({ slot, action, which, other: fc.option(action, { freq: 1 }), otherWhich: which, look: often(1) })
  .map(({ other, otherWhich, look, ...asked }): Command[] => [
    step,
    asking(asked),
    right(0),
    { ...asking({ slot: asked.slot, action: other ?? asked.action, which: otherWhich }), present: 0, look },
    asking(asked),
  ])

/** A code that has signed someone in, typed again to confirm something (S5), and the other way round. */
const replayed = fc
  .record({ slot, action, which, by })
  .map(({ by: method, ...asked }): Command[] => [
    step,
    { do: 'sign in', slot: asked.slot },
    right(method),
    asking(asked),
    { ...right(method), typed: 'used' },
    asking(asked),
    step,
    right(method),
    { do: 'sign in', slot: asked.slot },
    { ...right(method), typed: 'used' },
  ])

const changes = fc
  .record({
    slot,
    which,
    action: fc.constantFrom(
      ...actions.filter((name) => name.startsWith('mfa.method.')),
      'recovery_codes.renew',
      'mfa.disable',
    ),
  })
  .map((asked) => [step, ...confirming({ ...asked, by: 0, renew: false })])

/** Confirmed, then ended by something, then asked for again. */
const ended = fc
  .record({
    slot,
    action,
    which,
    end: fc.constantFrom('log out' as const, 'rotate' as const, 'change role' as const, 'reset password' as const),
    change: fc.option(changes),
    answered: often(1),
  })
  .map(({ end, change, answered, ...asked }) => {
    const between = change ?? [{ do: end, slot: asked.slot }]
    return answered
      ? [step, ...confirming({ ...asked, by: 0, renew: false }, between)]
      : [step, asking(asked), ...between, { ...right(0), challenge: 4 }, asking(asked)]
  })

/** L7: a login that waits for its code when the password changes, or something else happens. */
const waiting = fc
  .record({ slot, between: fc.oneof(rare, fc.constant<Command>({ do: 'reset password', slot: 0 })) })
  .map((given): Command[] => [step, { do: 'sign in', slot: given.slot }, given.between, { ...right(0), challenge: 4 }])

const setUps = fc
  .record({ slot, which, between: fc.option(single, { freq: 3 }) })
  .map(({ slot: session, which: kind, between }) => settingUp(session, kind, between === null ? [] : [between]))

/** A method that is being set up while something else happens. */
const unfinished = fc
  .record({
    slot,
    which,
    between: fc.oneof(
      changes,
      setUps,
      rare.map((one) => [one]),
    ),
  })
  .map(({ between, ...asked }) => [...beginning(asked), ...between, right(0), { ...right(0), challenge: 4 }])

const guessing = fc
  .record({ slot, action, which, times: fc.constantFrom(3, 4, 5, 5, 6, 7) })
  .map(({ times, ...asked }) => [
    step,
    asking(asked),
    ...Array.from({ length: times }, (): Command => ({ ...right(0), typed: 'wrong' })),
    // The one that was guessed at, open or not.
    { ...right(0), challenge: 4 },
  ])

/** P1: a method that is being set up is confirmed in between, which must not forgive a single guess. */
const forgiving = fc
  .record({ slot, action, which, times: fc.integer({ min: 2, max: 4 }) })
  .map(({ times, ...asked }) => {
    const guess: Command = { ...right(0), typed: 'wrong' }
    return [
      ...beginning(asked),
      asking(asked),
      ...Array.from({ length: times }, () => guess),
      { ...right(0), challenge: 1 },
      asking(asked),
      ...Array.from({ length: 5 }, () => guess),
    ]
  })

/** As far as the code that would confirm it. */
function beginning(asked: Omit<Asked, 'action'>): Command[] {
  const adding = asking({ ...asked, action: 'mfa.method.add' })
  return [step, adding, right(0), adding]
}

function settingUp(slotNumber: number, kind: number, between: readonly Command[]): Command[] {
  const asked = { slot: slotNumber, action: 'mfa.method.add', which: kind, by: 0, renew: false } as const
  return [...confirming(asked, between), right(0), step]
}

/** The first method needs no challenge, as there is nothing yet to answer one with. */
function settingUpAll(methods: readonly number[]): Command[] {
  return methods.flatMap((kind, index) =>
    index > 0 ? settingUp(0, kind, []) : [asking({ slot: 0, action: 'mfa.method.add', which: kind }), right(0), step],
  )
}

/** Which kinds are set up to begin with: 0 totp, 1 email, 2 sms. */
const start = fc.constantFrom<number[]>([], [0], [0], [1], [0, 1], [1, 0], [1, 2], [0, 1, 2])

export const sequences: fc.Arbitrary<readonly Command[]> = fc
  .record({
    start,
    parts: fc.array(
      fc.oneof(
        { weight: 9, arbitrary: single.map((one) => [one]) },
        { weight: 5, arbitrary: confirmed },
        { weight: 2, arbitrary: riding },
        { weight: 3, arbitrary: ended },
        { weight: 2, arbitrary: mistaken },
        { weight: 1, arbitrary: replayed },
        { weight: 1, arbitrary: guessing },
        { weight: 1, arbitrary: forgiving },
        { weight: 1, arbitrary: waiting },
        { weight: 1, arbitrary: setUps },
        { weight: 1, arbitrary: unfinished },
      ),
      { minLength: 1, maxLength: 5 },
    ),
  })
  .map(({ start: methods, parts }) => [...settingUpAll(methods), ...parts.flat()])

interface Asked {
  readonly slot: number
  readonly action: ActionName
  readonly which: number
}

function asking(asked: Asked): Extract<Command, { do: 'ask' }> {
  const { slot: session, action: name, which: thing } = asked
  return { do: 'ask', slot: session, action: name, which: thing, present: 'its own', ownCheck: true, look: false }
}

function right(method: number, renew = false): Extract<Command, { do: 'answer' }> {
  return { do: 'answer', challenge: 0, by: method, typed: 'right', from: 'its session', renew }
}

function confirming(
  asked: Asked & { readonly by: number; readonly renew: boolean },
  between: readonly Command[] = [],
): Command[] {
  return [asking(asked), right(asked.by, asked.renew), ...between, asking(asked)]
}
