export { authenticator } from './authenticator.ts'
export type { AuthenticationFaults, RegistrationFaults } from './authenticator-faults.ts'
export { type MovingClock, movingClock } from './clock.ts'
export { codeIn, hasCode, type KeptMessages, keptMessages } from './messages.ts'
export {
  authenticatorFlags,
  type AuthenticatorOptions,
  createAuthenticator,
  type SoftwareAuthenticator,
  type SoftwareCredential,
} from './software-authenticator.ts'
export type {
  AuthenticationResponse,
  AuthenticatorTransport,
  CreationOptions,
  RegistrationResponse,
  RequestOptions,
} from './webauthn-json.ts'
