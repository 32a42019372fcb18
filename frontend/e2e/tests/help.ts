import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Browser, type Locator, type Page } from '@playwright/test'
import { demo, password } from '../demo.ts'

export const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }
export type Size = keyof typeof sizes

const opened = new WeakMap<Page, number>()
const plain = new WeakSet<Page>()

/** One more person with a browser of their own. */
export async function visitor(browser: Browser, size: Size, script = true): Promise<Page> {
  const context = await browser.newContext({ viewport: sizes[size], javaScriptEnabled: script, locale: 'en-GB', timezoneId: 'Europe/Berlin' })
  const page = await context.newPage()
  page.on('domcontentloaded', () => opened.set(page, Date.now()))
  if (!script) plain.add(page)
  return page
}

/** Forms refuse to be filled in faster than a person can, so this waits for what is left of the second. */
export async function takeTime(page: Page): Promise<void> {
  await expect.poll(() => Date.now() - (opened.get(page) ?? 0), { intervals: [50] }).toBeGreaterThan(1150)
}

/** Presses a button that sends the page's form, and waits for the page that answers. */
export async function send(page: Page, button: Locator): Promise<void> {
  await takeTime(page)
  const answered = page.waitForEvent('domcontentloaded')
  await button.click()
  await answered
}

/** The ordinary words in tables that came apart, because their column has no room. */
function broken(page: Page): Promise<string[]> {
  return page.locator('td').evaluateAll((cells) => {
    const found: string[] = []
    for (const cell of cells) {
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
      for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        for (const word of text.nodeValue?.matchAll(/(?<=^|\s)\p{L}{3,12}(?=[\s.,;:!?]|$)/gu) ?? []) {
          const range = document.createRange()
          range.setStart(text, word.index)
          range.setEnd(text, word.index + word[0].length)
          if (new Set([...range.getClientRects()].map((box) => box.top)).size > 1) found.push(word[0])
        }
      }
    }
    return found
  })
}

/**
 * Nothing on the page is out of reach: one heading, no sideways scrolling, no word broken for want of room, and axe finds nothing. Colours do
 * not depend on the size, so the dark ones are looked at on the desktop only.
 */
export async function clean(page: Page, look: 'light' | 'both' = 'light'): Promise<void> {
  await expect(page.locator('h1')).toHaveCount(1)
  // Without script axe cannot run; the same pages are looked at by a visitor with script.
  if (plain.has(page)) return
  const wide = await page.locator('html').evaluate((html) => html.scrollWidth - html.clientWidth)
  expect(wide, `${page.url()} scrolls sideways`).toBe(0)
  expect(await broken(page), `${page.url()} breaks words`).toEqual([])
  const both = look === 'both' && page.viewportSize()?.width === sizes.desktop.width
  for (const colorScheme of both ? (['dark', 'light'] as const) : (['light'] as const)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    // Frames hold mails and pages that are looked at by themselves; without a second page for the sums it is four times as fast.
    const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'], preload: false, iframes: false })
    expect(
      (await axe.analyze()).violations.map((v) => `${page.url()} ${colorScheme} ${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`),
    ).toEqual([])
  }
}

/** Signs a colleague in. */
export async function signIn(page: Page, who: string): Promise<void> {
  await page.goto(`${demo().base}/console/`)
  await page.getByLabel('Mail address').or(page.getByLabel(/^e-?mail/i)).first().fill(`${who}@brightwater.example`)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('heading', { level: 1, name: 'Hello' })).toBeVisible()
}

/** Goes to a screen by the console's own navigation. */
export async function to(page: Page, screen: string): Promise<void> {
  const menu = page.getByRole('button', { name: 'Menu', exact: true })
  if (await menu.isVisible()) {
    // On a phone the details cover everything, the menu too.
    const details = page.getByRole('button', { name: 'Close the details' })
    if (await details.isVisible()) await details.click()
    await menu.click()
  }
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: screen }).click()
  await expect(page.getByRole('heading', { level: 1, name: screen })).toBeVisible()
}

/** What the console says after something was done; it is dismissed, so that the next one is read by itself. */
export async function said(page: Page, text: string | RegExp): Promise<void> {
  const toast = page.getByRole('status').filter({ hasText: text }).last()
  await expect(toast).toBeVisible()
  for (const dismiss of await page.getByRole('button', { name: 'Dismiss' }).all()) await dismiss.click({ timeout: 2000 }).catch(() => undefined)
}

/** Does what the outside world does, on the play page. */
export async function play(page: Page, press: (page: Page) => Locator, answer: RegExp): Promise<void> {
  await page.goto(`${demo().base}/dev/play`)
  await press(page).click()
  await expect(page.getByRole('status')).toContainText(answer)
}

export async function pass(page: Page, button: '20 minutes pass' | 'A day passes' | 'A week passes'): Promise<void> {
  await play(page, (p) => p.getByRole('button', { name: button }), /have passed/)
}

/** Opens the newest captured mail to an address whose subject fits, when it is there. */
export async function openMail(page: Page, address: string, subject: RegExp): Promise<void> {
  const letter = page.getByRole('listitem').filter({ hasText: address }).getByRole('link', { name: subject }).first()
  await expect(async () => {
    await page.goto(`${demo().base}/dev/mail`)
    await expect(letter).toBeVisible({ timeout: 200 })
  }).toPass({ intervals: [200, 400, 800] })
  await letter.click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(subject)
}

/** Where the mail's main button leads. */
export async function mailLink(page: Page, path: RegExp): Promise<string> {
  const links = page.frameLocator('iframe').getByRole('link')
  await expect(links.first()).toBeAttached()
  const found = (await links.evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''))).find((href) => path.test(href))
  if (found === undefined) throw new Error(`the mail has no link like ${path}`)
  return found
}
