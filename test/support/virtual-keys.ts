import type { Page } from 'playwright-core'

/** The kinds of keys that people have. */
const kinds = {
  /** Plugged in; touched, and no more than that. It keeps no list of accounts. */
  stick: { protocol: 'ctap2', transport: 'usb' },
  /** Knows its user and is synced to their other devices. */
  phone: {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    defaultBackupEligibility: true,
    defaultBackupState: true,
  },
} as const

/** A key of Chromium's own making, within reach of the browser of one page. */
export interface VirtualKey {
  /** Whether its owner touches it when it asks for that. */
  readonly touch: (wanted: boolean) => Promise<unknown>
  /** What it holds: for another one to hold it too, or for itself at a later time. */
  readonly credentials: () => Promise<readonly Credential[]>
  readonly hold: (credentials: readonly Credential[]) => Promise<void>
  readonly takeAway: () => Promise<unknown>
}

/** As Chromium has it: more than is named here. */
interface Credential {
  readonly credentialId: string
  readonly isResidentCredential: boolean
  readonly privateKey: string
  readonly signCount: number
}

/** Gives a page's browser keys that need no hands. */
export async function virtualKeys(page: Page): Promise<(kind: keyof typeof kinds) => Promise<VirtualKey>> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable', { enableUI: false })
  return async (kind) => {
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: kinds[kind] })
    return {
      touch: (enabled) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled }),
      credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
      async hold(credentials) {
        for (const credential of credentials) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
      },
      takeAway: () => cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId }),
    }
  }
}
