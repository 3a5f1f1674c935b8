interface Answering {
  readonly row: { readonly method: string; readonly backup: boolean; readonly codesLeft: number }
}

/**
 * What may answer beside the evidence that is there already. A code to the mailbox that has just reset the password proves
 * nothing new, so it completes no login while the account has any other method, an unused recovery code included
 * (requirement L5). Without one it is all there is.
 */
export function independentOf<Candidate extends Answering>(
  candidates: readonly Candidate[],
  evidence: readonly string[],
): readonly Candidate[] {
  const independent = candidates.filter(({ row }) => !evidence.includes(row.method))
  return independent.some(({ row }) => !row.backup || row.codesLeft > 0) ? independent : candidates
}
