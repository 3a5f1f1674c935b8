import Bowser from 'bowser'

/**
 * The parser takes what it does not know for the name of a browser, and so would show people what a stranger writes to them.
 * Three that it knows are missing from its own list.
 */
const known: ReadonlySet<string> = new Set([
  ...Object.values(Bowser.BROWSER_MAP),
  'Miui',
  'Opera Touch',
  'PlayStation 4',
])

/**
 * Which browser on which system, without versions, as people are shown it: `Firefox on Linux`. Anyone can send any of these:
 * it goes into no decision to let someone in, only into one not to.
 */
export function browserOf(userAgent: string): string {
  // The parser takes no empty text.
  const found = Bowser.getParser(userAgent.slice(0, 256) || '-')
  const [browser, system] = [found.getBrowserName(), found.getOSName()]
  if (!known.has(browser)) return system === '' ? 'Unknown browser' : `Unknown browser on ${system}`
  return system === '' ? browser : `${browser} on ${system}`
}
