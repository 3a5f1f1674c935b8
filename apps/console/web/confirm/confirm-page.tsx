import { useState } from 'react'
import { confirmation } from '../api/calls.ts'
import { type ApiError, isOver } from '../api/problem.ts'
import type { Confirmation } from '../api/types.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { navigate } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { draftGoesOn, draftMeets, forgetDraft } from '../register/draft.ts'
import { ConfirmContact } from './confirm-contact.tsx'
import { AllConfirmed, ConfirmationOver, NothingToConfirm } from './ends.tsx'

type End = 'open' | 'done' | 'over'

export function ConfirmPage() {
  const { session, refresh } = useSession()
  const { data, error, reload, replace } = useLoad(readConfirmation)
  const [end, setEnd] = useState<End>('open')
  /** The challenge that took the place of the one this page was about. */
  const [caughtUp, setCaughtUp] = useState<string | null>(null)

  const goOn = async (next: 'phone' | 'done') => {
    if (next === 'phone') {
      draftGoesOn()
      return reload()
    }
    forgetDraft()
    if (session.account === null) return setEnd('done')
    const refreshed = await refresh()
    const confirmed = refreshed.account?.phone?.confirmed === true
    navigate('/security', { replace: true, ...(confirmed ? { notice: 'Your phone number is confirmed.' } : {}) })
  }
  const change = (current: Confirmation) => {
    if (data !== null && current.challenge.id !== data.challenge.id) setCaughtUp(current.challenge.id)
    replace(current)
  }

  if (end === 'done') return <AllConfirmed />
  if (end === 'over') return <ConfirmationOver signedIn={session.account !== null} contact={data?.contact ?? 'email'} />
  if (error !== null && isMissing(error)) return <NothingToConfirm signedIn={session.account !== null} />
  if (error !== null) return <LoadFailed error={error} onRetry={() => void reload()} />
  if (data === null) return <Loading />
  return (
    <ConfirmContact
      key={data.challenge.id}
      confirmation={data}
      behind={caughtUp === data.challenge.id}
      justConfirmedEmail={data.contact === 'phone' && session.account === null}
      onChange={change}
      onBehind={async () => change(await confirmation.current())}
      onNext={goOn}
      onOver={() => setEnd('over')}
    />
  )
}

async function readConfirmation(): Promise<Confirmation> {
  const current = await confirmation.current()
  draftMeets(current.contact, current.challenge.id)
  return current
}

function isMissing(error: ApiError): boolean {
  return error.problem.status === 404 || isOver(error)
}
