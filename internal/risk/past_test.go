package risk_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
)

// size is the small or, when proving, the full number.
func size(small, full int) int {
	if os.Getenv("GOODWORD_PROVE") != "" {
		return full
	}
	return small
}

// crowd inserts n customers of small companies, each with their own payer, without the service: it is about numbers.
func (w *world) crowd(n int) []customer.Customer {
	w.t.Helper()
	rows, companies := make([]customer.Customer, n), []customer.Company{}
	for i := range n {
		if i%5 == 0 {
			companies = append(companies, customer.Company{ID: ident.New(), Name: fmt.Sprintf("Company %d", i), NameNorm: fmt.Sprintf("company %d", i), CreatedAt: start})
		}
		rows[i] = customer.Customer{ID: ident.New(), FirstName: "C", LastName: fmt.Sprintf("Number%d", i), CompanyID: companies[len(companies)-1].ID,
			Language: "en", Stage: customer.Active, GiftPolicy: customer.GiftPerson, StripeCustomer: fmt.Sprintf("cus_%d", i), CreatedAt: start, UpdatedAt: start}
	}
	w.bulk(&companies)
	for part := range slices.Chunk(rows, 500) {
		w.bulk(&part)
	}
	return rows
}

func (w *world) bulk(rows any) {
	w.t.Helper()
	w.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(rows).Exec(ctx)
		return err
	})
}

// past inserts an introduction from one customer to another that was won, with its paid reward.
func (w *world) past(n int, who func(i int) (from, to customer.Customer)) []introduction.Introduction {
	w.t.Helper()
	var intros []introduction.Introduction
	var rewards []reward.Reward
	for i := range n {
		from, to := who(i)
		at := start.Add(time.Duration(i) * time.Minute)
		row := introduction.Introduction{ID: ident.New(), CampaignID: w.camp.ID, OfferID: w.offer.ID, IntroducerID: from.ID, Kind: introduction.Referral, How: introduction.HowSelf,
			State: introduction.Won, FirstName: "P", Language: "en", WonAt: at, AcceptedAt: at, CreatedAt: at, UpdatedAt: at, StripeCustomer: to.StripeCustomer, ProspectCustomerID: to.ID}
		intros = append(intros, row)
		rewards = append(rewards, reward.Reward{ID: ident.New(), Cause: "introduction:" + row.ID + ":0:customer", CampaignID: w.camp.ID, OfferID: w.offer.ID, EarnedOn: campaign.OnWon,
			Beneficiary: campaign.ToCustomer, CustomerID: from.ID, IntroductionID: row.ID, State: reward.Issued, Currency: "EUR", AccruedMinor: 50_00, AmountMinor: 50_00, IssuedMinor: 50_00,
			Rails: []campaign.Rail{campaign.RailManual}, Rail: campaign.RailManual, MaturesAt: at, CreatedAt: at, UpdatedAt: at})
	}
	for part := range slices.Chunk(intros, 400) {
		w.bulk(&part)
	}
	for part := range slices.Chunk(rewards, 400) {
		w.bulk(&part)
	}
	return intros
}

// F11: 20 planted rings among 5,000 customers are found, next to whatever ordinary people share, in seconds.
func TestGroups_PlantedRingsAmongThousands(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n, rings := size(500, 5000), size(8, 20)
		rng := rand.New(rand.NewPCG(11, 11))
		crowd := w.crowd(n)
		// Ordinary life: everybody introduces somebody later in the crowd; colleagues share a payer or a browser.
		w.past(n, func(i int) (customer.Customer, customer.Customer) {
			from := crowd[i]
			if i == n-1 {
				return from, customer.Customer{StripeCustomer: "cus_last", ID: crowd[n-1].ID}
			}
			return from, crowd[i+1+rng.IntN(n-i-1)]
		})
		var cards []string
		for i := range n {
			cards = append(cards, fmt.Sprintf("own%d", i))
		}
		for i := 0; i+1 < n; i += 50 {
			cards[i+1] = cards[i] // a company card
		}
		planted := map[string][]string{}
		for r := range rings {
			var who []customer.Customer
			for k := range 3 + rng.IntN(3) {
				who = append(who, crowd[(r*n/rings+k*7+3)%n])
			}
			ids := map[string]bool{}
			for _, c := range who {
				ids[c.ID] = true
			}
			name := fmt.Sprintf("ring %d", r)
			for id := range ids {
				planted[name] = append(planted[name], id)
			}
			slices.Sort(planted[name])
			switch r % 3 {
			case 0: // the same card
				for _, c := range who {
					cards[slices.IndexFunc(crowd, func(x customer.Customer) bool { return x.ID == c.ID })] = name
				}
			case 1: // the same browser
				token := ident.NewToken()
				for _, c := range who {
					w.tx(func(ctx context.Context, tx db.Tx) error {
						_, link, err := w.links(ctx, tx, c.ID)
						if err != nil {
							return err
						}
						_, err = tx.NewRaw("INSERT INTO step_device (token_hash, link_id, subject_id, verified, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
							token.Hash(), link, ident.New(), false, start, start.AddDate(1, 0, 0)).Exec(ctx)
						return err
					})
				}
			case 2: // a circle
				w.past(len(who), func(i int) (customer.Customer, customer.Customer) { return who[i], who[(i+1)%len(who)] })
			}
		}
		for i, c := range crowd {
			w.must(w.risk.SawCard(w.ctx(), c.StripeCustomer, cards[i]))
		}
		began := time.Now()
		groups, err := w.risk.Groups(w.ctx())
		w.must(err)
		took := time.Since(began)
		found, wrong := 0, 0
		for _, ids := range planted {
			if slices.ContainsFunc(groups, func(g risk.Group) bool {
				return !slices.ContainsFunc(ids, func(id string) bool { return !slices.Contains(g.Customers, id) })
			}) {
				found++
			}
		}
		for _, g := range groups {
			if !overlaps(g.Customers, planted) {
				wrong++
			}
		}
		t.Logf("%d customers: %d of %d rings found, %d false groups, in %s", n, found, rings, wrong, took)
		if found < rings-rings/20 || wrong > 10 || took > 30*time.Second {
			t.Errorf("%d of %d found, %d false, %s", found, rings, wrong, took)
		}
	})
}

func overlaps(ids []string, planted map[string][]string) bool {
	for _, p := range planted {
		if slices.ContainsFunc(ids, func(id string) bool { return slices.Contains(p, id) }) {
			return true
		}
	}
	return false
}

func (w *world) links(ctx context.Context, tx db.Tx, customerID string) (ident.Token, string, error) {
	token, err := w.customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: customer.ForCustomer, CustomerID: customerID, ExpiresAt: start.AddDate(1, 0, 0)})
	if err != nil {
		return "", "", err
	}
	l, err := w.customers.Links.Find(ctx, tx, customer.Subject{Purpose: customer.ForCustomer, CustomerID: customerID})
	return token, l.ID, err
}

// F12: a trial over past rewards says what would have been held and leaves every table as it was.
func TestBacktest_ReportsAndChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := size(300, 10_000)
		crowd := w.crowd(n)
		stranger := func(i int) customer.Customer {
			return customer.Customer{ID: crowd[i].ID, StripeCustomer: fmt.Sprintf("new_%d", i)}
		}
		w.past(n, func(i int) (customer.Customer, customer.Customer) {
			if i%10 == 0 {
				return crowd[i], crowd[i] // pays as before
			}
			return crowd[i/2*2], stranger((i + n/2 + 1) % n)
		})
		before := w.dump()
		began := time.Now()
		rep, err := w.risk.Backtest(w.ctx(), risk.Trial{Limit: n})
		w.must(err)
		t.Logf("%d rewards looked at in %s: %d held, %d new, %+v", rep.Rewards, time.Since(began), rep.Held, rep.New, rep.Checks)
		if after := w.dump(); after != before {
			t.Errorf("the trial changed something:\n%s\n%s", before, after)
		}
		self := slices.IndexFunc(rep.Checks, func(x risk.Tried) bool { return x.Check == risk.Self })
		if rep.Rewards != n || rep.Unchecked != 0 || self < 0 || rep.Checks[self].Found != n/10 || rep.New != rep.Held {
			t.Errorf("report %+v", rep)
		}
		off := map[string]string{}
		for _, name := range risk.Names() {
			off[string(name)] = setting.CheckOff
		}
		rep, err = w.risk.Backtest(w.ctx(), risk.Trial{Limit: n, Modes: off})
		w.must(err)
		if rep.Held != 0 || len(rep.Checks) != 0 {
			t.Errorf("with every check off: %+v", rep)
		}
		// A check on trial counts as one that bites.
		off["self"] = setting.CheckShadow
		rep, err = w.risk.Backtest(w.ctx(), risk.Trial{Limit: n, Modes: off})
		w.must(err)
		if rep.Held != n/10 {
			t.Errorf("with one on trial: %d held, want %d", rep.Held, n/10)
		}
	})
}

// dump says how many rows each table has and which of them changed last.
func (w *world) dump() string {
	w.t.Helper()
	var out []string
	for table, column := range map[string]string{"reward": "version", "introduction": "version", "risk_finding": "id", "risk_count": "place", "risk_limit": "version", "risk_origin": "side",
		"money_case": "version", "event": "id", "audit_entry": "id", "ledger_journal": "id", "ledger_account": "balance_minor", "river_job": "id", "setting": "key"} {
		var n int
		var top string
		w.must(w.db.NewRaw("SELECT count(*), COALESCE(CAST(max("+column+") AS TEXT), '') FROM "+table).Scan(w.ctx(), &n, &top))
		out = append(out, fmt.Sprintf("%s %d %s", table, n, top))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
