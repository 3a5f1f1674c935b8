import type { MethodKind, MethodsView, Standing } from '../api/types.ts'
import { labelOf, strongestFirst } from '../code/words.ts'
import { Icon, methodIcons } from '../frame/icons.tsx'
import { DoesNotCount } from './does-not-count.tsx'
import { countingFirst } from './words.ts'

/** The kinds of second factors there are here, those that count first. */
export function Kinds({ view, standing }: { view: MethodsView; standing: Standing }) {
  const kinds = strongestFirst(view.available).filter(({ method }) => method !== 'recovery_code')
  return (
    <section className="block">
      <h2>Which count</h2>
      <ul className="kinds">
        {countingFirst(kinds, standing.atLeast).map(({ method }) => (
          <Kind key={method} method={method} standing={standing} />
        ))}
      </ul>
    </section>
  )
}

function Kind({ method, standing }: { method: MethodKind; standing: Standing }) {
  return (
    <li>
      <Icon name={methodIcons[method]} />
      <span>
        {labelOf(method)} <DoesNotCount method={method} standing={standing} />
      </span>
    </li>
  )
}
