package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/event"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/invitation"
	"goodword/internal/report"
	"goodword/internal/reward"
	"goodword/internal/staff"
)

// start is a Tuesday; the week began on Monday, 11 May.
var start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)

// world holds rows as the features would have written them; what is tested here only reads.
type world struct {
	*report.Service
	t        *testing.T
	db       *db.DB
	rosa     string
	campaign campaign.Campaign
	offer    campaign.Offer
	people   int
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{Service: report.New(report.Deps{DB: d, Clock: func() time.Time { return start }}), t: t, db: d, rosa: ident.New()}
	w.insert(&staff.Member{ID: w.rosa, Email: "rosa@example.com", Name: "Rosa", Role: staff.Rep, State: staff.Active, Language: "en", Zone: "UTC", CreatedAt: start})
	w.campaign = campaign.Campaign{ID: ident.New(), Name: "Spring", State: campaign.Live, Asks: []campaign.Ask{}, Suits: map[string]string{}, Messages: map[string]campaign.Words{},
		Reminders: campaign.Reminders{AfterDays: []int{}}, LaunchedAt: start, CreatedAt: start, UpdatedAt: start}
	w.offer = campaign.Offer{ID: ident.New(), CampaignID: w.campaign.ID, Number: 1, Currency: "EUR", Rules: []campaign.Rule{}, CreatedAt: start}
	w.campaign.OfferID = w.offer.ID
	w.insert(&w.campaign)
	w.insert(&w.offer)
	return w
}

func (w *world) insert(row any) {
	w.t.Helper()
	if _, err := w.db.NewInsert().Model(row).Exec(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) customer(first, division string, asked bool) customer.Customer {
	w.t.Helper()
	w.people++
	c := customer.Customer{ID: ident.New(), FirstName: first, LastName: "Ruiz", Division: division, Language: "en", Country: "US", Stage: customer.Active, GiftPolicy: customer.GiftPerson,
		OwnerID: w.rosa, SortName: fmt.Sprint(w.people), CreatedAt: start, UpdatedAt: start}
	if asked {
		c.AskedAt = start.Add(-time.Hour)
		w.insert(&c)
		w.insert(&invitation.Invitation{ID: ident.New(), CampaignID: w.campaign.ID, CustomerID: c.ID, OfferID: w.offer.ID, Channel: invitation.ByEmail, State: invitation.Sent,
			SentAt: start.Add(-time.Hour), ExpiresAt: start.AddDate(1, 0, 0), CreatedAt: start})
		return c
	}
	w.insert(&c)
	return c
}

func (w *world) introduction(by customer.Customer, state introduction.State, change func(*introduction.Introduction)) introduction.Introduction {
	w.t.Helper()
	i := introduction.Introduction{ID: ident.New(), CampaignID: w.campaign.ID, OfferID: w.offer.ID, IntroducerID: by.ID, Kind: introduction.Referral, How: introduction.HowSelf,
		State: state, FirstName: "Ben", LastName: "Okafor", Language: "en", OwnerID: w.rosa, Division: by.Division, CreatedAt: start.Add(-time.Hour), UpdatedAt: start.Add(-time.Hour)}
	if change != nil {
		change(&i)
	}
	w.insert(&i)
	return i
}

func (w *world) deal(i introduction.Introduction, net, gross, refunded int64, change func(*introduction.Deal)) {
	w.t.Helper()
	d := introduction.Deal{ID: ident.New(), IntroductionID: i.ID, Source: introduction.FromStripe, ExternalID: ident.New(), AmountMinor: net, GrossMinor: gross, RefundedMinor: refunded,
		Currency: "EUR", Counted: true, At: start}
	if change != nil {
		change(&d)
	}
	w.insert(&d)
}

func (w *world) reward(i introduction.Introduction, state reward.State, minor int64, issued time.Time) {
	w.t.Helper()
	w.insert(&reward.Reward{ID: ident.New(), Cause: ident.New(), CampaignID: w.campaign.ID, OfferID: w.offer.ID, EarnedOn: campaign.OnWon, Beneficiary: campaign.ToCustomer,
		CustomerID: i.IntroducerID, IntroductionID: i.ID, State: state, Currency: "EUR", AccruedMinor: minor, AmountMinor: minor, Rails: []campaign.Rail{campaign.RailManual},
		MaturesAt: start, IssuedAt: issued, CreatedAt: start, UpdatedAt: start})
}

func won(at time.Time) func(*introduction.Introduction) {
	return func(i *introduction.Introduction) { i.AcceptedAt, i.WonAt, i.Source = at, at, "peer" }
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantJSON(t *testing.T, what string, got any, want string) {
	t.Helper()
	out, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if string(out) != want {
		t.Errorf("%s\ngot  %s\nwant %s", what, out, want)
	}
}

func TestFunnel_CountsThePeriodAndSplits(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana, bea := w.customer("Ana", "North", true), w.customer("Bea", "South", true)
		w.introduction(ana, introduction.Draft, nil)
		w.introduction(ana, introduction.Invited, func(i *introduction.Introduction) { i.Kind = introduction.Lead })
		first := w.introduction(ana, introduction.Won, won(start.Add(-time.Minute)))
		second := w.introduction(bea, introduction.Won, won(start))
		old := w.introduction(bea, introduction.Won, func(i *introduction.Introduction) {
			won(start.AddDate(0, -2, 0))(i)
			i.CreatedAt = start.AddDate(0, -3, 0)
		})
		w.deal(first, 10_000, 11_900, 0, nil)
		w.deal(first, 10_000, 11_900, 5_950, nil)                                                       // half is left
		w.deal(first, 777, 777, 0, func(d *introduction.Deal) { d.Counted = false })                    // only written down
		w.deal(first, 333, 333, 0, func(d *introduction.Deal) { d.Dispute = introduction.DisputeLost }) // gone
		w.deal(second, 700, 700, 0, func(d *introduction.Deal) { d.Currency = "USD" })                  // another currency stays apart
		w.deal(second, 1, 3, 2, func(d *introduction.Deal) { d.Currency = "USD" })                      // rounds down to nothing
		w.deal(old, 5_000, 5_000, 0, nil)
		w.reward(first, reward.Issued, 100, start.Add(-time.Second))

		ask := func(by string) report.Funnel {
			return must[report.Funnel](t)(w.Funnel(t.Context(), report.FunnelQuery{From: start.AddDate(0, 0, -7), To: start.Add(time.Microsecond), By: by}))
		}
		total := `{"key":"","name":"Total","asked":2,"started":4,"introduced":3,"accepted":2,"won":2,"rewarded":1,"testimonials":0,` +
			`"value":[{"amount_minor":15000,"currency":"EUR"},{"amount_minor":700,"currency":"USD"}]}`
		wantJSON(t, "total", ask("").Total, total)
		if rows := ask("").Rows; len(rows) != 0 {
			t.Errorf("rows without a dimension: %v", rows)
		}
		for by, want := range map[string]string{
			"campaign": "Spring: 2 asked, 3 introduced, 2 won",
			"owner":    "Rosa: 2 asked, 3 introduced, 2 won",
			"division": "North: 1 asked, 2 introduced, 1 won; South: 1 asked, 1 introduced, 1 won",
			"source":   ": 0 asked, 1 introduced, 0 won; peer: 0 asked, 2 introduced, 2 won",
			"kind":     "lead: 0 asked, 1 introduced, 0 won; referral: 0 asked, 2 introduced, 2 won",
		} {
			f := ask(by)
			wantJSON(t, by+" total", f.Total, total)
			got := ""
			for i, r := range f.Rows {
				if i > 0 {
					got += "; "
				}
				got += fmt.Sprintf("%s: %d asked, %d introduced, %d won", r.Name, r.Asked, r.Introduced, r.Won)
			}
			if got != want {
				t.Errorf("by %s: %s, want %s", by, got, want)
			}
		}
		other := must[report.Funnel](t)(w.Funnel(t.Context(), report.FunnelQuery{From: start.AddDate(0, 0, -7), To: start.Add(time.Hour), CampaignID: ident.New()}))
		if other.Total.Asked+other.Total.Won != 0 || len(other.Total.Value) != 0 {
			t.Errorf("another campaign: %+v", other.Total)
		}
		closed := must[report.Pipeline](t)(w.Pipeline(t.Context()))
		wantJSON(t, "closed", closed.Closed, `[{"month":"2026-05","won":2,"value":{"amount_minor":15000,"currency":"EUR"}},{"month":"2026-05","won":0,"value":{"amount_minor":700,"currency":"USD"}},`+
			`{"month":"2026-03","won":1,"value":{"amount_minor":5000,"currency":"EUR"}}]`)
		if len(closed.Stages) != 1 || closed.Stages[0].State != "invited" || closed.Stages[0].Kind != "lead" || !closed.Stages[0].OldestAt.Equal(start.Add(-time.Hour)) {
			t.Errorf("stages %+v", closed.Stages)
		}
	})
}

func TestCoverage_ShowsTheBlindSpots(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana, bea := w.customer("Ana", "North", true), w.customer("Bea", "North", false)
		w.customer("Carl", "South", false)
		gone := customer.Customer{ID: ident.New(), Language: "en", Stage: customer.Active, GiftPolicy: customer.GiftPerson, ErasedAt: start, CreatedAt: start, UpdatedAt: start}
		lead := customer.Customer{ID: ident.New(), FirstName: "Dora", Language: "en", Stage: customer.Lead, GiftPolicy: customer.GiftPerson, CreatedAt: start, UpdatedAt: start}
		w.insert(&gone)
		w.insert(&lead)
		w.introduction(ana, introduction.Won, func(i *introduction.Introduction) { won(start)(i); i.ThankedAt = start })
		w.introduction(bea, introduction.Accepted, func(i *introduction.Introduction) { i.AcceptedAt, i.Source = start, "neighbour" })
		w.introduction(bea, introduction.Draft, func(i *introduction.Introduction) { i.Source = "supplier" })
		got := must[report.Coverage](t)(w.Coverage(t.Context()))
		if got.Customers != 3 || got.Asked != 1 || got.NeverAsked != 2 || got.Introducers != 2 || got.NeverThanked != 1 {
			t.Errorf("coverage %+v", got)
		}
		wantJSON(t, "divisions", got.Divisions, `[{"division":"North","customers":2,"asked":1},{"division":"South","customers":1,"asked":0}]`)
		var sources []string
		for _, s := range got.Sources {
			sources = append(sources, fmt.Sprintf("%s %d %d %d", s.Source, s.Introductions, s.Accepted, s.Won))
		}
		want := []string{"peer 1 1 1", "colleague 0 0 0", "neighbour 1 1 0", "supplier 0 0 0", "customer 0 0 0", "other 0 0 0", " 0 0 0"}
		if !slices.Equal(sources, want) {
			t.Errorf("sources %q, want %q", sources, want)
		}
	})
}

func TestHome_CountsQueuesAndMoney(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana", "North", false)
		i := w.introduction(ana, introduction.Accepted, func(i *introduction.Introduction) {
			i.AcceptedAt, i.AnswerDueAt, i.Review = start, start.Add(-time.Minute), "to_review"
		})
		w.introduction(ana, introduction.Accepted, func(i *introduction.Introduction) {
			i.AcceptedAt, i.AnswerDueAt, i.AnsweredAt = start, start.Add(-time.Minute), start
		})
		for state, minor := range map[reward.State]int64{reward.Pending: 1, reward.Held: 20, reward.Approved: 300, reward.Issuing: 4_000, reward.Failed: 50_000, reward.Issued: 600_000, reward.Redeemed: 7_000_000, reward.Reversed: 80_000_000} {
			w.reward(i, state, minor, time.Time{})
		}
		home := must[report.Home](t)(w.Home(t.Context(), report.HomeQuery{StaffID: w.rosa, Money: true}))
		if !home.From.Equal(time.Date(2026, 5, 11, 0, 0, 0, 0, time.UTC)) || home.Funnel.Accepted != 2 {
			t.Errorf("week from %s: %+v", home.From, home.Funnel)
		}
		wantJSON(t, "money", home.Money, `[{"held":{"amount_minor":21,"currency":"EUR"},"due":{"amount_minor":54300,"currency":"EUR"},"paid":{"amount_minor":7600000,"currency":"EUR"}}]`)
		counts := map[string]int64{}
		for _, q := range home.Queues {
			counts[q.Key] = q.Count
		}
		for key, want := range map[string]int64{"overdue_answers": 1, "to_review": 1, "rewards_held": 1, "rewards_refused": 1, "blind_spots": 1, "cases": 0, "my_tasks": 0} {
			if counts[key] != want {
				t.Errorf("queue %s = %d, want %d", key, counts[key], want)
			}
		}
		if quiet := must[report.Home](t)(w.Home(t.Context(), report.HomeQuery{})); len(quiet.Money) != 0 {
			t.Errorf("sums for somebody who may not read them: %v", quiet.Money)
		}
		// In Auckland it is Tuesday evening of the same week; its Monday began earlier in UTC.
		auckland := must[*time.Location](t)(time.LoadLocation("Pacific/Auckland"))
		if late := must[report.Home](t)(w.Home(t.Context(), report.HomeQuery{Zone: auckland})); !late.From.Equal(time.Date(2026, 5, 10, 12, 0, 0, 0, time.UTC)) {
			t.Errorf("Monday in Auckland began %s", late.From)
		}
	})
}

func TestNames_OfWhatExists(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana", "North", false)
		i := w.introduction(ana, introduction.Accepted, nil)
		unknown := ident.New()
		n := must[report.Names](t)(w.Names(t.Context(), report.Refs{Customers: []string{ana.ID, "", unknown, ana.ID}, Staff: []string{w.rosa, unknown}, Campaigns: []string{w.campaign.ID}, Prospects: []string{i.ID}}))
		wantJSON(t, "names", n, fmt.Sprintf(`{"Customers":{%q:"Ana Ruiz"},"Staff":{%q:"Rosa"},"Campaigns":{%q:"Spring"},"Prospects":{%q:"Ben Okafor"},"Charities":{}}`, ana.ID, w.rosa, w.campaign.ID, i.ID))
		f := must[report.Facets](t)(w.Facets(t.Context()))
		wantJSON(t, "facets", f, fmt.Sprintf(`{"Tags":null,"Divisions":["North"],"Countries":["US"],"Languages":["en"],"Owners":[{"id":%q,"name":"Rosa"}]}`, w.rosa))
	})
}

func TestTimeline_SaysWhoDidWhat(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer("Ana", "North", false)
		type fact struct {
			kind  string
			actor audit.ActorKind
			id    string
			data  any
		}
		for n, f := range []fact{
			{"introduction.submitted", audit.KindCustomer, ana.ID, nil},
			{"introduction.advanced", audit.KindStaff, w.rosa, map[string]string{"step": "meeting"}},
			{"introduction.lost", audit.KindStaff, w.rosa, map[string]string{"reason": "not_a_fit"}},
			{"introduction.unwound", audit.KindStaff, w.rosa, map[string]string{}},
			{"reward.sent", audit.KindSystem, "", map[string]any{"amount_minor": 5000, "currency": "EUR", "rail": "invoice_credit"}},
			{"order.placed", audit.KindAPIKey, ident.New(), nil},
			{"moon.was_full", audit.KindSystem, "", nil},
		} {
			err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
				return event.Record(ctx, tx, event.Event{Type: f.kind, At: start.Add(time.Duration(n) * time.Minute), ActorKind: string(f.actor), ActorID: f.id, CustomerID: ana.ID, Data: f.data})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		first := must[db.List[report.Entry]](t)(w.CustomerTimeline(t.Context(), ana.ID, db.Page{Limit: 4}))
		rest := must[db.List[report.Entry]](t)(w.CustomerTimeline(t.Context(), ana.ID, db.Page{Limit: 4, Cursor: first.Next}))
		var got []string
		for _, e := range append(first.Items, rest.Items...) {
			got = append(got, e.Actor.Name+"| "+e.Text)
		}
		want := []string{"| Moon was full.", "| Placed an order.", "| The reward of 50.00 EUR is on its way by invoice credit.", "Rosa| The close was undone.",
			"Rosa| Was closed as lost: not a fit.", "Rosa| Moved on to meeting.", "Ana Ruiz| Wrote an introduction."}
		if !slices.Equal(got, want) || rest.Next != "" {
			t.Errorf("timeline\ngot  %q\nwant %q", got, want)
		}
	})
}

func TestPlacements_CountPeopleAndYeses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		p := campaign.Placement{ID: ident.New(), Code: "abc234", CampaignID: w.campaign.ID, Name: "Poster", CreatedAt: start}
		w.insert(&p)
		for n, yes := range []bool{true, true, false} {
			i := introduction.Introduction{ID: ident.New(), CampaignID: w.campaign.ID, OfferID: w.offer.ID, PlacementID: p.ID, Kind: introduction.Lead, How: introduction.HowSelf,
				State: introduction.Invited, FirstName: fmt.Sprint("P", n), Language: "en", CreatedAt: start, UpdatedAt: start}
			if yes {
				i.State, i.AcceptedAt = introduction.Accepted, start
			}
			w.insert(&i)
		}
		got := must[map[string]report.PlacementCount](t)(w.Placements(t.Context(), []string{p.ID, ident.New()}))
		if got[p.ID] != (report.PlacementCount{Accepted: 2}) || len(got) != 2 {
			t.Errorf("counts %v", got)
		}
	})
}
