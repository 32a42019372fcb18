import { expect, test, type APIRequestContext, type Browser, type BrowserContext, type Page } from '@playwright/test'
import { join } from 'node:path'
import { demo, password } from '../demo.ts'

const folder = join(import.meta.dirname, '../../shots')
const widths = [360, 768, 1280]
const schemes = ['light', 'dark'] as const

// Who walks the story: somebody with a short name, somebody German, and somebody whose name fits nowhere.
const cast = {
  en: { first_name: 'Ana', last_name: 'Kovač', company: 'Delta Logistics', language: 'en', friend: 'Ben', note: 'You asked me how we got the picking errors down. These are the people.' },
  de: {
    first_name: 'Jürgen',
    last_name: 'Großmüller',
    company: 'Straßenbau Köln GmbH & Co. KG',
    language: 'de',
    friend: 'Käthe',
    note: 'Du hast mich gefragt, wie wir die Fehler beim Kommissionieren losgeworden sind. Das sind die Leute.',
  },
  long: {
    first_name: 'Maximiliane-Alexandra',
    last_name: 'von Hohenstein-Wittelsbach zu Donaueschingen',
    company: 'Rindfleischetikettierungsüberwachungsgesellschaft mit beschränkter Haftung',
    language: 'en',
    friend: 'Bartholomäus-Konstantin',
    note: 'Averyveryveryveryveryveryveryveryveryveryverylongwordwithoutaspace and then a few more, so that the line has to break. '.repeat(4),
  },
} as const
type Role = keyof typeof cast

/** Draws the page as it stands, in every width and scheme. */
async function draw(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('load')
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const width of widths) {
      await page.setViewportSize({ width, height: 844 })
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true })
    }
  }
  await page.setViewportSize({ width: 390, height: 844 })
}

async function open(browser: Browser, locale: string): Promise<Page> {
  const context: BrowserContext = await browser.newContext({ locale, timezoneId: 'Europe/Berlin', viewport: { width: 390, height: 844 } })
  return context.newPage()
}

async function signIn(browser: Browser, email: string): Promise<Page> {
  const page = await open(browser, 'en-GB')
  await page.goto(`${demo().base}/console/`)
  await page.getByLabel(/^e-?mail/i).fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Hello' }).waitFor()
  return page
}

// The forms take nothing that was filled in faster than a person can.
async function send(page: Page, button: string): Promise<void> {
  await page.waitForTimeout(1200)
  await page.locator(button).first().click()
  await page.waitForLoadState('load')
}

async function json<T>(request: APIRequestContext, path: string, data?: object): Promise<T> {
  const url = `${demo().base}/api/v1${path}`
  const answer = data === undefined ? await request.get(url) : await request.post(url, { data })
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true)
  return (await answer.json()) as T
}

async function newest(page: Page, to: string): Promise<string> {
  await page.goto(`${demo().base}/dev/mail`)
  await page.locator('li', { hasText: to }).getByRole('link').first().click()
  return page.locator('pre').first().textContent().then((text) => text ?? '')
}

interface Invited {
  url: string
  email: string
}

/** Makes a customer of the cast and invites them to a campaign that is live. */
async function invite(request: APIRequestContext, role: Role, index: number): Promise<Invited> {
  const { friend: _friend, note: _note, ...person } = cast[role]
  const email = `shots-${role}-${index}@example.com`
  const customer = await json<{ id: string }>(request, '/customers', { ...person, email })
  const campaigns = await json<{ items: { id: string; asks: string[] }[] }>(request, '/campaigns?state=live')
  const campaign = campaigns.items.find((c) => c.asks.includes('introduction') && c.asks.includes('testimonial')) ?? campaigns.items[0]
  const { url } = await json<{ url: string }>(request, `/campaigns/${campaign?.id}/invitations`, { customer_id: customer.id, channel: 'link' })
  return { url, email }
}

/** The customer introduces somebody and hands the link over by QR code; returns the prospect's address and the second page's. */
async function introduce(page: Page, mine: string, role: Role): Promise<{ warm: string; second: string }> {
  await page.goto(`${mine}/introduce`)
  await page.locator('[name=first_name]').fill(cast[role].friend)
  await page.locator('[name=note]').fill(cast[role].note)
  await send(page, 'button[name=how][value=self]')
  const second = page.url().split('?')[0] ?? ''
  await page.locator('button[name=channel][value=qr]').click()
  await page.waitForURL(/show=qr/)
  const message = await page.request.get(`${second}?show=copy`)
  return { warm: /http:\/\/localhost:\d+\/i\/[\w-]+/.exec(await message.text())?.[0] ?? '', second }
}

for (const [index, role] of (Object.keys(cast) as Role[]).entries()) {
  const locale = cast[role].language === 'de' ? 'de-DE' : 'en-GB'

  test(`the customer's pages, ${role}`, async ({ browser }) => {
    const staff = await signIn(browser, 'olga@brightwater.example')
    const ana = await open(browser, locale)
    const { url, email } = await invite(staff.request, role, index)
    const shot = (name: string) => draw(ana, `customer-${name}-${role}`)

    await ana.goto(url)
    await shot('01-hello')
    await ana.goto(`${url}/mine`)
    await shot('02-mine-empty')
    await ana.goto(`${url}/introduce`)
    await shot('03-introduce')
    for (const more of await ana.locator('details').all()) await more.evaluate((d) => d.setAttribute('open', ''))
    await shot('04-introduce-unfolded')
    await send(ana, 'button[name=how][value=self]')
    await shot('05-introduce-error')
    await ana.locator('[name=first_name]').fill(cast[role].friend)
    await ana.locator('[name=note]').fill(cast[role].note)
    await send(ana, 'button[name=how][value=self]')
    await shot('06-send')
    const { warm, second } = await introduce(ana, url, role)
    await shot('07-send-qr')
    await ana.goto(`${second}?show=copy`)
    await shot('07-send-copy')
    await ana.goto(`${second}/done`)
    await shot('08-done')
    await ana.goto(`${url}/testimonial`)
    await shot('09-testimonial')
    await send(ana, '#main button[type=submit]')
    await shot('10-testimonial-error')
    await ana.locator('[name=rating][value="4"]').check()
    await ana.locator('[name=text]').fill(cast[role].note)
    await send(ana, '#main button[type=submit]')
    await shot('11-testimonial-done')
    await ana.goto(`${url}/mine`)
    await shot('12-mine')
    await ana.goto(url)
    await shot('13-hello-again')
    await ana.goto(`${url}/rewards`)
    await shot('14-rewards')
    await ana.goto(`${url}/later`)
    await shot('15-later')
    await ana.goto(`${url}/stop`)
    await shot('16-stop')
    await ana.goto(`${url}/code?next=data`)
    await shot('17-code')
    await send(ana, 'button[value=send]')
    await shot('18-code-sent')
    await ana.locator('[name=code]').fill('000000')
    await send(ana, 'button[value=confirm]')
    await shot('19-code-wrong')
    const code = /\b\d{6}\b/.exec(await newest(staff, email))?.[0] ?? ''
    await ana.locator('[name=code]').fill(code)
    await send(ana, 'button[value=confirm]')
    await shot('20-data')
    await ana.goto(`${url}/rewards`)
    await shot('21-rewards-open')
    await ana.goto(`${url}/mine`)
    await shot('22-mine-open')

    // A colleague who is not Ana opens her link.
    const other = await open(browser, locale)
    await other.goto(url)
    await other.goto(`${url}/mine`)
    await draw(other, `customer-23-mine-elsewhere-${role}`)
    await other.goto(`${url}/fresh`)
    await draw(other, `customer-24-fresh-${role}`)
    expect(warm).not.toBe('')
    for (const page of [staff, ana, other]) await page.context().close()
  })

  test(`the prospect's pages, ${role}`, async ({ browser }) => {
    const staff = await signIn(browser, 'olga@brightwater.example')
    const ana = await open(browser, locale)
    const { url } = await invite(staff.request, role, 10 + index)
    const ben = await open(browser, locale)
    const shot = (name: string) => draw(ben, `prospect-${name}-${role}`)

    const { warm: first } = await introduce(ana, url, role)
    await ben.goto(first)
    await shot('01-warm')
    await ben.goto(`${first}/yes`)
    await shot('02-yes')
    await send(ben, '#main button[type=submit]')
    await shot('03-yes-error')
    await ben.goto(`${first}/data`)
    await shot('04-data')
    await ben.goto(`${first}/other`)
    await shot('05-other')
    await ben.goto(`${first}/no`)
    await shot('06-no')
    await ben.goto(`${first}/later`)
    await shot('07-later')
    await ben.goto(`${first}/yes`)
    await ben.locator('[name=how][value=email]').check()
    await ben.locator('[name=email]').fill(`shots-ben-${role}@acme.example`)
    await send(ben, '#main button[type=submit]')
    await shot('08-answered')
    const elsewhere = await open(browser, locale)
    await elsewhere.goto(first)
    await draw(elsewhere, `prospect-09-answered-elsewhere-${role}`)

    for (const [name, path, button] of [
      ['10-said-later', 'later', '#main button[type=submit]'],
      ['11-said-no', 'no', 'button[value=no]'],
      ['12-deleted', 'data', 'button[value=delete]'],
    ] as const) {
      const { warm: next } = await introduce(ana, url, role)
      await ben.goto(`${next}/${path}`)
      const months = ben.locator('[name=months]')
      if ((await months.count()) > 0) await months.first().check()
      await send(ben, button)
      await shot(name)
    }
    await ben.goto(`${demo().base}/i/unknown-link-that-never-was`)
    await shot('13-unknown')
    for (const page of [staff, ana, ben, elsewhere]) await page.context().close()
  })
}

test('the public pages', async ({ browser }) => {
  const staff = await signIn(browser, 'olga@brightwater.example')
  const places = await json<{ items: { code: string }[] }>(staff.request, '/placements')
  const code = places.items[0]?.code ?? ''
  for (const [role, locale] of [['en', 'en-GB'], ['de', 'de-DE']] as const) {
    const page = await open(browser, locale)
    for (const part of ['', '/yes', '/later', '/no']) {
      await page.goto(`${demo().base}/q/${code}${part}`)
      await draw(page, `public-q${part.replace('/', '-')}-${role}`)
    }
    await page.goto(`${demo().base}/q/nowhere`)
    await draw(page, `public-unknown-${role}`)
    await page.context().close()
  }
  await staff.goto(`${demo().base}/dev/mail`)
  await draw(staff, 'dev-mail')
  await staff.goto(`${demo().base}/dev/play`)
  await draw(staff, 'dev-play')
  await staff.context().close()
})

test('the mails', async ({ browser }) => {
  const page = await open(browser, 'en-GB')
  await page.goto(`${demo().base}/dev/samples`)
  const links = await page.locator('li a').evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href))
  expect(links.length).toBeGreaterThan(20)
  for (const link of links) {
    await page.goto(`${link}/html`)
    const [lang, kind] = link.split('/').slice(-2)
    await draw(page, `mail-${kind}-${lang}`)
  }
  await page.context().close()
})

test('the console', async ({ browser }) => {
  const out = await open(browser, 'en-GB')
  await out.goto(`${demo().base}/console/`)
  await out.getByLabel('Password').waitFor()
  await draw(out, 'console-00-sign-in')
  await out.getByLabel(/^e-?mail/i).fill('olga@brightwater.example')
  await out.getByLabel('Password').fill('wrong-wrong-wrong')
  await out.getByRole('button', { name: 'Sign in' }).click()
  await out.getByRole('alert').waitFor()
  await draw(out, 'console-00-sign-in-error')
  const page = await signIn(browser, 'olga@brightwater.example')
  const first = async (path: string) => (await json<{ items: { id: string }[] }>(page.request, path)).items[0]?.id ?? ''
  const screens = {
    '01-home': '',
    '02-customers': 'customers',
    '03-customer': `customers/${await first('/customers?limit=1')}`,
    '04-customers-none': 'customers?q=nobody-is-called-this',
    '05-import': 'import',
    '06-campaigns': 'campaigns',
    '07-campaign': `campaigns/${await first('/campaigns?limit=1')}`,
    '08-introductions': 'introductions',
    '09-introduction': `introductions?open=${await first('/introductions?state=accepted&limit=1')}`,
    '10-board': 'introductions?view=board',
    '11-testimonials': 'testimonials',
    '12-rewards': 'rewards',
    '13-reward': `rewards?open=${await first('/rewards?limit=1')}`,
    '13-reward-story': `rewards/${await first('/rewards?limit=1')}`,
    '14-payouts': 'rewards?tab=payouts',
    '14-cases': 'rewards?tab=cases',
    '14-tasks': 'tasks',
    '15-reports': 'reports',
    '16-settings': 'settings',
    '17-audit': 'audit',
    '18-nowhere': 'nowhere',
  }
  for (const [name, path] of Object.entries(screens)) {
    await page.goto(`${demo().base}/console/${path}`)
    await page.locator('h1').first().waitFor()
    await page.waitForLoadState('networkidle')
    await draw(page, `console-${name}`)
  }
  for (const one of [out, page]) await one.context().close()
})
