import { useEffect, useRef, useState } from 'react'
import { stepUp } from '../api/calls.ts'
import { askWith, type Demand, type Outcome } from '../api/demand.ts'
import { usePath } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'

interface Asked {
  readonly demand: Demand
  /** The account and the page it was asked on. */
  readonly email: string | null
  readonly path: string
  readonly settle: (outcome: Outcome) => void
}

interface StepUpState {
  /** What is asked for now; null most of the time. */
  readonly demand: Demand | null
  /** The person wants a new challenge, and it is under way. */
  readonly startingAgain: boolean
  readonly confirm: () => void
  readonly startAgain: () => void
  readonly cancel: () => void
}

/** Takes every demand for a confirmation that a request of this page meets, one at a time. */
export function useStepUp(): StepUpState {
  const email = useSession().session.account?.email ?? null
  const path = usePath()
  const here = useRef({ email, path })
  here.current = { email, path }
  const [asked, setAsked] = useState<Asked | null>(null)
  const [startingAgain, setStartingAgain] = useState(false)

  useEffect(() => {
    const show = (next: Asked | null) => {
      setAsked(next)
      setStartingAgain(false)
    }
    return askWith({
      ask: (demand) => new Promise((settle) => show({ demand, ...here.current, settle })),
      dismiss: () => show(null),
    })
  }, [])

  useEffect(() => {
    // Signed out, someone else, or another page by the back button: nobody is left who would confirm it.
    if (asked === null || (asked.email === email && asked.path === path)) return
    giveUp(asked)
    setAsked(null)
  }, [asked, email, path])

  return {
    demand: asked?.demand ?? null,
    startingAgain,
    confirm() {
      asked?.settle('confirmed')
      setAsked(null)
    },
    startAgain() {
      asked?.settle('again')
      setStartingAgain(true)
    },
    cancel() {
      // A new challenge that is under way can be cancelled once it is there.
      if (asked === null || startingAgain) return
      giveUp(asked)
      setAsked(null)
    },
  }
}

function giveUp({ demand, settle }: Asked): void {
  // Whether or not the server hears of it, the challenge comes to nothing.
  if (demand.by === 'challenge') stepUp.cancel(demand.challenge.id).catch(() => undefined)
  settle('cancelled')
}
