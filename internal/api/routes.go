package api

import (
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"goodword/internal/staff"
)

// The headings of the documentation.
const (
	session       = "session"
	home          = "home"
	customers     = "customers"
	imports       = "imports"
	tasks         = "tasks"
	campaigns     = "campaigns"
	invitations   = "invitations"
	introductions = "introductions"
	testimonials  = "testimonials"
	rewards       = "rewards"
	books         = "books"
	reports       = "reports"
	installation  = "installation"
)

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: session, Description: "Signing in, and who is signed in."},
		{Name: home, Description: "What waits for somebody."},
		{Name: customers, Description: "The people who introduce and testify."},
		{Name: imports, Description: "Customers from a CSV file: preview, dry run, import."},
		{Name: tasks, Description: "What somebody should do by when."},
		{Name: campaigns, Description: "What is asked of whom, when, in which words and for which reward."},
		{Name: invitations, Description: "One ask to one customer, and public placements."},
		{Name: introductions, Description: "From a yes to a close."},
		{Name: testimonials, Description: "What customers say about us."},
		{Name: rewards, Description: "What is owed and paid."},
		{Name: books, Description: "The ledger and the audit, to read."},
		{Name: reports, Description: "Questions that span features. Accept: text/csv gets the rows as CSV."},
		{Name: installation, Description: "Staff, keys and settings."},
	}
}

const aboutAPI = `Everything that the console does, it does here. Sign in with POST /session, or send an API key as a bearer token.

Times are RFC 3339 in UTC, money is minor units with a currency, ids are strings. Lists are pages: pass next_cursor as cursor.
Errors are application/problem+json with one entry in errors for each wrong field. An Idempotency-Key on a POST makes the same request safe to send again for 24 hours. An ETag comes with what can be edited; If-Match with it refuses the change with 412 when somebody else was faster.`

// register lists every operation: what it is, who may use it, what answers it.
func (a *api) register(g *echo.Group) {
	var (
		read   = may(staff.Read)
		own    = may(staff.EditCustomers, staff.EditOwnCustomers)
		write  = may(staff.EditCampaigns)
		launch = may(staff.LaunchCampaigns)
		send   = may(staff.SendInvitations)
		work   = may(staff.WorkIntroductions)
		closed = may(staff.CloseIntroductions)
		decide = may(staff.DecideTestimonials)
		pay    = may(staff.DecideRewards)
		money  = may(staff.ReadMoney)
		people = may(staff.ManageStaff)
		keys   = may(staff.ManageKeys)
		// Whoever launches a campaign names charities; who they are and what they get is for those who answer for money.
		charity = may(staff.KeepCharities)
	)

	handle(a, "POST /session", anyone, session, "Sign in", a.signIn)
	handle(a, "DELETE /session", member, session, "Sign out", a.signOut)
	handle(a, "GET /me", member, session, "Who is signed in", a.getMe)
	handle(a, "PATCH /me", person, session, "Change your own account", a.updateMe)
	handle(a, "POST /me/password", person, session, "Change your password", a.changePassword, unkept)
	handle(a, "POST /setup/check", anyone, session, "Whose account a set-up link is for", a.checkSetup, limited(30))
	handle(a, "POST /setup", anyone, session, "Set the first password and sign in", a.completeSetup, limited(30))

	handle(a, "GET /home", read, home, "The week, the money and the queues", a.getHome)
	a.raw(g, "GET /stream", read, home, "What changes, as server-sent events", "text/event-stream", a.stream, describe(aboutStream))

	handle(a, "GET /customers", read, customers, "List customers", a.listCustomers)
	handle(a, "POST /customers", may(staff.EditCustomers), customers, "Add a customer", a.createCustomer, creates)
	handle(a, "GET /customers/count", read, customers, "Count customers", a.countCustomers)
	handle(a, "GET /customers/facets", read, customers, "What customers can be narrowed by", a.listFacets)
	handle(a, "GET /customers/{id}", read, customers, "Show a customer", a.getCustomer)
	handle(a, "PATCH /customers/{id}", own, customers, "Change a customer", a.updateCustomer)
	handle(a, "GET /customers/{id}/timeline", read, customers, "What happened to a customer", a.customerTimeline)
	handle(a, "GET /customers/{id}/unearned", read, customers, "Why introductions of a customer earned nothing, or less", a.listUnearned)
	handle(a, "POST /customers/{id}/events", own, customers, "Record what happened outside", a.recordFact, describe(aboutFacts))
	handle(a, "POST /customers/{id}/erase", may(staff.EraseCustomers), customers, "Erase a customer's personal data", a.eraseCustomer)
	handle(a, "GET /customers/{id}/suggestions", read, customers, "List people worth naming", a.listSuggestions)
	handle(a, "POST /customers/{id}/suggestions", may(staff.Suggest), customers, "Suggest a person", a.createSuggestion, describe("A first name and a company, no contact data; gone after 30 days."))
	handle(a, "DELETE /customers/{id}/suggestions/{suggestion_id}", may(staff.Suggest), customers, "Forget a suggestion", a.deleteSuggestion)
	handle(a, "GET /customers/{id}/tax", money, customers, "What a customer got in a calendar year, and whether their tax form is there", a.customerTax)
	handle(a, "POST /customers/{id}/tax-form", pay, customers, "Note that a customer's tax form was received", a.noteTaxForm, describe(aboutTaxForm))
	handle(a, "POST /customers/{id}/tax-form/forget", pay, customers, "Take back that a tax form was received", a.forgetTaxForm)
	handle(a, "GET /segments", read, customers, "List saved filters", a.listSegments)
	handle(a, "POST /segments", may(staff.EditCustomers), customers, "Save a filter", a.createSegment)
	handle(a, "DELETE /segments/{id}", may(staff.EditCustomers), customers, "Remove a saved filter", a.deleteSegment)

	bring := may(staff.ImportCustomers)
	handle(a, "GET /imports", bring, imports, "List imports", a.listImports)
	handle(a, "POST /imports", bring, imports, "Import a file", a.startImport, creates, patient(uploadTime), limited(30), upload("text/csv", "The file."))
	handle(a, "POST /imports/preview", bring, imports, "See what would be read", a.previewImport, unkept, upload("text/csv", "The file, or its first megabyte."))
	handle(a, "GET /imports/{id}", bring, imports, "Show an import's progress", a.getImport)
	handle(a, "POST /imports/{id}/start", bring, imports, "Import for real what was a dry run", a.applyImport, creates)
	handle(a, "POST /imports/{id}/stop", bring, imports, "Stop an import", a.stopImport)
	handle(a, "GET /imports/{id}/problems", bring, imports, "List an import's problems", a.listImportProblems)
	a.raw(g, "GET /imports/{id}/problems.csv", bring, imports, "All problems of an import as CSV", "text/csv", a.importProblemsCSV)

	handle(a, "GET /tasks", read, tasks, "List tasks", a.listTasks)
	handle(a, "POST /tasks/{id}/done", may(staff.WorkTasks), tasks, "Finish a task", a.finishTask)
	handle(a, "POST /tasks/{id}/snooze", may(staff.WorkTasks), tasks, "Hide a task until later", a.snoozeTask)
	handle(a, "POST /tasks/{id}/reassign", may(staff.WorkTasks), tasks, "Give a task to somebody else", a.reassignTask)

	handle(a, "GET /templates", read, campaigns, "List the campaigns to start from", a.listTemplates)
	handle(a, "GET /campaigns", read, campaigns, "List campaigns", a.listCampaigns)
	handle(a, "POST /campaigns", write, campaigns, "Write a campaign", a.createCampaign, creates)
	handle(a, "POST /campaigns/preview", read, campaigns, "See how a campaign would look", a.previewCampaign, unkept)
	a.raw(g, "POST /campaigns/preview.html", read, campaigns, "See how a campaign would look, in a frame", "text/html", a.draftPreview, describe(aboutPreview),
		upload("application/x-www-form-urlencoded", "campaign (CampaignInput as JSON), kind, language."))
	handle(a, "GET /campaigns/{id}", read, campaigns, "Show a campaign", a.getCampaign)
	handle(a, "PATCH /campaigns/{id}", write, campaigns, "Change a campaign", a.updateCampaign)
	a.raw(g, "GET /campaigns/{id}/preview.html", read, campaigns, "See how a saved campaign looks, in a frame", "text/html", a.savedPreview, asking("kind", "language"))
	handle(a, "GET /campaigns/{id}/offers", read, campaigns, "List the versions of its offer", a.campaignOffers)
	handle(a, "GET /campaigns/{id}/progress", read, campaigns, "How far it has come", a.campaignProgress)
	handle(a, "GET /campaigns/{id}/timeline", read, campaigns, "What happened in a campaign", a.campaignTimeline)
	handle(a, "POST /campaigns/{id}/dry-run", write, campaigns, "Who would get it and what it may cost", a.dryRunCampaign)
	handle(a, "POST /campaigns/{id}/test-send", write, campaigns, "Mail a sample to a colleague", a.testSendCampaign, limited(20))
	handle(a, "POST /campaigns/{id}/launch", launch, campaigns, "Launch a campaign", a.launchCampaign)
	handle(a, "POST /campaigns/{id}/pause", launch, campaigns, "Pause a campaign", a.pauseCampaign)
	handle(a, "POST /campaigns/{id}/resume", launch, campaigns, "Go on with a campaign", a.resumeCampaign)
	handle(a, "POST /campaigns/{id}/end", launch, campaigns, "End a campaign", a.endCampaign)

	handle(a, "POST /campaigns/{id}/invitations", send, invitations, "Invite one customer", a.createInvitation, creates,
		describe("Answers with the customer's private link, the only place that does. A rep gets those of their own customers."))
	handle(a, "GET /invitations", read, invitations, "List invitations", a.listInvitations)
	handle(a, "POST /invitations/{id}/resend", write, invitations, "Send an invitation again", a.resendInvitation)
	handle(a, "POST /invitations/{id}/stop", write, invitations, "Stop an invitation", a.stopInvitation)
	handle(a, "GET /placements", read, invitations, "List public placements", a.listPlacements)
	handle(a, "POST /placements", write, invitations, "Add a public placement", a.createPlacement)
	handle(a, "POST /placements/{id}/end", write, invitations, "Close a public placement", a.endPlacement)

	handle(a, "GET /introductions", read, introductions, "List introductions", a.listIntroductions)
	handle(a, "POST /introductions", work, introductions, "Record an introduction by hand", a.createIntroduction, creates)
	handle(a, "GET /introductions/board", read, introductions, "The board", a.introductionBoard)
	handle(a, "GET /introductions/{id}", read, introductions, "The whole story of an introduction", a.getIntroduction)
	handle(a, "POST /introductions/{id}/accept", work, introductions, "Write down a yes that came outside the page", a.acceptIntroduction)
	handle(a, "POST /introductions/{id}/assign", work, introductions, "Change the owner", a.assignIntroduction)
	handle(a, "POST /introductions/{id}/advance", work, introductions, "Set the step", a.advanceIntroduction)
	handle(a, "POST /introductions/{id}/win", closed, introductions, "Close as won", a.winIntroduction)
	handle(a, "POST /introductions/{id}/lose", closed, introductions, "Close as lost", a.loseIntroduction)
	handle(a, "POST /introductions/{id}/reopen", closed, introductions, "Take up again", a.reopenIntroduction)
	handle(a, "POST /introductions/{id}/unwind", closed, introductions, "Undo a close", a.unwindIntroduction)
	handle(a, "POST /introductions/{id}/rewin", closed, introductions, "Give an undone close back", a.rewinIntroduction)
	handle(a, "POST /introductions/{id}/notes", work, introductions, "Add a note, or tell the introducer something", a.addNote)
	handle(a, "POST /introductions/{id}/thank", work, introductions, "Thank the introducer", a.thankIntroducer)
	handle(a, "POST /introductions/{id}/review", may(staff.ReviewIntroductions), introductions, "Put up for review, or clear", a.reviewIntroduction)
	handle(a, "POST /deals", access{programs: true, may: closed.may}, introductions, "A CRM's word on a deal", a.reportDeal,
		describe("Only a program can: with an API key. What a person says is a close by hand."))

	handle(a, "GET /testimonials", read, testimonials, "List testimonials", a.listTestimonials)
	handle(a, "POST /testimonials", may(staff.KeepQuotes), testimonials, "Keep a quote until its author confirms it", a.keepQuote, creates)
	handle(a, "GET /testimonials/{id}", read, testimonials, "Show a testimonial with its history", a.getTestimonial)
	handle(a, "POST /testimonials/{id}/approve", decide, testimonials, "Approve", a.approveTestimonial)
	handle(a, "POST /testimonials/{id}/decline", decide, testimonials, "Decline for a neutral reason", a.declineTestimonial)
	handle(a, "POST /testimonials/{id}/request-change", decide, testimonials, "Ask the author for a change", a.requestTestimonialChange)
	handle(a, "POST /testimonials/{id}/publish", decide, testimonials, "Publish", a.publishTestimonial)
	handle(a, "POST /testimonials/{id}/unpublish", decide, testimonials, "Take down", a.unpublishTestimonial)
	handle(a, "POST /testimonials/{id}/tags", decide, testimonials, "Set the tags", a.tagTestimonial)

	handle(a, "GET /rewards", read, rewards, "List rewards", a.listRewards)
	handle(a, "GET /rewards/{id}", read, rewards, "The whole story of a reward", a.getReward)
	handle(a, "POST /rewards/{id}/approve", pay, rewards, "Approve", a.approveReward)
	handle(a, "POST /rewards/{id}/hold", pay, rewards, "Hold with a reason", a.holdReward)
	handle(a, "POST /rewards/{id}/release", pay, rewards, "Release", a.releaseReward)
	handle(a, "POST /rewards/{id}/reject", access{people: true, may: pay.may}, rewards, "Take back with a reason", a.rejectReward, describe("Only a person can: no API key."))
	handle(a, "POST /rewards/{id}/retry", pay, rewards, "Send a refused payout again", a.retryReward)
	handle(a, "POST /rewards/{id}/write-off", pay, rewards, "Give up what is owed back", a.writeOffReward)
	handle(a, "POST /rewards/{id}/mark-paid", pay, rewards, "Mark as paid by hand", a.markRewardPaid)
	handle(a, "POST /rewards/{id}/paid-back", pay, rewards, "Mark what was owed as paid back", a.rewardPaidBack)
	handle(a, "GET /payouts", money, rewards, "List payouts", a.listPayouts)
	handle(a, "GET /payouts/switch", read, rewards, "Whether payouts are paused, by whom and why", a.getSwitch)
	handle(a, "PUT /payouts/switch", may(staff.SwitchPayouts), rewards, "Pause or resume payouts", a.putSwitch)
	handle(a, "GET /gift-codes", may(staff.StockCodes), rewards, "Count the gift codes in stock", a.getGiftCodes)
	handle(a, "POST /gift-codes", may(staff.StockCodes), rewards, "Take gift codes into stock", a.addGiftCodes, limited(30), upload("text/csv", "The file."), describe(aboutStock))
	handle(a, "POST /gift-codes/write-off", may(staff.StockCodes), rewards, "Write off the gift codes that have ended", a.writeOffGiftCodes, describe(aboutLoss))
	handle(a, "GET /charities", read, rewards, "List the charities that customers may give to", a.listCharities)
	handle(a, "POST /charities", charity, rewards, "Enter a charity", a.createCharity, creates)
	handle(a, "GET /charities/{id}", read, rewards, "Show a charity", a.getCharity)
	handle(a, "PATCH /charities/{id}", charity, rewards, "Change a charity", a.updateCharity)
	handle(a, "GET /remittances", money, rewards, "List remittances to charities", a.listRemittances)
	handle(a, "POST /remittances", charity, rewards, "Make a remittance of what is due to a charity", a.createRemittance, creates, describe(aboutRemittance))
	handle(a, "GET /remittances/due", money, rewards, "What is due to each charity", a.donationsDue)
	handle(a, "GET /remittances/{id}", money, rewards, "Show a remittance", a.getRemittance)
	a.raw(g, "GET /remittances/{id}/donations.csv", charity, rewards, "The donations of a remittance as CSV, without names", "text/csv", a.remittanceCSV)
	handle(a, "POST /remittances/{id}/mark-paid", charity, rewards, "Mark a remittance as paid, with reference and proof", a.markRemitted)
	handle(a, "POST /remittances/{id}/cancel", charity, rewards, "Cancel a remittance that was not paid", a.cancelRemittance)
	handle(a, "GET /cases", money, rewards, "List cases", a.listCases)
	handle(a, "POST /cases/{id}/resolve", may(staff.ResolveCases), rewards, "Resolve a case", a.resolveCase)

	handle(a, "POST /risk/backtest", pay, rewards, "What the checks for abuse would have held", a.backtestRisk, unkept, patient(uploadTime), limited(10), describe(aboutBacktest))
	handle(a, "GET /risk/rings", pay, rewards, "Customers who share what they should not", a.listRings)

	handle(a, "GET /ledger/accounts", money, books, "List accounts", a.listAccounts)
	handle(a, "GET /ledger/proof", money, books, "When the books were last proven and compared with the rails", a.getProof)
	handle(a, "GET /ledger/journals", money, books, "List journals", a.listJournals)
	a.raw(g, "GET /ledger/journals.csv", money, books, "The journals of a period as CSV, leg by leg", "text/csv", a.journalsCSV, asking("from", "to"), describe(aboutJournals), patient(uploadTime))
	handle(a, "GET /audit", may(staff.ReadAudit), books, "Who did what", a.listAudit)

	handle(a, "GET /reports/funnel", read, reports, "Asked, introduced, won, rewarded", a.funnelReport, alsoCSV)
	handle(a, "GET /reports/coverage", read, reports, "The blind spots", a.coverageReport, alsoCSV)
	handle(a, "GET /reports/pipeline", read, reports, "What is under way and what was closed", a.pipelineReport, alsoCSV)
	handle(a, "GET /reports/liability", money, reports, "What is owed at any time", a.liabilityReport, alsoCSV)
	handle(a, "GET /reports/tax", money, reports, "What payees in the United States got in a calendar year", a.taxReport, alsoCSV)

	handle(a, "GET /staff", read, installation, "List colleagues", a.listStaff)
	handle(a, "POST /staff", people, installation, "Add a colleague", a.addStaff, creates)
	handle(a, "GET /staff/{id}", read, installation, "Show a colleague", a.getStaff)
	handle(a, "PATCH /staff/{id}", people, installation, "Change an account", a.updateStaff)
	handle(a, "POST /staff/{id}/disable", people, installation, "Disable an account and hand over", a.disableStaff)
	handle(a, "POST /staff/{id}/enable", people, installation, "Let a colleague back in", a.enableStaff)
	handle(a, "POST /staff/{id}/setup-link", people, installation, "Make a new set-up link", a.renewSetup)
	handle(a, "POST /staff/{id}/end-sessions", people, installation, "Sign a colleague out everywhere", a.endStaffSessions)
	handle(a, "GET /api-keys", keys, installation, "List API keys", a.listAPIKeys)
	handle(a, "POST /api-keys", keys, installation, "Make an API key", a.addAPIKey, creates)
	handle(a, "DELETE /api-keys/{id}", keys, installation, "Revoke an API key", a.revokeAPIKey)
	handle(a, "GET /settings", read, installation, "Show the settings", a.getSettings)
	handle(a, "PATCH /settings", may(staff.ManageSettings), installation, "Change the settings", a.updateSettings)
}

// uploadTime is enough for the largest file over a slow line, and less than an idempotency key may be under way.
const uploadTime = 10 * time.Minute

const aboutStream = `One message for each change, its id as event id: send it back as Last-Event-ID to miss nothing. The data is a Change.`

const aboutPreview = `Post a form whose target is a frame: the answer is the HTML document, under a policy that lets only this host frame it.`

const aboutFacts = `Facts that campaigns may wait for: order.placed, renewed, project.started, milestone.reached, thanked, contacted, complaint.opened, complaint.closed.`
