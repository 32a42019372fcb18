import { expect, test, type Browser, type Page } from '@playwright/test'
import { demo } from '../demo.ts'
import { clean, mailLink, openMail, pass, play, said, send, signIn, to, visitor, type Size } from './help.ts'

/** A customer and the person whom they introduce. In each size one pair walks with script and one without. */
interface Pair {
  script: boolean
  customer: string
  email: string
  prospect: string
  prospectEmail: string
}

interface Introduced {
  /** The customer's browser and the address of their page. */
  page: Page
  mine: string
  /** The link that the customer passes on. */
  warm: string
}

const hers = 'You asked me how we got the picking errors down. These are the people.'
const first = (name: string) => name.split(' ')[0] ?? name

/** From the mail to an introduction that the customer has sent. */
async function introduce(browser: Browser, size: Size, pair: Pair, subject: RegExp): Promise<Introduced> {
  const page = await visitor(browser, size, pair.script)
  await openMail(page, pair.email, subject)
  await clean(page, 'both')
  const start = await mailLink(page, /\/c\//)
  const mine = start.replace(/(\/c\/[\w-]+).*$/, '$1')
  await page.goto(start)
  await expect(page.locator('[name=first_name]'), 'the button opens what is asked first').toBeVisible()
  await page.goto(mine)
  await expect(page.locator('h1')).toContainText(first(pair.customer))
  await expect(page.getByText('€300.00').first()).toBeVisible()
  await clean(page, 'both')
  await page.getByRole('link', { name: 'Introduce someone' }).click()
  await clean(page, 'both')
  await send(page, page.locator('button[name=how][value=self]'))
  await expect(page.getByRole('alert')).toBeVisible()
  await clean(page, 'both')
  await page.locator('[name=first_name]').fill(pair.prospect)
  await page.locator('[name=note]').fill(hers)
  await send(page, page.locator('button[name=how][value=self]'))
  await expect(page.locator('h1')).toContainText(pair.prospect)
  await clean(page, 'both')

  // The code is held up in a meeting, which notes the introduction as sent.
  await send(page, page.locator('button[name=channel][value=qr]'))
  await clean(page, 'both')
  const introduction = page.url().replace(/\?.*$/, '')
  const message = await page.request.get(`${introduction}?show=copy`)
  const warm = /http:\/\/localhost:\d+\/i\/[\w-]+/.exec(await message.text())?.[0] ?? ''
  expect(warm, 'the message holds the link').not.toBe('')
  await page.goto(`${introduction}/done`)
  await clean(page, 'both')
  return { page, mine, warm }
}

/** Two lines and four stars. */
async function testify(page: Page, mine: string, words: string): Promise<void> {
  await page.goto(`${mine}/testimonial`)
  await clean(page, 'both')
  await page.locator('[name=rating][value="4"]').check()
  await page.locator('[name=text]').fill(words)
  await page.locator('[name=allow][value=own]').check()
  await page.locator('[name=signed_as][value=full]').check()
  await send(page, page.locator('#main button[type=submit]').first())
  await expect(page.getByText('Thank you for your words').first()).toBeVisible()
  await clean(page, 'both')
}

/** Amounts are shown on a device that has confirmed a code from a mail. */
async function confirmDevice(page: Page, world: Page, email: string): Promise<void> {
  await page.getByRole('link', { name: 'Confirm that it is you' }).click()
  await clean(page, 'both')
  await send(page, page.locator('#main button[name=action][value=send]'))
  await clean(page, 'both')
  await openMail(world, email, /is your code/)
  const code = (await world.getByRole('heading', { level: 1 }).textContent()) ?? ''
  await page.locator('[name=code]').fill(first(code.trim()))
  await send(page, page.locator('#main button[name=action][value=confirm]'))
  await expect(page.getByRole('heading', { level: 1, name: 'Your thank-you' })).toBeVisible()
}

/** The person introduced reads who vouches for what, says yes and how to be reached. */
async function sayYes(browser: Browser, size: Size, pair: Pair, warm: string): Promise<Page> {
  const page = await visitor(browser, size, pair.script)
  await page.goto(warm)
  await expect(page.locator('blockquote').first()).toContainText('picking errors')
  await expect(page.getByText('thank-you').first()).toBeVisible()
  await clean(page, 'both')
  await page.getByRole('link', { name: 'Yes, introduce us' }).click()
  await clean(page, 'both')
  await send(page, page.locator('#main button[type=submit]'))
  await expect(page.getByRole('alert')).toBeVisible()
  await clean(page, 'both')
  await page.locator('[name=how][value=email]').check()
  await page.locator('[name=email]').fill(pair.prospectEmail)
  await page.locator('[name=tell]').check()
  await send(page, page.locator('#main button[type=submit]'))
  await expect(page.locator('h1')).toContainText('Thank you')
  await clean(page, 'both')
  return page
}

interface Payer {
  stripe: string
  company: string
}

/** The Stripe customer of somebody whom the CRM knows, as the console shows it, and the company that it belongs to. */
async function payer(desk: Page, name: string): Promise<Payer> {
  await to(desk, 'Customers')
  await desk.getByRole('searchbox', { name: 'Name, company or address' }).fill(name)
  await desk.getByRole('link', { name, exact: true }).click()
  await expect(desk.getByRole('heading', { level: 1, name })).toBeVisible()
  const value = desk.getByText(/^cus_\w+$/)
  await expect(value).toBeVisible()
  await clean(desk, 'both')
  const answer = await desk.request.get(`${demo().base}/api/v1/customers/${new URL(desk.url()).pathname.split('/').pop() ?? ''}`)
  const { company } = (await answer.json()) as { company: string }
  return { stripe: (await value.textContent()) ?? '', company }
}

/**
 * A small file with everything that makes an import worth a dry run. The first customer is a colleague of the payer, because one
 * Stripe customer for two companies would be looked at before anybody is paid.
 */
async function importCustomers(desk: Page, pairs: Pair[], tag: string, by: Payer): Promise<void> {
  const rows = pairs.map((p, i) => [
    ...p.customer.split(/ (.*)/).slice(0, 2),
    p.email,
    ...(i === 0 ? [`"${by.company}"`] : ['Brook and Sons']),
    'Equipment',
    'rosa@brightwater.example',
    tag,
    '03/04/2026',
    i === 0 ? by.stripe : '',
  ])
  rows.push(['Ida', 'Long Ago', `ida.${tag.replace(' ', '-')}@brook.example`, 'Brook and Sons', 'Equipment', '', tag, '13/01/2023', ''])
  rows.push(['Uwe', 'Broken', 'uwe at nowhere', 'Brook and Sons', 'Equipment', '', tag, '', ''])
  // Those who are no customers yet are brought in too, and must not be asked.
  for (let n = 0; n < 4000; n++) rows.push([`Lead${n}`, tag, `lead${n}@${tag.replace(' ', '-')}.example`, 'Brook and Sons', 'Equipment', '', tag, '', ''])
  const head = ['First name', 'Last name', 'E-mail', 'Company', 'Branch', 'Owner', 'Tags', 'Last order', 'Stripe customer', 'Stage']
  const csv = [head, ...rows.map((r, i) => [...r, i > pairs.length + 1 ? 'Lead' : 'Customer'])].map((r) => r.join(',')).join('\r\n')

  await to(desk, 'Customers')
  await clean(desk, 'both')
  await desk.getByRole('link', { name: 'Import', exact: true }).click()
  await expect(desk.getByRole('heading', { level: 1, name: 'Import customers' })).toBeVisible()
  await clean(desk)
  await desk.getByLabel('Choose a CSV file').setInputFiles({ name: `${tag}.csv`, mimeType: 'text/csv', buffer: Buffer.from(csv) })

  // Nobody can know what the column Branch means, nor whether 03/04 is in March or in April.
  await desk.getByRole('combobox', { name: 'Branch' }).selectOption({ label: 'Division' })
  await desk.getByLabel('Day, month, year').check()
  await clean(desk, 'both')
  await desk.getByRole('button', { name: 'Try it (dry run)' }).click()
  await expect(desk.getByText('Dry run: nothing was written.')).toBeVisible()
  const problems = desk.getByRole('table', { name: 'Problems' })
  await expect(problems.getByRole('row').filter({ hasText: 'uwe at nowhere' })).toContainText('5')
  await expect(desk.getByRole('button', { name: 'Import for real' })).toBeVisible()
  await expect(figure(desk, 'Would be new')).toHaveText('4,003')
  await expect(figure(desk, 'Refused')).toHaveText('1')
  await clean(desk, 'both')

  // It does not take long: whoever looks for the bar only after the press may come too late.
  const bar = desk.getByRole('progressbar', { name: 'Rows read' }).waitFor()
  await desk.getByRole('button', { name: 'Import for real' }).click()
  await bar
  await expect(desk.getByRole('link', { name: 'See the customers' })).toBeVisible({ timeout: 30_000 })
  await expect(figure(desk, 'New')).toHaveText('4,003')
  await clean(desk)
}

/** The number under a name in a row of figures. */
function figure(page: Page, name: string) {
  return page.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) }).locator('dd').first()
}

/** Writes a campaign from a template, looks at it, counts, tries it on a colleague and launches it. */
async function launch(desk: Page, name: string, tag: string, subject: string): Promise<void> {
  await to(desk, 'Campaigns')
  await clean(desk, 'both')
  await desk.getByRole('link', { name: 'Start a campaign' }).click()
  await clean(desk)
  await desk.getByRole('button', { name: /Start with this.*Say it in two lines/ }).click()
  await desk.getByLabel('Name of the campaign').fill(name)
  await desk.getByLabel('Tag', { exact: true }).selectOption(tag)
  await expect(desk.getByText('3 people fit now')).toBeVisible()

  // What is asked first stands first: the introduction.
  await desk.getByLabel('A testimonial', { exact: true }).uncheck()
  await desk.getByLabel('A testimonial', { exact: true }).check()

  // A share of the order for the customer, a fixed welcome for the person introduced, and nothing for a meeting or for praise.
  for (let i = 0; i < 2; i++) await desk.getByRole('button', { name: 'Remove the reward: Reward 1: for the customer' }).click()
  const reward = desk.getByRole('region', { name: 'Reward 1: for the customer' })
  await reward.getByLabel('How much').selectOption({ label: 'A percentage' })
  await reward.getByLabel('Percentage').fill('20')
  await reward.getByLabel('At most', { exact: true }).fill('300.00')
  await expect(desk.getByRole('region', { name: 'Reward 2: for the person introduced' }).getByLabel('Amount')).toHaveValue('50.00')
  await desk.getByLabel('Hold for days').fill('14')

  await desk.getByRole('group', { name: 'Language of the words' }).getByRole('button', { name: 'English' }).click()
  await desk.getByLabel('Subject of the mail').fill(subject)
  await desk.getByLabel('Headline of the page').fill('Whom would you introduce to us?')

  // The phone shows the real mail and the real page while they are written.
  const phone = desk.frameLocator('iframe:not([aria-hidden])')
  await desk.getByRole('button', { name: 'Mail', exact: true }).click()
  await expect(phone.getByText('Hi Ana').first()).toBeVisible()
  await expect(phone.getByText('€300.00').first()).toBeVisible()
  await desk.getByRole('button', { name: 'Page', exact: true }).click()
  await expect(phone.getByRole('link', { name: 'Introduce someone' })).toBeVisible()
  await expect(phone.getByText('€300.00').first()).toBeVisible()
  await desk.getByRole('button', { name: 'Save', exact: true }).click()
  await said(desk, 'Saved.')
  await clean(desk, 'both')

  await desk.getByRole('button', { name: 'Test send' }).click()
  await clean(desk)
  await desk.getByRole('button', { name: 'Send', exact: true }).click()
  await said(desk, 'Sent to mara@brightwater.example.')

  await desk.getByRole('button', { name: 'Dry run and launch' }).click()
  const dialog = desk.getByRole('dialog')
  await expect(dialog.getByText('2 people get it')).toBeVisible()
  await expect(dialog.getByText('at most €700.00 promised, 1 skipped.')).toBeVisible()
  await expect(dialog.getByRole('row', { name: 'Nothing was heard of them for two years: a sign of life comes first. 1' })).toBeVisible()
  await clean(desk, 'both')
  await dialog.getByRole('button', { name: 'Launch to 2 people' }).click()
  await said(desk, 'Launched.')
  const progress = desk.getByRole('region', { name: 'Progress' })
  await expect(progress.getByText('1: Nothing was heard of them for two years')).toBeVisible()
  await expect(figure(desk, 'Sent')).toHaveText('2')
  await clean(desk, 'both')
  await desk.getByRole('link', { name: 'People', exact: true }).click()
  await expect(desk.getByRole('table', { name: 'Invitations' }).getByRole('row')).toHaveCount(3)
  await clean(desk)
  await desk.getByRole('link', { name: 'QR placements' }).click()
  await clean(desk)
  await desk.getByRole('link', { name: 'History' }).click()
  await expect(desk.getByText('The campaign was launched.')).toBeVisible()
  await clean(desk)
}

/** Finds an introduction in the list and opens its story beside it. */
async function openIntroduction(desk: Page, prospect: string): Promise<void> {
  await to(desk, 'Introductions')
  await desk.getByRole('searchbox', { name: 'Name, company or address' }).fill(prospect)
  await desk.getByRole('table', { name: 'Introductions' }).getByRole('link', { name: prospect }).click()
  await expect(desk.getByRole('complementary', { name: 'Introduction' }).getByRole('heading', { name: prospect })).toBeVisible()
}

/** The rep sees the whole story, takes it over, moves it along, keeps a note and tells the customer. */
async function work(desk: Page, pair: Pair): Promise<void> {
  await openMail(desk, 'rosa@brightwater.example', new RegExp(`^${pair.prospect} said yes`))
  await desk.goto(`${demo().base}/console/`)
  await clean(desk, 'both')
  await to(desk, 'Introductions')
  await clean(desk, 'both')
  await desk.getByRole('button', { name: 'Board' }).click()
  await expect(desk.getByRole('button', { name: new RegExp(pair.prospect) })).toBeVisible()
  await clean(desk, 'both')
  await desk.getByRole('button', { name: 'List' }).click()
  await openIntroduction(desk, pair.prospect)
  const story = desk.getByRole('complementary', { name: 'Introduction' })
  await expect(story.getByText(hers)).toBeVisible()
  await expect(story.getByRole('link', { name: pair.prospectEmail })).toBeVisible()
  await clean(desk, 'both')

  await story.getByRole('button', { name: /^(Assign|Reassign)$/ }).click()
  await desk.getByLabel('Owner', { exact: true }).last().selectOption({ label: 'Rosa Winter' })
  await clean(desk)
  await desk.getByRole('button', { name: 'Assign', exact: true }).last().click()
  await said(desk, 'Assigned.')
  await story.getByRole('button', { name: 'Contacted' }).click()
  await said(desk, 'Contacted.')
  await story.getByRole('button', { name: 'Meeting' }).click()
  await said(desk, 'Meeting.')

  await story.getByRole('button', { name: 'Note', exact: true }).click()
  await desk.getByRole('textbox', { name: 'Note' }).fill('Runs two shifts. Wants to see the conveyor first.')
  await clean(desk)
  await desk.getByRole('button', { name: 'Keep' }).click()
  await said(desk, 'Kept.')

  const tell = `Tell ${first(pair.customer)}`
  await story.getByRole('button', { name: tell }).click()
  await desk.getByLabel('What you tell').fill(`${pair.prospect} and I look at the hall on Thursday.`)
  await expect(desk.getByText('This is what will be read:')).toBeVisible()
  await clean(desk)
  await desk.getByRole('dialog').getByRole('button', { name: tell }).click()
  await said(desk, /can read it now/)
  await expect(story.getByText('Runs two shifts')).toBeVisible()
}

/** Opens the reward of somebody from the queue. */
async function openReward(desk: Page, payee: string): Promise<void> {
  await to(desk, 'Rewards')
  await desk.getByRole('button', { name: payee }).first().click()
  await expect(desk.getByRole('complementary', { name: 'Reward' }).getByText(payee)).toBeVisible()
}

for (const size of ['phone', 'desktop'] as const) {
  test(`the story, ${size}`, async ({ browser }) => {
    test.setTimeout(480_000)
    const pair = (script: boolean, customer: string, prospect: string): Pair => ({
      script,
      customer: `${customer} ${size}`,
      email: `${first(customer).toLowerCase()}.${size}@brook.example`,
      prospect: `${prospect}${size}`,
      prospectEmail: `${prospect.toLowerCase()}.${size}@acme.example`,
    })
    const ana = pair(true, 'Ana Storck', 'Ben')
    const eva = pair(false, 'Eva Freifrau von Hohenstein-Rautenbach', 'Kim')
    const tag = `story ${size}`
    const subject = `One line for someone you know, ${size}`
    const name = `Good word, ${size}`
    const words = `They asked what we do before they said what they sell, ${size}.`
    const mara = await visitor(browser, size)
    const rosa = await visitor(browser, size)
    const felix = await visitor(browser, size)
    const world = await visitor(browser, size)

    await test.step('the marketer imports customers and launches a campaign', async () => {
      await mara.goto(`${demo().base}/console/`)
      await clean(mara, 'both')
      await signIn(mara, 'mara')
      await clean(mara, 'both')
      await importCustomers(mara, [ana, eva], tag, await payer(mara, demo().made.Links[0]?.Name ?? ''))
      await launch(mara, name, tag, subject)
    })

    const [a, e] = await test.step('the customers introduce somebody, and one says what she thinks', async () => {
      const a = await introduce(browser, size, ana, new RegExp(subject))
      await testify(a.page, a.mine, words)
      return [a, await introduce(browser, size, eva, new RegExp(subject))] as const
    })

    const [ben, kim] = await test.step('the people introduced say yes', async () => [
      await sayYes(browser, size, ana, a.warm),
      await sayYes(browser, size, eva, e.warm),
    ])

    await test.step('the rep works', async () => {
      await signIn(rosa, 'rosa')
      await work(rosa, ana)
      await a.page.goto(`${a.mine}/mine`)
      await expect(a.page.getByText('look at the hall on Thursday').first()).toBeVisible()
      await expect(a.page.getByText('Runs two shifts')).toHaveCount(0)
      await clean(a.page, 'both')
      await e.page.goto(`${e.mine}/mine`)
      await expect(e.page.getByText(`${eva.prospect} said yes`).first()).toBeVisible()
      await to(rosa, 'Tasks')
      await clean(rosa, 'both')
    })

    await test.step('the world moves on: codes come, both pay, both introductions are won', async () => {
      await pass(world, '20 minutes pass')
      await clean(world)
      await openMail(world, ana.prospectEmail, /Your welcome code/)
      await ben.reload()
      await expect(ben.locator('.code')).toBeVisible()
      await clean(ben)
      for (const p of [ana, eva]) {
        await play(world, (page) => page.getByRole('button', { name: `${p.prospect} pays the first invoice` }), /has paid/)
        await openMail(world, p.email, new RegExp(`${p.prospect} is now a customer`))
      }
      await openIntroduction(rosa, ana.prospect)
      await expect(rosa.getByRole('complementary').getByText('Won', { exact: true }).first()).toBeVisible()
      await rosa.getByRole('button', { name: `Thank ${first(ana.customer)}` }).click()
      await rosa.getByLabel('Your line').fill('That was a good word at the right time.')
      await rosa.getByRole('dialog').getByRole('button', { name: 'Thank', exact: true }).click()
      await said(rosa, 'was thanked')
      await clean(rosa)
      await ben.reload()
      await expect(ben.getByText('Good to have you with us').first()).toBeVisible()
      await kim.reload()
      await expect(kim.getByText('Good to have you with us').first()).toBeVisible()
    })

    await test.step('the customers see their thank-you and one chooses how it comes', async () => {
      await a.page.goto(`${a.mine}/rewards`)
      await expect(a.page.getByText('Waiting for the refund window').first()).toBeVisible()
      await clean(a.page, 'both')
      await confirmDevice(a.page, world, ana.email)
      await expect(a.page.getByText('€230.00').first()).toBeVisible()
      await clean(a.page, 'both')
      await a.page.locator('[name=rail][value=invoice_credit]').check()
      await send(a.page, a.page.getByRole('button', { name: 'Save' }))
      await expect(a.page.getByText('Saved. This is how it comes.')).toBeVisible()
      await clean(a.page, 'both')
      await e.page.goto(`${e.mine}/rewards`)
      await confirmDevice(e.page, world, eva.email)
      await expect(e.page.getByText('€230.00').first()).toBeVisible()
    })

    await test.step('finance holds one, releases it, and a refund takes its share', async () => {
      await signIn(felix, 'felix')
      await to(felix, 'Rewards')
      await clean(felix, 'both')
      await openReward(felix, eva.customer)
      const reward = felix.getByRole('complementary', { name: 'Reward' })
      await clean(felix, 'both')
      await reward.getByRole('button', { name: 'Hold', exact: true }).click()
      await felix.getByLabel('Why').fill('Is Kim a colleague of hers?')
      await clean(felix)
      await felix.getByRole('dialog').getByRole('button', { name: 'Hold' }).click()
      await said(felix, 'Held.')
      await expect(reward.getByText('A colleague stopped it: Is Kim a colleague of hers?')).toBeVisible()
      await e.page.goto(`${e.mine}/rewards`)
      await expect(e.page.getByText('Being checked').first()).toBeVisible()
      await clean(felix)
      await reward.getByRole('button', { name: 'Release' }).click()
      await felix.getByLabel('What you found').fill('Another company.')
      await felix.getByRole('dialog').getByRole('button', { name: 'Release' }).click()
      await said(felix, 'Released.')

      await play(world, (page) => page.getByRole('listitem').filter({ hasText: eva.prospectEmail }).getByRole('button', { name: 'Refund 40 %' }), /refund is made/)
      await expect(reward.getByRole('heading', { name: '€138.00' })).toBeVisible()
      await e.page.reload()
      await expect(e.page.getByText('€138.00').first()).toBeVisible()
    })

    await test.step('the window ends: finance pauses payouts, approves, and lets them go on', async () => {
      await pass(world, 'A week passes')
      await pass(world, 'A week passes')
      await openReward(felix, ana.customer)
      const reward = felix.getByRole('complementary', { name: 'Reward' })
      await expect(reward.getByText('A second person has to approve it')).toBeVisible()
      await clean(felix)
      await felix.getByRole('button', { name: 'Close the details' }).click()
      await felix.getByRole('button', { name: 'Pause everything' }).click()
      await felix.getByLabel('Why').fill('The bank has a holiday.')
      await felix.getByRole('dialog').getByRole('button', { name: 'Pause everything' }).click()
      await said(felix, 'Payouts are paused.')
      await expect(felix.getByText('The bank has a holiday.')).toBeVisible()
      await clean(felix, 'both')

      await openReward(felix, ana.customer)
      await reward.getByRole('button', { name: 'Approve' }).click()
      await expect(felix.getByText(new RegExp(`€230.00 for ${ana.customer}`))).toBeVisible()
      await felix.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
      await said(felix, 'Approved.')
      await felix.getByRole('button', { name: 'Close the details' }).click()
      await felix.getByRole('button', { name: 'Resume' }).click()
      await felix.getByLabel('Why').fill('It is open again.')
      await felix.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
      await said(felix, 'Payouts are running again.')
      await openReward(felix, ana.customer)
      await expect(reward.getByText('Paid', { exact: true })).toBeVisible()
      await clean(felix)
      await openMail(world, ana.email, /€230.00 for you/)
    })

    await test.step('what is handed over in person is a case until it is done', async () => {
      await e.page.reload()
      await e.page.locator('[name=rail][value=manual]').check()
      await send(e.page, e.page.getByRole('button', { name: 'Save' }))
      await to(felix, 'Rewards')
      await felix.getByRole('link', { name: /^Cases/ }).click()
      const item = felix.getByRole('listitem').filter({ hasText: `€138.00 for ${eva.customer}` })
      await expect(item).toContainText(`${eva.prospect}, introduced by ${eva.customer}`)
      await clean(felix, 'both')
      await item.getByRole('button', { name: 'See the reward' }).click()
      await felix.getByRole('button', { name: 'Mark as paid' }).click()
      await felix.getByLabel('Reference of the payment').fill('Receipt 4711')
      await felix.getByRole('dialog').getByRole('button', { name: 'Mark as paid' }).click()
      await said(felix, 'Marked as paid.')
      await clean(felix)
      await felix.getByRole('button', { name: 'Close the details' }).click()
      await felix.getByRole('link', { name: /^Payouts/ }).click()
      await clean(felix, 'both')
    })

    await test.step('the marketer approves the testimonial', async () => {
      await to(mara, 'Testimonials')
      await mara.getByRole('link', { name: words }).click()
      await expect(mara.getByRole('complementary').getByRole('img', { name: '4 of 5 stars' })).toBeVisible()
      await clean(mara, 'both')
      await mara.getByRole('button', { name: 'Approve' }).click()
      await said(mara, 'Approved.')
      await openMail(world, ana.email, /Your words may now be shown/)
    })

    await test.step('everybody reads how it ended', async () => {
      await a.page.goto(`${a.mine}/mine`)
      await expect(a.page.getByText(`${ana.prospect} is a customer`).first()).toBeVisible()
      await expect(a.page.getByText('Yours', { exact: true })).toBeVisible()
      await expect(a.page.getByText('Approved', { exact: true })).toBeVisible()
      await clean(a.page, 'both')
      await e.page.goto(`${e.mine}/rewards`)
      await expect(e.page.getByText('Yours', { exact: true })).toBeVisible()
      await openMail(world, ana.prospectEmail, /Rosa Winter will be in touch/)
      await openMail(world, ana.email, new RegExp(`${ana.prospect} said yes`))
      for (const screen of ['Reports', 'Settings'] as const) {
        await to(felix, screen)
        await clean(felix, 'both')
      }
    })

    for (const page of [mara, rosa, felix, world, a.page, e.page, ben, kim]) await page.context().close()
  })
}
