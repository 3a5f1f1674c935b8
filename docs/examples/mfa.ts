import { createSallyport } from 'sallyport'
import { email } from 'sallyport/methods/email'
import { recoveryCode } from 'sallyport/methods/recovery-code'
import { totp } from 'sallyport/methods/totp'
import { smtp } from 'sallyport/senders/smtp'
import { sqliteStore } from 'sallyport/store/sqlite'
import { accounts, origin } from './application.ts'

const { MFA_KEYS = '', MFA_FILE = 'mfa.db', SMTP_URL = 'smtp://localhost:1025' } = process.env
export const mfa = createSallyport({
  app: { name: 'Acme', origin },
  keys: MFA_KEYS.split(','),
  store: sqliteStore({ file: MFA_FILE }),
  methods: [totp(), email({ sender: smtp({ url: SMTP_URL, from: 'Acme <mfa@app.example>' }) }), recoveryCode()],
  accounts,
  onFault: console.error,
})
await mfa.migrate()
setInterval(() => void mfa.notices.deliver().catch(console.error), 10_000).unref()
setInterval(() => void mfa.purge().catch(console.error), 60_000).unref()
