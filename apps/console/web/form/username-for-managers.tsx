import { useSession } from '../frame/session.tsx'

/** Tells password managers whose password a form is about. Nobody else sees it. */
export function UsernameForManagers() {
  const { account } = useSession().session
  return <input type="email" name="username" autoComplete="username" value={account?.email ?? ''} readOnly hidden />
}
