import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import { loadSession, watchSession } from '../api/calls.ts'
import type { ApiError } from '../api/problem.ts'
import type { Session } from '../api/types.ts'
import { asApiError } from '../form/use-action.ts'
import { LoadFailed, Loading } from './loading.tsx'

interface SessionContext {
  readonly session: Session
  /** Reads the session again. To be called after everything that changes it: sign in, sign out, first second factor. */
  readonly refresh: () => Promise<Session>
}

const Context = createContext<SessionContext | null>(null)

export function useSession(): SessionContext {
  const context = useContext(Context)
  if (context === null) throw new Error('useSession outside SessionProvider')
  return context
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null)
  const [error, setError] = useState<ApiError | null>(null)

  const start = useCallback(() => {
    setError(null)
    loadSession().catch((reason: unknown) => setError(asApiError(reason)))
  }, [])

  useEffect(() => watchSession(setSession), [])
  useEffect(start, [start])
  useEffect(() => {
    // Another tab may have signed in or out meanwhile. Without an answer the page stays as it is.
    const look = () => void (document.hidden || loadSession().catch(() => undefined))
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])

  const value = useMemo(() => (session === null ? null : { session, refresh: loadSession }), [session])
  if (value !== null) return <Context value={value}>{children}</Context>
  return <main>{error === null ? <Loading /> : <LoadFailed error={error} onRetry={start} />}</main>
}
