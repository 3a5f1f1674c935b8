import { Button } from '../form/button.tsx'

interface FormButtonsProps {
  readonly words: string
  readonly busyWords: string
  readonly busy: boolean
  readonly blocked: boolean
  readonly onCancel: () => void
}

export function FormButtons({ words, busyWords, busy, blocked, onCancel }: FormButtonsProps) {
  return (
    <div className="ways">
      <Button kind="primary" type="submit" busy={busy} busyWords={busyWords} blocked={blocked}>
        {words}
      </Button>
      <Button kind="quiet" onClick={onCancel}>
        Cancel
      </Button>
    </div>
  )
}
