package app_test

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/ident"
	rewards "goodword/internal/reward"
)

// rule is one of docs/alerts.yml. All of them have one shape: a figure, perhaps narrowed by its label, over a number.
type rule struct {
	name, figure string
	of           *regexp.Regexp
	over         float64
}

var ruleShape = regexp.MustCompile(`^([a-z_]+)(?:\{of(=~|=)"([^"]+)"\})? > ([0-9]+)$`)

func alertRules(t *testing.T) []rule {
	t.Helper()
	text, err := os.ReadFile("../../docs/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var out []rule
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "- alert: "); ok {
			out = append(out, rule{name: name})
		}
		expr, ok := strings.CutPrefix(strings.TrimSpace(line), "expr: ")
		if !ok {
			continue
		}
		m := ruleShape.FindStringSubmatch(expr)
		if m == nil || len(out) == 0 {
			t.Fatalf("this test does not understand %q", expr)
		}
		r := &out[len(out)-1]
		r.figure = m[1]
		if m[2] != "" {
			r.of = regexp.MustCompile("^(?:" + m[3] + ")$")
		}
		r.over, err = strconv.ParseFloat(m[4], 64)
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// scrape reads /metrics as Prometheus does.
func scrape(w *apptest.World) map[string]*dto.MetricFamily {
	w.T.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(metrics(w)))
	w.Must(err)
	return families
}

// firing are the names of the rules that hold at this moment, in order.
func firing(w *apptest.World, rules []rule) []string {
	w.T.Helper()
	families := scrape(w)
	var out []string
	for _, r := range rules {
		for _, m := range families[r.figure].GetMetric() {
			of := ""
			for _, l := range m.GetLabel() {
				of = l.GetValue()
			}
			if (r.of == nil || r.of.MatchString(of)) && m.GetGauge().GetValue() > r.over && !slices.Contains(out, r.name) {
				out = append(out, r.name)
			}
		}
	}
	return out
}

// O11: a healthy installation fires no rule, each trouble fires its own, and no other rule is there.
func TestFigures_EachRuleFiresInItsTrouble(t *testing.T) {
	t.Parallel()
	rules := alertRules(t)
	apptest.Each(t, func(w *apptest.World) {
		d := w.App.DB
		exec := func(query string, args ...any) {
			t := w.T
			t.Helper()
			_, err := d.NewRaw(query, args...).Exec(w.Context())
			w.Must(err)
		}
		opened := func(kind string) func() {
			return func() {
				c := rewards.Case{ID: ident.New(), Kind: kind, Subject: ident.New(), State: rewards.CaseOpen, OpenedAt: w.Now()}
				_, err := d.NewInsert().Model(&c).Exec(w.Context())
				w.Must(err)
			}
		}
		waits := func(queue, state string) func() {
			return func() {
				// The queue's own time is the wall's; nobody works a kind that does not exist in a queue that nobody knows.
				at, ended := time.Now().UTC().Add(-time.Hour), any(nil)
				if state == "discarded" {
					ended = at
				}
				exec(`INSERT INTO river_job (state, attempt, max_attempts, args, created_at, scheduled_at, finalized_at, kind, queue, priority)
					VALUES (?, 12, 12, '{}', ?, ?, ?, 'nobody.works.it', ?, 1)`, state, at, at, ended, queue)
			}
		}
		event := func(state string) func() {
			return func() {
				exec(`INSERT INTO stripe_event (id, type, object_id, account, livemode, api_version, payload, state, reason, tries, created_at, received_at)
					VALUES (?, 'x', '', '', ?, '', ?, ?, '', 0, ?, ?)`, ident.New(), false, []byte("{}"), state, w.Now(), w.Now().Add(-time.Hour))
			}
		}
		payout := func() {
			p := rewards.Payout{ID: ident.New(), Rail: campaign.RailInvoiceCredit, State: rewards.Unknown, Currency: "EUR", AmountMinor: 1, CreatedAt: w.Now().Add(-2 * time.Hour),
				UpdatedAt: w.Now(), NextTryAt: w.Now().Add(time.Hour)}
			_, err := d.NewInsert().Model(&p).Exec(w.Context())
			w.Must(err)
		}
		troubles := map[string]func(){
			"BooksDoNotHold": func() {
				exec(`UPDATE book_proof SET findings = 1`)
			},
			"BooksNotProven":  func() { exec(`UPDATE book_proof SET findings = 0, finished_at = ?`, w.Now().Add(-72*time.Hour)) },
			"RailNotCompared": func() { exec(`UPDATE reconciliation SET finished_at = ?`, w.Now().Add(-72*time.Hour)) },
			"RailDisagrees":   opened(rewards.CaseAmount), "PaidTwice": opened(rewards.CaseDouble), "PersonMustConfirm": opened(rewards.CaseAbsent),
			"StripeEventsMissed": opened("stripe_events_missed"),
			"PayoutsPaused": func() {
				_, err := w.App.Rewards.Pause(w.Context(), system, rewards.ScopeAll, "test")
				w.Must(err)
			},
			"OutcomesUnknown": payout, "MoneyStuck": payout,
			"RailShort": func() {
				exec(`INSERT INTO rail_shortage (rail, currency, since, next_probe_at) VALUES ('transfer', 'EUR', ?, ?)`, w.Now().Add(-time.Hour), w.Now())
			},
			"GiftCodesOut":   func() { wanted(w) },
			"CharityOverdue": func() { overdue(w) },
			"JobsWaiting":    waits("payout", "available"), "JobsGivenUp": waits("payout", "discarded"),
			"StripeEventsWaiting": event("received"), "StripeEventsParked": event("parked"),
		}
		w.Skip(24 * time.Hour) // a night: proven and compared
		if got := firing(w, rules); len(got) != 0 {
			w.T.Fatalf("nothing is wrong, and there fire %v", got)
		}
		w.Must(w.App.Stop(w.Context())) // what is planted stays as it is
		for _, r := range rules {
			if r.name == "FiguresFailed" {
				continue
			}
			plant, ok := troubles[r.name]
			if !ok {
				w.T.Errorf("the rule %s has no trouble here", r.name)
				continue
			}
			plant()
			if got := firing(w, rules); !slices.Contains(got, r.name) {
				w.T.Errorf("%s does not fire; there fire %v", r.name, got)
			}
		}
		exec(`ALTER TABLE rail_shortage RENAME TO rail_shortage_elsewhere`)
		if got := firing(w, rules); !slices.Equal(got, []string{"FiguresFailed"}) {
			w.T.Errorf("without a table there fire %v, want FiguresFailed", got)
		}
	})
}

// wanted leaves a reward waiting for a gift code that is not in stock.
func wanted(w *apptest.World) {
	w.T.Helper()
	owe(w, campaign.RailGiftCode, func(r *rewards.Reward) { r.State, r.HeldReason = rewards.Approved, rewards.HeldNoStock })
}

// overdue leaves a donation that should have been remitted.
func overdue(w *apptest.World) {
	w.T.Helper()
	r := owe(w, campaign.RailDonation, func(r *rewards.Reward) { r.State = rewards.Issued })
	w.Must(w.App.DB.InTx(w.Context(), func(ctx context.Context, tx db.Tx) error {
		c := campaign.Charity{ID: ident.New(), Name: "Trees", Registration: "DE-77", Jurisdictions: []string{"DE"}, Active: true, CreatedAt: w.Now(), UpdatedAt: w.Now()}
		if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
			return err
		}
		p := rewards.Payout{ID: ident.New(), Rail: campaign.RailDonation, State: rewards.Settled, Currency: "EUR", AmountMinor: 50_00, CreatedAt: w.Now(), UpdatedAt: w.Now()}
		if _, err := tx.NewInsert().Model(&p).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw(`INSERT INTO donation (payout_id, reward_id, charity_id, registration, currency, amount_minor, given_at, due_at)
			VALUES (?, ?, ?, 'DE-77', 'EUR', 5000, ?, ?)`, p.ID, r.ID, c.ID, w.Now(), w.Now().Add(-time.Hour)).Exec(ctx)
		return err
	}))
}

// owe writes a reward as it stands when something has gone wrong around it.
func owe(w *apptest.World, rail campaign.Rail, change func(*rewards.Reward)) rewards.Reward {
	w.T.Helper()
	made, err := w.App.Campaigns.Create(w.Context(), system, campaign.Plan{Name: "Good words " + string(rail), Offer: campaign.Terms{Currency: "EUR"}})
	w.Must(err)
	r := rewards.Reward{ID: ident.New(), Cause: ident.New(), CampaignID: made.ID, OfferID: made.OfferID, EarnedOn: campaign.OnWon, Beneficiary: campaign.ToProspect,
		Currency: "EUR", AccruedMinor: 50_00, AmountMinor: 50_00, Rails: []campaign.Rail{rail}, Rail: rail, MaturesAt: w.Now(), CreatedAt: w.Now(), UpdatedAt: w.Now()}
	change(&r)
	_, err = w.App.DB.NewInsert().Model(&r).Exec(w.Context())
	w.Must(err)
	return r
}

// O11: no label says anything about a person, and there are few series, also in a town full of people.
func TestFigures_SayNothingAboutAnybody(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	f := &apptest.Fleet{World: w}
	c := newTown(f, 1_000_000_00, campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 20_00, Rails: []campaign.Rail{campaign.RailManual}})
	for range 20 {
		c.closed("", 900_00)
	}
	w.Skip(32 * 24 * time.Hour)
	word := regexp.MustCompile(`^[A-Za-z0-9_./:*{}+ -]*$`)
	id := regexp.MustCompile(`[0-9a-f]{8}-?[0-9a-f]{4}|[A-Za-z0-9_-]{22,}`)
	series := 0
	families := scrape(w)
	for _, name := range slices.Sorted(maps.Keys(families)) {
		for _, m := range families[name].GetMetric() {
			series += 1 + len(m.GetHistogram().GetBucket())
			for _, l := range m.GetLabel() {
				if v := l.GetValue(); !word.MatchString(v) || id.MatchString(v) && !strings.HasPrefix(name, "go_") {
					t.Errorf("%s has the label %s=%q", name, l.GetName(), v)
				}
			}
		}
	}
	if series == 0 || series > 2000 {
		t.Errorf("%d series", series)
	}
	text := metrics(w)
	for _, secret := range []string{"@", "delta.example", "Ossen", "Winterfeldt"} {
		if strings.Contains(text, secret) {
			t.Errorf("the figures say %q", secret)
		}
	}
}
