import type { Store } from '../../contract/store.ts'
import { readAccount } from './account.ts'
import { settleAttempt } from './attempt.ts'
import { beginSignIn, cancelChallenge, cancelChallenges, openChallenge, readChallenge } from './challenge.ts'
import {
  beginEnrollment,
  beginsAgainAt,
  disableMfa,
  eraseAccount,
  moveEnrollment,
  removeEnrollment,
  rename,
  replaceBackups,
  setPrimary,
} from './enrollment.ts'
import { endGrants, openGrant, readGrant, rideGrant, spendGrant } from './grant.ts'
import { migrations } from './migrations.ts'
import { leaseNotices, settleNotice } from './notice.ts'
import { issuePrompt, recordDelivery } from './prompt.ts'
import { purge } from './purge.ts'
import type { Database } from './query.ts'
import { appendAudit } from './record.ts'
import { noteReset, unlock } from './recovery.ts'

/** The store on any database that can run a step. */
export function sqlStore(database: Database): Store {
  return {
    migrate: () => database.migrate(migrations),
    close: () => database.close(),
    beginSignIn: (input) => database.write(() => beginSignIn(input)),
    openChallenge: (input) => database.write(() => openChallenge(input)),
    beginEnrollment: (input) => database.write(() => beginEnrollment(input)),
    beginsAgainAt: (input) => database.read(() => beginsAgainAt(input)),
    readChallenge: (challengeId) => database.read(() => readChallenge(challengeId)),
    issuePrompt: (input) => database.write(() => issuePrompt(input)),
    recordDelivery: (input) => database.write(() => recordDelivery(input)),
    settleAttempt: (input) => database.write(() => settleAttempt(input)),
    cancelChallenge: (input) => database.write(() => cancelChallenge(input)),
    cancelChallenges: (input) => database.write(() => cancelChallenges(input)),
    readAccount: (accountId) => database.read(() => readAccount(accountId)),
    setPrimary: (input) => database.write(() => setPrimary(input)),
    rename: (input) => database.write(() => rename(input)),
    removeEnrollment: (input) => database.write(() => removeEnrollment(input)),
    rideGrant: (input) => database.write(() => rideGrant(input)),
    spendGrant: (input) => database.write(() => spendGrant(input)),
    openGrant: (input) => database.write(() => openGrant(input)),
    readGrant: (which, now) => database.read(() => readGrant(which, now)),
    endGrants: (input) => database.write(() => endGrants(input)),
    noteReset: (input) => database.write(() => noteReset(input)),
    unlock: (input) => database.write(() => unlock(input)),
    disableMfa: (input) => database.write(() => disableMfa(input)),
    replaceBackups: (input) => database.write(() => replaceBackups(input)),
    moveEnrollment: (input) => database.write(() => moveEnrollment(input)),
    eraseAccount: (input) => database.write(() => eraseAccount(input)),
    appendAudit: (entries, notices) => database.write(() => appendAudit(entries, notices)),
    leaseNotices: (input) => database.write(() => leaseNotices(input)),
    settleNotice: (input) => database.write(() => settleNotice(input)),
    purge: (input) => database.write(() => purge(input)),
  }
}
