import type { Standing } from '../api/types.ts'
import { reasonsOf } from '../required/words.ts'

/** In place of the button that turns two-step sign-in off. */
export function MustKeep({ standing }: { standing: Standing }) {
  return (
    <section className="block">
      <h2>Two-step sign-in stays on</h2>
      <p className="quiet">You need a second factor, because {reasonsOf(standing)}. So it can’t be turned off.</p>
    </section>
  )
}
