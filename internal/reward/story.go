package reward

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/event"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/mail"
	"goodword/internal/money"
)

// Story is everything that happened to a reward, for finance: every step with its time, its words and its postings.
type Story struct {
	Reward Reward
	// Offer is the version that promised it; Rule numbers its rule.
	Offer campaign.Offer
	// Deals are the payments that it may come from, also those that were only written down.
	Deals []introduction.Deal
	// Steps are in the order of time.
	Steps   []Step
	Payouts []Payout
	Cases   []Case
}

// Step is one thing that happened.
type Step struct {
	At time.Time
	// What is the event's type: "reward.approved", "payout.settled", "case.opened".
	What string
	// Text says it in an English sentence.
	Text string
	// ActorKind and ActorID are those of whoever caused it.
	ActorKind, ActorID string
	// Reason is what a person gave as the reason, or the system as the cause.
	Reason string
	// Journal is the key of what was posted with it; empty where nothing was.
	Journal string
	// Amount is what the step concerned; the zero Amount where it moves none.
	Amount money.Amount
	// Postings are the legs that were posted with it.
	Postings []ledger.Leg
}

// storyLimit bounds the steps of one reward; the longest life has a few dozen.
const storyLimit = 200

// Story tells a reward's life. Returns NotFound.
func (s *Service) Story(ctx context.Context, id string) (Story, error) {
	r, err := byID(ctx, s.DB, id)
	if err != nil {
		return Story{}, err
	}
	st := Story{Reward: r}
	if st.Offer, err = campaign.OfferByID(ctx, s.DB, r.OfferID); err != nil {
		return Story{}, err
	}
	if r.IntroductionID != "" {
		if st.Deals, err = allDealsOf(ctx, s.DB, r.IntroductionID); err != nil {
			return Story{}, err
		}
	}
	if st.Payouts, err = payoutsOf(ctx, s.DB, id); err != nil {
		return Story{}, err
	}
	cases, err := listCases(ctx, s.DB, CaseFilter{RewardID: id}, db.Page{Limit: storyLimit})
	if err != nil {
		return Story{}, err
	}
	st.Cases = cases.Items
	events, err := event.Timeline(ctx, s.DB, event.Filter{RewardID: id}, db.Page{Limit: storyLimit})
	if err != nil {
		return Story{}, err
	}
	journals, err := ledger.Journals(ctx, s.DB, ledger.Filter{RewardID: id}, db.Page{Limit: storyLimit})
	if err != nil {
		return Story{}, err
	}
	slices.Reverse(events.Items)
	slices.Reverse(journals.Items)
	left := journals.Items
	reasons, err := s.reasons(ctx, st)
	if err != nil {
		return Story{}, err
	}
	for _, e := range events.Items {
		step, err := told(e)
		if err != nil {
			return Story{}, err
		}
		step.Reason = reasons[fact{e.Type, e.At.UnixMicro()}]
		// Each step posts at most one journal, in the same order and at the same time.
		if i := slices.IndexFunc(left, func(j ledger.Posted) bool { return j.At.Equal(e.At) && fits(j.Kind, e.Type) }); i >= 0 {
			step.Postings, step.Journal = left[i].Legs, left[i].Key
			left = slices.Delete(left, i, i+1)
		}
		st.Steps = append(st.Steps, step)
	}
	for _, j := range left {
		st.Steps = append(st.Steps, Step{At: j.At, What: "ledger." + j.Kind, Text: "Posted in the books: " + strings.ReplaceAll(j.Kind, "_", " ") + ".",
			ActorKind: j.ActorKind, ActorID: j.ActorID, Journal: j.Key, Postings: j.Legs})
	}
	mails, err := s.letters(ctx, r)
	if err != nil {
		return Story{}, err
	}
	st.Steps = append(st.Steps, mails...)
	slices.SortStableFunc(st.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
	return st, nil
}

// fact is an event by its type and its time, which the audit has as well.
type fact struct {
	what string
	at   int64
}

// reasons reads from the audit why things were done to a reward, its payouts and its cases.
func (s *Service) reasons(ctx context.Context, st Story) (map[fact]string, error) {
	of := []audit.Filter{{Object: "reward", ObjectID: st.Reward.ID}}
	for _, p := range st.Payouts {
		of = append(of, audit.Filter{Object: "payout", ObjectID: p.ID})
	}
	for _, c := range st.Cases {
		of = append(of, audit.Filter{Object: "case", ObjectID: c.ID})
	}
	out := map[fact]string{}
	for _, f := range of {
		page, err := audit.List(ctx, s.DB, f, db.Page{Limit: storyLimit})
		if err != nil {
			return nil, err
		}
		for _, e := range page.Items {
			if e.Reason != "" {
				out[fact{e.Action, e.At.UnixMicro()}] = strings.ReplaceAll(e.Reason, "_", " ")
			}
		}
	}
	return out, nil
}

// letters are the mails about a reward as steps of its story.
func (s *Service) letters(ctx context.Context, r Reward) ([]Step, error) {
	texts := map[string]string{}
	add := func(key, text string) { texts[key] = text }
	for name, text := range map[string]string{mailReady: "that it is ready, and asked how it shall come", mailReminder: "a second time that it waits for a choice",
		mailPaid: "that it is theirs", mailWelcome: "the code", mailRemitted: "that the charity has it"} {
		add("reward_"+name+":"+r.ID, text)
	}
	for n := range r.Version + 1 {
		number := ":" + strconv.FormatInt(n, 10)
		add("reward_"+mailReversed+":"+r.ID+number, "what was taken back and why")
		add("reward_"+mailPayee+":"+r.ID+number, "that something is missing before it can be paid")
	}
	add("reward_"+mailPayee+":"+r.ID, "that something is missing before it can be paid")
	if r.Beneficiary == campaign.ToCustomer && r.IntroductionID != "" {
		add("introduction_won:"+r.IntroductionID, "that the person is a customer now, and what was earned by it")
	}
	written, err := mail.ByKeys(ctx, s.DB, slices.Sorted(maps.Keys(texts)))
	if err != nil {
		return nil, err
	}
	var out []Step
	for _, m := range written {
		text := "The owner was told by mail " + texts[m.Key] + "."
		if m.State != mail.Sent {
			text = "A mail to the owner about " + strings.TrimPrefix(texts[m.Key], "that ") + " was not sent: " + string(m.State) + "."
		}
		out = append(out, Step{At: m.At, What: "mail." + string(m.State), Text: text, ActorKind: string(audit.KindSystem)})
	}
	return out, nil
}

// fits reports whether a journal of the kind is posted with an event of the type.
func fits(kind, typ string) bool {
	what, ok := strings.CutPrefix(typ, "reward.")
	if !ok {
		return false
	}
	switch kind {
	case "accrue":
		return what == "accrued"
	case string(Reverse):
		return what == "reversed" || what == "clawed_back"
	case string(Recover):
		return what == "recovered" || what == "netted"
	}
	return past[Event(kind)] == what
}

// told says an event in a sentence.
func told(e event.Recorded) (Step, error) {
	step := Step{At: e.At, What: e.Type, ActorKind: e.ActorKind, ActorID: e.ActorID}
	what, _ := strings.CutPrefix(e.Type, "reward.")
	if name, ok := strings.CutPrefix(e.Type, "case."); ok {
		var c publicCase
		if err := json.Unmarshal(e.Data, &c); err != nil {
			return Step{}, fmt.Errorf("read event %s: %w", e.ID, err)
		}
		step.Text = fmt.Sprintf("Case %s %s: %s", c.Kind, name, c.Detail)
		return step, nil
	}
	if name, ok := strings.CutPrefix(e.Type, "payout."); ok {
		var p PublicPayout
		if err := json.Unmarshal(e.Data, &p); err != nil {
			return Step{}, fmt.Errorf("read event %s: %w", e.ID, err)
		}
		step.Amount = money.New(p.AmountMinor, p.Currency)
		step.Text = payoutText(PayoutState(name), p, step.Amount)
		return step, nil
	}
	var r, before Public
	if err := json.Unmarshal(e.Data, &r); err != nil {
		return Step{}, fmt.Errorf("read event %s: %w", e.ID, err)
	}
	if err := json.Unmarshal(e.Previous, &before); err != nil {
		return Step{}, fmt.Errorf("read event %s: %w", e.ID, err)
	}
	minor := r.PartMinor
	if minor == 0 {
		minor = max(r.AmountMinor, before.AmountMinor)
	}
	step.Amount = money.New(minor, r.Currency)
	step.Text = rewardText(what, r, step.Amount)
	return step, nil
}

func rewardText(what string, r Public, a money.Amount) string {
	left := money.New(r.AmountMinor, r.Currency)
	switch what {
	case "accrued":
		return fmt.Sprintf("%s was earned by the %s and reserved in the budget.", a, r.To)
	case "held":
		return fmt.Sprintf("Put on hold: %s.", heldText(r.HeldReason))
	case "released":
		return "Released from hold."
	case "approved":
		return fmt.Sprintf("%s was approved.", a)
	case "adjusted":
		return fmt.Sprintf("%s was taken back before it was paid; %s is left.", a, left)
	case "reversed":
		return fmt.Sprintf("Taken back before it was paid: %s.", a)
	case "voided":
		if r.Rail == campaign.RailGiftCode {
			return "Nobody had seen the gift code; it is back in stock."
		}
		if r.Rail == campaign.RailDonation {
			return "It had not been remitted to the charity yet; it is taken back."
		}
		return "What was issued was unused and is taken back at the rail."
	case "sent":
		return fmt.Sprintf("A payout of it by %s was written down.", r.Rail.Words())
	case "issued":
		if r.Rail == campaign.RailDonation {
			return fmt.Sprintf("Given to the charity %s; it has it once it is remitted.", r.Charity)
		}
		return fmt.Sprintf("Paid by %s.", r.Rail.Words())
	case "failed":
		return "The payout was refused or cancelled; it is payable again."
	case "redeemed":
		if r.Rail == campaign.RailGiftCode {
			return "The gift code was shown to its owner; its value is gone."
		}
		if r.Rail == campaign.RailDonation {
			return fmt.Sprintf("%s was remitted to the charity %s.", a, r.Charity)
		}
		return "The code or credit was used."
	case "waiting_for_stock":
		return fmt.Sprintf("It waits: there is no gift code of %s in stock. It goes on by itself once there is one.", a)
	case "clawed_back":
		return fmt.Sprintf("%s was taken back after it was paid; it is owed now.", a)
	case "recovered":
		return "What was owed has come back."
	case "fetched_back":
		return fmt.Sprintf("%s was taken back from the account that it had been transferred to.", a)
	case "partly_recovered":
		return fmt.Sprintf("%s of what was owed was set against a later reward.", a)
	case "netted":
		return fmt.Sprintf("%s of it paid what was owed from an earlier reward.", a)
	case "written_off":
		return "What was owed is given up."
	case "reinstated":
		return fmt.Sprintf("%s is given back: what it was taken for was undone.", a)
	case "expired":
		return "It expired: nobody chose how it should come."
	case "chosen":
		return fmt.Sprintf("It shall come by %s.", r.Rail.Words())
	case "reminded":
		return "A reminder to choose was sent."
	case "waiting":
		return "Nobody chose in time, and the campaign's default cannot be used."
	case "reversal_waits":
		return "It shall be taken back; this waits for the answer of the rail."
	case "kept":
		return "It need not be taken back after all."
	}
	return strings.ReplaceAll(what, "_", " ")
}

func heldText(reason string) string {
	switch reason {
	case HeldDispute:
		return "the payment behind it is disputed"
	case HeldReview:
		return "the introduction waits for a review"
	case HeldRisk:
		return "a check for abuse found something that a person must look at"
	case HeldSecondPerson:
		return "a second person must approve it"
	case HeldApproval:
		return "a person must approve it"
	case HeldCheckFailed:
		return "a check could not be made"
	case HeldByStaff:
		return "a colleague stopped it"
	case HeldPayee:
		return "its owner has to do something first"
	case HeldTaxForm:
		return "with it its owner reaches the year's threshold, and there is no tax form of theirs"
	}
	return reason
}

func payoutText(state PayoutState, p PublicPayout, a money.Amount) string {
	note := ""
	if p.Note != "" {
		note = " (" + p.Note + ")"
	}
	switch state {
	case Queued:
		return fmt.Sprintf("The payout of %s by %s waits to be sent%s.", a, p.Rail.Words(), note)
	case Sending:
		if p.Rail == campaign.RailManual {
			return fmt.Sprintf("The payout of %s by %s is on its way.", a, p.Rail.Words())
		}
		return fmt.Sprintf("The payout of %s by %s is on its way under the key %s.", a, p.Rail.Words(), Payout{ID: p.ID, Epoch: p.Epoch}.Key())
	case Unknown:
		return fmt.Sprintf("The payout by %s got no certain answer%s; it is looked up.", p.Rail.Words(), note)
	case Refused:
		return fmt.Sprintf("The payout by %s was refused%s.", p.Rail.Words(), note)
	case Settled:
		return fmt.Sprintf("The payout of %s settled: %s.", a, p.Object)
	case Reversing:
		return "What was issued is being taken back at the rail."
	case PartReversed, PaidBack:
		return "What was issued was taken back at the rail."
	case Cancelled:
		return "The payout was cancelled before it was sent."
	}
	return string(state)
}
