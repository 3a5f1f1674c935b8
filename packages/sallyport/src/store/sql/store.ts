import type { Store } from '../../contract/store.ts'
import { readAccount } from './account.ts'
import { settleAttempt } from './attempt.ts'
import { purgeAudit, readAudit } from './audit.ts'
import { beginSignIn, cancelChallenge, cancelChallenges, openChallenge, openOnce, readChallenge } from './challenge.ts'
import {
  beginEnrollment,
  beginsAgainAt,
  disableMfa,
  eraseAccount,
  findCredential,
  moveEnrollment,
  removeEnrollment,
  rename,
  replaceBackups,
  setPrimary,
} from './enrollment.ts'
import { listDevices, readBrowser, revokeDevices, rotateDevice } from './device.ts'
import { endGrants, openGrant, readGrant, rideGrant, spendGrant } from './grant.ts'
import { migrations } from './migrations.ts'
import { leaseNotices, settleNotice } from './notice.ts'
import { ping } from './ping.ts'
import { issuePrompt, recordDelivery } from './prompt.ts'
import { purge } from './purge.ts'
import type { Database } from './query.ts'
import { countRate, rateFreeAt } from './rate.ts'
import { appendAudit } from './record.ts'
import { noteReset, unlock } from './recovery.ts'

/** The store on any database that can run a step. */
export function sqlStore(database: Database): Store {
  return {
    migrate: () => database.migrate(migrations),
    close: () => database.close(),
    ping: () => database.read(() => ping()),
    beginSignIn: (input) => database.write(() => beginSignIn(input)),
    openChallenge: (input) => database.write(() => openChallenge(input)),
    beginEnrollment: (input) => database.write(() => beginEnrollment(input)),
    beginsAgainAt: (input) => database.read(() => beginsAgainAt(input)),
    readChallenge: (challengeId) => database.read(() => readChallenge(challengeId)),
    issuePrompt: (input) => database.write(() => issuePrompt(input)),
    recordDelivery: (input) => database.write(() => recordDelivery(input)),
    settleAttempt: (input) => database.write(() => settleAttempt(input)),
    findCredential: (credential) => database.read(() => findCredential(credential)),
    openOnce: (input) => database.write(() => openOnce(input)),
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
    readBrowser: (input) => database.read(() => readBrowser(input)),
    rotateDevice: (input) => database.write(() => rotateDevice(input)),
    listDevices: (input) => database.read(() => listDevices(input)),
    revokeDevices: (input) => database.write(() => revokeDevices(input)),
    rateFreeAt: (input) => database.read(() => rateFreeAt(input)),
    countRate: (input) => database.write(() => countRate(input)),
    unlock: (input) => database.write(() => unlock(input)),
    disableMfa: (input) => database.write(() => disableMfa(input)),
    replaceBackups: (input) => database.write(() => replaceBackups(input)),
    moveEnrollment: (input) => database.write(() => moveEnrollment(input)),
    eraseAccount: (input) => database.write(() => eraseAccount(input)),
    appendAudit: (entries, notices) => database.write(() => appendAudit(entries, notices)),
    readAudit: (input) => database.read(() => readAudit(input)),
    purgeAudit: (input) => database.write(() => purgeAudit(input)),
    leaseNotices: (input) => database.write(() => leaseNotices(input)),
    settleNotice: (input) => database.write(() => settleNotice(input)),
    purge: (input) => database.write(() => purge(input)),
  }
}
