import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'

export interface Serving {
  /**
   * Takes no more connections. Resolves once every request that had arrived is answered, each with `Connection: close`, or when
   * `deadline` aborts: then what is left is cut off.
   */
  stop(deadline: AbortSignal): Promise<void>
}

/** Keeps count of what a server is doing, so that it can be stopped in the middle of it. To be called before it listens. */
export function serving(server: Server): Serving {
  const underWay = new Set<ServerResponse>()
  let isStopping = false

  // Browsers and load balancers hold connections open on which nothing is asked: nobody waits for those.
  const endWhenDone = (): void => {
    if (isStopping && underWay.size === 0) server.closeAllConnections()
  }

  // Before the one that answers: afterwards it would be too late for a header.
  server.prependListener('request', (_, response: ServerResponse) => {
    underWay.add(response)
    if (isStopping) closeAfter(response)
    response.once('close', () => {
      underWay.delete(response)
      endWhenDone()
    })
  })

  return {
    async stop(deadline) {
      isStopping = true
      const closed = once(server, 'close')
      const cutOff = (): void => server.closeAllConnections()
      server.close()
      for (const response of underWay) closeAfter(response)
      endWhenDone()
      if (deadline.aborted) cutOff()
      deadline.addEventListener('abort', cutOff, { once: true })
      await closed
      deadline.removeEventListener('abort', cutOff)
    },
  }
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}
