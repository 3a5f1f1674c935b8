import { createMiddleware } from 'hono/factory'
import type { Random } from 'sallyport'
import { clientAddress } from './client-address.ts'
import type { TrustedProxies } from './client-address.ts'
import type { ConsoleEnv } from './environment.ts'

/**
 * Who is asking, under an id for the log: the peer of the socket or whom a trusted proxy names (requirement P5). No other
 * header says anything about it.
 */
export const identifyClient = (random: Random, trustedProxies: TrustedProxies) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const peer = c.env?.incoming?.socket.remoteAddress
    c.set('client', {
      ip: clientAddress(peer, c.req.header('x-forwarded-for'), trustedProxies),
      userAgent: (c.req.header('user-agent') ?? '').slice(0, 256),
      traceId: Buffer.from(random(8)).toString('hex'),
    })
    await next()
  })
