// Which room of the library may know which, and what only one of them may use. `docs` and reviews quote this table:
// widening a line here is a decision about the design, not a way to quiet the check.

/** A room may import itself and these. Methods are stricter: a method may not import another method. */
export const ARROWS = {
  contract: [],
  crypto: ['contract'],
  methods: ['contract', 'crypto'],
  policy: ['contract'],
  store: ['contract', 'crypto'],
  engine: ['contract', 'crypto', 'policy'],
  senders: ['contract'],
  http: ['contract', 'crypto', 'policy', 'engine'],
  testing: ['contract', 'crypto', 'methods'],
  index: ['contract', 'crypto', 'methods', 'policy', 'store', 'engine', 'senders', 'http'],
}

/** The one file methods share: what e-mail and SMS codes have in common. */
export const SHARED_METHOD = 'methods/one-time-code'

/** Packages the library may use, each in the one place that wraps it. Node's own modules are free except those here. */
export const PACKAGES = [
  { names: ['libsql', 'pg', 'kysely', 'node:sqlite', 'better-sqlite3'], place: 'store/' },
  { names: ['hono', 'zod', '@hono'], place: 'http' },
  { names: ['libphonenumber-js'], place: 'methods/sms' },
  { names: ['bowser'], place: 'engine/browser' },
  { names: ['nodemailer'], place: 'senders/smtp' },
  { names: ['@simplewebauthn'], place: 'methods/security-key' },
]

/** Rooms behind the door: the console takes what they offer from `sallyport` and the other subpaths. */
export const PRIVATE = ['contract', 'crypto', 'policy', 'engine', 'store/sql']

const PURE = ['engine', 'methods', 'policy', 'contract', 'store']

/** Words a room's code may not hold. */
export const WORDS = [
  { rooms: PURE, pattern: /\bDate\.now\b/g, why: 'time comes in through the clock' },
  { rooms: PURE, pattern: /\bnew Date\(\s*\)/g, why: 'time comes in through the clock' },
  { rooms: PURE, pattern: /\bMath\.random\b/g, why: 'randomness comes in, and from node:crypto' },
  { rooms: PURE, pattern: /\bprocess\.env\b/g, why: 'settings come in as options' },
  { rooms: ['engine'], pattern: /\b(?:Request|Response)\b/g, why: 'HTTP belongs to http/' },
  { rooms: ['engine'], pattern: /cookie/gi, why: 'cookies belong to http/' },
]
