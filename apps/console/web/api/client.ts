import { ApiError, problemOf, unreachable } from './problem.ts'
import type { Session } from './types.ts'

/** No answer within this time counts as no connection. Longer than the server lets a message provider take. */
const patienceMs = 20_000

/** Changes with every change of session, so it is read again whenever a session is. */
let csrf: string | null = null

export async function loadSession(): Promise<Session> {
  const session = await exchange<Session>('GET', '/api/session')
  csrf = session.csrf
  return session
}

export function get<Body>(path: string): Promise<Body> {
  return exchange('GET', path)
}

/**
 * An unsafe call with its CSRF token. Another tab may have changed the session, so a refused token is fetched again and
 * the call is made once more, never twice.
 */
export async function send<Body>(method: 'POST' | 'PUT' | 'PATCH', path: string, body: object = {}): Promise<Body> {
  if (csrf === null) await loadSession()
  try {
    return await exchange<Body>(method, path, body)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'csrf_refused') throw error
    await loadSession()
    return exchange<Body>(method, path, body)
  }
}

async function exchange<Body>(method: string, path: string, body?: object): Promise<Body> {
  const accept = { accept: 'application/json, application/problem+json' }
  const sending = { 'content-type': 'application/json', 'x-csrf-token': csrf ?? '' }
  const request: RequestInit = {
    method,
    cache: 'no-store',
    credentials: 'same-origin',
    signal: AbortSignal.timeout(patienceMs),
    headers: body === undefined ? accept : { ...accept, ...sending },
    body: body === undefined ? null : JSON.stringify(body),
  }
  let response: Response
  try {
    response = await fetch(path, request)
  } catch {
    throw unreachable()
  }
  if (!response.ok) throw await problemOf(response)
  if (response.status === 204) return undefined as Body
  return (await response.json().catch(() => Promise.reject(unreachable()))) as Body
}
