/** The time now, in whole milliseconds since the epoch. */
export type Clock = () => number

/** `size` unpredictable bytes from a cryptographic generator. */
export type Random = (size: number) => Uint8Array
