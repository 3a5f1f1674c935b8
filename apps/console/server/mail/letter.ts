import type { EmailMessage } from 'sallyport'

export interface Letter {
  readonly to: string
  readonly subject: string
  /** Paragraphs before the link and after it. */
  readonly before: readonly string[]
  /** The one link of the message. */
  readonly link: string
  readonly after: readonly string[]
}

/** One e-mail around a link: the same words as text and as HTML, with nothing in it that has to be loaded. */
export function letter({ to, subject, before, link, after }: Letter): EmailMessage {
  const href = escapeHtml(link)
  const body = [...before.map(paragraph), `<p><a href="${href}">${href}</a></p>`, ...after.map(paragraph)]
  return { to, subject, text: `${[...before, link, ...after].join('\n\n')}\n`, html: page(body) }
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function paragraph(words: string): string {
  return `<p>${escapeHtml(words)}</p>`
}

function escapeHtml(words: string): string {
  return words.replace(/[&<>"]/g, (character) => entities[character] ?? '')
}

function page(body: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head>
<body style="font:16px/1.5 system-ui,sans-serif;max-width:36em;margin:2em auto;padding:0 1em">
${body.join('\n')}
</body>
</html>
`
}
