import type { PeopleView } from '../../api/types.ts'
import { Icon } from '../../frame/icons.tsx'

/** How far the second factor has come in a team. */
export function Adoption({ view }: { view: PeopleView }) {
  const lacking = view.people.some(({ meetsRule }) => !meetsRule)
  const all = view.people.every(({ mfa }) => mfa !== 'off')
  return (
    <section
      className={`status ${lacking ? '' : all ? 'status-on' : 'status-plain'}`}
      aria-label="How many have a second factor"
    >
      <Icon name={all && !lacking ? 'shieldCheck' : 'shield'} />
      <div>
        <p className="adoption">{adoptionOf(view)}</p>
        {view.next === null ? null : <p className="quiet">Of the people shown below. There are more.</p>}
      </div>
    </section>
  )
}

function adoptionOf({ people }: PeopleView): string {
  const having = people.filter(({ mfa }) => mfa === 'on').length
  const elsewhere = people.filter(({ mfa }) => mfa === 'sso').length
  const lacking = people.filter((person) => !person.meetsRule)
  const without = lacking.filter(({ mfa }) => mfa === 'off').length
  const parts = [
    `${having} of ${people.length} ${having === 1 ? 'has' : 'have'} a second factor`,
    elsewhere === 0 ? '' : `${elsewhere} ${elsewhere === 1 ? 'signs' : 'sign'} in through single sign-on`,
    without === 0 ? '' : `${without} still ${needs(without)} one`,
    lacking.length === without ? '' : `${lacking.length - without} ${needs(lacking.length - without)} a stronger one`,
  ]
  return `${parts.filter((part) => part !== '').join('; ')}.`
}

function needs(people: number): string {
  return people === 1 ? 'needs' : 'need'
}
