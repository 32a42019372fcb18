import { test, type Page } from '@playwright/test'
import { join } from 'node:path'
import { demo, password } from '../demo.ts'

const folder = join(import.meta.dirname, '../../shots')
const widths = [360, 768, 1280]
const schemes = ['light', 'dark'] as const

async function draw(page: Page, name: string, url: string): Promise<void> {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme })
    for (const width of widths) {
      await page.setViewportSize({ width, height: 844 })
      await page.goto(url)
      await page.waitForLoadState('load')
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
  }
}

// Customer 0 reads English; customer 1 of the demonstration has a long introducer's list, and German is asked for by header.
for (const locale of ['en-GB', 'de-DE']) {
  test(`public pages, ${locale}`, async ({ browser }) => {
    const { base, made } = demo()
    const context = await browser.newContext({ locale, timezoneId: 'Europe/Berlin' })
    const page = await context.newPage()
    for (const [i, link] of made.Links.entries()) {
      for (const part of ['', '/introduce', '/testimonial', '/mine', '/rewards', '/data', '/later', '/stop', '/code']) {
        await draw(page, `${locale}-customer${i}${part.replaceAll('/', '-')}`, link.URL + part)
      }
    }
    await draw(page, `${locale}-unknown`, `${base}/c/unknown-link-that-never-was`)
    await draw(page, `${locale}-mailbox`, `${base}/dev/mail`)
    await draw(page, `${locale}-play`, `${base}/dev/play`)
    await context.close()
  })
}

test('console', async ({ browser }) => {
  const { base } = demo()
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin' })
  const page = await context.newPage()
  await page.goto(`${base}/console/`)
  await page.getByLabel(/^e-?mail/i).fill('olga@brightwater.example')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Hello' }).waitFor()
  for (const part of ['', 'customers', 'import', 'campaigns', 'introductions', 'testimonials', 'rewards', 'tasks', 'reports', 'settings', 'audit']) {
    await draw(page, `console-${part === '' ? 'home' : part}`, `${base}/console/${part}`)
  }
  await context.close()
})
