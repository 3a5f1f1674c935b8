import { ApiError, cancelled } from './problem.ts'
import type { ChallengeView } from './types.ts'

/** What a person has to show before a refused request may go out again. */
export type Demand =
  | { readonly by: 'challenge'; readonly challenge: ChallengeView }
  /** Where two-step sign-in is off: what the account itself has for it, its password or signing in again. */
  | { readonly by: 'own_check'; readonly purpose: string | null }

/** `again`: the challenge was over, and the person wants a new one. */
export type Outcome = 'confirmed' | 'again' | 'cancelled'

/** The part of the page that asks. */
export interface Asker {
  ask(demand: Demand): Promise<Outcome>
  /** There is nothing more to ask for now. */
  dismiss(): void
}

/** A request that the server may want to have confirmed. */
export interface Guarded<Body> {
  /** Sends it. The same body every time; `stepUp` is the passed challenge that allows it. */
  readonly attempt: (stepUp: string | null) => Promise<Body>
  /** Takes up the session as the confirmation has left it. Rejects where it is another person's by now. */
  readonly rejoin: () => Promise<void>
  /** Throws where the session is not the one the request was made in. */
  readonly sameOwner: () => void
}

let asker: Asker | null = null
let turn: Promise<unknown> = Promise.resolve()
let asking = 0

/** Hands every demand to `next`. Returns what ends that. */
export function askWith(next: Asker): () => void {
  asker = next
  return () => {
    if (asker === next) asker = null
  }
}

/** Sends a request, asks the person where the server wants it confirmed, and sends it again. */
export async function whenConfirmed<Body>(request: Guarded<Body>): Promise<Body> {
  try {
    return await request.attempt(null)
  } catch (reason) {
    const demand = demandIn(reason)
    if (demand === null || asker === null) throw reason
    const here = asker
    // What the one before in the queue has confirmed may cover this one too: then its own demand is stale.
    const first = asking > 0 ? null : demand
    return await inTurn(() => untilConfirmed(request, here, first))
  }
}

async function untilConfirmed<Body>(request: Guarded<Body>, here: Asker, first: Demand | null): Promise<Body> {
  let demand = first
  let stepUp: string | null = null
  try {
    for (;;) {
      if (demand !== null) stepUp = await ask(request, here, demand)
      try {
        return await request.attempt(stepUp)
      } catch (reason) {
        demand = demandIn(reason)
        if (demand === null) throw reason
      }
    }
  } finally {
    here.dismiss()
  }
}

/** The challenge that was passed; null where there was none, or where the person wants a new one. */
async function ask<Body>(request: Guarded<Body>, here: Asker, demand: Demand): Promise<string | null> {
  const outcome = await here.ask(demand)
  if (outcome === 'cancelled') {
    request.sameOwner()
    throw cancelled()
  }
  if (outcome === 'again') return null
  // A passed challenge and a right password both give the session another cookie, and so another CSRF token.
  await request.rejoin()
  return demand.by === 'challenge' ? demand.challenge.id : null
}

/** One dialog at a time. */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  asking += 1
  const mine = turn.then(work)
  turn = mine.catch(() => undefined)
  try {
    return await mine
  } finally {
    asking -= 1
  }
}

function demandIn(reason: unknown): Demand | null {
  if (!(reason instanceof ApiError)) return null
  if (reason.code === 'own_check_required') return { by: 'own_check', purpose: reason.problem.purpose ?? null }
  const { challenge } = reason.problem
  return reason.code === 'step_up_required' && challenge !== undefined ? { by: 'challenge', challenge } : null
}
