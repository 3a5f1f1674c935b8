/** One e-mail to one address. */
export interface EmailMessage {
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** One text message to one number in E.164. */
export interface SmsMessage {
  readonly to: string
  readonly text: string
}

/**
 * Hands a message to a provider. Resolves when the provider has taken it, throws when it has not.
 * `signal` is aborted when the time for a delivery is over; the sender must then let go of its connection.
 */
export interface Sender<Message> {
  /** What the audit log calls the provider, for example `smtp` or `twilio`. */
  readonly name: string
  send(message: Message, signal: AbortSignal): Promise<void>
}

export type EmailSender = Sender<EmailMessage>
export type SmsSender = Sender<SmsMessage>
