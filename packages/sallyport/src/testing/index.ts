export { authenticator } from './authenticator.ts'
export { type MovingClock, movingClock } from './clock.ts'
export { codeIn, hasCode, type KeptMessages, keptMessages } from './messages.ts'
