/**
 * Takes the token of a link out of the address bar, where it came as a fragment, which no server sees. Null when the page is
 * another one, or there is none.
 */
export function takeFragment(path: string): string | null {
  if (location.pathname.replace(/\/+$/, '') !== path || location.hash.length < 2) return null
  const token = location.hash.slice(1)
  history.replaceState(history.state, '', location.pathname)
  return token
}
