import { useEffect, useRef, useState } from 'react'
import { methods } from '../api/calls.ts'
import type { MethodKind, MethodsView } from '../api/types.ts'
import { inSentence } from '../code/words.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { Notice } from '../frame/notice.tsx'
import { Page } from '../frame/page.tsx'
import { noticeHere, Redirect } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { AddMethods } from './add-methods.tsx'
import { EnrolledMethods } from './enrolled-methods.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { RecoveryStatus } from './recovery-status.tsx'
import { StatusCard } from './status-card.tsx'

export function SecurityPage() {
  const { session, refresh } = useSession()
  const { data, error, reload } = useLoad(methods.list)
  const [news, setNews] = useState(noticeHere)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const signedOut = error?.code === 'not_signed_in'

  useEffect(() => {
    if (signedOut) void refresh()
  }, [signedOut, refresh])

  const finishSetUp = async (method: MethodKind, recoveryCodes: readonly string[] | null) => {
    // The codes are shown this once, so nothing that can fail comes before them.
    setCodes(recoveryCodes)
    setNews(`Your ${inSentence(method)} is set up as a second factor.`)
    await Promise.all([refresh(), reload()]).catch(() => undefined)
  }

  if (codes !== null)
    return <RecoveryCodes codes={codes} account={session.account?.email ?? ''} onSaved={() => setCodes(null)} />
  if (session.account === null) return <Redirect to="/sign-in" notice="Sign in to see the security page." />
  if (data === null)
    return error === null || signedOut ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  return (
    <Page title="Security" wide lead={session.account.email}>
      <News text={news} />
      <StatusCard enabledAt={data.enabledAt} />
      <Overview data={data} onChanged={reload} onNews={setNews} />
      <AddMethods view={data} account={session.account} onDone={finishSetUp} onSignedOut={() => void reload()} />
    </Page>
  )
}

function Overview(props: { data: MethodsView; onChanged: () => Promise<void>; onNews: (news: string) => void }) {
  const enrolled = props.data.methods.filter(({ backup }) => !backup)
  const backup = props.data.methods.find((method) => method.backup)
  if (enrolled.length === 0) return null
  return (
    <>
      <EnrolledMethods methods={enrolled} onChanged={props.onChanged} onNews={props.onNews} />
      {backup === undefined ? null : <RecoveryStatus codes={backup} />}
    </>
  )
}

/** What was just done, in view and read aloud. */
function News({ text }: { text: string | null }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (text !== null) box.current?.scrollIntoView({ block: 'nearest' })
  }, [text])
  return (
    <div className="news" ref={box}>
      {text === null ? null : <Notice tone="good">{text}</Notice>}
    </div>
  )
}
