import { useEffect, useRef, useState } from 'react'
import { methods } from '../api/calls.ts'
import type { Account, AvailableMethod, BegunEnrollment, MethodKind, MethodsView, Standing } from '../api/types.ts'
import { strongestFirst } from '../code/words.ts'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { counts, countingFirst, whatCounts } from '../required/words.ts'
import { AddRow } from './add-row.tsx'
import { KeySetUp } from './key-set-up.tsx'
import { SetUp } from './set-up.tsx'

interface AddMethodsProps {
  readonly view: MethodsView
  readonly account: Account
  readonly standing: Standing | null
  readonly onDone: (method: MethodKind, recoveryCodes: readonly string[] | null) => Promise<void>
}

/** Of a key only once it has a name: its panel begins it. */
interface Begun {
  readonly method: MethodKind
  readonly enrollment: BegunEnrollment | null
}

export function AddMethods({ view, account, standing, onDone }: AddMethodsProps) {
  const [begun, setBegun] = useState<Begun | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const hadPanel = useRef(false)
  const [asked, setAsked] = useState<MethodKind | null>(null)
  const begin = useAction(async (method: MethodKind) => {
    setAsked(method)
    setBegun({ method, enrollment: method === 'security_key' ? null : await methods.begin(method) })
  })

  useEffect(() => {
    if (hadPanel.current && begun === null) heading.current?.focus({ preventScroll: true })
    hadPanel.current = begun !== null
  }, [begun])

  if (begun !== null) {
    const finish = async (recoveryCodes: readonly string[] | null) => {
      setBegun(null)
      await onDone(begun.method, recoveryCodes)
    }
    if (begun.enrollment === null) return <KeySetUp onCancel={() => setBegun(null)} onDone={finish} />
    return (
      <SetUp
        key={begun.enrollment.enrollmentId}
        method={begun.method}
        enrollment={begun.enrollment}
        restart={begin}
        onCancel={() => setBegun(null)}
        onDone={finish}
      />
    )
  }

  const required = standing?.status === 'required'
  const offered = strongestFirst(view.available).filter(
    (available) =>
      isOffered(available, view) && (!required || (available.ready && counts(available.method, standing.atLeast))),
  )
  if (offered.length === 0) return null
  const needed = standing !== null && standing.status !== 'free'
  return (
    <section className="block">
      <h2 ref={heading} tabIndex={-1}>
        Add a second factor
      </h2>
      {needed ? <p className="quiet">{whatCounts(standing.atLeast)}</p> : null}
      <ProblemNotice error={begin.error} />
      <ul className="rows">
        {(needed ? countingFirst(offered, standing.atLeast) : offered).map((available) => (
          <AddRow
            key={available.method}
            available={available}
            another={has(view, available.method)}
            account={account}
            standing={standing}
            busy={begin.busy && asked === available.method}
            onSetUp={() => void begin.run(available.method)}
          />
        ))}
      </ul>
    </section>
  )
}

/** What is set up already and can't be set up again needs no row: it stands in the list above. */
function isOffered(available: AvailableMethod, view: MethodsView): boolean {
  if (available.method === 'recovery_code') return false
  return available.ready || !has(view, available.method)
}

function has(view: MethodsView, kind: MethodKind): boolean {
  return view.methods.some(({ method }) => method === kind)
}
