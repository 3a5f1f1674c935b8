import { resolveTxt as resolveWithNode } from 'node:dns/promises'
import { type Deadline, inTime, systemDeadline } from '../../in-time.ts'

/** Reads the TXT records of a name, each in the pieces in which it is sent. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>

const patienceMs = 5_000
/** The name or its TXT records do not exist: that is an answer. */
const absent = new Set(['ENOTFOUND', 'ENODATA'])

/** Whether the name has a TXT record with exactly this text; `unknown` when nobody answers in good time. */
export function createTxtRecords(parts: {
  readonly resolveTxt: ResolveTxt | undefined
  readonly deadline: Deadline | undefined
}) {
  const { resolveTxt = resolveWithNode, deadline = systemDeadline } = parts
  return async (name: string, text: string): Promise<'there' | 'absent' | 'unknown'> => {
    try {
      const records = await inTime(deadline(patienceMs), () => resolveTxt(name))
      return records.some((pieces) => pieces.join('') === text) ? 'there' : 'absent'
    } catch (error) {
      return error instanceof Error && 'code' in error && absent.has(String(error.code)) ? 'absent' : 'unknown'
    }
  }
}

export type HasTxtRecord = ReturnType<typeof createTxtRecords>
