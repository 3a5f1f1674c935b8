/** As the API gives a moment that may not be. */
export function instant(time: number): string
export function instant(time: number | null): string | null
export function instant(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
