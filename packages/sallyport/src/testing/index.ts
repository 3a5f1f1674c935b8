export { authenticator } from './authenticator.ts'
export { type MovingClock, movingClock } from './clock.ts'
export { codeIn, type KeptMessages, keptMessages } from './messages.ts'
