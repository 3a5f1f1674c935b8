import type { ChallengeMethod } from '../api/types.ts'
import { describe, titleOf } from '../code/words.ts'
import { Button } from '../form/button.tsx'
import { Icon, methodIcons } from '../frame/icons.tsx'

interface OtherWaysProps {
  readonly methods: readonly ChallengeMethod[]
  readonly open: boolean
  /** The current way does not work, so the others stand open without being asked for. */
  readonly forced: boolean
  readonly heading: 'h2' | 'h3'
  readonly onToggle: () => void
  readonly onChoose: (method: ChallengeMethod) => void
}

export function OtherWays({ methods, open, forced, heading: Heading, onToggle, onChoose }: OtherWaysProps) {
  if (methods.length === 0) return null
  return (
    <section className="other-ways" aria-label="Other ways">
      {forced ? (
        <Heading>Try another way</Heading>
      ) : (
        <Button aria-expanded={open} onClick={onToggle}>
          Try another way
        </Button>
      )}
      {open ? (
        <ul className="choices">
          {methods.map((method) => (
            <li key={method.enrollmentId}>
              <button type="button" className="choice" onClick={() => onChoose(method)}>
                <Icon name={methodIcons[method.method]} />
                <span className="choice-text">
                  <strong>{titleOf(method)}</strong>
                  <span>{describe(method)}</span>
                </span>
                <Icon name="next" />
              </button>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  )
}
