import { which } from '../command.mjs'
import { installSystemPackage } from './system-package.mjs'

const PROGRAMS = [
  { name: 'oathtool', debian: 'oathtool', brew: 'oath-toolkit', use: 'computes the codes of an authenticator app' },
  { name: 'zbarimg', debian: 'zbar-tools', brew: 'zbar', use: 'reads the QR code back from the page' },
]

/** Finds, or as root on Debian installs, the programs the journey checks Sallyport against: one check each. */
export async function findPrograms() {
  const checks = []
  // One after the other: two apt-get would wait for each other's lock.
  for (const { name, debian, brew, use } of PROGRAMS) {
    const path = which([name]) ?? ((await installSystemPackage(debian)) ? which([name]) : null)
    const how = `${name} is missing (it ${use}): apt-get install ${debian}, or brew install ${brew}`
    checks.push({ name, passed: path !== null, text: path ?? how })
  }
  return checks
}
