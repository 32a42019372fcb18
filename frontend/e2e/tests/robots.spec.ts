import { expect, test, type APIRequestContext, type Browser, type Page } from '@playwright/test'
import { createServer, request as forward, type Server } from 'node:http'
import { demo, password } from '../demo.ts'

// Mail scanners open what people are sent, run the script of the page and press what they find. They must decide nothing.
const proving = process.env.GOODWORD_PROVE !== undefined
const links = proving ? 100 : 5
const stay = proving ? 30_000 : 5_000
const atOnce = proving ? 10 : 5

// What Chromium sends to this machine goes past a proxy unless it is told otherwise.
test.use({ launchOptions: async ({ launchOptions }, use) => use({ ...launchOptions, args: [...(launchOptions.args ?? []), '--proxy-bypass-list=<-loopback>'] }) })

interface Row {
  id: string
  state: string
  version: number
}

/** A proxy that comes from an address of its own, so that no visitor is turned away for what another one did. */
async function from(n: number): Promise<Server & { url: string }> {
  const server = createServer((req, res) => {
    const to = new URL(req.url ?? '', demo().base)
    const out = forward(to, { method: req.method, headers: req.headers, localAddress: `127.0.1.${n + 1}`, family: 4 }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    out.on('error', () => res.destroy())
    req.pipe(out)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return Object.assign(server, { url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}` })
}

async function visit(browser: Browser, n: number, what: (page: Page) => Promise<void>): Promise<void> {
  const proxy = await from(n)
  const context = await browser.newContext({ proxy: { server: proxy.url } })
  try {
    await what(await context.newPage())
  } finally {
    await context.close()
    proxy.closeAllConnections()
    proxy.close()
  }
}

/** Does something for each item, some of them at once. */
async function together<T>(items: T[], what: (item: T, n: number) => Promise<void>): Promise<void> {
  for (let n = 0; n < items.length; n += atOnce) await Promise.all(items.slice(n, n + atOnce).map((item, k) => what(item, n + k)))
}

async function signedIn(api: APIRequestContext): Promise<APIRequestContext> {
  const answer = await api.post(`${demo().base}/api/v1/session`, { headers: { Origin: demo().base }, data: { email: 'olga@brightwater.example', password } })
  expect(answer.ok(), await answer.text()).toBe(true)
  return api
}

/** The introductions of the named people, as the console's API tells them. */
async function rows(api: APIRequestContext, names: string[]): Promise<Record<string, Row>> {
  const found: Record<string, Row> = {}
  for (let after = ''; Object.keys(found).length < names.length; ) {
    const answer = await api.get(`${demo().base}/api/v1/introductions?limit=100${after && `&cursor=${encodeURIComponent(after)}`}`)
    expect(answer.ok(), await answer.text()).toBe(true)
    const page = (await answer.json()) as { items: (Row & { prospect: { first_name: string } })[]; next_cursor?: string; next?: string }
    for (const { id, state, version, prospect } of page.items) {
      if (names.includes(prospect.first_name)) found[prospect.first_name] = { id, state, version }
    }
    after = page.next_cursor ?? page.next ?? ''
    if (after === '') break
  }
  expect(Object.keys(found).sort()).toEqual([...names].sort())
  return found
}

/** Lets the customer of the demonstration introduce somebody and note it as sent; returns the link that is passed on. */
async function introduce(page: Page, mine: string, name: string): Promise<string> {
  await page.goto(`${mine}/introduce`)
  await page.locator('[name=first_name]').fill(name)
  await page.locator('[name=note]').fill('These are the people.')
  await page.waitForTimeout(1200) // a form that comes back sooner is taken for a program's
  await page.locator('button[name=how][value=self]').click()
  await expect(page.locator('h1')).toContainText(name)
  const send = page.url().replace(/\?.*$/, '')
  await page.locator('button[name=channel][value=qr]').click()
  await page.waitForLoadState()
  await page.goto(`${send}?show=copy`)
  const link = /http:\/\/localhost:\d+\/i\/[\w-]+/.exec(await page.content())?.[0] ?? ''
  expect(link, 'the message holds the link').not.toBe('')
  return link
}

/** Does something that may lead to another page, and waits for that. */
async function leaving(page: Page, act: () => Promise<void>): Promise<void> {
  const left = page.waitForEvent('framenavigated', { timeout: 4000 }).catch(() => undefined)
  await act().catch(() => undefined) // what cannot be pressed is not pressed
  await left
  await page.waitForLoadState()
}

/** Opens an address, also when what was pressed before leads away only now, on a busy machine. */
async function open(page: Page, address: string): Promise<void> {
  for (let late = 0; ; late++) {
    try {
      await page.goto(address)
      return
    } catch (error) {
      if (late === 3 || !String(error).includes('interrupted by another navigation')) throw error
      await page.waitForLoadState()
    }
  }
}

/** Opens the link and everything that the page leads to, stays, sends every form as it stands and presses what comes first. */
async function robot(page: Page, link: string): Promise<number> {
  let pressed = 0
  await open(page, link)
  await page.waitForTimeout(stay)
  const beyond = await page.locator('a').evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href.replace(/[?#].*$/, '')))
  const pages = new Set([link, ...beyond.filter((href) => href.startsWith(`${link}/`) && !href.endsWith('.ics'))])
  expect(pages.size, 'the page leads on').toBeGreaterThan(2)
  for (const address of pages) {
    await open(page, address)
    const forms = await page.locator('form').count()
    for (let n = 0; n < forms; n++) {
      // Without any button: what FormData finds in the form is all that it says.
      const status = await page.locator('form').nth(n).evaluate(async (form) => {
        const { action, method } = form as HTMLFormElement
        return method === 'post' ? (await fetch(action, { method, body: new URLSearchParams(new FormData(form as HTMLFormElement) as never) })).status : 0
      })
      expect(status, 'a robot that is turned away proves nothing').not.toBe(429)
      // As the enter key does.
      await leaving(page, () => page.locator('form').nth(n).evaluate((form) => {
        ;(form as HTMLFormElement).noValidate = true
        ;(form as HTMLFormElement).requestSubmit()
      }))
      pressed += 2
      await open(page, address)
    }
    const first = page.locator('button:visible, input[type=submit]:visible').first()
    if ((await first.count()) > 0) {
      await leaving(page, () => first.click({ timeout: 3000 }))
      pressed++
    }
  }
  return pressed
}

async function human(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('link', { name: 'Yes, introduce us' }).click()
  await page.locator('[name=how][value=email]').check()
  await page.locator('[name=email]').fill(`${name.toLowerCase()}@robots.example`)
  await page.waitForTimeout(1200)
  await page.locator('#main button[type=submit]').click()
  await expect(page.locator('h1')).toContainText('Thank you')
}

test('robots that run script decide nothing, people do', async ({ browser, request }) => {
  test.setTimeout(proving ? 3_000_000 : 180_000)
  const { made } = demo()
  const api = await signedIn(request)
  const names = Array.from({ length: links }, (_, n) => `Robo${String.fromCharCode(97 + Math.floor(n / 26))}${String.fromCharCode(97 + (n % 26))}`)
  const warm: string[] = []
  await together(names, async (name, n) => {
    await visit(browser, n, async (page) => {
      warm[n] = await introduce(page, made.Links[n % made.Links.length]?.URL ?? '', name)
    })
  })
  const before = await rows(api, names)
  for (const name of names) expect(before[name]?.state).toBe('invited')

  let pressed = 0
  await together(warm, async (link, n) => {
    await visit(browser, n, async (page) => {
      const here = await robot(page, link)
      pressed += here
    })
  })
  expect(await rows(api, names), 'what the robots have changed').toEqual(before)
  expect(pressed).toBeGreaterThan(10 * links)
  console.log(`${links} links, ${stay / 1000} s each, ${pressed} forms and buttons: nothing changed`)

  await together(names, async (name, n) => {
    await visit(browser, 100 + n, async (page) => {
      await human(page, warm[n] ?? '', name)
      expect((await rows(api, names))[name]?.state).toBe('accepted')
      // For a quarter of an hour it can be taken back.
      await page.locator('button[name=answer][value=undo]').click()
      await expect(page.getByRole('link', { name: 'Yes, introduce us' })).toBeVisible()
      expect((await rows(api, names))[name]?.state).toBe('invited')
      await human(page, warm[n] ?? '', name)
    })
  })
  for (const [name, row] of Object.entries(await rows(api, names))) expect(row.state, name).toBe('accepted')
})
