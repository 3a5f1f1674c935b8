interface Kept {
  readonly get: () => string | null
  readonly set: (value: string | null) => void
}

/**
 * A word this tab remembers, also after it was loaded again. Held in memory as well: signing out has the browser throw away
 * what is stored.
 */
export function kept(name: string): Kept {
  let held: string | null = null
  return {
    get: () => held ?? stored(() => sessionStorage.getItem(name)),
    set(value) {
      held = value
      stored(() => (value === null ? sessionStorage.removeItem(name) : sessionStorage.setItem(name, value)))
    },
  }
}

/** A browser may have no room for us, or refuse: then the memory of this page has to do. */
function stored<Value>(access: () => Value): Value | null {
  try {
    return access()
  } catch {
    return null
  }
}
