import { attemptLaws } from './conformance/attempts.ts'
import { auditLaws } from './conformance/audit.ts'
import { credentialLaws } from './conformance/credentials.ts'
import { deviceLaws } from './conformance/devices.ts'
import { enrollmentLaws } from './conformance/enrollments.ts'
import type { Law } from './conformance/fixtures.ts'
import { grantLaws } from './conformance/grants.ts'
import { promptLaws } from './conformance/prompts.ts'
import { raceLaws } from './conformance/races.ts'
import { rateLaws } from './conformance/rates.ts'
import { upkeepLaws } from './conformance/upkeep.ts'

export { type Law, racers } from './conformance/fixtures.ts'

/**
 * What a store must do, as a list of laws, so that any test runner can run them: open an empty, migrated store for each.
 *
 * ```ts
 * for (const law of laws) test(law.name, async () => law.run(await emptyStore()))
 * ```
 */
export const laws: readonly Law[] = [
  ...attemptLaws,
  ...promptLaws,
  ...enrollmentLaws,
  ...credentialLaws,
  ...grantLaws,
  ...deviceLaws,
  ...rateLaws,
  ...upkeepLaws,
  ...auditLaws,
  ...raceLaws,
]
