import { SallyportError } from 'sallyport'
import { ConfigError } from './config.ts'

/** The line for a start that failed for a reason outside the code; null for any other. */
export function startFault(error: unknown): string | null {
  if (error instanceof ConfigError) return error.message
  if (error instanceof SallyportError && error.code === 'option_invalid') return error.message
  if (error instanceof SallyportError && error.code === 'store_failed')
    return startFault(error.cause) ?? 'The database could not be opened.'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${process.env['PORT'] ?? 3000} is taken. Stop what uses it, or set PORT to another one.`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `Not allowed: ${(error as Error).message}`
    case 'EADDRNOTAVAIL':
      return `HOST ${process.env['HOST'] ?? ''} is not an address of this machine.`
    default:
      return /^(SQLITE_|ECONN|ENOTFOUND|28|3D)/.test(code)
        ? `The database could not be opened (${code}). Check SALLYPORT_DATA or SALLYPORT_DATABASE_URL.`
        : null
  }
}
