import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

const shortest = 8
const longest = 256
/** Estimating takes more than linear time; a password whose beginning is strong is strong. */
const judged = 32
/** Of 0 to 4: 2 is more than a million guesses, which no common password or plain variation of one needs. */
const strongEnough = 2

let estimator: ZxcvbnFactory | null = null

/** The sentence that says why this password can't be used, or null. `about` are words an attacker would try first. */
export function passwordWeakness(password: string, about: readonly string[]): string | null {
  const characters = Array.from(password.normalize('NFC'))
  if (characters.length < shortest) return `Use at least ${shortest} characters.`
  if (characters.length > longest) return `Use at most ${longest} characters.`
  // Made on first use, because unpacking the word lists takes a tenth of a second.
  estimator ??= new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs, l33tMaxSubstitutions: 10 })
  const { score, feedback } = estimator.check(characters.slice(0, judged).join(''), [...about])
  if (score >= strongEnough) return null
  if (feedback.warning === 'userInputs') return 'This is too close to your e-mail address. Choose something unrelated.'
  return 'This is easy to guess: it is a common password or follows a simple pattern. A few unrelated words are better.'
}

/** What an attacker knows of the owner of `address`: the address and its parts. */
export function wordsOf(address: string): readonly string[] {
  return [address, ...address.split(/[@.+_-]/)].filter((word) => word.length > 2).slice(0, 8)
}
