import { AxeBuilder } from '@axe-core/playwright'
import { expect, test, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { demo, password } from '../demo.ts'

const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

// Forms refuse to be filled in faster than a person can; the page's own clock is the one that counts.
async function takeTime(page: Page): Promise<void> {
  await page.waitForTimeout(1200)
}

async function clean(page: Page, script: boolean): Promise<void> {
  await expect(page.locator('h1')).toHaveCount(1)
  const wide = await page.locator('html').evaluate((html) => html.scrollWidth > html.clientWidth).catch(() => false)
  expect(wide, `${page.url()} scrolls sideways`).toBe(false)
  if (!script) return
  const found = await new AxeBuilder({ page }).analyze()
  expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`)).toEqual([])
}

async function visitor(browser: Browser, size: keyof typeof sizes, script: boolean): Promise<BrowserContext> {
  return browser.newContext({ viewport: sizes[size], javaScriptEnabled: script, locale: 'en-GB', timezoneId: 'Europe/Berlin' })
}

async function signIn(page: Page, email: string): Promise<void> {
  await page.goto(`${demo().base}/console/`)
  await page.getByLabel(/^e-?mail/i).fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Hello' })).toBeVisible()
}

for (const [size, script, link] of [
  ['phone', true, 0],
  ['phone', false, 1],
  ['desktop', true, 2],
  ['desktop', false, 0],
] as const) {
  test(`the story, ${size}, ${script ? 'with' : 'without'} script`, async ({ browser }) => {
    const { base, made } = demo()
    const mine = made.Links[link]?.URL ?? ''
    const name = `Ben${size}${script ? 'script' : 'plain'}`
    const ana = await (await visitor(browser, size, script)).newPage()

    // Ana opens her link, names Ben and says why.
    await ana.goto(mine)
    await clean(ana, script)
    await ana.goto(`${mine}/introduce`)
    await clean(ana, script)
    await takeTime(ana)
    await ana.locator('button[name=how][value=self]').click()
    await expect(ana.getByRole('alert')).toBeVisible()
    await clean(ana, script)
    await ana.locator('[name=first_name]').fill(name)
    await ana.locator('[name=note]').fill('You asked me how we got the picking errors down. These are the people.')
    await takeTime(ana)
    await ana.locator('button[name=how][value=self]').click()

    // She sees what Ben will see, and sends it herself.
    await expect(ana.locator('h1')).toContainText(name)
    await clean(ana, script)
    await ana.locator('button[name=channel][value=qr]').click()
    await clean(ana, script)
    const send = ana.url()
    const message = await ana.request.get(`${send.split('?')[0]}?show=copy`)
    const warm = /http:\/\/localhost:\d+\/i\/[\w-]+/.exec(await message.text())?.[0] ?? ''
    expect(warm).not.toBe('')

    // She leaves two lines and four stars, once.
    if (script) {
      await ana.goto(`${mine}/testimonial`)
      await clean(ana, script)
      if ((await ana.locator('[name=rating]').count()) > 0) {
        await ana.locator('[name=rating][value="4"]').check()
        await ana.locator('[name=text]').fill('They asked what we do before they said what they sell.')
        await takeTime(ana)
        await ana.locator('#main button[type=submit]').first().click()
        await expect(ana.locator('h1')).toBeVisible()
        await clean(ana, script)
      }
    }

    // Ben opens the warm introduction and reads that Ana gets a thank-you.
    const ben = await (await visitor(browser, size, script)).newPage()
    await ben.goto(warm)
    await expect(ben.locator('blockquote').first()).toContainText('picking errors')
    await expect(ben.getByText('thank-you').first()).toBeVisible()
    await clean(ben, script)
    await ben.getByRole('link', { name: 'Yes, introduce us' }).click()
    await clean(ben, script)
    await takeTime(ben)
    await ben.locator('#main button[type=submit]').click()
    await expect(ben.getByRole('alert')).toBeVisible()
    await ben.locator('[name=how][value=email]').check()
    await ben.locator('[name=email]').fill(`${name.toLowerCase()}@acme.example`)
    await takeTime(ben)
    await ben.locator('#main button[type=submit]').click()
    await expect(ben.locator('h1')).toContainText('Thank you')
    await clean(ben, script)

    // Ana reads it on her own page.
    await ana.goto(`${mine}/mine`)
    await expect(ana.getByText(`${name} said yes`).first()).toBeVisible()
    await clean(ana, script)

    // Rosa sees him in the console.
    const desk = await (await visitor(browser, size, true)).newPage()
    await signIn(desk, 'olga@brightwater.example')
    await desk.goto(`${base}/console/introductions`)
    await expect(desk.getByText(name).first()).toBeVisible()
    await clean(desk, true)

    for (const page of [ana, ben, desk]) await page.context().close()
  })
}

test('time passes, Ben pays, and Ana gets her thank-you', async ({ browser }) => {
  const { base } = demo()
  const page = await (await visitor(browser, 'desktop', true)).newPage()
  await page.goto(`${base}/dev/play`)
  await page.getByRole('button', { name: '20 minutes pass' }).click()
  await expect(page.getByRole('status')).toContainText('have passed')
  await page.getByRole('button', { name: 'pays the first invoice' }).first().click()
  await expect(page.getByRole('status')).toContainText('has paid')
  await page.getByRole('button', { name: '30 days pass' }).click()
  await expect(page.getByRole('status')).toContainText('have passed')
  await page.goto(`${base}/dev/mail`)
  await expect(page.locator('h1')).toBeVisible()
  await page.context().close()
})
