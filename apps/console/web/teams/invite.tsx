import { useState } from 'react'
import { teams } from '../api/calls.ts'
import type { Role, TeamView } from '../api/types.ts'
import { Button } from '../form/button.tsx'
import { EmailField } from '../form/email-field.tsx'
import { Field } from '../form/field.tsx'
import { Form } from '../form/form.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { useSecondsLeft } from '../form/seconds-left.ts'
import { refusal, useAction } from '../form/use-action.ts'
import { useFieldErrors } from '../form/use-field-errors.ts'
import { RoleSelect } from './role-select.tsx'
import { givenBy } from './roles.ts'

interface InviteProps {
  readonly team: TeamView
  readonly onChanged: (news: string) => Promise<void>
}

export function Invite({ team, onChanged }: InviteProps) {
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('member')
  const invite = useAction(async () => {
    const to = email.trim()
    const empty = refusal({ email: to === '' ? 'Enter the address to invite.' : undefined })
    if (empty !== null) throw empty
    await teams.invite(team.id, to, role)
    setEmail('')
    setRole('member')
    await onChanged(`The invitation for ${to} is on its way.`)
  })
  const wait = useSecondsLeft(invite.error?.retryAfterSeconds ?? 0, invite.error)
  const { messages, edited } = useFieldErrors(invite.error)
  const given = givenBy(team.role)

  return (
    <section className="block">
      <h2>Invite someone</h2>
      <Form error={invite.error} onSubmit={() => wait === 0 && void invite.run()}>
        {invite.error?.problem.errors === undefined ? <ProblemNotice error={invite.error} /> : null}
        <EmailField
          autoComplete="off"
          value={email}
          onChange={(typed) => {
            setEmail(typed)
            edited('email')
          }}
          error={messages['email']}
        />
        {given.length > 1 ? (
          <Field label="Role" error={messages['role']}>
            {(control) => <RoleSelect control={control} roles={given} value={role} onChange={setRole} />}
          </Field>
        ) : null}
        <Button kind="primary" type="submit" busy={invite.busy} busyWords="Sending…" blocked={wait > 0}>
          Send invitation
        </Button>
      </Form>
    </section>
  )
}
