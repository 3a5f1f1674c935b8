import type { ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'

export type Tone = 'info' | 'good' | 'warning' | 'danger'

const icons: Readonly<Record<Tone, IconName>> = { info: 'info', good: 'check', warning: 'alert', danger: 'alert' }

/** A message in a box. Warnings and errors interrupt a screen reader, the others wait their turn. */
export function Notice({ tone, children }: { tone: Tone; children: ReactNode }) {
  const urgent = tone === 'danger' || tone === 'warning'
  return (
    <div className={`notice notice-${tone}`} role={urgent ? 'alert' : 'status'}>
      <Icon name={icons[tone]} />
      <div className="notice-text">{children}</div>
    </div>
  )
}
