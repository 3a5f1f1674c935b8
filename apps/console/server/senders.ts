import type { EmailSender, Sender, SmsSender } from 'sallyport'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'
import type { Outbox } from './dev/outbox.ts'

export interface Senders {
  readonly email: EmailSender
  /** Null: this deployment sends no text messages. */
  readonly sms: SmsSender | null
}

/** The providers that are configured, loaded only then. In development every message is in the outbox as well, or only there. */
export async function sendersOf({ smtp, twilio }: Config, outbox: Outbox | null): Promise<Senders> {
  const email = smtp === null ? null : (await import('sallyport/senders/smtp')).smtp(smtp)
  const sms = twilio === null ? null : (await import('sallyport/senders/twilio')).twilio(twilio)
  if (outbox !== null) return { email: both(outbox.email, email), sms: both(outbox.sms, sms) }
  if (email === null) throw new ConfigError('SALLYPORT_SMTP_URL is required: without mail nobody can register.')
  return { email, sms }
}

function both<Message>(outbox: Sender<Message>, provider: Sender<Message> | null): Sender<Message> {
  if (provider === null) return outbox
  return {
    name: provider.name,
    async send(message, signal) {
      await outbox.send(message, signal)
      await provider.send(message, signal)
    },
  }
}
