import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// In development Vite serves the console and hands everything else to a running goodword.
const server = 'http://localhost:8080';

export default defineConfig({
  base: '/console/',
  plugins: [react(), tailwindcss()],
  // Nothing is inlined as data: the content security policy allows scripts and fonts from our own address only.
  build: { assetsInlineLimit: 0, target: 'es2023' },
  server: {
    proxy: Object.fromEntries(['/api', '/qr', '/assets'].map((path) => [path, { target: server, changeOrigin: true }])),
  },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    unstubGlobals: true,
  },
});
