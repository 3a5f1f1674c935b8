import type { MethodKind, Standing } from '../api/types.ts'
import { counts } from './words.ts'

interface DoesNotCountProps {
  readonly method: MethodKind
  readonly standing: Standing | null
}

/** Beside a second factor that is not the one which is needed. */
export function DoesNotCount({ method, standing }: DoesNotCountProps) {
  if (standing === null || standing.status === 'free' || counts(method, standing.atLeast)) return null
  return <span className="badge badge-plain">Does not count</span>
}
