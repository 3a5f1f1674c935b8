import { type ReactNode, useState } from 'react'
import { teams } from '../api/calls.ts'
import type { TeamSummary } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { Field } from '../form/field.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { Icon } from '../frame/icons.tsx'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { News, useNews } from '../frame/news.tsx'
import { Page } from '../frame/page.tsx'
import { Link, navigate, useNotice } from '../frame/router.tsx'
import { SignedIn } from '../frame/signed-in.tsx'
import { useLoad } from '../frame/use-load.ts'
import { aRole } from './roles.ts'

export function TeamsPage() {
  return <SignedIn what="your teams">{(_, intruder) => <OwnTeams intruder={intruder} />}</SignedIn>
}

function OwnTeams({ intruder }: { intruder: ReactNode }) {
  const [news] = useNews(useNotice())
  const { data, error, reload } = useLoad(teams.list)

  if (data === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  return (
    <Page title="Teams" wide>
      {intruder}
      <News text={news} />
      <section className="block">
        <h2>Your teams</h2>
        {data.teams.length === 0 ? (
          <p className="quiet">You are in no team yet. Create one, or have someone invite you.</p>
        ) : (
          <ul className="rows">
            {data.teams.map((team) => (
              <TeamRow key={team.id} team={team} />
            ))}
          </ul>
        )}
      </section>
      <CreateTeam />
    </Page>
  )
}

function TeamRow({ team }: { team: TeamSummary }) {
  return (
    <li className="row">
      <Icon name="people" />
      <div className="row-main">
        <h3>
          <Link to={`/teams/${team.id}`}>{team.name}</Link>
        </h3>
        <p className="quiet">You are {aRole(team.role)}.</p>
      </div>
    </li>
  )
}

/** As many characters as the server takes. */
const longestName = 60

function CreateTeam() {
  const [name, setName] = useState('')
  const create = useAction(async () => {
    const called = name.trim()
    const empty = refusal({ name: called === '' ? 'Give the team a name.' : undefined })
    if (empty !== null) throw empty
    const { id } = await teams.create(called)
    navigate(`/teams/${id}`)
  })
  const { messages, edited } = useFieldErrors(create.error)
  return (
    <section className="block">
      <h2>Create a team</h2>
      <Form error={create.error} onSubmit={() => void create.run()}>
        {create.error?.problem.errors === undefined ? <ProblemNotice error={create.error} /> : null}
        <Field label="Name" error={messages['name']}>
          {(control) => (
            <input
              {...control}
              name="name"
              autoComplete="off"
              maxLength={longestName}
              value={name}
              onChange={(event) => {
                setName(event.target.value)
                edited('name')
              }}
            />
          )}
        </Field>
        <Button kind="primary" type="submit" busy={create.busy} busyWords="Creating…">
          Create team
        </Button>
      </Form>
    </section>
  )
}
