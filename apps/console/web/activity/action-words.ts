/** What each action does, to follow a "to". */
const words: Readonly<Record<string, string>> = {
  login: 'sign in',
  'email.confirm': 'confirm an e-mail address',
  'phone.confirm': 'confirm a phone number',
  'mfa.method.confirm': 'set up a second factor',
  'password.change': 'change the password',
  'account.delete': 'delete the account',
  'email.change': 'change the e-mail address',
  'phone.change': 'change the phone number',
  'mfa.method.add': 'add a second factor',
  'mfa.method.remove': 'remove a second factor',
  'mfa.method.rename': 'rename a second factor',
  'mfa.method.set_primary': 'choose the primary second factor',
  'mfa.disable': 'turn off two-step sign-in',
  'mfa.reset': 'reset someone’s two-step sign-in',
  'account.unlock': 'unlock someone’s account',
  'recovery_codes.renew': 'get new recovery codes',
  'api_key.create': 'create an API key',
  'api_key.revoke': 'invalidate an API key',
  'team.adjust': 'change who is in a team',
  'session.end_others': 'end other sessions',
  'team.delete': 'delete a team',
  'policy.change': 'change who needs a second factor',
  'domain.verify': 'verify a domain',
  'sso.change': 'change the single sign-on of a team',
  'audit.export': 'export the audit log of a team',
  'provider.link': 'add another way to sign in',
  'provider.unlink': 'remove a way to sign in',
}

/** "change the password"; of an action that is not known here, its name. */
export function actionWords(action: string): string {
  return (Object.hasOwn(words, action) ? words[action] : undefined) ?? action
}

/** The same, to begin a line with. */
export function actionTitle(action: string): string {
  const said = actionWords(action)
  return said === action ? action : said.charAt(0).toUpperCase() + said.slice(1)
}
