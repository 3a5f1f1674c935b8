import { domainToASCII } from 'node:url'

/** Two labels or more, of which the last begins with a letter: no host of one's own, no top-level domain, no IP address. */
const domainName = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/

/** What `domainToASCII` takes for the end of the name, or for another way to write a letter. */
const notInNames = /[\s/\\?#%:@]/

/** The domain in the one spelling in which it is compared, ASCII and lower case; null when `text` is none that mail goes to. */
export function parseDomainName(text: string): string | null {
  if (notInNames.test(text)) return null
  const domain = domainToASCII(text.normalize('NFC')).toLowerCase()
  return domainName.test(domain) ? domain : null
}
