package mail

import (
	"time"

	"goodword/internal/money"
)

// View is what one mail says: a struct of this package, one for each template in emails/. The template's name, the
// stream and the reason in the footer belong to the type, so a message cannot be filled into the wrong template.
//
// Times are shown in the zone that they carry: put them into the reader's zone with In. Names and lines that people
// wrote are passed as they are; the templates escape them. A zero amount or time is left out of the text.
type View interface {
	// template names the files emails/<template>.html and .txt.
	template() string
	// action is the address of the one main button; empty for a mail without one.
	action() string
}

// signed is a view that ends with a person's name.
type signed interface{ signer() string }

// labelled is a view whose button does not always say the same.
type labelled interface{ label() string }

// Invitation asks a customer for a good word. Subject and Body are the marketer's words with everything merged in.
type Invitation struct {
	// Subject is one line.
	Subject string
	// Body is plain text from greeting to last line, an empty line between paragraphs. The signature is added.
	Body string
	// Suits says whom the offer suits: "a warehouse manager with 20 people or more". May be empty.
	Suits string
	// Ask is the campaign's first ask ("introduction", "testimonial", "reference", "pulse"); it words the button.
	Ask string
	// URL opens that ask; empty for campaigns that ask for nothing (prime, reconnect, insight).
	URL string
	// SuggestedName is a person worth naming, with the company: "Ben at Acme"; SuggestedURL opens the page with it.
	SuggestedName, SuggestedURL string
	// NotNowURL puts the ask off.
	NotNowURL string
	// ShareURL is the customer's share link, the one that may be passed on.
	ShareURL string
	RepName  string
}

// InvitationReminder asks again, in the marketer's words.
type InvitationReminder Invitation

// FreshLink brings a customer or prospect a new private link in place of an old one.
type FreshLink struct {
	FirstName, URL string
}

// StepCode brings the code that confirms a device.
type StepCode struct {
	FirstName string
	// Code is the digits.
	Code string
	// Minutes is how long it is good for.
	Minutes int
}

// NudgeUnsent reminds the customer once that a drafted introduction was not sent.
type NudgeUnsent struct {
	FirstName, ProspectName, URL string
	// OffURL turns reminders about this person off.
	OffURL  string
	RepName string
}

// NudgeUnanswered tells the customer once that the person has not answered, with a line to send.
type NudgeUnanswered struct {
	FirstName, ProspectName, URL string
	// Line is the message to pass on, in the customer's voice.
	Line    string
	OffURL  string
	RepName string
}

// IntroductionAccepted tells the customer that the person said yes.
type IntroductionAccepted struct {
	FirstName, ProspectName, RepName, URL string
	// ContactBy is when the rep has written at the latest.
	ContactBy time.Time
	// Reward is what the customer gets when it is won; zero if nothing.
	Reward money.Amount
}

// IntroductionMeeting tells the customer that a meeting took place. Only with the prospect's tick.
type IntroductionMeeting struct {
	FirstName, ProspectName, RepName, URL string
	// Line is the rep's own; may be empty.
	Line string
}

// IntroductionWon tells the customer that the person became a customer.
type IntroductionWon struct {
	FirstName, ProspectName, RepName, URL string
	// Reward is what was earned; zero if nothing.
	Reward money.Amount
	// PayableAt is the end of the refund window.
	PayableAt time.Time
	// Choose is true when the customer has not yet said how the reward should come.
	Choose bool
}

// IntroductionStopped tells the customer that it goes no further, never why.
type IntroductionStopped struct {
	FirstName, ProspectName, RepName, URL string
}

// Thanks is the rep's thank-you with a line of their own.
type Thanks struct {
	FirstName, ProspectName, RepName string
	// Line is the rep's own.
	Line string
	// URL leads to the next introduction.
	URL string
}

// RewardReady asks the customer how a reward should come.
type RewardReady struct {
	FirstName string
	Reward    money.Amount
	// ProspectName is whom the reward is for; empty for a testimonial.
	ProspectName string
	URL          string
	// ChooseBy is when DefaultRail is taken; zero when there is no default.
	ChooseBy time.Time
	// DefaultRail is a rail's name ("invoice_credit"); empty when there is none.
	DefaultRail string
}

// RewardReminder asks a second time, before the default applies or the reward expires.
type RewardReminder struct {
	FirstName    string
	Reward       money.Amount
	ProspectName string
	URL          string
	// ChooseBy is the last day.
	ChooseBy time.Time
	// DefaultRail is what happens then; empty when the reward expires.
	DefaultRail string
}

// RewardPaid tells the customer that the reward is theirs. Codes are shown on the page only, never in this mail.
type RewardPaid struct {
	FirstName string
	Reward    money.Amount
	// Rail is how it was paid ("invoice_credit", "promotion_code", "transfer", "gift_code", "donation", "manual").
	Rail string
	// Charity gets a donation by DueOn.
	Charity      string
	DueOn        time.Time
	ProspectName string
	RepName      string
	URL          string
}

// RewardReversed tells the customer that a reward, or a part of it, was taken back.
type RewardReversed struct {
	FirstName    string
	ProspectName string
	// Taken is what was taken back, Left what remains; zero when nothing does.
	Taken, Left money.Amount
	// Owed is true when the reward had been paid and is set against the next one.
	Owed bool
	// Reason is a person's sentence; empty when an order was undone, which the mail then says.
	Reason  string
	RepName string
	URL     string
}

// ProspectConfirmation confirms the prospect's yes.
type ProspectConfirmation struct {
	FirstName, IntroducerName   string
	RepName, RepEmail, RepPhone string
	// How is what the prospect chose: "slot", "email" or "call".
	How string
	// SlotAt is the chosen slot, for How "slot".
	SlotAt time.Time
	// ContactBy is when the rep has answered at the latest, for "email" and "call".
	ContactBy time.Time
	// UndoUntil is the end of the fifteen minutes in which the page can undo.
	UndoUntil time.Time
	// CalendarURL is the calendar file of the slot; may be empty.
	CalendarURL string
	// CodeFollows is true when a welcome code comes after UndoUntil.
	CodeFollows bool
	// URL is the prospect's page: status, change, undo, delete.
	URL string
}

// ProspectWelcomeCode brings the prospect's discount.
type ProspectWelcomeCode struct {
	FirstName, IntroducerName string
	Code                      string
	// Discount or PercentBPS says what it is worth; the other is zero.
	Discount   money.Amount
	PercentBPS int64
	// ExpiresAt is the last day; zero if there is none.
	ExpiresAt time.Time
	RepName   string
	URL       string
}

// ProspectLater is the one mail that a prospect asked for with "maybe later".
type ProspectLater struct {
	FirstName, IntroducerName string
	// Note is what the introducer had written.
	Note    string
	RepName string
	URL     string
}

// ProspectReplyConfirm confirms a yes that the prospect gave outside the page, with a way to undo it.
type ProspectReplyConfirm struct {
	FirstName, IntroducerName, RepName, RepEmail string
	// Words is what the prospect wrote or said, as the rep recorded it.
	Words string
	// UndoUntil is when the undo ends; zero if it stays open.
	UndoUntil time.Time
	// URL is the prospect's page, where it can be undone.
	URL string
}

// RepAccepted tells the rep the whole story of a yes.
type RepAccepted struct {
	RepName                           string
	ProspectName, ProspectCompany     string
	IntroducerName, IntroducerCompany string
	// Note is the introducer's words.
	Note string
	// How is the prospect's choice: "slot", "email" or "call"; ContactEmail or ContactPhone is where.
	How                        string
	ContactEmail, ContactPhone string
	SlotAt                     time.Time
	// AnswerBy is the time promised to the prospect.
	AnswerBy time.Time
	Campaign string
	// URL opens the introduction in the console.
	URL string
}

// RepLeadTask asks the rep to win the customer's introduction for a lead.
type RepLeadTask struct {
	RepName, IntroducerName       string
	ProspectName, ProspectCompany string
	// Sentences are two ready sentences for the introducer.
	Sentences string
	DueAt     time.Time
	URL       string
}

// RepTask tells a person of a new task.
type RepTask struct {
	RepName string
	// Kind is "ask", "recovery", "reconnect", "answer" or "thank".
	Kind string
	// Title says what is to be done.
	Title        string
	CustomerName string
	DueAt        time.Time
	URL          string
}

// TestimonialThanks thanks the author. It says nothing of publication, and it is the same for every rating.
type TestimonialThanks struct {
	FirstName, URL, RepName string
}

// TestimonialChangeRequested asks the author for a change.
type TestimonialChangeRequested struct {
	FirstName string
	// Request is what staff ask for.
	Request string
	URL     string
	RepName string
}

// TestimonialApproved tells the author that the words may be shown.
type TestimonialApproved struct {
	FirstName string
	// Channels are the consents in force ("website", "sales", "social", "ads").
	Channels []string
	URL      string
	RepName  string
}

// StaffSetup brings a colleague the single-use link for the first sign-in.
type StaffSetup struct {
	Name, InvitedBy string
	// Role is "owner", "finance", "marketer", "rep" or "viewer".
	Role      string
	ExpiresAt time.Time
	URL       string
}

// AddressChanged goes to the old address after a change of address. It carries no link: whoever reads the old mailbox now
// may be somebody else.
type AddressChanged struct {
	FirstName string
	// NewAddress is masked: "a…@example.com".
	NewAddress string
	ChangedAt  time.Time
	RepName    string
}

func (Invitation) template() string                 { return "invitation" }
func (InvitationReminder) template() string         { return "invitation_reminder" }
func (FreshLink) template() string                  { return "fresh_link" }
func (StepCode) template() string                   { return "step_code" }
func (NudgeUnsent) template() string                { return "nudge_unsent" }
func (NudgeUnanswered) template() string            { return "nudge_unanswered" }
func (IntroductionAccepted) template() string       { return "introduction_accepted" }
func (IntroductionMeeting) template() string        { return "introduction_meeting" }
func (IntroductionWon) template() string            { return "introduction_won" }
func (IntroductionStopped) template() string        { return "introduction_stopped" }
func (Thanks) template() string                     { return "thanks" }
func (RewardReady) template() string                { return "reward_ready" }
func (RewardReminder) template() string             { return "reward_reminder" }
func (RewardPaid) template() string                 { return "reward_paid" }
func (RewardReversed) template() string             { return "reward_reversed" }
func (ProspectConfirmation) template() string       { return "prospect_confirmation" }
func (ProspectWelcomeCode) template() string        { return "prospect_welcome_code" }
func (ProspectLater) template() string              { return "prospect_later" }
func (ProspectReplyConfirm) template() string       { return "prospect_reply_confirm" }
func (RepAccepted) template() string                { return "rep_accepted" }
func (RepLeadTask) template() string                { return "rep_lead_task" }
func (RepTask) template() string                    { return "rep_task" }
func (TestimonialThanks) template() string          { return "testimonial_thanks" }
func (TestimonialChangeRequested) template() string { return "testimonial_change_requested" }
func (TestimonialApproved) template() string        { return "testimonial_approved" }
func (StaffSetup) template() string                 { return "staff_setup" }
func (AddressChanged) template() string             { return "address_changed" }

func (v Invitation) action() string                 { return v.URL }
func (v InvitationReminder) action() string         { return v.URL }
func (v FreshLink) action() string                  { return v.URL }
func (StepCode) action() string                     { return "" }
func (v NudgeUnsent) action() string                { return v.URL }
func (v NudgeUnanswered) action() string            { return v.URL }
func (v IntroductionAccepted) action() string       { return v.URL }
func (v IntroductionMeeting) action() string        { return v.URL }
func (v IntroductionWon) action() string            { return v.URL }
func (v IntroductionStopped) action() string        { return v.URL }
func (v Thanks) action() string                     { return v.URL }
func (v RewardReady) action() string                { return v.URL }
func (v RewardReminder) action() string             { return v.URL }
func (v RewardPaid) action() string                 { return v.URL }
func (v RewardReversed) action() string             { return v.URL }
func (v ProspectConfirmation) action() string       { return v.URL }
func (v ProspectWelcomeCode) action() string        { return v.URL }
func (v ProspectLater) action() string              { return v.URL }
func (v ProspectReplyConfirm) action() string       { return v.URL }
func (v RepAccepted) action() string                { return v.URL }
func (v RepLeadTask) action() string                { return v.URL }
func (v RepTask) action() string                    { return v.URL }
func (v TestimonialThanks) action() string          { return v.URL }
func (v TestimonialChangeRequested) action() string { return v.URL }
func (v TestimonialApproved) action() string        { return v.URL }
func (v StaffSetup) action() string                 { return v.URL }
func (AddressChanged) action() string               { return "" }

func (v Invitation) signer() string                 { return v.RepName }
func (v InvitationReminder) signer() string         { return v.RepName }
func (FreshLink) signer() string                    { return "" }
func (StepCode) signer() string                     { return "" }
func (v NudgeUnsent) signer() string                { return v.RepName }
func (v NudgeUnanswered) signer() string            { return v.RepName }
func (v IntroductionAccepted) signer() string       { return v.RepName }
func (v IntroductionMeeting) signer() string        { return v.RepName }
func (v IntroductionWon) signer() string            { return v.RepName }
func (v IntroductionStopped) signer() string        { return v.RepName }
func (v Thanks) signer() string                     { return v.RepName }
func (RewardReady) signer() string                  { return "" }
func (RewardReminder) signer() string               { return "" }
func (v RewardPaid) signer() string                 { return v.RepName }
func (v RewardReversed) signer() string             { return v.RepName }
func (v ProspectConfirmation) signer() string       { return v.RepName }
func (v ProspectWelcomeCode) signer() string        { return v.RepName }
func (v ProspectLater) signer() string              { return v.RepName }
func (v ProspectReplyConfirm) signer() string       { return v.RepName }
func (v TestimonialThanks) signer() string          { return v.RepName }
func (v TestimonialChangeRequested) signer() string { return v.RepName }
func (v TestimonialApproved) signer() string        { return v.RepName }
func (v AddressChanged) signer() string             { return v.RepName }

func (v Invitation) label() string         { return askLabel(v.Ask) }
func (v InvitationReminder) label() string { return askLabel(v.Ask) }

// askLabel is the button's text for a campaign's first ask.
func askLabel(ask string) string { return "mail.ask." + ask }

func (v IntroductionWon) label() string {
	if v.Choose {
		return "mail.introduction_won.choose"
	}
	return "mail.introduction_won.button"
}

// kind is what a template's mails have in common.
type kind struct {
	stream Stream
	// why is the catalogue key of the footer's first sentence.
	why string
}

// kinds has every template. Which stream a mail belongs to is decided here and nowhere else: what a person asked for, or
// must know of what is theirs, is transactional; what we would like them to do is marketing.
var kinds = map[string]kind{
	"invitation":                   {Marketing, "mail.why.customer"},
	"invitation_reminder":          {Marketing, "mail.why.customer"},
	"fresh_link":                   {Transactional, "mail.why.link"},
	"step_code":                    {Transactional, "mail.why.code"},
	"nudge_unsent":                 {Marketing, "mail.why.introduction"},
	"nudge_unanswered":             {Marketing, "mail.why.introduction"},
	"introduction_accepted":        {Transactional, "mail.why.introduction"},
	"introduction_meeting":         {Transactional, "mail.why.introduction"},
	"introduction_won":             {Transactional, "mail.why.introduction"},
	"introduction_stopped":         {Transactional, "mail.why.introduction"},
	"thanks":                       {Transactional, "mail.why.introduction"},
	"reward_ready":                 {Transactional, "mail.why.reward"},
	"reward_reminder":              {Transactional, "mail.why.reward"},
	"reward_paid":                  {Transactional, "mail.why.reward"},
	"reward_reversed":              {Transactional, "mail.why.reward"},
	"prospect_confirmation":        {Transactional, "mail.why.prospect"},
	"prospect_welcome_code":        {Transactional, "mail.why.prospect"},
	"prospect_introduction":        {Marketing, "mail.why.portal"},
	"prospect_later":               {Transactional, "mail.why.later"},
	"prospect_reply_confirm":       {Transactional, "mail.why.reply"},
	"rep_accepted":                 {Transactional, "mail.why.staff"},
	"rep_lead_task":                {Transactional, "mail.why.staff"},
	"rep_task":                     {Transactional, "mail.why.staff"},
	"testimonial_quote":            {Transactional, "mail.why.quote"},
	"testimonial_thanks":           {Transactional, "mail.why.testimonial"},
	"testimonial_change_requested": {Transactional, "mail.why.testimonial"},
	"testimonial_approved":         {Transactional, "mail.why.testimonial"},
	"staff_setup":                  {Transactional, "mail.why.setup"},
	"address_changed":              {Transactional, "mail.why.address"},
	"reward_payee":                 {Transactional, "mail.why.reward"},
	"reward_tax_form":              {Transactional, "mail.why.reward"},
	"donation_sent":                {Transactional, "mail.why.reward"},
	"payee_changed":                {Transactional, "mail.why.payee"},
	"payee_sent_back":              {Transactional, "mail.why.sent_back"},
	"money_alert":                  {Transactional, "mail.why.money"},
}
