import { administration } from '../../api/calls.ts'
import type { TeamDomain, TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { Sure } from '../../form/sure.tsx'
import { useAction } from '../../form/use-action.ts'
import { useAsking } from '../../form/use-asking.ts'
import { Icon } from '../../frame/icons.tsx'
import { Day } from '../../frame/moment.tsx'
import { ToCopy } from './to-copy.tsx'

interface DomainRowProps {
  readonly team: TeamView
  readonly domain: TeamDomain
  /** The button that had the focus is gone with it. */
  readonly onGone: (news: string) => Promise<void>
}

export function DomainRow({ team, domain: { domain, record, verifiedAt }, onGone }: DomainRowProps) {
  const check = useAction(async () => {
    await administration.verifyDomain(team.id, domain)
    await onGone(`${domain} is verified.`)
  })
  const remove = useAction(async () => {
    await administration.removeDomain(team.id, domain)
    await onGone(`${domain} is removed.`)
  })
  const { asking, around, ask, stop } = useAsking<HTMLLIElement>()
  // Where a verified one is gone, its people sign in otherwise: that is the owners' to say.
  const mayRemove = verifiedAt === null || team.role === 'owner'
  return (
    <li className="row row-many row-below" ref={around}>
      <Icon name={verifiedAt === null ? 'globe' : 'shieldCheck'} />
      <div className="row-main">
        <h3>
          {domain}{' '}
          {verifiedAt === null ? (
            <span className="badge badge-warning">Waiting</span>
          ) : (
            <span className="badge badge-good">Verified</span>
          )}
        </h3>
        {verifiedAt === null ? (
          <>
            <p className="quiet">
              Add this TXT record to the domain’s DNS, then check. It can take an hour until a new record is seen.
            </p>
            <ToCopy label="Name" text={record.name} words="Copy name" />
            <ToCopy label="Value" text={record.value} words="Copy value" />
          </>
        ) : (
          <p className="quiet">
            Verified <Day at={verifiedAt} />.
          </p>
        )}
        <ProblemNotice error={check.error} />
        <ProblemNotice error={remove.error} />
        {asking ? (
          <Sure
            words="Remove domain"
            busyWords="Removing…"
            busy={remove.busy}
            onSure={() => void remove.run()}
            no="Keep it"
            onCancel={stop}
          >
            {verifiedAt === null
              ? `Remove ${domain}? Adding it again takes another record.`
              : `Remove ${domain}? This team no longer manages people with an address there, and they sign in as they did without single sign-on.`}
          </Sure>
        ) : null}
      </div>
      {asking ? null : (
        <div className="row-actions">
          {verifiedAt === null ? (
            <Button busy={check.busy} busyWords="Checking…" onClick={() => void check.run()}>
              <span>
                Check now<span className="unseen"> {domain}</span>
              </span>
            </Button>
          ) : null}
          {mayRemove ? (
            <Button kind="quiet" data-asks="" onClick={ask}>
              <Icon name="remove" />
              <span>
                Remove<span className="unseen"> {domain}</span>
              </span>
            </Button>
          ) : null}
        </div>
      )}
    </li>
  )
}
