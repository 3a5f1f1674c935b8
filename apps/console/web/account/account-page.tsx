import type { ReactNode } from 'react'
import { account as calls } from '../api/calls.ts'
import { sentenceOfCode } from '../api/problem.ts'
import type { Account, Provider } from '../api/types.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { News, useNews } from '../frame/news.tsx'
import { Notice } from '../frame/notice.tsx'
import { Page } from '../frame/page.tsx'
import { useNotice } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { SignedIn } from '../frame/signed-in.tsx'
import { useFocused } from '../frame/use-focused.ts'
import { useLoad } from '../frame/use-load.ts'
import { useOutcome } from '../frame/use-outcome.ts'
import { Contacts } from './contacts.tsx'
import { DeleteAccount } from './delete-account.tsx'
import { WaysIn } from './ways-in.tsx'

export function AccountPage() {
  return (
    <SignedIn what="your account">
      {(account, intruder) => <OwnAccount account={account} intruder={intruder} />}
    </SignedIn>
  )
}

function OwnAccount({ account, intruder }: { account: Account; intruder: ReactNode }) {
  const { providers } = useSession().session
  const notice = useNotice()
  const linked = useOutcome('linked')
  const [news, setNews] = useNews(linked === null ? notice : newLink(linked, providers))
  const [problem] = useNews(useOutcome('problem'))
  const { data, error, reload } = useLoad(calls.read)
  const why = useFocused<HTMLDivElement>(problem !== null && data !== null)

  if (data === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  return (
    <Page title="Account" wide lead={data.email}>
      {intruder}
      {problem === null ? null : (
        <div ref={why} tabIndex={-1}>
          <Notice tone="warning">{sentenceOfCode(problem, 'link')}</Notice>
        </div>
      )}
      <News text={news} />
      <Contacts
        details={data}
        managed={account.managed}
        onCancelled={async () => {
          await reload()
          setNews('The change is cancelled. Nothing was changed.')
        }}
      />
      <WaysIn account={account} providers={providers} onNews={setNews} />
      <DeleteAccount email={data.email} />
    </Page>
  )
}

/** Whoever comes back from another site that they have linked. It may name which. */
function newLink(providerId: string, providers: readonly Provider[]): string {
  const name = providers.find(({ id }) => id === providerId)?.name
  return name === undefined
    ? 'It is linked: you can sign in there from now on.'
    : `You can sign in with ${name} from now on.`
}
