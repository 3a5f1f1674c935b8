import { useRef } from 'react'
import { methods as calls } from '../api/calls.ts'
import type { EnrolledMethod, Standing } from '../api/types.ts'
import { titleOf } from '../code/words.ts'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useAction } from '../form/use-action.ts'
import { MethodRow } from './method-row.tsx'

interface EnrolledMethodsProps {
  readonly methods: readonly EnrolledMethod[]
  readonly standing: Standing | null
  readonly onChanged: () => Promise<void>
  readonly onNoKeyLeft: () => void
  readonly onNews: (news: string) => void
  readonly onTurnedOff: (news: string) => Promise<void>
}

export function EnrolledMethods(props: EnrolledMethodsProps) {
  const { methods, standing, onChanged, onNoKeyLeft, onNews, onTurnedOff } = props
  const heading = useRef<HTMLHeadingElement>(null)
  const last = methods.length === 1
  const makePrimary = useAction(async (method: EnrolledMethod) => {
    await calls.makePrimary(method.enrollmentId)
    await onChanged()
    onNews(`${titleOf(method)} is now your primary second factor.`)
    // The button that had the focus is gone.
    heading.current?.focus({ preventScroll: true })
  })
  const remove = async (method: EnrolledMethod) => {
    await calls.remove(method.enrollmentId)
    if (isKey(method) && methods.filter(isKey).length === 1) onNoKeyLeft()
    if (last) return onTurnedOff(`${titleOf(method)} is removed. Two-step sign-in is off.`)
    await onChanged()
    onNews(`${titleOf(method)} is removed.`)
    heading.current?.focus({ preventScroll: true })
  }

  return (
    <section className="block">
      <h2 ref={heading} tabIndex={-1}>
        Your second factors
      </h2>
      {methods.length > 1 ? <p className="quiet">{howAsked(methods)}</p> : null}
      <ProblemNotice error={makePrimary.error} />
      <ul className="rows">
        {methods.map((method) => (
          <MethodRow
            key={method.enrollmentId}
            method={method}
            standing={standing}
            busy={makePrimary.busy}
            last={last}
            onMakePrimary={() => void makePrimary.run(method)}
            onRenamed={async (name) => {
              await onChanged()
              onNews(`Renamed to ${name}.`)
            }}
            onRemove={() => remove(method)}
          />
        ))}
      </ul>
    </section>
  )
}

function isKey({ method }: EnrolledMethod): boolean {
  return method === 'security_key'
}

function howAsked(methods: readonly EnrolledMethod[]): string {
  if (methods.every(isKey)) return 'Any of them signs you in.'
  const first = methods.some((method) => isKey(method) && !method.disabled)
    ? 'a security key or passkey first'
    : 'the primary one first'
  return `Signing in asks for ${first}. The others are the other ways.`
}
