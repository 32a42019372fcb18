package reward_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
)

// codes is a file of n codes that are worth 50.00 EUR each.
func codes(n int) (file string, plain []string) {
	var b strings.Builder
	b.WriteString("code,amount,currency,label,pin\n")
	for i := range n {
		plain = append(plain, fmt.Sprintf("GIFT-%04d-QX", i))
		fmt.Fprintf(&b, "%s,50.00,EUR,Bookshop,\n", plain[i])
	}
	return b.String(), plain
}

func (w *world) stock(file string) reward.Stocked {
	w.t.Helper()
	out, err := w.TakeStock(w.ctx, finance, reward.StockFile{Reader: strings.NewReader(file), Name: "codes.csv"})
	w.must(err)
	return out
}

// gifted is an introduction by somebody new that earned a gift code of 50.00 EUR.
func (w *world) gifted(o campaign.Offer, name string) (customer.Customer, introduction.Introduction, introduction.Deal) {
	w.t.Helper()
	c := w.customer(name)
	i, d := w.win(o, c.ID, 900_00)
	return c, i, d
}

// counted returns the one line of the stock.
func (w *world) counted() reward.StockLine {
	w.t.Helper()
	s, err := w.Stock(w.ctx, finance)
	w.must(err)
	if len(s.Lines) != 1 {
		w.t.Fatalf("the stock has %d lines, want 1: %+v", len(s.Lines), s.Lines)
	}
	return s.Lines[0]
}

// all text of the database, as a copy of it would show it.
func (w *world) everything() string {
	w.t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if w.db.Engine() == db.Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
	}
	var tables []string
	w.must(w.db.NewRaw(query).Scan(w.ctx, &tables))
	var b strings.Builder
	for _, table := range tables {
		var rows []map[string]any
		w.must(w.db.NewRaw("SELECT * FROM "+table).Scan(w.ctx, &rows))
		for _, row := range rows {
			for _, v := range row {
				if raw, ok := v.([]byte); ok {
					v = string(raw)
				}
				fmt.Fprintln(&b, v)
			}
		}
	}
	return b.String()
}

// The life of a gift code: bought in the books, bound to one reward, shown to its owner alone and once in the audit.
func TestGift_FromTheFileToItsOwner(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stock("code;amount;currency;expires;label;pin\nAB-1;50,00;EUR;31.12.2027;Bookshop;4711\n")
		if w.balance(ledger.GiftCards) != 50_00 || w.balance(ledger.Bank) != -50_00 {
			t.Errorf("bought: %d in codes, %d at the bank", w.balance(ledger.GiftCards), w.balance(ledger.Bank))
		}
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		ana, i, _ := w.gifted(o, "Ana")
		bob := w.customer("Bob")
		if _, err := w.Reveal(w.ctx, ana.ID, w.one(i).ID); code(err) != fault.Conflict {
			t.Errorf("shown before it was earned for good: %v", err)
		}
		r := w.paid(i)
		if w.balance(ledger.GiftCards) != 0 || w.balance(ledger.Clearing(r.ID)) != 0 {
			t.Errorf("paid: %d in codes", w.balance(ledger.GiftCards))
		}
		w.must(w.SendMail(w.ctx, reward.Mail{Name: "paid", RewardID: r.ID}))
		if m, ok := w.mails.get("reward_paid:" + r.ID); !ok || strings.Contains(fmt.Sprint(m), "AB-1") {
			t.Errorf("the mail: %+v", m)
		}
		gift, ok, err := w.GiftOf(w.ctx, r)
		w.must(err)
		if !ok || gift.Code != "" || gift.PIN != "" || gift.Label != "Bookshop" || gift.ExpiresAt.Format(time.DateOnly) != "2027-12-31" {
			t.Errorf("before it is shown: %+v", gift)
		}
		if l := w.counted(); l.Bound != 1 || l.Free != 0 || l.Shown != 0 {
			t.Errorf("stock %+v, want one bound", l)
		}
		if _, err := w.Reveal(w.ctx, bob.ID, r.ID); code(err) != fault.NotFound {
			t.Errorf("Bob asked for Ana's code: %v", err)
		}
		_, err = w.Pause(w.ctx, finance, reward.ScopeAll, "looking into something")
		w.must(err)
		if _, err := w.Reveal(w.ctx, ana.ID, r.ID); code(err) != fault.Conflict {
			t.Errorf("shown while payouts are paused: %v", err)
		}
		_, err = w.Resume(w.ctx, finance, reward.ScopeAll, "all is well")
		w.must(err)
		for range 2 {
			shown, err := w.Reveal(w.ctx, ana.ID, r.ID)
			w.must(err)
			if shown.Code != "AB-1" || shown.PIN != "4711" || !shown.ShownAt.Equal(w.clock.now()) {
				t.Errorf("shown: %+v", shown)
			}
		}
		if r = w.get(r.ID); r.State != reward.Redeemed {
			t.Errorf("after it was shown: %s", r.State)
		}
		if gift, ok, err := w.GiftOf(w.ctx, r); err != nil || !ok || gift.Code != "AB-1" {
			t.Errorf("after it was shown: %+v %v", gift, err)
		}
		noted, err := audit.List(w.ctx, w.db, audit.Filter{Action: "gift_code.shown"}, db.Page{})
		w.must(err)
		if len(noted.Items) != 1 || noted.Items[0].Actor.ID != ana.ID || !noted.Items[0].At.Equal(w.clock.now()) {
			t.Errorf("the audit has %+v, want one entry by Ana", noted.Items)
		}
		if l := w.counted(); l.Shown != 1 {
			t.Errorf("stock %+v, want one shown", l)
		}
		w.verified()
	})
}

// M8, small: more rewards than codes, many workers at once in three processes. Each code has one reward, the rest waits with
// a reason, finance is told once, and what waits goes on by itself when there are codes.
func TestGift_OneCodeOneReward(t *testing.T) {
	t.Parallel()
	const stocked, earned, workers = 60, 80, 16
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		file, plain := codes(earned)
		lines := strings.SplitAfter(file, "\n")
		w.stock(strings.Join(lines[:1+stocked], ""))
		_, o := w.campaign(10_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		var all []introduction.Introduction
		owner := map[string]string{}
		for n := range earned {
			c, i, _ := w.gifted(o, fmt.Sprintf("Ana%d", n))
			all, owner[w.one(i).ID] = append(all, i), c.ID
		}
		w.clock.pass(31 * day)
		if _, err := w.Mature(w.ctx); err != nil {
			t.Fatal(err)
		}
		processes := []*reward.Service{w.Service, w.service(), w.service()}
		together := func() {
			var group sync.WaitGroup
			for n := range workers {
				group.Go(func() {
					if _, err := processes[n%3].Due(w.ctx); err != nil && code(err) != fault.Conflict {
						t.Error(err)
					}
					for k, p := range w.payouts() {
						if k%4 != n%4 {
							continue
						}
						if err := processes[n%3].Send(w.ctx, reward.Send{PayoutID: p.ID}); err != nil && code(err) != fault.Conflict {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			w.sweep()
		}
		together()
		states := map[reward.State]int{}
		for _, i := range all {
			r := w.one(i)
			states[r.State]++
			if r.State == reward.Approved && r.HeldReason != reward.HeldNoStock {
				t.Errorf("reward %s waits for %q", r.ID, r.HeldReason)
			}
		}
		if states[reward.Issued] != stocked || states[reward.Approved] != earned-stocked || len(w.payouts()) != stocked {
			t.Fatalf("%v with %d payouts, want %d issued and %d waiting", states, len(w.payouts()), stocked, earned-stocked)
		}
		if l := w.counted(); l.Bound != stocked || l.Free != 0 || !l.Low {
			t.Errorf("stock %+v", l)
		}
		if n := len(w.cases(reward.CaseStock)); n != 1 {
			t.Errorf("%d cases, want one for all that wait", n)
		}
		w.verified()
		w.stock(file) // with the known ones
		together()
		if n := len(w.cases(reward.CaseStock)); n != 0 {
			t.Errorf("%d cases stay open although nobody waits", n)
		}
		seen := map[string]bool{}
		for _, i := range all {
			r := w.one(i)
			gift, err := w.Reveal(w.ctx, owner[r.ID], r.ID)
			w.must(err)
			if seen[gift.Code] || !slices.Contains(plain, gift.Code) {
				t.Errorf("reward %s shows %q", r.ID, gift.Code)
			}
			seen[gift.Code] = true
		}
		if len(seen) != earned {
			t.Errorf("%d codes for %d rewards", len(seen), earned)
		}
		w.verified()
	})
}

// M8: whoever has a copy of the database has no code.
func TestGift_ADumpShowsNone(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		file, plain := codes(50)
		w.stock(file)
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		ana, i, _ := w.gifted(o, "Ana")
		r := w.paid(i)
		_, err := w.Reveal(w.ctx, ana.ID, r.ID)
		w.must(err)
		text := w.everything()
		if !strings.Contains(text, "Bookshop") || !strings.Contains(text, "ana@example.com") {
			t.Fatal("this is no dump of the database")
		}
		for _, c := range plain {
			if strings.Contains(text, c) {
				t.Fatalf("the database shows %s", c)
			}
		}
	})
}

// M7: however often and from wherever the job runs, a payout has one code, and a worker whose claim has ended binds none.
func TestGift_SendIsIdempotentPerPayout(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		file, _ := codes(10)
		w.stock(file)
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		_, i, _ := w.gifted(o, "Ana")
		w.clock.pass(31 * day)
		_, err := w.Mature(w.ctx)
		w.must(err)
		_, err = w.Due(w.ctx)
		w.must(err)
		p := w.payouts()[0]
		for _, s := range []*reward.Service{w.Service, w.service(), w.service()} {
			for n := range 100 {
				if n == 50 {
					// As if no answer had ever come: the outcome is found by the payout's id.
					_, err := w.db.NewRaw("UPDATE payout SET state = 'sending', leased_until = NULL, rail_object = '' WHERE id = ? AND state = 'queued'", p.ID).Exec(w.ctx)
					w.must(err)
				}
				if err := s.Send(w.ctx, reward.Send{PayoutID: p.ID}); err != nil && code(err) != fault.Conflict {
					t.Fatal(err)
				}
			}
		}
		if l := w.counted(); l.Bound != 1 || l.Free != 9 || w.one(i).State != reward.Issued {
			t.Errorf("stock %+v, the reward is %s; want one bound", l, w.one(i).State)
		}
		w.verified()
	})
}

// M16: nobody has seen the code, so it goes back into stock, and somebody else gets it.
func TestGift_TakenBackUnseenGoesBackIntoStock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stock("code,amount,currency\nAB-1,50,EUR\n")
		c, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		ana, i, deal := w.gifted(o, "Ana")
		r := w.paid(i)
		w.refund(i, &deal, 900_00)
		if _, err := w.Reveal(w.ctx, ana.ID, r.ID); code(err) != fault.Conflict {
			t.Errorf("shown while it is taken back: %v", err)
		}
		if _, ok, err := w.GiftOf(w.ctx, w.get(r.ID)); ok || err != nil {
			t.Errorf("the page still offers it: %v", err)
		}
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Reversed || w.counted().Free != 1 {
			t.Fatalf("after the refund: %s, stock %+v", r.State, w.counted())
		}
		if w.balance(ledger.GiftCards) != 50_00 || w.balance(ledger.Rewards(c.ID)) != 0 || w.balance(ledger.Avail(c.ID)) != 1_000_00 || w.balance(ledger.Spent(c.ID)) != 0 {
			t.Errorf("the books: %d in codes, cost %d, available %d", w.balance(ledger.GiftCards), w.balance(ledger.Rewards(c.ID)), w.balance(ledger.Avail(c.ID)))
		}
		w.verified()
		bob, j, _ := w.gifted(o, "Bob")
		gift, err := w.Reveal(w.ctx, bob.ID, w.paid(j).ID)
		w.must(err)
		if gift.Code != "AB-1" {
			t.Errorf("Bob gets %q", gift.Code)
		}
		w.verified()
	})
}

// M16: the code was seen, so its value is gone: the owner owes it, and the code never comes back.
func TestGift_TakenBackAfterItWasSeenIsOwed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		file, _ := codes(2)
		w.stock(file)
		c, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		ana, i, deal := w.gifted(o, "Ana")
		r := w.paid(i)
		_, err := w.Reveal(w.ctx, ana.ID, r.ID)
		w.must(err)
		w.refund(i, &deal, 900_00)
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Clawback || r.OwedMinor != 50_00 {
			t.Fatalf("after the refund: %s, owed %d", r.State, r.OwedMinor)
		}
		if w.balance(ledger.Clawback(ana.ID)) != 50_00 || w.balance(ledger.Recoveries(c.ID)) != 50_00 || w.balance(ledger.GiftCards) != 50_00 {
			t.Errorf("the books: owed %d, recovered %d, %d in codes", w.balance(ledger.Clawback(ana.ID)), w.balance(ledger.Recoveries(c.ID)), w.balance(ledger.GiftCards))
		}
		if l := w.counted(); l.Free != 1 || l.Shown != 1 {
			t.Errorf("stock %+v", l)
		}
		w.verified()
	})
}

// Whether the owner or the refund comes first: either the code was seen and is owed, or it was not and is back in stock.
func TestGift_SeenOrTakenBackNeverBoth(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		random := rand.New(rand.NewPCG(seed(t), 8))
		w := newWorld(t, d)
		const rounds = 12
		file, _ := codes(rounds)
		w.stock(file)
		_, o := w.campaign(10_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		seen, back := 0, 0
		for n := range rounds {
			ana, i, deal := w.gifted(o, fmt.Sprintf("Ana%d", n))
			r := w.paid(i)
			late := random.IntN(2) == 0
			var shown reward.Gift
			var group sync.WaitGroup
			group.Go(func() {
				gift, err := w.Reveal(w.ctx, ana.ID, r.ID)
				if err != nil && code(err) != fault.Conflict {
					t.Error(err)
				}
				shown = gift
			})
			if late {
				group.Wait()
			}
			w.refund(i, &deal, 900_00)
			w.work()
			group.Wait()
			w.sweep()
			switch r = w.get(r.ID); {
			case shown.Code != "" && r.State == reward.Clawback:
				seen++
			case shown.Code == "" && r.State == reward.Reversed:
				back++
			default:
				t.Fatalf("round %d: shown %t, the reward is %s", n, shown.Code != "", r.State)
			}
		}
		if l := w.counted(); int(l.Shown) != seen || int(l.Free) != rounds-seen {
			t.Errorf("stock %+v after %d were seen and %d taken back", l, seen, back)
		}
		w.verified()
	})
}

// A payout that ends before it leaves gives its code back.
func TestGift_AHoldBeforeItIsSentFreesTheCode(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stock("code,amount,currency\nAB-1,50,EUR\n")
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		_, i, deal := w.gifted(o, "Ana")
		w.clock.pass(31 * day)
		_, err := w.Mature(w.ctx)
		w.must(err)
		_, err = w.Due(w.ctx)
		w.must(err)
		if w.counted().Bound != 1 {
			t.Fatalf("stock %+v, want one bound", w.counted())
		}
		w.dispute(i, &deal, introduction.DisputeOpen)
		if r := w.one(i); r.State != reward.Held || w.counted().Free != 1 {
			t.Errorf("the reward is %s, stock %+v", r.State, w.counted())
		}
		w.verified()
	})
}

// The choice says when there is no code of the value, and somebody who waits may choose another way.
func TestGift_OutOfStockIsSaidAndCanBeLeft(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.stock("code,amount,currency,expires\nAB-1,25,EUR,\nAB-2,50,EUR,2026-06-20\n") // another value, and one that ends too soon
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode, campaign.RailManual))
		ana, i, _ := w.gifted(o, "Ana")
		r := w.one(i)
		w.clock.pass(31 * day)
		w.sweep()
		options, err := w.OptionsFor(w.ctx, w.get(r.ID))
		w.must(err)
		if len(options) != 2 || options[0].Rail != campaign.RailGiftCode || options[0].Ready || options[0].Why != "rail.no_gift_code" || !options[1].Ready {
			t.Errorf("options %+v", options)
		}
		if _, err := w.Choose(w.ctx, ana.ID, r.ID, campaign.RailGiftCode); code(err) != fault.Invalid {
			t.Errorf("chose what is not there: %v", err)
		}
		// One comes, is chosen, and goes to somebody faster.
		w.stock("code,amount,currency\nAB-3,50,EUR\n")
		_, err = w.Choose(w.ctx, ana.ID, r.ID, campaign.RailGiftCode)
		w.must(err)
		_, o2 := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		_, j, _ := w.gifted(o2, "Bob")
		_, err = w.Pause(w.ctx, finance, reward.CampaignScope(o.CampaignID), "first the others")
		w.must(err)
		w.paid(j)
		_, err = w.Resume(w.ctx, finance, reward.CampaignScope(o.CampaignID), "now these")
		w.must(err)
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Approved || r.HeldReason != reward.HeldNoStock || len(w.cases(reward.CaseStock)) != 1 {
			t.Fatalf("%s %q with %d cases, want approved and waiting with one", r.State, r.HeldReason, len(w.cases(reward.CaseStock)))
		}
		story, err := w.Story(w.ctx, r.ID)
		w.must(err)
		if !slices.ContainsFunc(story.Steps, func(s reward.Step) bool { return strings.Contains(s.Text, "no gift code of 50.00 EUR") }) {
			t.Errorf("the story does not say why it waits: %+v", story.Steps)
		}
		_, err = w.Choose(w.ctx, ana.ID, r.ID, campaign.RailManual)
		w.must(err)
		w.sweep()
		if r = w.get(r.ID); r.State != reward.Issuing || r.HeldReason != "" || len(w.cases(reward.CaseStock)) != 0 {
			t.Errorf("%s %q with %d cases, want on its way by hand", r.State, r.HeldReason, len(w.cases(reward.CaseStock)))
		}
		w.verified()
	})
}

// A prospect has no address on file, so an old offer's promise of a code becomes a case instead of an open door.
func TestGift_IsForCustomersOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		file, _ := codes(3)
		w.stock(file)
		_, o := w.campaign(1_000_00, nil, campaign.Rule{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 50_00, Rails: []campaign.Rail{campaign.RailGiftCode}})
		i := w.introduction(o, w.customer("Ana").ID, introduction.Accepted)
		w.accrue(i, campaign.OnAccepted, nil, false)
		w.sweep()
		if r := w.one(i); r.State != reward.Approved || len(w.cases(reward.CasePayee)) != 1 || w.counted().Free != 3 {
			t.Errorf("%s, stock %+v, %d cases", r.State, w.counted(), len(w.cases(reward.CasePayee)))
		}
	})
}

// The whole file or nothing; each wrong row is named, none of them by its code; the same again changes nothing.
func TestTakeStock_TakesAllOrNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		head := "code,amount,currency,expires,label,pin\n"
		for name, c := range map[string]struct {
			file string
			want []string // fields
		}{
			"empty":           {"", []string{"file"}},
			"no column":       {"code,currency\nAB-1,EUR\n", []string{"file"}},
			"only a head":     {head, []string{"file"}},
			"not UTF-8":       {head + "AB-\xff,1,EUR\n", []string{"file"}},
			"three bad rows":  {head + "GOOD-1,25,EUR\n,25,EUR\nSECRET-1,0,EUR\n\nSECRET-2,25.001,XYZ,2020-01-01\n", []string{"line 3: code", "line 4: amount", "line 6: currency", "line 6: expires"}},
			"no date":         {head + "SECRET-1,25,EUR,soon\n", []string{"line 2: expires"}},
			"open quote":      {head + "GOOD-1,25,EUR\n\"SECRET-1,25,EUR\n", []string{"line 3: row"}},
			"another value":   {head + "SECRET-1,25,EUR\nSECRET-1,26,EUR\n", []string{"line 3: amount"}},
			"a million euros": {head + "SECRET-1,1000000,EUR\n", []string{"line 2: amount"}},
		} {
			_, err := w.TakeStock(w.ctx, finance, reward.StockFile{Reader: strings.NewReader(c.file)})
			var got []string
			if f := fault.As(err); err != nil && f.Code == fault.Invalid {
				for _, p := range f.Problems {
					got = append(got, p.Field)
				}
				if strings.Contains(err.Error(), "SECRET") {
					t.Errorf("%s: the error repeats a code", name)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: problems at %v (%v), want %v", name, got, err, c.want)
			}
		}
		if s, err := w.Stock(w.ctx, finance); err != nil || len(s.Lines) != 0 || w.balance(ledger.GiftCards) != 0 {
			t.Fatalf("something was taken: %+v %v", s, err)
		}
		good := head + "AB-1,25.00,EUR,2027-12-31,\"Books, and more\",\nAB-2, 30 ,usd\nAB-1,25,EUR\n"
		dry, err := w.TakeStock(w.ctx, finance, reward.StockFile{Reader: strings.NewReader(good), DryRun: true})
		w.must(err)
		if dry.Added != 2 || dry.Known != 1 || dry.UploadID != "" || w.balance(ledger.GiftCards) != 0 {
			t.Errorf("dry run: %+v", dry)
		}
		if got := w.stock("\uFEFF" + good); got.Added != 2 || got.Known != 1 || len(got.Worth) != 2 || w.balance(ledger.GiftCards) != 25_00 {
			t.Errorf("taken: %+v with %d in the books", got, w.balance(ledger.GiftCards))
		}
		if got := w.stock(good); got.Added != 0 || got.Known != 3 || got.UploadID != "" || w.balance(ledger.GiftCards) != 25_00 {
			t.Errorf("the same again: %+v", got)
		}
		if _, err := w.TakeStock(w.ctx, finance, reward.StockFile{Reader: strings.NewReader(head + "AB-2,31,USD\n")}); code(err) != fault.Invalid {
			t.Errorf("a known code with another value: %v", err)
		}
		for _, actor := range []audit.Actor{marketer, rep, viewer, audit.System("test")} {
			if _, err := w.TakeStock(w.ctx, actor, reward.StockFile{Reader: strings.NewReader(good)}); code(err) != fault.Forbidden {
				t.Errorf("%s took codes into stock: %v", actor.Role, err)
			}
			if _, err := w.Stock(w.ctx, actor); code(err) != fault.Forbidden {
				t.Errorf("%s counted the stock: %v", actor.Role, err)
			}
		}
		w.verified()
	})
}

// Verify sees when stock, payouts and books part.
func TestVerify_SeesAWrongStock(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, damage := range map[string]string{
			"a code vanishes":              "DELETE FROM gift_code WHERE payout_id IS NULL",
			"a code is worth more":         "UPDATE gift_code SET amount_minor = 5100 WHERE payout_id IS NULL",
			"a given code is free again":   "UPDATE gift_code SET payout_id = NULL, reward_id = NULL, bound_at = NULL WHERE payout_id IS NOT NULL",
			"a code is shown to nobody":    "UPDATE gift_code SET shown_at = bound_at WHERE payout_id IS NOT NULL",
			"a payout names another code":  "UPDATE payout SET rail_object = 'gc_other' WHERE rail = 'gift_code'",
			"a bound code changes payouts": "UPDATE payout SET rail = 'transfer' WHERE rail = 'gift_code'",
		} {
			w := newWorld(t, dbtestFresh(t, d))
			file, _ := codes(2)
			w.stock(file)
			_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
			_, i, _ := w.gifted(o, "Ana")
			w.paid(i)
			w.verified()
			_, err := w.db.NewRaw(damage).Exec(w.ctx)
			w.must(err)
			found := 0
			_, err = w.Verify(w.ctx, reward.Heads{}, func(f reward.Finding) {
				if f.Kind == reward.WrongStock {
					found++
				}
			})
			w.must(err)
			if found == 0 {
				t.Errorf("%s: nothing was found", name)
			}
		}
	})
}

// dbtestFresh is another empty database on the same engine.
func dbtestFresh(t *testing.T, like *db.DB) *db.DB {
	t.Helper()
	if like.Engine() == db.Postgres {
		return dbtest.Postgres(t)
	}
	return dbtest.SQLite(t)
}

// What ended in stock is a loss that is booked once, whoever presses how often; what was given away is none.
func TestGift_WrittenOffOnceWhenItHasEnded(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		end := w.clock.now().AddDate(0, 0, 40)
		w.stock("code,amount,currency,expires\nE-1,50,EUR," + end.Format(time.DateOnly) + "\nE-2,50,EUR," + end.Format(time.DateOnly) +
			"\nU-1,20,USD," + end.Format(time.DateOnly) + "\nE-3,50,EUR," + end.AddDate(0, 1, 0).Format(time.DateOnly) + "\nE-4,50,EUR,\n")
		_, o := w.campaign(1_000_00, nil, thanks(50_00, campaign.RailGiftCode))
		_, i, deal := w.gifted(o, "Ana")
		w.paid(i) // by E-3: what ends within 30 days is not given any more
		if lost, err := w.WriteOffStock(w.ctx, finance); err != nil || lost.Codes != 0 {
			t.Errorf("before any has ended: %+v %v", lost, err)
		}
		w.clock.pass(11 * day)
		if lost, err := w.WriteOffStock(w.ctx, rep); code(err) != fault.Forbidden {
			t.Errorf("a rep writes off %+v: %v", lost, err)
		}
		var sum int64
		var group sync.WaitGroup
		var mu sync.Mutex
		for range 8 {
			group.Go(func() {
				lost, err := w.WriteOffStock(w.ctx, finance)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				sum += lost.Codes
			})
		}
		group.Wait()
		if sum != 3 {
			t.Errorf("%d codes were written off, want 3", sum)
		}
		if got := w.balance(ledger.Breakage); got != -100_00 {
			t.Errorf("the loss in EUR is %d, want 10000 on the debit side", got)
		}
		if got := w.balance(ledger.GiftCards); got != 50_00 {
			t.Errorf("%d are left in the books, want the one code that never ends", got)
		}
		w.verified()
		noted, err := audit.List(w.ctx, w.db, audit.Filter{Action: "gift_codes.written_off"}, db.Page{})
		w.must(err)
		if len(noted.Items) != 1 {
			t.Errorf("%d entries in the audit, want 1", len(noted.Items))
		}
		stock, err := w.Stock(w.ctx, finance)
		w.must(err)
		for _, l := range stock.Lines {
			if l.Expired != 0 || l.WrittenOff != map[string]int64{"EUR": 2, "USD": 1}[l.Amount.Currency] {
				t.Errorf("stock %+v", l)
			}
		}
		if again := w.stock("code,amount,currency\nE-1,50,EUR\n"); again.Added != 0 || again.Known != 1 {
			t.Errorf("the same code again: %+v", again)
		}

		// It was given away, ended unseen and comes back: now it is a loss, too.
		w.clock.pass(60 * day)
		w.refund(i, &deal, 900_00)
		w.sweep()
		if lost, err := w.WriteOffStock(w.ctx, finance); err != nil || lost.Codes != 1 {
			t.Errorf("what came back after its end: %+v %v", lost, err)
		}
		w.verified()
	})
}
