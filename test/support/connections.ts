import type { Server, Socket } from 'node:net'

/** Who is connected to a test server, to see a client come and let go without waiting by the clock. */
export class Connections {
  readonly #open = new Set<Socket>()
  #observers: (() => void)[] = []

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#open.add(socket)
      this.#changed()
      socket.once('close', () => {
        this.#open.delete(socket)
        this.#changed()
      })
    })
  }

  get count(): number {
    return this.#open.size
  }

  /** Resolves when exactly `count` clients are connected: at once, or when it becomes so. */
  reach(count: number): Promise<void> {
    if (this.count === count) return Promise.resolve()
    return new Promise((resolve) => {
      const observe = (): void => (this.count === count ? resolve() : void this.#observers.push(observe))
      this.#observers.push(observe)
    })
  }

  /** Cuts everyone off. */
  destroy(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #changed(): void {
    const observers = this.#observers
    this.#observers = []
    for (const observe of observers) observe()
  }
}
