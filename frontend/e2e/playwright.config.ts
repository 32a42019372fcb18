import { defineConfig } from '@playwright/test'
import { existsSync } from 'node:fs'

const browsers = [process.env.GOODWORD_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

// No browser is downloaded: the system's Chromium is used, with everything switched off that would call home.
export const chromium = {
  executablePath: browsers.find((path) => path !== undefined && existsSync(path)),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'],
}

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  // One demonstration serves all tests, and the machine has two cores.
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['line']],
  globalSetup: './demo.ts',
  use: {
    browserName: 'chromium',
    launchOptions: chromium,
    trace: 'off',
    actionTimeout: 15_000,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  },
})
