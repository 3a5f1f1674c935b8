import { useState } from 'react'
import { confirmation } from '../api/calls.ts'
import { type ApiError, isOver } from '../api/problem.ts'
import type { Account, Confirmation, Contact } from '../api/types.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { navigate, useFrom } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { draftGoesOn, draftMeets, forgetDraft } from '../register/draft.ts'
import { ConfirmContact } from './confirm-contact.tsx'
import { AllConfirmed, ConfirmationOver, NothingToConfirm } from './ends.tsx'

type End = 'open' | 'done' | 'over'

export function ConfirmPage() {
  const { session, refresh } = useSession()
  const from = useFrom()
  const { data, error, reload, replace } = useLoad(readConfirmation)
  const [end, setEnd] = useState<End>('open')
  /** The challenge that took the place of the one this page was about. */
  const [caughtUp, setCaughtUp] = useState<string | null>(null)

  const contact = data?.contact ?? 'email'
  const signedIn = session.account !== null
  // Only a confirmed address can be signed in with, so another one takes its place.
  const changing = signedIn && (contact === 'email' || from === '/account')
  const home = changing ? '/account' : '/security'

  const goOn = async (next: 'phone' | 'done') => {
    if (next === 'phone') {
      draftGoesOn()
      return reload()
    }
    forgetDraft()
    if (session.account === null) return setEnd('done')
    const { account } = await refresh()
    const notice = account === null ? null : confirmedNotice(contact, account)
    navigate(home, { replace: true, ...(notice === null ? {} : { notice }) })
  }
  const change = (current: Confirmation) => {
    if (data !== null && current.challenge.id !== data.challenge.id) setCaughtUp(current.challenge.id)
    replace(current)
  }

  if (end === 'done') return <AllConfirmed />
  if (end === 'over') return <ConfirmationOver home={signedIn ? home : null} contact={contact} />
  if (error !== null && isMissing(error))
    return <NothingToConfirm home={signedIn ? (from === '/account' ? from : '/security') : null} />
  if (error !== null) return <LoadFailed error={error} onRetry={() => void reload()} />
  if (data === null) return <Loading />
  return (
    <ConfirmContact
      key={data.challenge.id}
      confirmation={data}
      behind={caughtUp === data.challenge.id}
      justConfirmedEmail={contact === 'phone' && !signedIn}
      changing={changing}
      another={changing && (contact === 'email' || session.account?.phone?.confirmed === true)}
      onChange={change}
      onBehind={async () => change(await confirmation.current())}
      onNext={goOn}
      onOver={() => setEnd('over')}
    />
  )
}

function confirmedNotice(contact: Contact, { email, phone }: Account): string | null {
  if (contact === 'email') return `Your e-mail address is ${email}.`
  return phone?.confirmed === true ? `Your phone number is ${phone.number}.` : null
}

async function readConfirmation(): Promise<Confirmation> {
  const current = await confirmation.current()
  draftMeets(current.contact, current.challenge.id)
  return current
}

function isMissing(error: ApiError): boolean {
  return error.problem.status === 404 || isOver(error)
}
