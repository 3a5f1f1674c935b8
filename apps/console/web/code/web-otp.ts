import { useEffect, useRef } from 'react'

interface OneTimeCodeRequest extends CredentialRequestOptions {
  readonly otp: { readonly transport: readonly ['sms'] }
}

/** Where the browser can read the code out of our text message (WebOTP), it asks the person and hands the code over. */
export function useWebOtp(waiting: boolean, onCode: (code: string) => void): void {
  const receive = useRef(onCode)
  receive.current = onCode

  useEffect(() => {
    if (!waiting || !('OTPCredential' in window)) return
    const leaving = new AbortController()
    const request: OneTimeCodeRequest = { otp: { transport: ['sms'] }, signal: leaving.signal }
    navigator.credentials.get(request).then(
      (credential) => {
        const code = (credential as { readonly code?: string } | null)?.code
        if (code !== undefined && !leaving.signal.aborted) receive.current(code)
      },
      // Refused, timed out or left the page: the person types the code instead.
      () => undefined,
    )
    return () => leaving.abort()
  }, [waiting])
}
