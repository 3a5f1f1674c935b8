import { type ReactNode, useCallback, useEffect, useState } from 'react'
import type { Account, MethodKind, MethodsView, Standing } from '../api/types.ts'
import { labelOf } from '../code/words.ts'
import { whenActionBegins } from '../form/use-action.ts'
import { secondFactorNeeded, takeDestination } from '../frame/destination.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { News } from '../frame/news.tsx'
import { focusTitle, Page } from '../frame/page.tsx'
import { navigate, useFrom, useNotice } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { SignedIn } from '../frame/signed-in.tsx'
import { useLoad } from '../frame/use-load.ts'
import { signalAccepted, signalNoneLeft } from '../security-key/ceremony.ts'
import { AddMethods } from './add-methods.tsx'
import { EnrolledMethods } from './enrolled-methods.tsx'
import { Managed } from './managed.tsx'
import { MustKeep } from './must-keep.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { RecoveryStatus } from './recovery-status.tsx'
import { readSecurity } from './read-security.ts'
import { RequiredCard } from './required-card.tsx'
import { Seen } from './seen.tsx'
import { StatusCard } from './status-card.tsx'
import { TrustedBrowsers } from './trusted-browsers.tsx'
import { TurnOff } from './turn-off.tsx'

interface Owned<What> {
  /** The e-mail of the account it is about. */
  readonly of: string
  readonly what: What
}

interface NewCodes {
  readonly codes: readonly string[]
  readonly renewed: boolean
  /** They were all that was still to do here. */
  readonly last: boolean
}

export function SecurityPage() {
  const { account: first, standing } = useSession().session
  const from = useFrom()
  const notice = useNotice()
  const [news, setNews] = useState<Owned<string | null>>({ of: first?.email ?? '', what: notice })
  const [codes, setCodes] = useState<Owned<NewCodes> | null>(null)
  useEffect(() => whenActionBegins(() => setNews((old) => ({ ...old, what: null }))), [])
  const saved = ({ what: { last } }: Owned<NewCodes>) => {
    setCodes(null)
    if (last) goOn(news.what)
  }

  return (
    <SignedIn
      what="the security page"
      onlyNow={
        codes === null ? null : (
          <RecoveryCodes
            codes={codes.what.codes}
            renewed={codes.what.renewed}
            account={codes.of}
            onSaved={() => saved(codes)}
          />
        )
      }
    >
      {(account, intruder) => {
        const of = account.email
        if (account.managed !== null) return <Managed email={of} team={account.managed} intruder={intruder} />
        return (
          <Security
            account={account}
            standing={standing}
            led={standing?.status === 'required' || from === secondFactorNeeded}
            news={news.of === of ? news.what : null}
            intruder={intruder}
            onNews={(what) => setNews({ of, what })}
            onCodes={(what) => setCodes({ of, what })}
          />
        )
      }}
    </SignedIn>
  )
}

/** To the page that whoever was led here was going to. */
function goOn(news: string | null): void {
  const to = takeDestination()
  if (to !== '/security') navigate(to, { replace: true, asked: true, ...(news === null ? {} : { notice: news }) })
}

interface SecurityProps {
  readonly account: Account
  readonly standing: Standing | null
  /** Whoever is here was led here to set up a second factor. */
  readonly led: boolean
  readonly news: string | null
  readonly intruder: ReactNode
  readonly onNews: (news: string | null) => void
  readonly onCodes: (codes: NewCodes) => void
}

function Security(props: SecurityProps) {
  const { account, standing, led, news, intruder, onNews, onCodes } = props
  const { refresh } = useSession()
  const required = standing?.status === 'required'
  const { data: read, error, reload } = useLoad(useCallback(() => readSecurity(required), [required]))

  const keys = read?.methods.accepted.security_key
  // Also where one was removed elsewhere, or by somebody else.
  useEffect(() => signalAccepted(keys), [keys])

  const readAgain = () => Promise.all([refresh(), reload()]).catch(() => undefined)
  const finishSetUp = async (method: MethodKind, recoveryCodes: readonly string[] | null) => {
    // Nothing that can fail comes before the codes.
    if (recoveryCodes !== null) onCodes({ codes: recoveryCodes, renewed: false, last: led })
    const told = `${labelOf(method)} is set up as a second factor.`
    onNews(told)
    await readAgain()
    if (led && recoveryCodes === null) goOn(told)
  }
  const finishRenewal = async (recoveryCodes: readonly string[]) => {
    onCodes({ codes: recoveryCodes, renewed: true, last: false })
    onNews(null)
    await readAgain()
  }
  const finishTurningOff = async (told: string) => {
    signalNoneLeft(keys)
    await readAgain()
    onNews(told)
    focusTitle()
  }

  if (read === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  const { methods: data, seen } = read
  const trusted = data.enabledAt === null ? null : read.trusted
  return (
    <Page title="Security" wide lead={account.email}>
      {intruder}
      <News text={news} />
      {required ? (
        <RequiredCard account={account} standing={standing} />
      ) : (
        <StatusCard enabledAt={data.enabledAt} hasPassword={account.hasPassword} />
      )}
      {required ? null : (
        <Overview
          data={data}
          standing={standing}
          onChanged={reload}
          onNews={onNews}
          onTurnedOff={finishTurningOff}
          onRenewed={finishRenewal}
        />
      )}
      <AddMethods view={data} account={account} standing={standing} onDone={finishSetUp} />
      {trusted === null ? null : <TrustedBrowsers browsers={trusted} onChanged={reload} />}
      {seen === null ? null : <Seen seen={seen} hasTrusted={(trusted ?? []).length > 0} onChanged={reload} />}
      {data.enabledAt === null || required ? null : standing?.status === 'free' && standing.because.length > 0 ? (
        <MustKeep standing={standing} />
      ) : (
        <TurnOff hasPassword={account.hasPassword} onTurnedOff={finishTurningOff} />
      )}
    </Page>
  )
}

interface OverviewProps {
  readonly data: MethodsView
  readonly standing: Standing | null
  readonly onChanged: () => Promise<void>
  readonly onNews: (news: string) => void
  readonly onTurnedOff: (news: string) => Promise<void>
  readonly onRenewed: (codes: readonly string[]) => Promise<void>
}

function Overview({ data, standing, onChanged, onNews, onTurnedOff, onRenewed }: OverviewProps) {
  const enrolled = data.methods.filter(({ backup }) => !backup)
  const backup = data.methods.find((method) => method.backup)
  if (enrolled.length === 0) return null
  return (
    <>
      <EnrolledMethods
        methods={enrolled}
        standing={standing}
        onChanged={onChanged}
        onNoKeyLeft={() => signalNoneLeft(data.accepted.security_key)}
        onNews={onNews}
        onTurnedOff={onTurnedOff}
      />
      {backup === undefined ? null : <RecoveryStatus codes={backup} onRenewed={onRenewed} />}
    </>
  )
}
