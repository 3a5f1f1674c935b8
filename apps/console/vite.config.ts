import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('web'),
  publicDir: false,
  plugins: [react()],
  build: {
    outDir: here('dist/web'),
    emptyOutDir: true,
    // The content security policy has no room for data: scripts or inline styles, so everything is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
