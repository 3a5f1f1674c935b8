import { type ReactNode, useEffect, useRef } from 'react'

let firstPage = true

interface PageProps {
  /** The tab's title and the heading. A new one counts as a new page: the heading takes the focus. */
  readonly title: string
  readonly lead?: ReactNode
  readonly wide?: boolean
  readonly children: ReactNode
}

export function Page({ title, lead, wide = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    document.title = `${title} · Sallyport Console`
    // The browser itself announces the page it loads; only later ones are ours to announce.
    if (!firstPage) {
      scrollTo(0, 0)
      heading.current?.focus({ preventScroll: true })
    }
    firstPage = false
  }, [title])

  return (
    <div className={wide ? 'page page-wide' : 'page'}>
      <h1 ref={heading} tabIndex={-1}>
        {unbroken(title)}
      </h1>
      {lead === undefined ? null : <p className="lead">{lead}</p>}
      {children}
    </div>
  )
}

/** A line may break after a hyphen, and "e-" or "sign-" alone at the end of a heading reads badly. */
function unbroken(title: string): ReactNode {
  return title.split(/(e-mail|sign-in)/).map((part, index) =>
    part === 'e-mail' || part === 'sign-in' ? (
      <span key={index} className="one-line">
        {part}
      </span>
    ) : (
      part
    ),
  )
}
