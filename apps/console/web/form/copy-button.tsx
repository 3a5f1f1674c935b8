import { useEffect, useState } from 'react'
import { Icon } from '../frame/icons.tsx'
import { Button } from './button.tsx'

type Outcome = 'none' | 'copied' | 'failed'

interface CopyButtonProps {
  readonly text: string
  readonly label?: string
  readonly onCopied?: () => void
}

/** Copies `text` and says so beside itself. Its name stays the same, so that it can be found again. */
export function CopyButton({ text, label = 'Copy', onCopied }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>('none')

  useEffect(() => {
    if (outcome === 'none') return
    const timer = setTimeout(() => setOutcome('none'), 4000)
    return () => clearTimeout(timer)
  }, [outcome])

  const copy = () => {
    // Outside a secure context browsers leave the clipboard out altogether.
    const writing = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))
    writing.then(
      () => {
        setOutcome('copied')
        onCopied?.()
      },
      () => setOutcome('failed'),
    )
  }

  return (
    <span className="copy">
      <Button onClick={copy}>
        <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
        {label}
      </Button>
      <span className="copy-outcome" role="status">
        {outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Select the text and copy it yourself' : ''}
      </span>
    </span>
  )
}
