/** Messages as they arrive, to look through or to wait for. */
export class Inbox<Message> {
  /** Everything that has arrived, oldest first. */
  readonly all: Message[] = []
  #unread: Message[] = []
  #waiting: { readonly matches: (message: Message) => boolean; readonly give: (message: Message) => void }[] = []

  add(message: Message): void {
    this.all.push(message)
    const index = this.#waiting.findIndex((reader) => reader.matches(message))
    const [reader] = index < 0 ? [] : this.#waiting.splice(index, 1)
    if (reader === undefined) this.#unread.push(message)
    else reader.give(message)
  }

  /** The oldest message that matches and has not been taken, now or when it arrives. */
  take(matches: (message: Message) => boolean = () => true): Promise<Message> {
    const index = this.#unread.findIndex(matches)
    const [message] = index < 0 ? [] : this.#unread.splice(index, 1)
    if (message !== undefined) return Promise.resolve(message)
    return new Promise((give) => this.#waiting.push({ matches, give }))
  }

  clear(): void {
    this.all.length = 0
    this.#unread = []
  }
}
