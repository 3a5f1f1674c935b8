import { useEffect, useRef, useState } from 'react'
import { methods } from '../api/calls.ts'
import { someoneElseIsHere } from '../api/problem.ts'
import type { Account, MethodKind, MethodsView } from '../api/types.ts'
import { labelOf } from '../code/words.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { Notice } from '../frame/notice.tsx'
import { Page } from '../frame/page.tsx'
import { Redirect, useNotice } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { AddMethods } from './add-methods.tsx'
import { EnrolledMethods } from './enrolled-methods.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { RecoveryStatus } from './recovery-status.tsx'
import { StatusCard } from './status-card.tsx'

interface Owned<What> {
  /** The e-mail of the account it is about. */
  readonly of: string
  readonly what: What
}

export function SecurityPage() {
  const { account } = useSession().session
  const notice = useNotice()
  const [first] = useState(account?.email ?? null)
  const [news, setNews] = useState<Owned<string | null>>({ of: first ?? '', what: notice })
  const [codes, setCodes] = useState<Owned<readonly string[]> | null>(null)

  // The codes are shown this once, so they stay even when the session ends meanwhile.
  if (codes !== null) return <RecoveryCodes codes={codes.what} account={codes.of} onSaved={() => setCodes(null)} />
  if (account === null) {
    const why = first === null ? 'Sign in to see the security page.' : 'You are signed out. Sign in again.'
    return <Redirect to="/sign-in" notice={why} />
  }
  const of = account.email
  return (
    <Security
      // Nothing of one account stays in view for another.
      key={of}
      account={account}
      news={news.of === of ? news.what : null}
      intruding={first !== of}
      onNews={(what) => setNews({ of, what })}
      onCodes={(what) => setCodes({ of, what })}
    />
  )
}

interface SecurityProps {
  readonly account: Account
  readonly news: string | null
  /** Another tab has signed in as this account while the page was open for someone else. */
  readonly intruding: boolean
  readonly onNews: (news: string | null) => void
  readonly onCodes: (codes: readonly string[]) => void
}

function Security({ account, news, intruding, onNews, onCodes }: SecurityProps) {
  const { refresh } = useSession()
  const { data, error, reload } = useLoad(methods.list)

  const finishSetUp = async (method: MethodKind, recoveryCodes: readonly string[] | null) => {
    // Nothing that can fail comes before the codes.
    if (recoveryCodes !== null) onCodes(recoveryCodes)
    onNews(`${labelOf(method)} is set up as a second factor.`)
    await Promise.all([refresh(), reload()]).catch(() => undefined)
  }

  if (data === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  return (
    <Page title="Security" wide lead={account.email}>
      {intruding ? <Notice tone="warning">{someoneElseIsHere}</Notice> : null}
      <News text={news} />
      <StatusCard enabledAt={data.enabledAt} />
      <Overview data={data} onChanged={reload} onNews={onNews} />
      <AddMethods view={data} account={account} onBegin={() => onNews(null)} onDone={finishSetUp} />
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
