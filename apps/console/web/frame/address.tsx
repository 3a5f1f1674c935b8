/** An e-mail address that, where it has to, breaks before its @ and not in the middle of a word. */
export function Address({ of }: { of: string }) {
  const at = of.lastIndexOf('@')
  return (
    <span>
      {of.slice(0, at)}
      <wbr />
      {of.slice(at)}
    </span>
  )
}
