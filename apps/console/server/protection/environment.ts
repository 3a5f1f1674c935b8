import type { HttpBindings } from '@hono/node-server'
import type { Client } from 'sallyport'
import type { LiveSession } from '../sessions/sessions.ts'

/** What a request carries through the console. */
export interface ConsoleEnv {
  /** Absent when a request does not come from a socket, as in tests. */
  Bindings: Partial<HttpBindings>
  Variables: {
    client: Client
    /** Who is signed in; loaded for everything under /api. */
    session: LiveSession | null
    /** The cookie of `session`; null when an access token carries it. */
    sessionToken: string | null
  }
}
