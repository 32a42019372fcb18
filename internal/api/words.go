package api

import (
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/task"
	"goodword/internal/testimonial"
)

// words lists what the fields of the document may hold, from the packages that own the words.
func words() map[string][]string {
	var (
		stages         = texts(customer.Stages)
		gifts          = texts(customer.GiftPolicies)
		labels         = []string{"work", "private", "other"}
		kinds          = texts([]customer.AddressKind{customer.Email, customer.Phone})
		asks           = texts(campaign.Asks())
		rails          = texts(campaign.Rails())
		stagesOfReward = texts([]campaign.Stage{campaign.OnAccepted, campaign.OnQualified, campaign.OnWon, campaign.OnTestimonial})
		parties        = texts([]campaign.Party{campaign.ToCustomer, campaign.ToProspect})
		channels       = texts([]invitation.Channel{invitation.ByEmail, invitation.ByLink, invitation.ByQR})
		facts          = []string{"order.placed", "renewed", "project.started", "milestone.reached", "thanked", "contacted", "complaint.opened", "complaint.closed"}
		permissions    = texts(staff.Permissions)
		sides          = []string{"debit", "credit"}
		hows           = []string{introduction.HowSelf, introduction.HowPortal, introduction.HowLead}
	)
	return map[string][]string{
		"Customer.stage": stages, "CustomerInput.stage": stages, "CustomerPatchInput.stage": stages, "CustomerFilter.stages": stages,
		"Customer.gift_policy": gifts, "CustomerInput.gift_policy": gifts, "CustomerPatchInput.gift_policy": gifts, "CustomerFilter.gift_policy": gifts,
		"CustomerFilter.asked": asked, "Address.kind": kinds, "AddressInput.kind": kinds, "Address.label": labels, "AddressInput.label": labels,
		"Address.state":  texts([]customer.AddressState{customer.AddressOK, customer.SoftBounced, customer.Bounced, customer.Complained}),
		"FactInput.type": facts, "SuggestionInput.source": introduction.Sources,
		"Campaign.state": campaignStates, "Campaign.asks": asks, "CampaignInput.asks": asks, "CampaignPatchInput.asks": asks, "Plan.asks": asks,
		"Offer.default_rail": rails, "Version.default_rail": rails, "OfferInput.default_rail": rails, "Rule.rails": rails, "Rule.to": parties, "Rule.on": stagesOfReward,
		"Rule.of":            texts([]campaign.Base{campaign.OfFirstInvoice, campaign.OfInvoices, campaign.OfDeal}),
		"Trigger.kind":       texts([]campaign.TriggerKind{campaign.TriggerNow, campaign.TriggerAt, campaign.TriggerEvent, campaign.TriggerSweep}),
		"Trigger.every":      {"day", "week", "month"},
		"PreviewInput.kind":  previewKinds,
		"Invitation.channel": channels, "InviteInput.channel": channels, "Invitation.state": invitationStates,
		"Introduction.state": texts(introduction.States), "Story.state": texts(introduction.States), "Column.state": texts(introduction.States),
		"Introduction.step": introduction.Steps, "Story.step": introduction.Steps, "StepInput.step": introduction.Steps,
		"Introduction.kind": {introduction.Referral, introduction.Lead}, "Story.kind": {introduction.Referral, introduction.Lead},
		"Introduction.how": hows, "Story.how": hows, "IntroductionInput.how": {introduction.HowSelf, introduction.HowLead},
		"IntroductionInput.source": introduction.Sources, "Introducer.kind": {"customer", "staff", "placement"},
		"LoseInput.reason": introduction.LostReasons, "ReviewInput.verdict": {"to_review", "cleared"},
		"CrmDealInput.stage": append(append([]string{}, introduction.Steps...), "won", "lost"),
		"Deal.source":        {introduction.FromStripe, introduction.FromCRM, introduction.FromHand},
		"Testimonial.state":  texts(testimonial.States), "TestimonialStory.state": texts(testimonial.States), "Consent.channel": testimonial.Channels,
		"DeclineInput.reason": testimonial.DeclineReasons,
		"Reward.state":        texts(reward.States), "RewardStory.state": texts(reward.States), "Reward.rails": rails, "RewardStory.rails": rails,
		"Reward.beneficiary": parties, "RewardStory.beneficiary": parties, "Reward.earned_on": stagesOfReward, "RewardStory.earned_on": stagesOfReward,
		"Finding.state": {risk.Open, risk.Cleared, risk.Confirmed}, "Finding.name": append(texts(risk.Names()), "check_failed"),
		"TaxForm.kind": reward.TaxForms, "TaxFormInput.kind": reward.TaxForms, "Tax.rails": rails,
		"Settings.tax_ways": setting.TaxChoices, "SettingsPatchInput.tax_ways": setting.TaxChoices,
		"Appeal.state": {reward.AppealOpen, reward.AppealGranted, reward.AppealRefused}, "RejectInput.why": reward.RejectReasons, "ResolveInput.why": reward.RejectReasons,
		"Tried.check": texts(risk.Names()), "Ring.shared": {"account", "payer", "card", "device", "circle"},
		"Payout.state": texts(reward.PayoutStates), "Payout.beneficiary": parties, "Case.state": {"open", "resolved"},
		"Account.normal": sides, "Leg.side": sides,
		"Task.kind": texts(task.Kinds), "Task.state": texts([]task.State{task.Open, task.Done, task.Dropped}),
		"Me.role": roles, "Me.permissions": permissions, "Me.kind": texts([]audit.ActorKind{audit.KindStaff, audit.KindAPIKey}),
		"Member.role": roles, "MemberInput.role": roles, "MemberPatchInput.role": roles,
		"Member.state": texts([]staff.State{staff.Invited, staff.Active, staff.Disabled}), "ApiKey.role": roles, "ApiKeyInput.role": roles,
		"Import.state": texts([]customer.ImportState{customer.ImportUploaded, customer.ImportRunning, customer.ImportDone, customer.ImportFailed, customer.ImportStopped}), "ImportProblem.severity": severities,
		"Installation.mail": {"captured", "smtp"}, "Installation.stripe": {"off", "simulated", "test", "live"},
		"Queue.key": report.Queues, "FirstStep.key": report.FirstSteps,
	}
}

// queryWords lists what the parameters may hold, by operation and name.
func queryWords() map[string][]string {
	stages, gifts := texts(customer.Stages), texts(customer.GiftPolicies)
	return map[string][]string{
		"listCustomers.stage": stages, "countCustomers.stage": stages, "listCustomers.gift_policy": gifts, "countCustomers.gift_policy": gifts,
		"listCustomers.asked": asked, "countCustomers.asked": asked,
		"listCampaigns.state": campaignStates, "listInvitations.state": invitationStates,
		"listIntroductions.state": texts(introduction.States), "listIntroductions.review": {"to_review", "cleared"}, "listIntroductions.kind": {introduction.Referral, introduction.Lead}, "introductionBoard.kind": {introduction.Referral, introduction.Lead},
		"listTestimonials.state": texts(testimonial.States),
		"listRewards.state":      texts(reward.States), "listRewards.rail": texts(campaign.Rails()), "listPayouts.state": texts(reward.PayoutStates), "listPayouts.rail": texts(campaign.Rails()),
		"listCases.state": {"open", "resolved"}, "listTasks.kind": texts(task.Kinds), "listTasks.state": texts([]task.State{task.Open, task.Done, task.Dropped}),
		"funnelReport.by":  report.Dimensions,
		"startImport.kind": {"customers"}, "previewImport.kind": {"customers"}, "startImport.date_order": {"dmy", "mdy", "ymd"}, "startImport.decimal": {"point", "comma"}, "startImport.encoding": customer.ImportEncodings,
		"listImportProblems.severity": severities,
	}
}

var (
	asked            = texts([]customer.Asked{customer.AskedNever, customer.AskedEver})
	campaignStates   = texts([]campaign.State{campaign.Draft, campaign.Scheduled, campaign.Live, campaign.Paused, campaign.Ended})
	invitationStates = texts([]invitation.State{invitation.Planned, invitation.Sent, invitation.Answered, invitation.Stopped, invitation.Expired, invitation.Bounced})
	severities       = texts(customer.Severities)
	previewKinds     = []string{"mail", "reminder", "page"}
)

// lenient names what a request may leave out although an answer always has it.
var lenient = []struct {
	schema   string
	optional []string
}{
	{"Rule", []string{"caps"}},
}
