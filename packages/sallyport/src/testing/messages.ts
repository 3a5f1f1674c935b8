import type { EmailMessage, Sender, SmsMessage } from '../contract/sender.ts'

/** A sender that keeps what it is given instead of sending it. */
export interface KeptMessages<Message> extends Sender<Message> {
  /** Oldest first. */
  readonly messages: Message[]
  /** The newest message to this address or number. Throws when there is none. */
  lastTo(destination: string): Message
}

export function keptMessages<Message extends EmailMessage | SmsMessage>(name = 'kept'): KeptMessages<Message> {
  const messages: Message[] = []
  return {
    name,
    messages,
    // eslint-disable-next-line typescript/require-await
    async send(message) {
      messages.push(message)
    },
    lastTo(destination) {
      const found = messages.findLast((message) => message.to === destination)
      if (found === undefined) throw new Error(`nothing was sent to ${destination}`)
      return found
    },
  }
}

/** The one-time code in a message. Throws when there is none. */
export function codeIn(message: { readonly text: string }): string {
  const code = /(?<!\d)\d{6,10}(?!\d)/.exec(message.text)?.[0]
  if (code === undefined) throw new Error('there is no code in this message')
  return code
}
