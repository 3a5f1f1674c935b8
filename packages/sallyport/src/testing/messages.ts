import type { EmailMessage, Sender, SmsMessage } from '../contract/sender.ts'

/** A sender that keeps what it is given instead of sending it. */
export interface KeptMessages<Message> extends Sender<Message> {
  /** Oldest first. */
  readonly messages: Message[]
  /** The newest message to this address or number. Throws when there is none. */
  lastTo(destination: string): Message
  /** The code in the newest message to this address or number that has one. Throws when there is none. */
  codeTo(destination: string): string
}

export function keptMessages<Message extends EmailMessage | SmsMessage>(name = 'kept'): KeptMessages<Message> {
  const messages: Message[] = []
  return {
    name,
    messages,
    async send(message) {
      messages.push(message)
    },
    lastTo(destination) {
      const found = messages.findLast((message) => message.to === destination)
      if (found === undefined) throw new Error(`nothing was sent to ${destination}`)
      return found
    },
    codeTo(destination) {
      const found = messages.findLast((message) => message.to === destination && hasCode(message))
      if (found === undefined) throw new Error(`no code was sent to ${destination}`)
      return codeIn(found)
    },
  }
}

/** A code begins a line and stands alone there, or is said to be one: what else a message names may hold digits too. */
const code = /^\d{6,10}(?=$| is your )/m

export function hasCode(message: { readonly text: string }): boolean {
  return code.test(message.text)
}

/** The one-time code in a message. Throws when there is none. */
export function codeIn(message: { readonly text: string }): string {
  const found = code.exec(message.text)?.[0]
  if (found === undefined) throw new Error('there is no code in this message')
  return found
}
