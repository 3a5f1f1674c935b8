import { run, which } from '../command.mjs'

let refreshed

/** Installs a Debian package when that is ours to do (root, with apt-get); says whether it did. */
export async function installSystemPackage(name) {
  if (process.getuid?.() !== 0 || !which(['apt-get'])) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  refreshed ??= run('apt-get', ['update', '-qq'], { env, timeout: 180_000 })
  await refreshed
  const { code } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
    env,
    timeout: 600_000,
  })
  return code === 0
}
