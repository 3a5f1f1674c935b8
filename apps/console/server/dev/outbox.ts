import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Clock, EmailSender, SmsSender } from 'sallyport'
import { json, problems } from 'sallyport/http'
import type { ConsoleEnv } from '../protection/environment.ts'
import { problem } from '../protection/problem.ts'

export interface OutboxMessage {
  readonly id: string
  /** ISO 8601. */
  readonly at: string
  readonly channel: 'email' | 'sms'
  readonly to: string
  /** Empty for a text message. */
  readonly subject: string
  readonly text: string
}

/** Senders that keep what they are given instead of sending it. */
export interface Outbox {
  readonly email: EmailSender
  readonly sms: SmsSender
  /** Newest first. */
  list(): readonly OutboxMessage[]
}

const kept = 200

export function createOutbox(clock: Clock): Outbox {
  const messages: OutboxMessage[] = []
  let count = 0
  function keep(message: Omit<OutboxMessage, 'id' | 'at'>): void {
    messages.unshift({ id: String((count += 1)), at: new Date(clock()).toISOString(), ...message })
    messages.length = Math.min(messages.length, kept)
  }
  return {
    email: {
      name: 'outbox',
      send: async ({ to, subject, text }) => keep({ channel: 'email', to, subject, text }),
    },
    sms: {
      name: 'outbox',
      send: async ({ to, text }) => keep({ channel: 'sms', to, subject: '', text }),
    },
    list: () => messages,
  }
}

const listRoute = createRoute({
  method: 'get',
  path: '/dev/outbox',
  summary: 'Every message sent, newest first; exists in development only',
  responses: {
    200: json(
      z.strictObject({
        messages: z.array(
          z.strictObject({
            id: z.string(),
            at: z.string(),
            channel: z.enum(['email', 'sms']),
            to: z.string(),
            subject: z.string(),
            text: z.string(),
          }),
        ),
      }),
      'The last 200 messages',
    ),
    ...problems,
  },
})

export function outboxRoutes(outbox: Outbox, origin: string): OpenAPIHono<ConsoleEnv> {
  const app = new OpenAPIHono<ConsoleEnv>()
  const { host } = new URL(origin)
  app.openapi(listRoute, (c) => {
    // A page that has its own name resolve to this machine must not read the codes of whoever develops on it.
    if (new URL(c.req.url).host !== host) return problem(c, 'route_not_found')
    return c.json({ messages: [...outbox.list()] }, 200)
  })
  return app
}
