import type { EmailMessage, EmailSender } from 'sallyport'
import { type Deadline, inTime, systemDeadline } from '../in-time.ts'

const patienceMs = 10_000

/** Hands a message to the sender, and rejects when it fails or hangs: also a sender that does not heed its signal. */
export function inGoodTime(
  sender: EmailSender,
  deadline: Deadline = systemDeadline,
): (message: EmailMessage) => Promise<void> {
  return async (message) => {
    const signal = deadline(patienceMs)
    await inTime(signal, () => sender.send(message, signal))
  }
}
