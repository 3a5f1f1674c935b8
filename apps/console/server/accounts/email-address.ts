import { domainToASCII } from 'node:url'

export interface EmailAddress {
  /** Where messages go: as written, the domain in ASCII. */
  readonly address: string
  /** Equal for two spellings of one address. */
  readonly key: string
}

/** RFC 5321 section 4.5.3.1: 64 octets before the @, 254 in all. */
const localLimit = 64
const addressLimit = 254

/**
 * Only ASCII before the @: a letter that merely looks like, or lower-cases to, an ASCII one would make another
 * person's mailbox count as the same address. Quoted local parts are refused.
 */
const localPart = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/

/** Null when `text` is no address that mail can be sent to. */
export function parseEmailAddress(text: string): EmailAddress | null {
  const written = text.trim()
  if (written.length > addressLimit) return null
  const at = written.lastIndexOf('@')
  const local = written.slice(0, at)
  const domain = domainToASCII(written.slice(at + 1).normalize('NFC')).toLowerCase()
  const address = `${local}@${domain}`
  if (at < 1 || local.length > localLimit || address.length > addressLimit) return null
  if (!localPart.test(local) || !domainName.test(domain)) return null
  return { address, key: address.toLowerCase() }
}
