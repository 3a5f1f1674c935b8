import { useEffect } from 'react'
import { outbox } from '../api/calls.ts'
import type { OutboxMessage } from '../api/types.ts'
import { CopyButton } from '../form/copy-button.tsx'
import { ProblemNotice } from '../form/problem-notice.tsx'
import { Icon } from '../frame/icons.tsx'
import { Loading } from '../frame/loading.tsx'
import { Second } from '../frame/moment.tsx'
import { Page } from '../frame/page.tsx'
import { useLoad } from '../frame/use-load.ts'

const refreshMs = 2000

export function OutboxPage() {
  const { data, error, reload } = useLoad(outbox.list)

  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void reload()
    }, refreshMs)
    return () => clearInterval(timer)
  }, [reload])

  if (error?.problem.status === 404) {
    return (
      <Page title="There is no outbox here">
        <p>The outbox exists in development only.</p>
      </Page>
    )
  }
  return (
    <Page
      title="Outbox"
      wide
      lead="Every e-mail and text message this console has sent, newest first. Development only."
    >
      <ProblemNotice error={error} />
      {data === null && error === null ? <Loading /> : null}
      {data?.messages.length === 0 ? <p className="empty">Nothing has been sent yet.</p> : null}
      <ol className="messages" aria-label="Messages">
        {data?.messages.map((message) => (
          <li key={message.id}>
            <Message message={message} />
          </li>
        ))}
      </ol>
    </Page>
  )
}

function Message({ message }: { message: OutboxMessage }) {
  const code = codeIn(message.text)
  const email = message.channel === 'email'
  return (
    <article className="message">
      <header>
        <span className={`badge badge-${message.channel}`}>
          <Icon name={email ? 'mail' : 'message'} />
          {email ? 'E-mail' : 'Text message'}
        </span>
        <Second at={message.at} />
      </header>
      <p className="message-to">To {message.to}</p>
      {message.subject === '' ? null : <h2>{message.subject}</h2>}
      {code === null ? null : (
        <div className="message-code">
          <code>{code}</code>
          <CopyButton text={code} label="Copy code" />
        </div>
      )}
      <pre>{message.text}</pre>
    </article>
  )
}

/** A code begins a line, and stands alone there or is said to be one. What else a message names may hold digits too. */
function codeIn(text: string): string | null {
  return /^\d{6,10}(?=$| is your )/m.exec(text)?.[0] ?? null
}
