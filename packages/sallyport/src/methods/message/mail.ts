import type { EmailMessage } from '../../contract/sender.ts'

/** A line of a message: words, or the one thing that stands out. */
export type Line = string | { readonly code: string }

/** One e-mail from plain lines: the same words as text and as HTML, with nothing in it that has to be loaded. */
export function mail(to: string, subject: string, lines: readonly Line[]): EmailMessage {
  const text = lines.map((line) => (typeof line === 'string' ? line : line.code)).join('\n\n')
  const body = lines.map((line) => (typeof line === 'string' ? paragraph(line) : codeLine(line.code))).join('\n')
  return { to, subject: subject.replace(/\s+/g, ' '), text: `${text}\n`, html: page(body) }
}

function paragraph(line: string): string {
  return `<p>${escapeHtml(line).replace(/\n/g, '<br>\n')}</p>`
}

function codeLine(code: string): string {
  return `<p style="font:600 28px ui-monospace,monospace;letter-spacing:4px">${escapeHtml(code)}</p>`
}

function page(body: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:2em auto;padding:0 1em">
${body}
</body>
</html>
`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
