import type { Role } from '../api/types.ts'
import type { ControlProps } from '../form/field.tsx'
import { roleName } from './roles.ts'

interface RoleSelectProps {
  readonly control: ControlProps | { readonly 'aria-label': string }
  readonly roles: readonly Role[]
  readonly value: Role
  readonly onChange: (role: Role) => void
}

export function RoleSelect({ control, roles, value, onChange }: RoleSelectProps) {
  return (
    <select {...control} name="role" value={value} onChange={(event) => onChange(event.target.value as Role)}>
      {roles.map((role) => (
        <option key={role} value={role}>
          {roleName(role)}
        </option>
      ))}
    </select>
  )
}
