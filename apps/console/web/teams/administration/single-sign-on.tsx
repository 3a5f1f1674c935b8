import { useEffect, useRef, useState } from 'react'
import { administration } from '../../api/calls.ts'
import type { TeamSecurity, TeamSso, TeamView } from '../../api/types.ts'
import { Button } from '../../form/button.tsx'
import { Field } from '../../form/field.tsx'
import { Form } from '../../form/form.tsx'
import { ProblemNotice } from '../../form/problem-notice.tsx'
import { Toggle } from '../../form/toggle.tsx'
import { isCancelled, refusal, useAction } from '../../form/use-action.ts'
import { useFieldErrors } from '../../form/use-field-errors.ts'
import { RemoveSingleSignOn } from './remove-single-sign-on.tsx'
import { ToCopy } from './to-copy.tsx'
import { addressIn, countManaged, TurnOn } from './turn-on.tsx'

interface SingleSignOnProps {
  readonly team: TeamView
  readonly security: TeamSecurity
  readonly onChanged: (news: string) => Promise<void>
  readonly onGone: (news: string) => Promise<void>
}

/** Hands the sign-in of the team's managed people to its own identity provider. */
export function SingleSignOn({ team, security, onChanged, onGone }: SingleSignOnProps) {
  const { sso, redirectUri } = security
  const [typed, setTyped] = useState<Partial<Settings>>({})
  const { issuer, clientId, clientSecret, trusted, on } = { ...settingsOf(sso), ...typed }
  const named = { issuer: issuer.trim(), clientId: clientId.trim() }
  // A secret is for the provider that gave it, and sent to no other.
  const kept = sso !== null && sso.issuer === named.issuer && sso.clientId === named.clientId
  const verified = security.domains.filter(({ verifiedAt }) => verifiedAt !== null).map(({ domain }) => domain)
  /** People are signed out by it, and sign in elsewhere than until now. */
  const sendsAway = on && verified.length > 0 && !(sso?.on === true && sso.issuer === named.issuer)
  const [question, setQuestion] = useState<{ readonly people: number | null } | null>(null)
  const around = useRef<HTMLDivElement>(null)
  const refused = useRef(false)
  const save = useAction(async (sure: boolean) => {
    const missing = refusal({
      issuer: named.issuer === '' ? 'Enter the issuer.' : undefined,
      clientId: named.clientId === '' ? 'Enter the client id.' : undefined,
      clientSecret: !kept && clientSecret === '' ? 'Enter the client secret.' : undefined,
    })
    if (missing !== null) throw missing
    if (sendsAway && !sure) return setQuestion({ people: await countManaged(team.id) })
    const secret = clientSecret === '' ? null : clientSecret
    await administration
      .changeSso(team.id, { ...named, clientSecret: secret, trusted, on })
      .catch((reason: unknown) => {
        if (!isCancelled(reason)) setQuestion(null)
        throw reason
      })
    const news = `Single sign-on is saved, and ${on ? 'on' : 'off'}.`
    // The button that was sure is gone with its question.
    await (sure ? onGone(news) : onChanged(news))
    setQuestion(null)
    setTyped({})
  })
  const { messages, edited } = useFieldErrors(save.error)
  const type = (part: Partial<Settings>, ...fields: readonly string[]) => {
    setTyped((before) => ({ ...before, ...part }))
    setQuestion(null)
    edited(...fields)
  }
  const removed = async (news: string) => {
    setTyped({})
    await onGone(news)
  }

  useEffect(() => {
    if (question !== null || !refused.current) return
    refused.current = false
    around.current?.querySelector<HTMLElement>('[type=submit]')?.focus({ preventScroll: true })
  }, [question])

  return (
    <section className="block block-wide">
      <h2>Single sign-on</h2>
      <p className="quiet">Let your own identity provider (OpenID Connect) sign in the people this team manages.</p>
      <ToCopy label="Redirect URI, to be entered at the provider" text={redirectUri} words="Copy redirect URI" />
      <Form error={save.error} onSubmit={() => question === null && void save.run(false)}>
        {save.error?.problem.errors === undefined ? <ProblemNotice error={save.error} /> : null}
        <Field label="Issuer" hint="An address like https://login.example.org." error={messages['issuer']}>
          {(control) => (
            <input
              {...control}
              name="issuer"
              type="url"
              autoComplete="off"
              value={issuer}
              onChange={(event) => type({ issuer: event.target.value }, 'issuer', 'clientSecret')}
            />
          )}
        </Field>
        <Field label="Client id" error={messages['clientId']}>
          {(control) => (
            <input
              {...control}
              name="clientId"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={clientId}
              onChange={(event) => type({ clientId: event.target.value }, 'clientId', 'clientSecret')}
            />
          )}
        </Field>
        <Field
          label="Client secret"
          hint={kept ? 'One is saved. Leave this empty to keep it.' : 'Once saved it can’t be read again.'}
          error={messages['clientSecret']}
        >
          {(control) => (
            <input
              {...control}
              name="clientSecret"
              type="password"
              // `off` is not heeded here: a browser would fill in the person's own password.
              autoComplete="new-password"
              placeholder={kept ? '•••• saved' : ''}
              value={clientSecret}
              onChange={(event) => type({ clientSecret: event.target.value }, 'clientSecret')}
            />
          )}
        </Field>
        <Toggle
          name="trusted"
          words="Believe what it says about how people signed in"
          about="Only for a provider that you trust to say the truth about second factors. Otherwise what it says is left aside."
          checked={trusted}
          onChange={(checked) => type({ trusted: checked })}
        />
        <Toggle
          name="on"
          role="switch"
          words="People sign in through it"
          about={meaningOf(verified)}
          checked={on}
          onChange={(checked) => type({ on: checked })}
        />
        <div ref={around}>
          {question === null ? (
            <Button kind="primary" type="submit" busy={save.busy} busyWords="Saving…">
              Save single sign-on
            </Button>
          ) : (
            <TurnOn
              issuer={named.issuer}
              domains={verified}
              people={question.people}
              busy={save.busy}
              onSure={() => void save.run(true)}
              onCancel={() => {
                refused.current = true
                setQuestion(null)
              }}
            />
          )}
        </div>
      </Form>
      {sso === null ? null : <RemoveSingleSignOn team={team} onRemoved={removed} />}
    </section>
  )
}

interface Settings extends TeamSso {
  readonly clientSecret: string
}

function settingsOf(sso: TeamSso | null): Settings {
  return { issuer: '', clientId: '', trusted: false, on: false, ...sso, clientSecret: '' }
}

function meaningOf(verified: readonly string[]): string {
  if (verified.length === 0) return 'This takes a verified domain, and the team has none yet.'
  return `While this is on, members with ${addressIn(verified)} sign in only there: no password and no second factor of this console counts for them. Owners never do, so that someone always gets in.`
}
