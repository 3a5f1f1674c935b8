import { type ApiError, sentenceOf } from '../api/problem.ts'
import { Button } from '../form/button.tsx'
import { Page } from './page.tsx'

/** Stays invisible for a moment, so that a quick answer does not flicker. */
export function Loading() {
  return (
    <p className="loading" role="status">
      Loading…
    </p>
  )
}

export function LoadFailed({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
  return (
    <Page title="Something is in the way">
      <p role="alert">{sentenceOf(error)}</p>
      <Button kind="primary" onClick={onRetry}>
        Try again
      </Button>
    </Page>
  )
}
