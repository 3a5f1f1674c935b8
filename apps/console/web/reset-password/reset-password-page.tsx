import { useCallback, useEffect, useState } from 'react'
import { passwordReset } from '../api/calls.ts'
import { ApiError } from '../api/problem.ts'
import { LoadFailed, Loading } from '../frame/loading.tsx'
import { Page } from '../frame/page.tsx'
import { Link } from '../frame/router.tsx'
import { useSession } from '../frame/session.tsx'
import { useLoad } from '../frame/use-load.ts'
import { NewPassword } from './new-password.tsx'
import { forgetReset, resetHere, takeReset } from './token.ts'

export function ResetPasswordPage() {
  const { refresh } = useSession()
  const [token, setToken] = useState(resetHere)
  const [done, setDone] = useState<'changed' | 'set' | null>(null)

  useEffect(() => {
    // Another link, opened where this page is already.
    const look = () => {
      takeReset()
      setToken(resetHere())
      setDone(null)
    }
    addEventListener('hashchange', look)
    return () => removeEventListener('hashchange', look)
  }, [])

  const end = () => {
    forgetReset()
    setToken(null)
  }
  if (done !== null) return <Done what={done} />
  if (token === null) return <NoReset />
  return (
    <ByToken
      key={token}
      token={token}
      onGone={end}
      onChosen={async (hadPassword) => {
        setDone(hadPassword ? 'changed' : 'set')
        end()
        // Whoever was signed in to it in this browser is not any more.
        await refresh().catch(() => undefined)
      }}
    />
  )
}

interface ByTokenProps {
  readonly token: string
  readonly onGone: () => void
  readonly onChosen: (hadPassword: boolean) => Promise<void>
}

function ByToken({ token, onGone, onChosen }: ByTokenProps) {
  const { data, error, reload } = useLoad(useCallback(() => passwordReset.read(token), [token]))
  if (error !== null && isGone(error)) return <NoReset />
  if (data === null) return error === null ? <Loading /> : <LoadFailed error={error} onRetry={() => void reload()} />
  return (
    <NewPassword
      email={data.email}
      hasPassword={data.hasPassword}
      onChosen={async (password) => {
        try {
          await passwordReset.complete(token, password)
        } catch (reason) {
          if (reason instanceof ApiError && reason.code === 'reset_not_found') return onGone()
          throw reason
        }
        await onChosen(data.hasPassword)
      }}
    />
  )
}

/** Unknown, used or too old; or something that is no token, which is a request of the wrong form. */
function isGone({ problem: { status } }: ApiError): boolean {
  return status === 400 || status === 404 || status === 422
}

function Done({ what }: { what: 'changed' | 'set' }) {
  const { account } = useSession().session
  return (
    <Page title={`Your password is ${what}`} lead="Sign in with it. All your sessions were ended.">
      <Link to={account === null ? '/sign-in' : '/'} className="button button-primary">
        {account === null ? 'Sign in' : 'Go to the start'}
      </Link>
    </Page>
  )
}

function NoReset() {
  return (
    <Page
      title="This link does not work any more"
      lead="It was used already, it is too old, or another one was used. If you have just chosen a password with it, sign in."
    >
      <div className="ways">
        <Link to="/forgot-password" className="button button-primary">
          Get a new link
        </Link>
        <Link to="/sign-in" className="button button-quiet">
          Sign in
        </Link>
      </div>
    </Page>
  )
}
