import { type ReactNode, useEffect, useRef } from 'react'

export const titleId = 'page-title'

let firstPage = true

interface PageProps {
  /** The tab's title and the heading. A new one counts as a new page: the heading takes the focus. */
  readonly title: string
  readonly lead?: ReactNode
  readonly wide?: boolean
  /** What has the focus when the page is come to. The field of a code, and the button of a key, say by themselves what page it is on. */
  readonly begins?: 'title' | 'code'
  readonly children: ReactNode
}

export function Page({ title, lead, wide = false, begins = 'title', children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    document.title = `${title} · Sallyport Console`
    // The browser itself announces the page it loads; only later ones are ours to announce.
    if (!firstPage) {
      scrollTo(0, 0)
      const field =
        begins === 'title' ? null : document.querySelector<HTMLElement>('main input[name=code], main [data-key]')
      const target = field ?? heading.current
      target?.focus({ preventScroll: true })
    }
    firstPage = false
  }, [title, begins])

  return (
    <div className={wide ? 'page page-wide' : 'page'}>
      <h1 id={titleId} ref={heading} tabIndex={-1}>
        {unbroken(title)}
      </h1>
      {lead === undefined ? null : <p className="lead">{lead}</p>}
      {children}
    </div>
  )
}

/** For when what had the focus is gone. */
export function focusTitle(): void {
  document.querySelector('h1')?.focus({ preventScroll: true })
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
