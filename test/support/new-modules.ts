import { vi } from 'vitest'

// Runs before each test file. Files that run in one process share the packages, but nothing that a module of ours holds.
vi.resetModules()
