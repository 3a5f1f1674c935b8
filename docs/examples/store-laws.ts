import { laws } from 'sallyport/store/conformance'
import { sqliteStore } from 'sallyport/store/sqlite'
import { test } from 'vitest'

for (const law of laws) {
  test(law.name, async () => {
    const store = sqliteStore({ file: ':memory:' }) // yours here, empty each time
    await store.migrate()
    await law.run(store)
    await store.close()
  })
}
