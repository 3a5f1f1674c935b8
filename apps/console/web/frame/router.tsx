import { type AnchorHTMLAttributes, type MouseEvent, useEffect, useState, useSyncExternalStore } from 'react'

interface Entry {
  readonly notice?: string
}

const listeners = new Set<() => void>()
let shownPath = withoutSlash()
let leaveQuestion: string | null = null

/** False when the person chose to stay on a page that warned about leaving. */
export function mayLeave(): boolean {
  return leaveQuestion === null || window.confirm(leaveQuestion)
}

/** Goes to another page. `notice` is a sentence the next page shows once at its top. */
export function navigate(path: string, options: { readonly replace?: boolean; readonly notice?: string } = {}): void {
  if (!mayLeave()) return
  const entry: Entry = options.notice === undefined ? {} : { notice: options.notice }
  if (options.replace === true) history.replaceState(entry, '', path)
  else history.pushState(entry, '', path)
  show()
}

/** Warns before the person leaves by a link, the back button or by closing the tab, as long as `question` is not null. */
export function useLeaveWarning(question: string | null): void {
  useEffect(() => {
    leaveQuestion = question
    if (question === null) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => {
      leaveQuestion = null
      removeEventListener('beforeunload', warn)
    }
  }, [question])
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => shownPath)
}

/** The sentence the last page left for this one. Loading the page again does not bring it back. */
export function useNotice(): string | null {
  const [notice] = useState(() => (history.state as Entry | null)?.notice ?? null)
  useEffect(() => {
    if (notice !== null) history.replaceState({}, '')
  }, [notice])
  return notice
}

export function Redirect({ to, notice }: { to: string; notice?: string }) {
  useEffect(() => navigate(to, { replace: true, ...(notice === undefined ? {} : { notice }) }), [to, notice])
  return null
}

export function Link({
  to,
  ...rest
}: { to: string } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href' | 'onClick'>) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(to)
  }
  return <a {...rest} href={to} onClick={follow} />
}

function show(): void {
  shownPath = withoutSlash()
  for (const listener of listeners) listener()
}

/** `/sign-in/` is `/sign-in`, also in the address bar. */
function withoutSlash(): string {
  const path = location.pathname.replace(/\/+$/, '') || '/'
  if (path !== location.pathname) history.replaceState(history.state, '', path + location.search + location.hash)
  return path
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

addEventListener('popstate', () => {
  // The browser has already gone back; staying means putting the entry in front again.
  if (mayLeave()) show()
  else history.pushState({}, '', shownPath)
})
