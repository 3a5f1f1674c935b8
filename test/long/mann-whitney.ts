/**
 * Whether two samples could come from the same source, by rank: the Mann-Whitney U test with the normal approximation and the
 * correction for ties, two-sided. `p` is how often samples of one source differ as much as these. Ranks, because a few slow
 * answers among hundreds would drown any mean.
 */
export function compareByRank(
  one: readonly number[],
  other: readonly number[],
): { readonly z: number; readonly p: number } {
  const all = [...one.map((value) => ({ value, mine: true })), ...other.map((value) => ({ value, mine: false }))]
  const sorted = all.toSorted((a, b) => a.value - b.value)
  let rankSum = 0
  let ties = 0
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to]?.value === sorted[from]?.value) to += 1
    const size = to - from
    // Ranks count from 1, and equal values share the middle one of theirs.
    const rank = (from + 1 + to) / 2
    rankSum += rank * sorted.slice(from, to).filter(({ mine }) => mine).length
    ties += size ** 3 - size
  }
  const [n, m, total] = [one.length, other.length, sorted.length]
  const u = rankSum - (n * (n + 1)) / 2
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  const z = variance === 0 ? 0 : (u - (n * m) / 2) / Math.sqrt(variance)
  return { z, p: twoSided(Math.abs(z)) }
}

/** Abramowitz and Stegun 7.1.26: the error is below 1.5e-7. */
function twoSided(z: number): number {
  const x = z / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const series = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]
  return series.reduce((sum, factor) => sum * t + factor, 0) * t * Math.exp(-x * x)
}
