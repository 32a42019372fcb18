package reward_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

const (
	day  = 24 * time.Hour
	base = "https://gw.example"
)

var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

var (
	finance  = audit.Actor{Kind: audit.KindStaff, ID: "staff-finance", Name: "Finn", Role: string(staff.Finance)}
	owner    = audit.Actor{Kind: audit.KindStaff, ID: "staff-owner", Name: "Olga", Role: string(staff.Owner)}
	marketer = audit.Actor{Kind: audit.KindStaff, ID: "staff-marketer", Name: "Mara", Role: string(staff.Marketer)}
	rep      = audit.Actor{Kind: audit.KindStaff, ID: "staff-rep", Name: "Rosa", Role: string(staff.Rep)}
	viewer   = audit.Actor{Kind: audit.KindStaff, ID: "staff-viewer", Name: "Vera", Role: string(staff.Viewer)}
	stripe   = audit.Actor{Kind: audit.KindStripe, ID: "evt_1"}
)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// nobody is campaign.Outreach for campaigns that write to nobody.
type nobody struct{}

func (nobody) Preview(context.Context, campaign.Campaign) (campaign.Preview, error) {
	return campaign.Preview{}, nil
}

func (nobody) Start(context.Context, db.Tx, campaign.Campaign, time.Time) error { return nil }

// outbox keeps the mails by key.
type outbox struct {
	mu   sync.Mutex
	sent map[string]mail.Message
}

func (o *outbox) Send(_ context.Context, m mail.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent[m.Key] = m
	return nil
}

func (o *outbox) get(key string) (mail.Message, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m, ok := o.sent[key]
	return m, ok
}

type world struct {
	t         testing.TB
	ctx       context.Context
	db        *db.DB
	clock     *clock
	queue     *queue.Queue
	keys      *ident.Keyring
	mails     *outbox
	settings  *setting.Service
	staff     *staff.Service
	customers *customer.Service
	campaigns *campaign.Service
	promo     *till
	credit    *till
	clockOK   bool
	checks    reward.Checks
	*reward.Service
}

func newWorld(t testing.TB, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, ctx: t.Context(), db: d, clock: &clock{at: start}, mails: &outbox{sent: map[string]mail.Message{}}, clockOK: true}
	q, err := queue.New(d, queue.Options{})
	w.must(err)
	w.queue = q
	w.keys, err = ident.NewKeyring(strings.Repeat("k", 32))
	w.must(err)
	w.settings = setting.New(setting.Deps{DB: d, Clock: w.clock.now, Defaults: uncapped()})
	w.customers = customer.New(customer.Deps{DB: d, Queue: q, Clock: w.clock.now, Keys: w.keys, Mail: w.mails, BaseURL: base, Erasers: []customer.Eraser{},
		StopList: mail.NewStopList(w.keys, w.clock.now)})
	w.staff = staff.New(staff.Deps{DB: d, Queue: q, Clock: w.clock.now, Wall: w.clock.now, Keys: w.keys, Mail: w.mails, BaseURL: base, HandOvers: []staff.HandOver{}})
	w.campaigns = campaign.New(campaign.Deps{DB: d, Clock: w.clock.now, BaseURL: base, Outreach: nobody{}})
	w.checks = risk.New(risk.Deps{DB: d, Queue: q, Clock: w.clock.now, Keys: w.keys, Settings: w.settings, Staff: w.staff, Customers: w.customers})
	w.promo, w.credit = newTill(w, campaign.RailPromotionCode), newTill(w, campaign.RailInvoiceCredit)
	w.Service = w.service()
	return w
}

// service is another process on the same database and rails.
func (w *world) service() *reward.Service {
	return reward.New(reward.Deps{DB: w.db, Queue: w.queue, Clock: w.clock.now, Keys: w.keys, Mail: w.mails, BaseURL: base,
		Settings: w.settings, Staff: w.staff, Customers: w.customers, Rails: []reward.Rail{w.promo, w.credit},
		ClockOK: func() bool { return w.clockOK }, Checks: w.checks})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tx(fn func(ctx context.Context, tx db.Tx) error) {
	w.t.Helper()
	w.must(w.db.InTx(w.ctx, fn))
}

// uncapped lets one customer earn any number of rewards, as no honest one does.
func uncapped() setting.Settings {
	s := setting.Defaults()
	s.RiskCaps = map[string]setting.Cap{}
	return s
}

func (w *world) reject(a audit.Actor, id string, x reward.Rejection) (reward.Reward, error) {
	by, err := reward.ReviewerOf(a)
	if err != nil {
		return reward.Reward{}, err
	}
	return w.Reject(w.ctx, by, id, x)
}

func code(err error) fault.Code { return fault.CodeOf(err) }

// customer makes one with a Stripe customer.
func (w *world) customer(name string, change ...func(*customer.Draft)) customer.Customer {
	w.t.Helper()
	d := customer.Draft{FirstName: name, Email: strings.ToLower(name) + "@example.com", Language: "en", Stage: customer.Active,
		GiftPolicy: customer.GiftPerson, StripeCustomer: "cus_" + name}
	for _, f := range change {
		f(&d)
	}
	c, err := w.customers.Create(w.ctx, marketer, d)
	w.must(err)
	return c
}

// campaign makes a live one, written by the marketer, whose words nobody reads.
func (w *world) campaign(budget int64, change func(*campaign.Terms), rules ...campaign.Rule) (campaign.Campaign, campaign.Offer) {
	w.t.Helper()
	terms := campaign.Terms{Currency: "EUR", BudgetMinor: budget, HoldDays: 30, ProtectionDays: 180, Rewards: rules}
	if change != nil {
		change(&terms)
	}
	c := campaign.Campaign{ID: ident.New(), Name: "Good words", State: campaign.Live, Asks: []campaign.Ask{}, Suits: map[string]string{},
		Trigger: campaign.Trigger{Kind: campaign.TriggerNow}, Messages: map[string]campaign.Words{}, Reminders: campaign.Reminders{AfterDays: []int{}},
		AuthorID: marketer.ID, LaunchedAt: w.clock.now(), CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}
	o := campaign.Offer{ID: ident.New(), CampaignID: c.ID, Number: 1, Currency: terms.Currency, BudgetMinor: terms.BudgetMinor, HoldDays: terms.HoldDays,
		ProtectionDays: terms.ProtectionDays, DefaultRail: terms.DefaultRail, Rules: terms.Rewards, Charities: terms.Charities, AuthorID: marketer.ID, CreatedAt: w.clock.now()}
	c.OfferID = o.ID
	w.tx(func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&o).Exec(ctx); err != nil {
			return err
		}
		_, err := ledger.Post(ctx, tx, ledger.Journal{Key: "authorise:" + o.ID, Kind: "authorise", At: w.clock.now(), CampaignID: c.ID,
			ActorKind: "staff", ActorID: marketer.ID, Legs: []ledger.Leg{ledger.Debit(ledger.Control(), o.Budget()), ledger.Credit(ledger.Avail(c.ID), o.Budget())}})
		return err
	})
	return c, o
}

// thanks is the rule that most tests use: a fixed sum for a win.
func thanks(minor int64, rails ...campaign.Rail) campaign.Rule {
	if len(rails) == 0 {
		rails = []campaign.Rail{campaign.RailInvoiceCredit}
	}
	return campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: minor, Rails: rails}
}

// introduction inserts one that was won or accepted; the state machine of introductions is not what is tested here.
func (w *world) introduction(o campaign.Offer, introducer string, state introduction.State) introduction.Introduction {
	w.t.Helper()
	i := introduced(o, introducer, state, w.clock.now())
	w.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(&i).Exec(ctx)
		return err
	})
	return i
}

func introduced(o campaign.Offer, introducer string, state introduction.State, now time.Time) introduction.Introduction {
	return introduction.Introduction{ID: ident.New(), CampaignID: o.CampaignID, OfferID: o.ID, IntroducerID: introducer, Kind: introduction.Referral,
		How: introduction.HowSelf, State: state, FirstName: "Ben", Email: "ben@acme.example", Language: "en", WonAt: now, AcceptedAt: now,
		ProtectedUntil: now.AddDate(0, 0, 180), CreatedAt: now, UpdatedAt: now}
}

// deal inserts a counted payment; the first of an introduction is the one that closed it.
func (w *world) deal(i *introduction.Introduction, minor int64, change ...func(*introduction.Deal)) introduction.Deal {
	w.t.Helper()
	d := introduction.Deal{ID: ident.New(), IntroductionID: i.ID, Source: introduction.FromStripe, ExternalID: ident.New(), AmountMinor: minor,
		GrossMinor: minor, Currency: "EUR", Counted: true, At: w.clock.now()}
	for _, f := range change {
		f(&d)
	}
	w.tx(func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewInsert().Model(&d).Exec(ctx); err != nil {
			return err
		}
		if i.DealID != "" {
			return nil
		}
		i.DealID = d.ID
		_, err := tx.NewUpdate().Model(i).Column("deal_id").WherePK().Exec(ctx)
		return err
	})
	return d
}

func writeDeal(ctx context.Context, tx db.Tx, i introduction.Introduction, d *introduction.Deal) error {
	if err := lockIntroduction(ctx, tx, i.ID); err != nil {
		return err
	}
	_, err := tx.NewUpdate().Model(d).WherePK().Exec(ctx)
	return err
}

// lockIntroduction is what the introduction's own service does before it calls Earnings.
func lockIntroduction(ctx context.Context, tx db.Tx, id string) error {
	_, err := tx.NewUpdate().Model((*introduction.Introduction)(nil)).Set("version = version + 1").Where("id = ?", id).Exec(ctx)
	return err
}

func (w *world) accrue(i introduction.Introduction, on campaign.Stage, d *introduction.Deal, later bool) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx db.Tx) error {
		if err := lockIntroduction(ctx, tx, i.ID); err != nil {
			return err
		}
		return w.Earnings().Accrue(ctx, tx, introduction.Earned{On: on, Introduction: i, Deal: d, Later: later, At: w.clock.now(), Actor: stripe})
	})
}

// win makes a won introduction with its deal and what it earns, in one transaction like the introduction's own service.
func (w *world) win(o campaign.Offer, introducer string, minor int64) (introduction.Introduction, introduction.Deal) {
	w.t.Helper()
	now := w.clock.now()
	d := introduction.Deal{ID: ident.New(), IntroductionID: ident.New(), Source: introduction.FromStripe, ExternalID: ident.New(), AmountMinor: minor,
		GrossMinor: minor, Currency: "EUR", Counted: true, At: now}
	i := introduced(o, introducer, introduction.Won, now)
	i.ID, i.DealID = d.IntroductionID, d.ID
	w.tx(func(ctx context.Context, tx db.Tx) error {
		if _, err := tx.NewInsert().Model(&i).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&d).Exec(ctx); err != nil {
			return err
		}
		return w.Earnings().Accrue(ctx, tx, introduction.Earned{On: campaign.OnWon, Introduction: i, Deal: &d, At: now, Actor: stripe})
	})
	return i, d
}

// refund raises the deal's refund and adjusts, or reverses when nothing is left.
func (w *world) refund(i introduction.Introduction, d *introduction.Deal, cumulative int64) {
	w.t.Helper()
	d.RefundedMinor = max(d.RefundedMinor, cumulative)
	w.tx(func(ctx context.Context, tx db.Tx) error {
		if err := writeDeal(ctx, tx, i, d); err != nil {
			return err
		}
		if d.Net().Zero() {
			return w.Earnings().Reverse(ctx, tx, introduction.Reversal{Introduction: i, Deal: d, On: []campaign.Stage{campaign.OnWon}, Reason: "refunded", Actor: stripe})
		}
		return w.Earnings().Adjust(ctx, tx, introduction.Adjustment{Introduction: i, Deal: *d, Actor: stripe})
	})
}

// dispute moves the deal's dispute as the introduction's service would.
func (w *world) dispute(i introduction.Introduction, d *introduction.Deal, to string) {
	w.t.Helper()
	was := d.Dispute
	d.Dispute = to
	r := introduction.Reversal{Introduction: i, Deal: d, On: []campaign.Stage{campaign.OnWon}, Actor: stripe}
	w.tx(func(ctx context.Context, tx db.Tx) error {
		if err := writeDeal(ctx, tx, i, d); err != nil {
			return err
		}
		x := introduction.Dispute{Introduction: i, Deal: *d, Actor: stripe}
		switch {
		case to == introduction.DisputeOpen:
			return w.Earnings().Hold(ctx, tx, x)
		case to == introduction.DisputeLost:
			r.Reason = "dispute_lost"
			return w.Earnings().Reverse(ctx, tx, r)
		case was == introduction.DisputeLost:
			r.Reason = "dispute_won"
			return w.Earnings().Reinstate(ctx, tx, r)
		}
		return w.Earnings().Release(ctx, tx, x)
	})
}

func (w *world) one(i introduction.Introduction) reward.Reward {
	w.t.Helper()
	rows := w.all(i)
	if len(rows) != 1 {
		w.t.Fatalf("%d rewards, want 1", len(rows))
	}
	return rows[0]
}

// all returns the rewards of an introduction, oldest first.
func (w *world) all(i introduction.Introduction) []reward.Reward {
	w.t.Helper()
	var rows []reward.Reward
	w.must(w.db.NewSelect().Model(&rows).Where("rw.introduction_id = ?", i.ID).OrderExpr("rw.id").Scan(w.ctx))
	return rows
}

func (w *world) get(id string) reward.Reward {
	w.t.Helper()
	r, err := w.ByID(w.ctx, w.db, id)
	w.must(err)
	return r
}

func (w *world) balance(account string) int64 {
	w.t.Helper()
	b, err := ledger.Balance(w.ctx, w.db, account, "EUR")
	w.must(err)
	return b
}

// work runs the payouts' jobs, as the queue would but without its waiting, and reports whether that moved anything.
func (w *world) work() bool {
	w.t.Helper()
	for n := range 50 {
		var ids []string
		w.must(w.db.NewSelect().Model((*reward.Payout)(nil)).Column("po.id").
			Where("po.state IN (?)", bun.List([]reward.PayoutState{reward.Queued, reward.Sending, reward.Unknown, reward.Reversing})).
			Where("po.rail <> ?", campaign.RailManual).OrderExpr("po.id").Scan(w.ctx, &ids))
		before := w.states()
		for _, id := range ids {
			if err := w.Send(w.ctx, reward.Send{PayoutID: id}); err != nil && code(err) != fault.Conflict {
				w.t.Fatal(err)
			}
		}
		if before == w.states() {
			return n > 0
		}
	}
	w.t.Fatal("the jobs never end")
	return false
}

func (w *world) states() string {
	w.t.Helper()
	var rows []reward.Payout
	w.must(w.db.NewSelect().Model(&rows).OrderExpr("po.id").Scan(w.ctx))
	var b strings.Builder
	for _, p := range rows {
		fmt.Fprintf(&b, "%s %s %d;", p.ID, p.State, p.Epoch)
	}
	return b.String()
}

// sweep runs the sweeps and the jobs until nothing moves.
func (w *world) sweep() {
	w.t.Helper()
	for range 50 {
		n, err := w.Sweep(w.ctx)
		w.must(err)
		if !w.work() && n == 0 {
			return
		}
	}
	w.t.Fatal("the sweeps never end")
}

// paid brings a fresh reward to its end: the hold period passes and the rail pays.
func (w *world) paid(i introduction.Introduction) reward.Reward {
	w.t.Helper()
	w.clock.pass(31 * day)
	w.sweep()
	r := w.one(i)
	if r.State != reward.Issued {
		w.t.Fatalf("state %s (%s), want issued", r.State, r.HeldReason)
	}
	return r
}

func (w *world) cases(kind string) []reward.Case {
	w.t.Helper()
	l, err := w.Cases(w.ctx, reward.CaseFilter{Kind: kind, State: reward.CaseOpen}, db.Page{Limit: 200})
	w.must(err)
	return l.Items
}

func (w *world) payouts() []reward.Payout {
	w.t.Helper()
	var rows []reward.Payout
	w.must(w.db.NewSelect().Model(&rows).OrderExpr("po.id").Scan(w.ctx))
	return rows
}

// verified fails the test with everything that Verify finds.
func (w *world) verified() {
	w.t.Helper()
	_, err := w.Verify(w.ctx, reward.Heads{}, func(f reward.Finding) { w.t.Errorf("verify: %s %s", f.Kind, f) })
	w.must(err)
}

// faults are the chances, in percent, of what can go wrong in one call.
type faults struct{ dropBefore, dropAfter, error500, refuse, later int }

// till is a stand-in for a rail: it keeps answers by key for a day like Stripe, shows effects by strongly consistent lists,
// and fails by seed. Its own record of effects is the oracle.
type till struct {
	w    *world
	name campaign.Rail
	id   string // tells the objects of several tills apart

	mu      sync.Mutex
	rng     *rand.Rand
	faults  faults
	off     bool
	answers map[string]kept
	effects []*effect
	late    []lateEffect
	calls   []string
	// before runs when a call arrives, before anything happens.
	before func(reward.Payout)
	// script answers the next calls instead of chance.
	script []func(p reward.Payout) reward.Answer
	blind  bool // lists fail
}

type kept struct {
	at     time.Time
	answer reward.Answer
	params string
}

type effect struct {
	payout, object string
	minor          int64
	used, void     bool
}

type lateEffect struct {
	at  time.Time
	key string
	p   reward.Payout
}

func newTill(w *world, name campaign.Rail) *till {
	return &till{w: w, name: name, id: ident.NewCode(8), answers: map[string]kept{}, rng: rand.New(rand.NewPCG(1, 1))}
}

func (l *till) Name() campaign.Rail { return l.name }
func (l *till) ByHand() bool        { return false }

func (l *till) Ready(_ context.Context, p reward.Payee) (bool, string) {
	if l.off {
		return false, "rail.off"
	}
	if l.name == campaign.RailInvoiceCredit && p.StripeCustomer == "" {
		return false, "rail.no_stripe_customer"
	}
	return true, ""
}

func (l *till) Destination(p reward.Payee) string { return p.StripeCustomer }

func (l *till) chance(percent int) bool { return percent > 0 && l.rng.IntN(100) < percent }

// make creates the effect, whatever exists already: only the protocol keeps it from happening twice.
func (l *till) make(p reward.Payout) reward.Answer {
	e := &effect{payout: p.ID, object: fmt.Sprintf("%s_%s_%d", l.name, l.id, len(l.effects)+1), minor: p.AmountMinor}
	l.effects = append(l.effects, e)
	return reward.Answer{Class: reward.AnsweredOK, Object: e.object}
}

func (l *till) tick() {
	now := l.w.clock.now()
	var rest []lateEffect
	for _, x := range l.late {
		k, known := l.answers[x.key]
		switch {
		case x.at.After(now):
			rest = append(rest, x)
		case known && x.at.Sub(k.at) < day:
			// A late duplicate is only a replay, of an error too: Stripe keeps a 500 under its key, whether it had an effect or not.
		default:
			l.answers[x.key] = kept{at: x.at, answer: l.make(x.p)}
		}
	}
	l.late = rest
}

func (l *till) Send(_ context.Context, p reward.Payout) reward.Answer {
	if l.before != nil {
		l.before(p)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick()
	l.calls = append(l.calls, p.Key())
	if len(l.script) > 0 {
		f := l.script[0]
		l.script = l.script[1:]
		return f(p)
	}
	now := l.w.clock.now()
	if l.chance(l.faults.dropBefore) {
		if l.chance(50) {
			l.late = append(l.late, lateEffect{now.Add(time.Duration(5+l.rng.IntN(600)) * time.Second), p.Key(), p})
		}
		return reward.Answer{Class: reward.NotAnswered, Note: "reset"}
	}
	if l.chance(l.faults.later) {
		return reward.Answer{Class: reward.AnsweredLater, Note: "429"}
	}
	params := fmt.Sprint(p.AmountMinor, p.Currency, p.Destination, p.Parameters)
	k, known := l.answers[p.Key()]
	switch {
	case known && now.Sub(k.at) < day:
		if k.params != "" && k.params != params {
			l.w.t.Errorf("M3: key %s came with other parameters", p.Key())
		}
	default:
		k = kept{at: now, params: params}
		switch {
		case l.chance(l.faults.error500):
			k.answer = reward.Answer{Class: reward.Answered5xx, Note: "500"}
			switch n := l.rng.IntN(100); {
			case n < 34:
				l.make(p)
			case n < 50:
				l.late = append(l.late, lateEffect{now.Add(time.Duration(1+l.rng.IntN(119)) * time.Minute), "rolled " + p.Key(), p})
			}
		case l.chance(l.faults.refuse):
			k.answer = reward.Answer{Class: reward.AnsweredNo, Note: "insufficient_funds"}
		default:
			k.answer = l.make(p)
		}
		l.answers[p.Key()] = k
	}
	if l.chance(l.faults.dropAfter) {
		return reward.Answer{Class: reward.NotAnswered, Note: "cut"}
	}
	return k.answer
}

func (l *till) LookUp(_ context.Context, p reward.Payout) reward.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tick()
	if l.blind {
		return reward.Answer{Class: reward.NotAnswered}
	}
	for _, e := range l.effects {
		if e.payout == p.ID {
			return reward.Answer{Class: reward.AnsweredOK, Object: e.object}
		}
	}
	return reward.Answer{Class: reward.AnsweredNo}
}

func (l *till) Void(_ context.Context, p reward.Payout) reward.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, "void "+p.Key())
	if l.chance(l.faults.dropBefore) {
		return reward.Answer{Class: reward.NotAnswered}
	}
	for _, e := range l.effects {
		if e.payout != p.ID {
			continue
		}
		if e.used {
			return reward.Answer{Class: reward.AnsweredNo, Note: "redeemed"}
		}
		e.void = true
		if l.chance(l.faults.dropAfter) {
			return reward.Answer{Class: reward.NotAnswered}
		}
		return reward.Answer{Class: reward.AnsweredOK, Object: e.object}
	}
	return reward.Answer{Class: reward.NotAnswered}
}

// use spends the effect of a payout, unless it was voided. It reports whether it could.
func (l *till) use(payoutID string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.effects {
		if e.payout == payoutID && !e.void && !e.used {
			e.used = true
			return e.object, true
		}
	}
	return "", false
}

// of returns the effects of a payout.
func (l *till) of(payoutID string) []*effect {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*effect
	for _, e := range l.effects {
		if e.payout == payoutID {
			out = append(out, e)
		}
	}
	return out
}

func (l *till) sent() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, c := range l.calls {
		if !strings.HasPrefix(c, "void ") {
			n++
		}
	}
	return n
}
