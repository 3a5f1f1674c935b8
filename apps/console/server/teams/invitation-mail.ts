import type { EmailMessage } from 'sallyport'
import type { TeamRole } from '../database/tables.ts'
import { letter } from '../mail/letter.ts'

export interface InvitationLetter {
  readonly to: string
  readonly app: string
  readonly origin: string
  /** The address of who invites. */
  readonly inviter: string
  readonly team: string
  readonly role: TeamRole
  readonly token: string
}

export const goodForDays = 7

const roles: Readonly<Record<TeamRole, string>> = { owner: 'an owner', admin: 'an admin', member: 'a member' }

/** The same whether or not the address has an account. The only link in it is ours: the token is never sent to a server. */
export function invitationMail({ to, app, origin, inviter, team, role, token }: InvitationLetter): EmailMessage {
  return letter({
    to,
    subject: `You are invited to a team at ${app}`,
    before: [
      `${inert(inviter)} invites you to the team "${inert(team)}" at ${app}, as ${roles[role]}.`,
      'To see the invitation and accept it, open this link and sign in or register with this address:',
    ],
    link: `${origin}/invitation#${token}`,
    after: [
      `The link is good for ${goodForDays} days, once. It signs nobody in.`,
      "If you don't know who this is, ignore this message: nothing happens without you.",
    ],
  })
}

/** Words that people chose: on one line, nothing that reorders text, and nothing a mail program would turn into a link. */
export function inert(words: string): string {
  return words
    .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/:\/\/+/g, ' ')
    .replace(/@/g, ' at ')
    .replace(/([.\u3002\uff0e\uff61])(?=[\p{L}\p{N}-]*\p{L})/gu, '$1 ')
    .replace(/ {2,}/g, ' ')
    .trim()
}
