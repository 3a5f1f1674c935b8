import { useEffect, useRef, useState } from 'react'
import { administration } from '../../api/calls.ts'
import type { PeopleView, TeamPolicy } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { useAction } from '../../form/use-action.ts'
import { Link } from '../../frame/router.tsx'
import { AdministrationPage, type Shown } from './administration-page.tsx'
import { Adoption } from './adoption.tsx'
import { PersonRow } from './person-row.tsx'
import { pathOf } from './places.tsx'

export function PeoplePage({ teamId }: { teamId: string }) {
  return (
    <AdministrationPage teamId={teamId} here="people" title={(team) => `People in ${team}`} load={readAsFar}>
      {(shown) => <People {...shown} />}
    </AdministrationPage>
  )
}

interface Read extends PeopleView {
  readonly policy: TeamPolicy
}

/** As many people as were shown before, so that nobody who was looked at is gone. */
async function readAsFar(teamId: string, before: Read | null): Promise<Read> {
  const [first, { policy }] = await Promise.all([administration.people(teamId, null), administration.security(teamId)])
  let read = { ...first, policy }
  while (read.next !== null && read.people.length < (before?.people.length ?? 0)) read = await withNext(teamId, read)
  return read
}

async function withNext(teamId: string, { people, next, policy }: Read): Promise<Read> {
  const more = await administration.people(teamId, next)
  return { ...more, people: [...people, ...more.people], policy }
}

function People({ team, data, show, onGone }: Shown<Read>) {
  const list = useRef<HTMLUListElement>(null)
  const [first, setFirst] = useState<number | null>(null)
  const more = useAction(async () => {
    show(await withNext(team.id, data))
    setFirst(data.people.length)
  })
  useEffect(() => {
    // Who came last is where reading goes on.
    if (first !== null) list.current?.querySelectorAll<HTMLElement>('h3')[first]?.focus({ preventScroll: true })
  }, [first])
  const you = team.members.find((member) => member.you)?.accountId

  return (
    <>
      <Adoption view={data} />
      <section className="block">
        <h2>People</h2>
        {data.people.some(({ managed }) => !managed) ? (
          <p className="quiet">
            Only people with an address in a domain of this team can be reset, unlocked and looked at more closely here.
            The domains stand under <Link to={pathOf(team.id, 'security')}>Security</Link>.
          </p>
        ) : null}
        <ul className="rows" ref={list}>
          {data.people.map((person) => (
            <PersonRow
              key={person.accountId}
              team={team}
              person={person}
              policy={data.policy}
              you={person.accountId === you}
              onGone={onGone}
            />
          ))}
        </ul>
        <ProblemNotice error={more.error} />
        {data.next === null ? null : (
          <div className="ways">
            <Button busy={more.busy} busyWords="Loading…" onClick={() => void more.run()}>
              Show more
            </Button>
          </div>
        )}
      </section>
    </>
  )
}
