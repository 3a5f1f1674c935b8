/** Has the browser save it as a file of this name. */
export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Let the browser begin the download before its address goes away.
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
