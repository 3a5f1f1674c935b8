import { SallyportError } from '../contract/errors.ts'

interface Limit {
  readonly standard: number
  readonly strict: number
  readonly min: number
  readonly max: number
  readonly unit: string
  readonly about: string
}

/** Every number that a deployment may set, with its default in both profiles and its bounds. docs/options.md is made from it. */
export const limitTable = {
  codeDigits: {
    standard: 6,
    strict: 8,
    min: 6,
    max: 10,
    unit: 'digits',
    about: 'Length of a code sent by e-mail or text message.',
  },
  codeLifetimeSeconds: {
    standard: 300,
    strict: 60,
    min: 30,
    max: 600,
    unit: 'seconds',
    about: 'How long a code that was sent can be used. NIST 800-63B-4 allows 10 minutes at most.',
  },
  totpPastSteps: {
    standard: 1,
    strict: 0,
    min: 0,
    max: 1,
    unit: 'steps of 30 seconds',
    about: 'How many steps back an authenticator app may be (RFC 6238 section 5.2). Never ahead.',
  },
  recoveryCodes: {
    standard: 10,
    strict: 10,
    min: 5,
    max: 20,
    unit: 'codes',
    about: 'How many recovery codes are made when MFA is turned on.',
  },
  challengeLifetimeSeconds: {
    standard: 600,
    strict: 300,
    min: 60,
    max: 900,
    unit: 'seconds',
    about: 'How long a pending login, or any other challenge, can be completed.',
  },
  grantSeconds: {
    standard: 120,
    strict: 60,
    min: 10,
    max: 600,
    unit: 'seconds',
    about: 'How long a confirmation that is good once waits to be used.',
  },
  recoveredMethodSeconds: {
    standard: 86_400,
    strict: 86_400,
    min: 0,
    max: 604_800,
    unit: 'seconds',
    about: 'How long a method that was added with a recovery code confirms nothing that the code could not.',
  },
  triesPerChallenge: {
    standard: 5,
    strict: 3,
    min: 1,
    max: 10,
    unit: 'tries',
    about: 'Answers that one challenge judges before it has failed.',
  },
  triesPerAccount: {
    standard: 10,
    strict: 10,
    min: 3,
    max: 50,
    unit: 'tries',
    about:
      'Wrong answers in a row, over all challenges and methods, before the account is locked. Only a right one starts the count again.',
  },
  triesPerNetwork: {
    standard: 25,
    strict: 25,
    min: 5,
    max: 10_000,
    unit: 'tries in 5 minutes',
    about:
      'Wrong passwords, and answers that are wrong or refused, that may come from one address (of IPv6: one /64) before it has to wait.',
  },
  triesPerMethod: {
    standard: 100,
    strict: 100,
    min: 10,
    max: 100,
    unit: 'tries',
    about:
      'Wrong answers in a row by one method of an account before it is switched off until it is set up anew (NIST 800-63B-4 section 3.2.2).',
  },
  lockSeconds: {
    standard: 900,
    strict: 900,
    min: 60,
    max: 86_400,
    unit: 'seconds',
    about: 'The first lock; each further one is twice as long.',
  },
  longestLockSeconds: {
    standard: 86_400,
    strict: 86_400,
    min: 900,
    max: 604_800,
    unit: 'seconds',
    about: 'A lock never grows beyond this.',
  },
  resendSeconds: {
    standard: 60,
    strict: 60,
    min: 10,
    max: 600,
    unit: 'seconds',
    about: 'The pause before another code can be sent to one destination; each unanswered one doubles it.',
  },
  sendsPerTenMinutes: {
    standard: 3,
    strict: 3,
    min: 1,
    max: 100,
    unit: 'unanswered codes',
    about: 'Codes sent to one destination in 10 minutes.',
  },
  sendsPerHour: {
    standard: 5,
    strict: 5,
    min: 1,
    max: 200,
    unit: 'unanswered codes',
    about: 'Codes sent to one destination in an hour.',
  },
  sendsPerDay: {
    standard: 10,
    strict: 10,
    min: 1,
    max: 1000,
    unit: 'codes',
    about: 'Codes sent to one destination in 24 hours, answered or not.',
  },
  sendsPerNetwork: {
    standard: 10,
    strict: 10,
    min: 3,
    max: 10_000,
    unit: 'unanswered codes in an hour',
    about: 'Codes asked for from one address (of IPv6: one /64). A code that is then typed in counts no more.',
  },
  sendsPerAccount: {
    standard: 10,
    strict: 10,
    min: 3,
    max: 1000,
    unit: 'unanswered codes in an hour',
    about: 'Codes sent for one account, wherever they go.',
  },
  sendsPerRange: {
    standard: 10,
    strict: 10,
    min: 3,
    max: 10_000,
    unit: 'unanswered codes in an hour',
    about: 'Text messages to numbers that differ in their last three digits only.',
  },
  sendsPerDialCode: {
    standard: 500,
    strict: 100,
    min: 10,
    max: 1_000_000,
    unit: 'unanswered codes in an hour',
    about: 'Text messages to the numbers of one country calling code.',
  },
  contactsPerHour: {
    standard: 5,
    strict: 5,
    min: 1,
    max: 100,
    unit: 'contacts',
    about: 'Addresses or numbers that one account can begin to confirm in an hour, whether or not it does.',
  },
  contactsPerDay: {
    standard: 10,
    strict: 10,
    min: 1,
    max: 1000,
    unit: 'contacts',
    about: 'The same in 24 hours.',
  },
  trustedDeviceSeconds: {
    standard: 2_592_000,
    strict: 43_200,
    min: 0,
    max: 7_776_000,
    unit: 'seconds',
    about:
      'How long a trusted browser signs in without a second factor, from when it was trusted. 0: none is ever trusted.',
  },
  trustedDevices: {
    standard: 10,
    strict: 10,
    min: 1,
    max: 50,
    unit: 'browsers',
    about: 'Browsers that one account may trust; the one that was used longest ago makes room.',
  },
  knownBrowserSeconds: {
    standard: 15_552_000,
    strict: 15_552_000,
    min: 86_400,
    max: 31_536_000,
    unit: 'seconds',
    about: 'How long a browser in which a login was completed may answer while the account is locked for others.',
  },
  auditSeconds: {
    standard: 34_560_000,
    strict: 34_560_000,
    min: 2_592_000,
    max: 315_360_000,
    unit: 'seconds',
    about: 'How long entries of the audit log are kept; 400 days by default.',
  },
  deliverySeconds: {
    standard: 5,
    strict: 5,
    min: 1,
    max: 30,
    unit: 'seconds',
    about: 'After this a sender that has not answered is cut off, and the other methods are offered.',
  },
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof limitTable
export type Limits = { readonly [Name in LimitName]: number }
export type Profile = 'standard' | 'strict'

/** The limits in force. Throws `option_invalid` on a number outside its bounds or a name that does not exist. */
export function limitsFor(profile: Profile, overrides: Partial<Limits> = {}): Limits {
  if (profile !== 'standard' && profile !== 'strict') {
    throw new SallyportError('option_invalid', `profile: must be 'standard' or 'strict'`)
  }
  const unknown = Object.keys(overrides).find((name) => !Object.hasOwn(limitTable, name))
  if (unknown !== undefined) throw new SallyportError('option_invalid', `limits.${unknown}: there is no such limit`)
  const limits = Object.fromEntries(
    Object.entries(limitTable).map(([name, limit]) => [name, overrides[name as LimitName] ?? limit[profile]]),
  ) as Limits
  for (const [name, { min, max, unit }] of Object.entries(limitTable)) {
    const value = limits[name as LimitName]
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new SallyportError('option_invalid', `limits.${name}: must be a whole number of ${min} to ${max} ${unit}`)
    }
  }
  if (limits.longestLockSeconds < limits.lockSeconds) {
    throw new SallyportError('option_invalid', 'limits.longestLockSeconds: must not be below limits.lockSeconds')
  }
  return limits
}
