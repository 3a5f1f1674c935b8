import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** What the browser must not do while a test runs: phone home, or race a page over QUIC. */
const quiet = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The Chromium that `npm test` found, as `SALLYPORT_TEST_CHROMIUM`; run by hand without it, Debian's. */
export async function openChromium(): Promise<Browser> {
  const executablePath = process.env['SALLYPORT_TEST_CHROMIUM'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath))
    throw new Error('no Chromium: run `npm test`, or set SALLYPORT_TEST_CHROMIUM to its path')
  return await chromium.launch({ executablePath, args: quiet })
}
