import { createMiddleware } from 'hono/factory'
import type { Random } from 'sallyport'
import type { ConsoleEnv } from './environment.ts'

/** Who is asking: the peer of the socket, whatever the headers say (requirement P5), under an id for the log. */
export const identifyClient = (random: Random) =>
  createMiddleware<ConsoleEnv>(async (c, next) => {
    const address = c.env?.incoming?.socket.remoteAddress ?? ''
    c.set('client', {
      // An IPv4 peer of a socket that takes both.
      ip: address.replace(/^::ffff:(?=\d+\.)/, ''),
      userAgent: (c.req.header('user-agent') ?? '').slice(0, 256),
      traceId: Buffer.from(random(8)).toString('hex'),
    })
    await next()
  })
