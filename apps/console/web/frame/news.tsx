import { useEffect, useRef, useState } from 'react'
import { whenActionBegins } from '../form/use-action.ts'
import { Notice } from './notice.tsx'

/** What was just done on a page. It is no news any more once the next thing begins. */
export function useNews(first: string | null): readonly [news: string | null, tell: (news: string | null) => void] {
  const [news, setNews] = useState(first)
  useEffect(() => whenActionBegins(() => setNews(null)), [])
  return [news, setNews]
}

/** What was just done, in view and read aloud. */
export function News({ text }: { text: string | null }) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (text !== null) box.current?.scrollIntoView({ block: 'nearest' })
  }, [text])
  return (
    <div className="news" ref={box}>
      {text === null ? null : <Notice tone="good">{text}</Notice>}
    </div>
  )
}
