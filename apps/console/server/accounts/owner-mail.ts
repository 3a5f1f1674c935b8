import type { EmailSender } from 'sallyport'

/** What the console itself writes to the owner of an account. */
export interface OwnerMail {
  /** Resolves when it is sent, or after 5 seconds; what goes wrong is for the log and changes nothing for the caller. */
  alreadyRegistered(address: string): Promise<void>
}

const patienceMs = 5_000

export function createOwnerMail(parts: {
  readonly app: string
  readonly origin: string
  readonly sender: EmailSender
  readonly deadline: (milliseconds: number) => AbortSignal
  readonly onFault: (error: unknown) => void
}): OwnerMail {
  const { app, origin, sender, deadline, onFault } = parts
  return {
    async alreadyRegistered(address) {
      const signal = deadline(patienceMs)
      const cutOff = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
      const lines = [
        `Someone tried to register at ${app} with this address, which already has an account.`,
        `If it was you: sign in at ${origin}/sign-in with the password you chose then.`,
        'If it was not you, there is nothing to do: nothing was changed, and nobody was told that you have an account.',
      ]
      const message = {
        to: address,
        subject: `${app}: you already have an account`,
        text: `${lines.join('\n\n')}\n`,
        // Our own words only, without a character that HTML gives a meaning.
        html: `<!doctype html>\n<html lang="en"><body>\n${lines.map((line) => `<p>${line}</p>`).join('\n')}\n</body></html>\n`,
      }
      await Promise.race([sender.send(message, signal), cutOff]).catch(onFault)
    },
  }
}
