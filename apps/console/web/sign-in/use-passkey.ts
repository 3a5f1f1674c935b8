import { useEffect, useState } from 'react'
import { signIn } from '../api/calls.ts'
import { ApiError } from '../api/problem.ts'
import type { KeyAsking } from '../api/types.ts'
import { type Action, useAction } from '../form/use-action.ts'
import {
  askForKey,
  canOfferPasskeys,
  type GivenKey,
  hindrance,
  offerPasskeys,
  signalUnknown,
} from '../security-key/ceremony.ts'
import { useLeaving } from '../security-key/use-leaving.ts'

/** What the browser offers with is good for five minutes. */
const offerAgainMs = 4 * 60_000

interface Chosen {
  readonly asking: KeyAsking
  readonly given: GivenKey
}

/**
 * Signing in with a passkey and nothing else: with a button, whose action this is, and, where the browser can, with a passkey
 * that it offers among the addresses it fills in. What comes of that which nobody asked for is told only once it is chosen.
 */
export function usePasskey(on: boolean, onSignedIn: () => Promise<void>): Action<readonly []> {
  const leaving = useLeaving()
  const [turn, setTurn] = useState(0)
  const answer = useAction(async (chosen: Chosen | null) => {
    const { asking, given } = chosen ?? (await choose(leaving))
    await signIn.withPasskey(given.answer).catch((reason: unknown) => {
      if (reason instanceof ApiError && reason.code === 'key_unknown') signalUnknown(asking.rpId, given.credentialId)
      throw reason
    })
    await onSignedIn()
  })
  const { run, busy } = answer

  useEffect(() => {
    // One at a time: the button ends what the browser offers, which begins again after it.
    if (!on || busy) return
    const over = new AbortController()
    offered(over.signal).then(
      (chosen) => (chosen === null || over.signal.aborted ? undefined : run(chosen)),
      // Nobody has asked for it.
      () => undefined,
    )
    const again = () => document.hidden || setTurn((last) => last + 1)
    const timer = setTimeout(again, offerAgainMs)
    // Another tab's sign-in page may have asked since: then the answer would be to that.
    document.addEventListener('visibilitychange', again)
    return () => {
      over.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', again)
    }
  }, [on, busy, turn])

  return { ...answer, run: () => run(null) }
}

async function choose(leaving: () => AbortSignal): Promise<Chosen> {
  const hindered = hindrance()
  if (hindered !== null) throw hindered
  const left = leaving()
  const { asking } = await signIn.askPasskey()
  return { asking, given: await askForKey(asking, left) }
}

async function offered(over: AbortSignal): Promise<Chosen | null> {
  if (!(await canOfferPasskeys()) || over.aborted) return null
  const { asking } = await signIn.askPasskey()
  return { asking, given: await offerPasskeys(asking, over) }
}
