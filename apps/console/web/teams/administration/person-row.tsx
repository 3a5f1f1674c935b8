import { administration } from '../../api/calls.ts'
import type { PersonView, TeamPolicy, TeamView } from '../../api/types.ts'
import { labelOf, strongestFirst } from '../../code/words.ts'
import { Button } from '../../form/button.tsx'
import { useAction } from '../../form/use-action.ts'
import { useAsking } from '../../form/use-asking.ts'
import { Address } from '../../frame/address.tsx'
import { Icon, methodIcons } from '../../frame/icons.tsx'
import { Day, Minute } from '../../frame/moment.tsx'
import { manages, roleName } from '../roles.ts'
import { RefusedHelp } from './refused-help.tsx'
import { ResetDialog } from './reset-dialog.tsx'

interface PersonRowProps {
  readonly team: TeamView
  readonly person: PersonView
  readonly policy: TeamPolicy
  readonly you: boolean
  readonly onGone: (news: string) => Promise<void>
}

export function PersonRow({ team, person, policy, you, onGone }: PersonRowProps) {
  const { accountId, email, role, managed, mfa, lockedUntil } = person
  const { asking, around, ask, stop } = useAsking<HTMLLIElement>()
  const below = manages(team.role, role)
  const mayAct = managed && below && !you
  const unlock = useAction(async () => {
    await administration.unlock(team.id, accountId)
    await onGone(`${email} is unlocked.`)
  })

  return (
    <li className="row row-many row-below" ref={around}>
      <Icon name="person" />
      <div className="row-main">
        <h3 tabIndex={-1}>
          <Address of={email} /> {you ? <span className="badge">You</span> : null}
          <Chip mfa={mfa} />
        </h3>
        <p className="quiet">
          <span className="whole">{roleName(role)}.</span>{' '}
          <span className="whole">
            <OfTheRule person={person} policy={policy} />
          </span>{' '}
          {managed ? null : <span className="whole">Not managed by this team.</span>}
          {managed && !below && !you ? <span className="whole">Only an owner can reset or unlock them.</span> : null}
        </p>
        <Kinds person={person} />
        {lockedUntil === null ? null : (
          <p className="locked">
            <Icon name="lock" />
            <span>
              Locked until <Minute at={lockedUntil} />.
            </span>
          </p>
        )}
        <RefusedHelp error={unlock.error} />
      </div>
      <div className="row-actions">
        {mayAct && lockedUntil !== null ? (
          <Button busy={unlock.busy} busyWords="Unlocking…" onClick={() => void unlock.run()}>
            <span>
              Unlock<span className="unseen"> {email}</span>
            </span>
          </Button>
        ) : null}
        {mayAct && mfa === 'on' ? (
          <Button kind="quiet" data-asks="" aria-haspopup="dialog" onClick={ask}>
            <span>
              Reset second factor…<span className="unseen"> of {email}</span>
            </span>
          </Button>
        ) : null}
      </div>
      {asking ? (
        <ResetDialog
          team={team}
          person={person}
          onCancel={stop}
          onReset={async () => {
            stop()
            await onGone(
              `The second factor of ${email} is reset. They have been told, and all their sessions are ended.`,
            )
          }}
        />
      ) : null}
    </li>
  )
}

function Chip({ mfa }: Pick<PersonView, 'mfa'>) {
  return (
    <span className={`badge ${mfa === 'on' ? 'badge-good' : mfa === 'off' ? 'badge-plain' : ''}`}>
      {mfa === 'on' ? 'Second factor on' : mfa === 'off' ? 'Second factor off' : 'Single sign-on'}
    </span>
  )
}

/** Whether the person has what the team asks for, or until when they may put it off. */
function OfTheRule({ person, policy: { who } }: Pick<PersonRowProps, 'person' | 'policy'>) {
  const { role, mfa, meetsRule, standing } = person
  if (mfa === 'sso') return 'Signs in through single sign-on.'
  const concerned = who === 'everyone' || (who === 'privileged' && role !== 'member')
  if (meetsRule && mfa === 'on') return concerned ? 'Meets the team’s rule.' : null
  if (meetsRule) return 'Need not have a second factor.'
  const lacking = mfa === 'on' ? 'a stronger second factor' : 'a second factor'
  return standing.status === 'postponed' && standing.from !== null ? (
    <>
      Needs {lacking}; may postpone it until <Day at={standing.from} />.
    </>
  ) : (
    `Needs ${lacking} now: can do nothing but set one up.`
  )
}

/** The kinds of second factors, of managed people only, and where they count. */
function Kinds({ person: { methods, mfa } }: { person: PersonView }) {
  if (methods === null || methods.length === 0 || mfa === 'sso') return null
  return (
    <ul className="kinds">
      {strongestFirst(methods).map(({ method, lastUsedAt }, index) => (
        <li key={index}>
          <Icon name={methodIcons[method]} />
          <span>
            {method === 'recovery_code' ? 'Recovery codes' : labelOf(method)}
            {method === 'security_key' ? ' (strongest)' : ''},{' '}
            {lastUsedAt === null ? (
              'not used yet'
            ) : (
              <>
                last used <Minute at={lastUsedAt} />
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}
