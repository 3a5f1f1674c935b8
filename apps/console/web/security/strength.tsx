import type { MethodKind } from '../api/types.ts'
import { strengthOf } from '../code/words.ts'

/** How strong a method is: as a word, and beside it as so many bars of four. */
export function Strength({ method }: { method: MethodKind }) {
  const strength = strengthOf(method)
  if (strength === null) return null
  return (
    <span className={`strength strength-${strength.of4}`}>
      <svg className="strength-bars" viewBox="0 0 20 14" aria-hidden="true" focusable="false">
        {[1, 2, 3, 4].map((bar) => (
          <rect
            key={bar}
            className={bar <= strength.of4 ? 'filled' : undefined}
            x={(bar - 1) * 5}
            y={14 - bar * 3.5}
            width="3.5"
            height={bar * 3.5}
            rx="1"
          />
        ))}
      </svg>
      <span>
        <span className="unseen">Strength: </span>
        {strength.word}
      </span>
    </span>
  )
}
