import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The code that `oathtool` computes from a base32 secret at a time: an implementation that is none of ours. */
export function oathtool(secret: string, now: number): string {
  const at = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  return execFileSync('oathtool', ['--totp', '--base32', '--now', at, secret], { encoding: 'utf8' }).trim()
}

/** The text of the QR code in a PNG picture, as `zbarimg` reads it. */
export function readQrCode(png: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'qr-'))
  try {
    const file = join(folder, 'code.png')
    writeFileSync(file, png)
    return execFileSync('zbarimg', ['--raw', '--quiet', '--nodbus', file], { encoding: 'utf8' }).trim()
  } finally {
    rmSync(folder, { recursive: true })
  }
}
