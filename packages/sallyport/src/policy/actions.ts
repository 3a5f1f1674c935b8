import {
  type Action,
  type ActionDefinition,
  actions as shipped,
  type NamesIn,
  type ResourceIn,
  type Shipped,
  type ShippedStepUp,
  type Window,
} from '../contract/action.ts'
import { SallyportError } from '../contract/errors.ts'
import { strengths } from '../contract/method.ts'

/** An action of the host's own. Accounts with MFA are always challenged for it. */
export interface OwnAction {
  /** Completes "… to <purpose>"; each `{name}` is a thing that the action acts on, and has to be given with it. */
  readonly purpose: string
  /** Completes "If this wasn't you, …". Default: that someone is signed in to the account. */
  readonly unexpected?: string
  /** Default `once`. */
  readonly lasts?: 'once' | Window
  /** The weakest method that may answer, for example `totp`. Default: any that is no backup. */
  readonly atLeast?: string
}

export type OwnActions = Readonly<Record<string, OwnAction>>

const noActions = {} as const satisfies OwnActions

/** A host that has none of its own. */
export type NoActions = typeof noActions

/** What a host may change of the actions that are shipped: never so that they ask for less than the table says they must. */
export type Policy = {
  readonly [Name in ShippedStepUp]?: {
    readonly atLeast?: string
  } & (Shipped[Name]['needed'] extends 'always' ? object : { readonly needed?: 'on' | 'off' }) &
    (Shipped[Name]['lasts'] extends 'once' ? object : { readonly lasts?: 'once' | Window })
}

/** The names of everything that can be confirmed in a session. */
export type StepUp<Own extends OwnActions> = ShippedStepUp | (keyof Own & string)

/** What the action acts on: exactly the names in its purpose. */
export type ResourceOf<Own extends OwnActions, Name extends StepUp<Own>> = ResourceIn<PurposeOf<Own, Name>>

type PurposeOf<Own extends OwnActions, Name extends string> = Name extends ShippedStepUp
  ? Shipped[Name]['purpose']
  : Name extends keyof Own
    ? Own[Name]['purpose']
    : never

/** The host's id of each thing that a grant is for. */
export type IdsIn<Own extends OwnActions, Name extends StepUp<Own>> = {
  readonly [Thing in NamesIn<PurposeOf<Own, Name>>]: string
}

export type ActionTable = ReadonlyMap<string, ActionDefinition>

const bounds = { windowSeconds: [30, 3600], ceilingSeconds: [30, 3600] } as const

/**
 * The table in force: what is shipped, changed by `policy`, and the host's own. Throws `option_invalid` for a name that is
 * taken or unknown, for a window outside its bounds, and for anything that would switch off what must not be.
 */
export function actionTable(own: OwnActions, policy: Policy, methodKinds: readonly string[]): ActionTable {
  const table = new Map<string, ActionDefinition>(Object.entries(shipped))
  for (const [name, changes] of Object.entries(policy)) {
    const action = shipped[name as Action] as ActionDefinition | undefined
    if (action?.gives !== 'grant') refuse(`policy.${name}`, 'there is no such action to be confirmed')
    const { needed = action.needed, lasts = action.lasts, atLeast } = changes as Partial<ActionDefinition>
    if (action.needed === 'always' && needed !== 'always') refuse(`policy.${name}.needed`, 'cannot be switched off')
    if (action.needed !== 'always' && needed !== 'on' && needed !== 'off') {
      refuse(`policy.${name}.needed`, `must be 'on' or 'off'`)
    }
    if (atLeast !== undefined && isWeaker(atLeast, action.atLeast)) {
      refuse(`policy.${name}.atLeast`, `must be no weaker than ${action.atLeast}`)
    }
    if (action.lasts === 'once' && lasts !== 'once') refuse(`policy.${name}.lasts`, 'is good once and nothing else')
    table.set(name, { ...action, needed, lasts, ...(atLeast === undefined ? {} : { atLeast }) })
  }
  for (const [name, action] of Object.entries(own)) {
    if (table.has(name)) refuse(`actions.${name}`, 'the name is taken')
    if (!/^[a-z][a-z0-9_.]{0,63}$/.test(name)) refuse(`actions.${name}`, 'must be 1 to 64 of a-z, 0-9, _ and .')
    if (action.purpose.trim() === '') refuse(`actions.${name}.purpose`, 'must say what is confirmed')
    const { unexpected } = shipped['account.delete']
    table.set(name, {
      purpose: action.purpose,
      unexpected: action.unexpected ?? unexpected,
      lasts: action.lasts ?? 'once',
      ...(action.atLeast === undefined ? {} : { atLeast: action.atLeast }),
      needed: 'always',
      gives: 'grant',
    })
  }
  for (const [name, action] of table) check(name, action, methodKinds)
  return table
}

function isWeaker(atLeast: string, than: string | undefined): boolean {
  const strength: Readonly<Record<string, number>> = strengths
  return than !== undefined && (strength[atLeast] ?? 0) < (strength[than] ?? Number.POSITIVE_INFINITY)
}

function check(name: string, { lasts, atLeast }: ActionDefinition, methodKinds: readonly string[]): void {
  // A method that the table itself names need not be configured: something stronger answers in its place.
  const own = atLeast !== (shipped[name as Action] as ActionDefinition | undefined)?.atLeast
  if (own && atLeast !== undefined && !methodKinds.includes(atLeast)) {
    refuse(`${name}.atLeast`, `must be one of the configured methods: ${methodKinds.join(', ')}`)
  }
  if (lasts === 'once') return
  if (typeof lasts !== 'object' || lasts === null) refuse(`${name}.lasts`, `must be 'once' or a window`)
  for (const [part, [min, max]] of Object.entries(bounds)) {
    const value = lasts[part as keyof typeof bounds]
    if (!Number.isInteger(value) || value < min || value > max) {
      refuse(`${name}.lasts.${part}`, `must be a whole number of ${min} to ${max} seconds`)
    }
  }
  if (typeof lasts.sliding !== 'boolean') refuse(`${name}.lasts.sliding`, 'must be true or false')
  if (lasts.ceilingSeconds < lasts.windowSeconds) {
    refuse(`${name}.lasts.ceilingSeconds`, 'must not be below windowSeconds')
  }
}

function refuse(option: string, why: string): never {
  throw new SallyportError('option_invalid', `${option}: ${why}`)
}
