package api

import (
	"time"

	"goodword/internal/money"
	"goodword/internal/report"
)

// RewardOut is one thing earned; a row of reward.
type RewardOut struct {
	ID             string        `json:"id"`
	Version        int64         `json:"version"`
	State          string        `json:"state"`
	StateText      string        `json:"state_text" doc:"The state in words."`
	Beneficiary    string        `json:"beneficiary"`
	CustomerID     string        `json:"customer_id,omitempty"`
	Payee          string        `json:"payee" doc:"Whose it is; empty once the person was erased."`
	IntroductionID string        `json:"introduction_id,omitempty"`
	TestimonialID  string        `json:"testimonial_id,omitempty"`
	CampaignID     string        `json:"campaign_id"`
	CampaignName   string        `json:"campaign_name"`
	OfferID        string        `json:"offer_id"`
	EarnedOn       string        `json:"earned_on"`
	Amount         money.Amount  `json:"amount" doc:"What is left of it."`
	Accrued        money.Amount  `json:"accrued" doc:"What was earned at first."`
	Reversed       money.Amount  `json:"reversed"`
	Netted         money.Amount  `json:"netted" doc:"The part that paid back an older receivable of the same person."`
	Base           *money.Amount `json:"base,omitempty" doc:"What a percentage was taken of."`
	Rails          []string      `json:"rails"`
	Rail           string        `json:"rail,omitempty"`
	CharityID      string        `json:"charity_id,omitempty" doc:"Whom it is given to, with rail donation."`
	Charity        string        `json:"charity,omitempty"`
	HeldReason     string        `json:"held_reason,omitempty"`
	HeldNote       string        `json:"held_note,omitempty"`
	Reason         string        `json:"reason,omitempty" doc:"Why it was taken back."`
	MaturesAt      time.Time     `json:"matures_at" doc:"When the hold period is over."`
	ChooseBy       *time.Time    `json:"choose_by,omitempty"`
	ExpiresAt      *time.Time    `json:"expires_at,omitempty"`
	ApprovedAt     *time.Time    `json:"approved_at,omitempty"`
	ApprovedBy     string        `json:"approved_by,omitempty"`
	CloserID       string        `json:"closer_id,omitempty" doc:"On whose word alone it rests: who closed the deal by hand, or wrote down a yes or a meeting."`
	DecidedAlone   string        `json:"decided_alone,omitempty" doc:"Why an owner decided who had a hand in it, because nobody else could."`
	IssuedAt       *time.Time    `json:"issued_at,omitempty"`
	CreatedAt      time.Time     `json:"created_at"`
	UpdatedAt      time.Time     `json:"updated_at"`
	Actions        []string      `json:"actions" doc:"The verbs that the state and your role allow now."`
	Blocked        []blockedOut  `json:"blocked" doc:"The verbs that state and role would allow, and why you may not."`
	Alone          bool          `json:"alone" doc:"You had a hand in it and may decide all the same, because nobody else can: a reason is needed."`
}

// blockedOut is a verb that somebody else has to say.
type blockedOut struct {
	Action string `json:"action"`
	Why    string `json:"why" doc:"A sentence for whoever would like to."`
}

// findingOut is what one check for abuse says.
type findingOut struct {
	Name     string        `json:"name"`
	Text     string        `json:"text" doc:"What was found, in a sentence."`
	Strong   bool          `json:"strong" doc:"Holds by itself; of the others it takes two."`
	Shadow   bool          `json:"shadow" doc:"Only written down: the check is on trial and holds nothing."`
	State    string        `json:"state"`
	Evidence []evidenceOut `json:"evidence"`
	FoundAt  time.Time     `json:"found_at"`
}

// evidenceOut is one fact behind a finding. Of other people it names only customers, and only to who decides about rewards.
type evidenceOut struct {
	What          string   `json:"what"`
	Text          string   `json:"text"`
	Customers     []named  `json:"customers"`
	Introductions []string `json:"introductions"`
}

// appealOut is what the owner of a rejected reward says against it.
type appealOut struct {
	Text      string     `json:"text"`
	State     string     `json:"state"`
	Answer    string     `json:"answer,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	DecidedAt *time.Time `json:"decided_at,omitempty"`
}

// rewardStoryOut explains every cent of one reward.
type rewardStoryOut struct {
	RewardOut
	Steps   []rewardStepOut `json:"steps" doc:"Oldest first."`
	Payouts []payoutOut     `json:"payouts" doc:"Empty unless your role may read money."`
	Cases   []caseOut       `json:"cases" doc:"Empty unless your role may read money."`

	Findings []findingOut `json:"findings" doc:"What the checks for abuse say; empty unless your role decides about them."`
	Appeal   *appealOut   `json:"appeal,omitempty" doc:"What its owner says against a rejection; left out unless your role decides about rewards."`
	Account  *payeeOut    `json:"account,omitempty" doc:"How the owner's account for transfers stands; left out unless it is transferred and your role may read money."`

	Made  madeOut   `json:"made" doc:"What it was made by."`
	Deals []dealOut `json:"deals" doc:"The payments of its introduction, also those that were only written down."`
	Why   []whyOut  `json:"why" doc:"Why it is less than was promised, or waits."`
}

// madeOut is the version and the rule of an offer that promised a reward.
type madeOut struct {
	OfferNumber int           `json:"offer_number" doc:"The version of the campaign's offer."`
	Rule        int           `json:"rule" doc:"The rule's number in it, from 0."`
	Promise     string        `json:"promise"`
	Limits      []string      `json:"limits" doc:"Caps and least worth, in sentences."`
	HoldDays    int           `json:"hold_days"`
	CostCentre  string        `json:"cost_centre,omitempty"`
	Author      string        `json:"author,omitempty" doc:"Who wrote the offer, and so may not approve its rewards."`
	Budget      *money.Amount `json:"budget,omitempty" doc:"Of this version; left out unless your role may read money."`
	Left        *money.Amount `json:"left,omitempty" doc:"What is left of the campaign's budget now; left out unless your role may read money."`
}

// payeeOut is how a customer's account at Stripe stands; a row of payee.
type payeeOut struct {
	State       string     `json:"state" doc:"As Stripe said last."`
	Reason      string     `json:"reason,omitempty" doc:"Stripe's code of what is missing or wrong."`
	Currencies  []string   `json:"currencies" doc:"Those that arrive without being converted."`
	PausedUntil *time.Time `json:"paused_until,omitempty" doc:"Until when nothing is paid, because the account was changed."`
	LookedAt    *time.Time `json:"looked_at,omitempty" doc:"When Stripe was asked last."`
}

type rewardStepOut struct {
	At       time.Time     `json:"at"`
	What     string        `json:"what" doc:"The event's type."`
	Text     string        `json:"text"`
	Actor    report.Who    `json:"actor"`
	Reason   string        `json:"reason,omitempty" doc:"What was given as the reason; left out unless your role may read money."`
	Amount   *money.Amount `json:"amount,omitempty" doc:"What the step concerned; left out where it moves none."`
	Journal  string        `json:"journal,omitempty" doc:"The key of what was posted; left out unless your role may read money."`
	Postings []legOut      `json:"postings" doc:"Empty unless your role may read money."`
}

// noteOnlyIn is a reason that may be left out.
type noteOnlyIn struct {
	Reason string `json:"reason,omitempty"`
}

// payoutOut is one attempt series on a rail; a row of payout with its reward's person and campaign.
type payoutOut struct {
	ID             string       `json:"id"`
	Rail           string       `json:"rail"`
	State          string       `json:"state"`
	Amount         money.Amount `json:"amount"`
	Reversed       money.Amount `json:"reversed"`
	Destination    string       `json:"destination,omitempty" doc:"The rail's own id of the payee."`
	RewardID       string       `json:"reward_id"`
	Beneficiary    string       `json:"beneficiary"`
	Payee          string       `json:"payee" doc:"Who gets it; empty once the person was erased."`
	CustomerID     string       `json:"customer_id,omitempty"`
	IntroductionID string       `json:"introduction_id,omitempty"`
	CampaignID     string       `json:"campaign_id"`
	CampaignName   string       `json:"campaign_name"`
	Key            string       `json:"key" doc:"What the rail is sent as Idempotency-Key: the payout's name and its epoch."`
	Epoch          int          `json:"epoch" doc:"Grows when the key before is of no use any more and nothing was found at the rail."`
	Claims         int64        `json:"claims" doc:"How often it was taken up by a worker or a person."`
	FirstSentAt    *time.Time   `json:"first_sent_at,omitempty"`
	LastSentAt     *time.Time   `json:"last_sent_at,omitempty"`
	LastAnswer     string       `json:"last_answer,omitempty"`
	NextTryAt      *time.Time   `json:"next_try_at,omitempty"`
	RailObject     string       `json:"rail_object,omitempty"`
	RailNote       string       `json:"rail_note,omitempty"`
	SettledAt      *time.Time   `json:"settled_at,omitempty"`
	CreatedAt      time.Time    `json:"created_at"`
	UpdatedAt      time.Time    `json:"updated_at"`
}

type rewardsQuery struct {
	Paging
	State          []string `query:"state"`
	CustomerID     string   `query:"customer_id"`
	CampaignID     string   `query:"campaign_id"`
	IntroductionID string   `query:"introduction_id"`
	Rail           string   `query:"rail"`
}

type paidIn struct {
	Reference string `json:"reference" doc:"What finds the payment again: a bank's or a supplier's reference."`
}

type payoutsQuery struct {
	Paging
	State    []string `query:"state"`
	Rail     string   `query:"rail"`
	RewardID string   `query:"reward_id"`
}

// switchOut says what is paused, by whom and why.
type switchOut struct {
	Paused bool       `json:"paused" doc:"Whether everything is paused."`
	Scopes []scopeOut `json:"scopes" doc:"Every scope that was ever switched."`
}

type scopeOut struct {
	Scope     string     `json:"scope" doc:"all, rail:<name> or campaign:<id>."`
	Paused    bool       `json:"paused"`
	Reason    string     `json:"reason"`
	ActorID   string     `json:"actor_id,omitempty"`
	Actor     string     `json:"actor,omitempty"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"Left out where it was never switched."`
}

type switchIn struct {
	Scope  string `json:"scope,omitempty" doc:"all unless given; rail:<name> or campaign:<id>."`
	Paused bool   `json:"paused"`
	Reason string `json:"reason" doc:"Why; it stands in the audit."`
}

// caseOut is something about money that a person must look at; a row of money_case.
type caseOut struct {
	ID             string     `json:"id"`
	Kind           string     `json:"kind"`
	Subject        string     `json:"subject"`
	Detail         string     `json:"detail"`
	State          string     `json:"state"`
	RewardID       string     `json:"reward_id,omitempty"`
	PayoutID       string     `json:"payout_id,omitempty"`
	IntroductionID string     `json:"introduction_id,omitempty"`
	Resolution     string     `json:"resolution,omitempty"`
	ResolvedBy     string     `json:"resolved_by,omitempty"`
	Actions        []string   `json:"actions" doc:"What POST /cases/{id}/resolve takes as action."`
	OpenedAt       time.Time  `json:"opened_at"`
	ResolvedAt     *time.Time `json:"resolved_at,omitempty"`

	Blocked  []blockedOut `json:"blocked" doc:"Actions that somebody else has to take, and why, in a list of cases."`
	Findings []findingOut `json:"findings" doc:"What the checks for abuse say, for a review or an appeal in a list of cases."`
	Appeal   *appealOut   `json:"appeal,omitempty"`
}

type casesQuery struct {
	Paging
	State          string `query:"state" doc:"open unless given."`
	Kind           string `query:"kind"`
	Queue          string `query:"queue" enum:"reviews,money" doc:"reviews: rewards that wait for a person, and appeals; money: everything else."`
	RewardID       string `query:"reward_id"`
	IntroductionID string `query:"introduction_id"`
}

type resolveIn struct {
	Action string `json:"action" doc:"One of the case's actions: note closes it; confirm_absent says that the rail has no trace of the payout, so that it may go again; release and reject decide a review, grant and refuse an appeal."`
	Note   string `json:"note" doc:"For colleagues; the answer to an appeal is read by the customer."`
	Why    string `json:"why,omitempty" doc:"What the owner of a rejected reward is told: self, customer, duplicate, staff, terms or other."`
}

type rejectIn struct {
	Reason string `json:"reason" doc:"For colleagues; never shown outside."`
	Why    string `json:"why,omitempty" doc:"What its owner is told: self, customer, duplicate, staff, terms or other."`
}

// accountOut is one account of the books in one currency.
type accountOut struct {
	Name         string `json:"name"`
	Currency     string `json:"currency"`
	Normal       string `json:"normal" doc:"The side on which the balance is counted up."`
	BalanceMinor int64  `json:"balance_minor"`
}

type accountsQuery struct {
	Paging
	Prefix string `query:"prefix" doc:"How the name begins: L:payable:"`
}

// journalOut is one fact in the books.
type journalOut struct {
	ID             string    `json:"id"`
	Key            string    `json:"key" doc:"The name of the fact; it can be posted only once."`
	Kind           string    `json:"kind"`
	At             time.Time `json:"at"`
	RewardID       string    `json:"reward_id,omitempty"`
	CampaignID     string    `json:"campaign_id,omitempty"`
	IntroductionID string    `json:"introduction_id,omitempty"`
	ActorKind      string    `json:"actor_kind"`
	ActorID        string    `json:"actor_id,omitempty"`
	Legs           []legOut  `json:"legs"`
	Seq            int64     `json:"seq" doc:"Its place in the chain; 0 until it is sealed."`
	Hash           string    `json:"hash"`
}

type legOut struct {
	Account string       `json:"account"`
	Side    string       `json:"side"`
	Amount  money.Amount `json:"amount"`
}

type journalsQuery struct {
	Paging
	Kind           string    `query:"kind"`
	RewardID       string    `query:"reward_id"`
	CampaignID     string    `query:"campaign_id"`
	IntroductionID string    `query:"introduction_id"`
	Account        string    `query:"account"`
	From           time.Time `query:"from"`
	To             time.Time `query:"to"`
}
