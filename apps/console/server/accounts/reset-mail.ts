import type { EmailMessage } from 'sallyport'
import { letter } from '../mail/letter.ts'

export interface ResetLetter {
  readonly to: string
  readonly app: string
  readonly origin: string
  readonly token: string
  /** Whether there is one that the new one takes the place of. */
  readonly hasPassword: boolean
}

export const goodForMinutes = 60

/** The only link in it is ours: the token stands in the fragment, which is never sent to a server. */
export function resetMail({ to, app, origin, token, hasPassword }: ResetLetter): EmailMessage {
  const a = hasPassword ? 'a new' : 'a'
  return letter({
    to,
    subject: `${app}: choose ${a} password`,
    before: [
      `Someone, hopefully you, wants to set ${a} password for your account at ${app}.`,
      'To choose one, open this link:',
    ],
    link: `${origin}/reset-password#${token}`,
    after: [
      `The link is good for ${goodForMinutes} minutes, once, and using it ends every other one. It signs nobody in, and a second factor is still asked for.`,
      `If this wasn't you, ignore this message: ${hasPassword ? 'your password stays' : 'everything stays'} as it is.`,
    ],
  })
}
