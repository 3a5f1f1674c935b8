import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { takeInvitation } from './invitation/token.ts'
import { takeReset } from './reset-password/token.ts'
import './style/tokens.css'
import './style/base.css'
import './style/frame.css'
import './style/form.css'
import './style/notice.css'
import './style/choice.css'
import './style/security.css'
import './style/dialog.css'
import './style/teams.css'
import './style/administration.css'
import './style/outbox.css'
import './style/print.css'

takeInvitation()
takeReset()

const container = document.getElementById('app')
if (container === null) throw new Error('index.html has no element with the id "app"')

createRoot(container).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
