import type { Account } from './account.ts'
import type { Random } from './clock.ts'
import type { Notice } from './notice.ts'

/**
 * What an accepted answer uses up. The engine spends it in the write that counts the try and believes the row count;
 * a method only names it. Leaving it out does not compile, so no method can forget replay protection.
 *
 * - `counter`: the enrollment's moving factor must rise to this value (HOTP/TOTP step, a signature counter).
 * - `code`: this stored code of the enrollment, by its hash, must be unused.
 * - `'prompt'`: the state this challenge was prompted with must still be the live one.
 * - `signCount`: what was signed names the challenge, which passes once; besides, the enrollment's signature counter must rise
 *   to this value, or be 0 as it always was (WebAuthn section 7.2 step 22).
 */
export type Spend = { readonly counter: number } | { readonly code: string } | { readonly signCount: number } | 'prompt'

/** `malformed` is an answer that could never be right (wrong length, letters in digits): it is refused without costing a try. */
export type Verdict =
  | {
      readonly ok: true
      readonly spend: Spend
      /** Authentication Method Reference values of this answer, where they are not the method's own. */
      readonly amr?: readonly string[]
      /** What the first answer brought with it, where it is not known before what the method is set up with. */
      readonly registered?: Registered
    }
  | {
      readonly ok: false
      readonly reason: 'wrong' | 'malformed'
      /** Right but for its counter, which went back: somebody has a copy of the key. The owner is told. */
      readonly copied?: true
    }

/** What replaces what `enroll` said of an enrollment. */
export interface Registered {
  readonly secret: string
  readonly hint: string
  /** What the enrollment is called if its owner has not named it; null for what it is called already. */
  readonly name: string | null
  /** What finds the enrollment where nobody has said whose it is: of this value there is one in all accounts. */
  readonly credential: string
}

/** How strong the shipped methods are, as policies compare them (requirement M10); also where one is not configured. */
export const strengths = { recovery_code: 0, email: 1, sms: 2, totp: 3, security_key: 4 } as const

export interface EnrollContext {
  readonly account: Account
  readonly now: number
  readonly random: Random
  /** What the account has of this kind already, where the method asks a device; otherwise empty. */
  readonly others: readonly OpenEnrollment[]
}

/** What setting up a method yields. The engine seals `secret` before it is stored and never shows `setup` again. */
export interface Enrolling<Setup> {
  readonly secret: string
  /** What tells this enrollment from another without giving it away: `+1 *** *** **34`. */
  readonly hint: string
  /** What the person is shown once, now. */
  readonly setup: Setup
  /** Codes that are good once each: as the person is shown them, and the hashes that are stored. */
  readonly codes?: { readonly shown: readonly string[]; readonly hashes: readonly string[] }
}

/** An enrollment with its secret opened, for the time of one call. */
export interface OpenEnrollment {
  readonly id: string
  readonly accountId: string
  readonly secret: string
  /** The last moving factor accepted; an answer at or below it is a replay. -1 before the first. */
  readonly lastCounter: number
}

export interface PromptContext {
  readonly now: number
  readonly random: Random
  readonly challengeId: string
  /** Completes "… to <purpose>": what is being confirmed, in the words the page uses. */
  readonly purpose: string
  /** Completes "If this wasn't you, …". */
  readonly unexpected: string
  /** Keyed hash under the key ring, of its own for this challenge and enrollment. */
  hash(value: string): string
}

/** What a method needs to have stored, and then sent, before it can be answered. */
export interface Prompt {
  /** Kept with the challenge until the next prompt replaces it. Never readable: a code only as its keyed hash. */
  readonly state: string
  /** Where it goes, for counting sends; hashed before it is stored. */
  readonly destination: string
  /**
   * Where the destination is one of many that somebody can own together, which a sender pays for by each message: the dial
   * code of a phone number (`+49`) and the numbers beside it, all digits but the last three (`+49151234` for
   * `+49151234567`). For counting the sends to neighbours together.
   */
  readonly range?: { readonly dialCode: string; readonly numbers: string }
  readonly provider: string
  /** Runs after `state` is committed. Throws when the provider did not take the message. */
  deliver(signal: AbortSignal): Promise<void>
}

export interface CheckContext {
  readonly now: number
  hash(value: string): string
  /** Whether `nonce` is one that a device was asked to sign for this challenge in the last five minutes. */
  isNonce(nonce: string): boolean
  /** Nothing else has been shown, so this has to be two factors at once. */
  readonly alone: boolean
}

/** What a device of the person's is asked to sign. */
export interface DeviceContext {
  /** 32 bytes in base64url, of this challenge and everything it is for, good for five minutes. */
  readonly nonce: string
}

/** What the page hands to a device of the person's, as JSON. */
export type Asking = Readonly<Record<string, unknown>>

/** A method whose answer a device gives, and not the person. Asking stores nothing and sends nothing. */
export interface Device {
  /** So that the device sets up `enrollment`, which is pending. */
  register(
    context: DeviceContext & { readonly account: Account },
    enrollment: OpenEnrollment,
    others: readonly OpenEnrollment[],
  ): Asking
  /** So that one of these enrollments answers; with none of them, whichever the device has. */
  ask(context: DeviceContext, enrollments: readonly OpenEnrollment[]): Asking
  /** What the browser is told of the keys that are good still, so that it offers no other (WebAuthn section 5.1.10.4). */
  accepted(enrollments: readonly OpenEnrollment[]): Asking
  /** The `credential` of the enrollment that an answer is of, where nobody has said whose it is; null when it can't tell. */
  identify(answer: string): string | null
}

/** A notice on its way out through one channel of the account. */
export interface NoticeDelivery {
  readonly provider: string
  deliver(signal: AbortSignal): Promise<void>
}

/**
 * One kind of evidence. A method decides, the engine commits: a method touches no store and keeps no memory.
 * Adding a method is writing one file of this shape and handing it to `createSallyport`.
 */
export interface Method<Setup = unknown> {
  /** The word for it in the API and the audit log, for example `totp`. */
  readonly kind: string
  /** What a person calls it when they have not named it, for example "Authenticator app". */
  readonly label: string
  /** Orders methods for policies and for what may replace what; higher is stronger. */
  readonly strength: number
  /** Authentication Method Reference values of a passed answer (RFC 8176 section 2). */
  readonly amr: readonly string[]
  /** How many enrollments of this kind one account may have. */
  readonly perAccount: number
  /** A backup is made together with the first other enrollment, is never primary, and completes a login and nothing else. */
  readonly backup: boolean
  /** Seconds a prompt stays good; null for a method that needs no prompt. */
  readonly promptSeconds: number | null
  /** How many digits the code has that a person types; left out where it is no plain number. */
  readonly digits?: number
  /** Null when this account has nothing to enroll: no confirmed address or number. */
  enroll(context: EnrollContext): Enrolling<Setup> | null
  /** Present when a device gives the answer. */
  readonly device?: Device
  /** Present when the method has to say or send something before it can be answered. */
  prompt?(context: PromptContext, enrollment: OpenEnrollment): Prompt
  check(
    context: CheckContext,
    enrollment: OpenEnrollment,
    state: string | null,
    answer: string,
  ): Verdict | Promise<Verdict>
  /** Present when notices can go out this way. Null when the account has no confirmed address or number of this kind. */
  notify?(account: Account, notice: Notice): NoticeDelivery | null
}

/** What every method is told by `createSallyport`, so that a host says it once. */
export interface MethodSettings {
  readonly app: {
    /** What messages and authenticator apps call the application, for example "Sallyport Console". */
    readonly name: string
    /** Where people sign in, for example `https://console.example.com`; text messages are bound to its host. */
    readonly origin: string
  }
  /** Digits of a code sent by e-mail or text message: 6 to 10, 6 by default (strict 8). */
  readonly codeDigits: number
  /** Seconds a sent code stays good: 30 to 600, 300 by default (strict 60). */
  readonly codeLifetimeSeconds: number
  /** How many 30-second steps before the current one still count: 0 or 1, 1 by default (strict 0). RFC 6238 section 5.2. */
  readonly totpPastSteps: number
  /** Recovery codes in a set: 5 to 20, 10 by default. */
  readonly recoveryCodes: number
}

/** What a host hands to `createSallyport`: it has said what only it knows (a sender), the settings say the rest. */
export type MethodFactory<Setup = unknown> = (settings: MethodSettings) => Method<Setup>
