import { type AnchorHTMLAttributes, type MouseEvent, useEffect, useRef, useState, useSyncExternalStore } from 'react'

interface Entry {
  readonly notice?: string
  readonly from?: string
}

interface NavigateOptions {
  readonly replace?: boolean
  /** `mayLeave` was asked already. */
  readonly asked?: boolean
  /** A sentence that the next page shows once at its top. */
  readonly notice?: string
  /** The page to come back to when the next one has done its work. */
  readonly from?: string
}

const listeners = new Set<() => void>()
let shownPath = withoutSlash()
let shownSearch = location.search
let leaveQuestion: string | null = null
let left: (() => void) | null = null

/** False when the person chose to stay on a page that warned about leaving. */
export function mayLeave(): boolean {
  return leaveQuestion === null || window.confirm(leaveQuestion)
}

/** Goes to another page, or to another part of this one that the query of the address names. */
export function navigate(path: string, { replace = false, asked = false, ...entry }: NavigateOptions = {}): void {
  if (!asked && !mayLeave()) return
  const stays = path === shownPath
  if (replace) history.replaceState(entry satisfies Entry, '', path)
  else history.pushState(entry, '', path)
  show()
  if (stays) left?.()
}

/**
 * Warns before the person leaves by a link, the back button or by closing the tab, as long as `question` is not null. Calls
 * `onLeft` when a link leads to the very address where what is left is shown.
 */
export function useLeaveWarning(question: string | null, onLeft: () => void): void {
  const latest = useRef(onLeft)
  latest.current = onLeft
  useEffect(() => {
    const mine = () => latest.current()
    left = mine
    return () => {
      if (left === mine) left = null
    }
  }, [])
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

/** The query of the address, for a page that keeps in it what is shown. */
export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => shownSearch)
}

/** The sentence the last page left for this one. Loading the page again does not bring it back. */
export function useNotice(): string | null {
  const [notice] = useState(() => (history.state as Entry | null)?.notice ?? null)
  useEffect(() => {
    if (notice !== null) history.replaceState({}, '')
  }, [notice])
  return notice
}

/** The page to come back to from this one, also after it was loaded again. */
export function useFrom(): string | null {
  const [from] = useState(() => (history.state as Entry | null)?.from ?? null)
  return from
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
  shownSearch = location.search
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
  else history.pushState({}, '', shownPath + shownSearch)
})
