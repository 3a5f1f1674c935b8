import { useId } from 'react'
import { CopyButton } from '../../form/copy-button.tsx'

interface ToCopyProps {
  readonly label: string
  readonly text: string
  /** What the button says. */
  readonly words: string
}

/** Something to be entered elsewhere, exactly as it stands. */
export function ToCopy({ label, text, words }: ToCopyProps) {
  const id = useId()
  return (
    <div className="to-copy">
      <p id={id} className="quiet">
        {label}
      </p>
      <code role="group" aria-labelledby={id}>
        {text}
      </code>
      <CopyButton text={text} label={words} />
    </div>
  )
}
