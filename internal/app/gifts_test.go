package app_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	introductions "goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/money"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
)

// giftTown is a town whose campaign pays gift codes of EUR 50.00.
func giftTown(f *apptest.Fleet, rails ...campaign.Rail) *town {
	return newTown(f, 10_000_000_00, campaign.Rule{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 50_00,
		Rails: append([]campaign.Rail{campaign.RailGiftCode}, rails...)})
}

// wins closes one more introduction of a customer.
func (c *town) wins(customerID string) introductions.Introduction {
	c.T.Helper()
	c.people++
	row, err := c.App.Introductions.ByHand(c.Context(), system, introductions.Manual{CampaignID: c.campaign.ID, IntroducerCustomerID: customerID,
		Submission: introductions.Submission{FirstName: "Ben", Note: "You two should talk.", How: introductions.HowSelf, Channel: "copy"}})
	c.Must(err)
	row, err = c.App.Introductions.Accept(c.Context(), introductions.Prospect{IntroductionID: row.ID}, introductions.Answer{How: introductions.ByEmail,
		Name: "Ben Ossen", Email: fmt.Sprintf("ben-%d@harbor.example", c.people), ConsentText: "Yes, introduce us."})
	c.Must(err)
	row, err = c.App.Introductions.RecordDeal(c.Context(), introductions.NewDeal{IntroductionID: row.ID, Source: introductions.FromStripe,
		ExternalID: "in_" + row.ID, Amount: money.New(900_00, "EUR"), Actor: stripe})
	c.Must(err)
	return row
}

func (c *town) rewardOf(i introductions.Introduction) rewards.Reward {
	c.T.Helper()
	rows, err := c.App.Rewards.ForIntroduction(c.Context(), i.ID)
	c.Must(err)
	if len(rows) != 1 {
		c.T.Fatalf("introduction %s has %d rewards, want 1", i.ID, len(rows))
	}
	return rows[0]
}

// The whole way of a gift code through the pages: chosen, approved, told by mail, shown behind a code by mail and to nobody
// else (S3), and taken back before and after it was seen.
func TestGifts_FromTheChoiceToTheCode(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		t, c := w.T, giftTown(&apptest.Fleet{World: w}, campaign.RailManual)
		plain := []string{"BOOKS-QX71-0001", "BOOKS-QX71-0002"}
		w.Private(plain...)
		felix := w.As(staff.Finance, "Felix Amann", "felix.amann@brightwater.example")
		var stocked struct {
			Added int64    `json:"added"`
			Worth []amount `json:"worth"`
		}
		file := "code,amount,currency,expires,label,pin\n" + plain[0] + ",50,EUR,2027-12-31,Lanternfish Books,4711\n" + plain[1] + ",50,EUR,2027-12-31,Lanternfish Books,4711\n"
		felix.Upload("/gift-codes?name=codes.csv", "text/csv", file, &stocked)
		if stocked.Added != 2 || stocked.Worth[0] != (amount{100_00, "EUR"}) {
			t.Fatalf("taken into stock: %+v", stocked)
		}
		if status, answer := c.rosaAsks("/gift-codes"); status != http.StatusForbidden {
			t.Errorf("a rep may look at the stock: %d %s", status, answer)
		}
		_, answer := felix.Do(http.MethodGet, "/gift-codes", nil)
		if strings.Contains(string(answer), plain[0]) || !strings.Contains(string(answer), "Lanternfish") {
			t.Errorf("the stock is told as %s", answer)
		}

		ana, err := w.App.Customers.Create(w.Context(), system, customer.Draft{FirstName: "Ana", LastName: "Kovač", Email: anaMail, Country: "GB", OwnerID: c.rosa.ID})
		w.Must(err)
		var url string
		w.Must(w.App.DB.InTx(w.Context(), func(ctx context.Context, tx db.Tx) error {
			token, err := w.App.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: customer.ForCustomer, CustomerID: ana.ID, ExpiresAt: w.Now().AddDate(1, 0, 0)})
			url = w.App.Customers.Links.TokenURL(customer.ForCustomer, token)
			return err
		}))
		first, second := c.wins(ana.ID), c.wins(ana.ID)
		w.Skip(31 * day)

		// Chosen and approved: it is hers, and the mail holds no code.
		b := w.Browser()
		page := b.Open(url + "/rewards").Shows("A gift code")
		id := c.rewardOf(first).ID
		page.FormWith("reward", id).Choose("rail", "gift_code").Send().Want(http.StatusOK).Shows("Saved")
		w.Sweep()
		if r := c.rewardOf(first); r.State != rewards.Issued {
			t.Fatalf("after the choice the reward is %s (%s)", r.State, r.HeldReason)
		}
		if letter := w.Mail(anaMail, "for you"); strings.Contains(letter.Text+letter.HTML, "BOOKS") || !strings.Contains(letter.Text, "gift code") {
			t.Errorf("the mail about the gift code:\n%s", letter.Text)
		}
		w.Verify("after the payout")

		// The link alone: no code, no button, and a made-up form is refused.
		stranger := w.Browser()
		page = stranger.Open(url+"/rewards").Shows("Yours", "ready", "confirm").Hides(plain[0], plain[1], "4711", "Show my gift code")
		form := page.FormWith("reward", c.rewardOf(second).ID)
		c.reveals(url+"/rewards", form.Value("nonce"), id, http.StatusForbidden)
		// Five wrong codes end a code, even for who knows it at last; another one ends after ten minutes.
		ask := stranger.Open(url + "/code?next=rewards").Main().Send()
		right := c.codeFor(anaMail)
		for range 5 {
			ask = ask.Main().Fill("code", other(right)).Send().Want(http.StatusUnprocessableEntity)
		}
		ask.Main().Fill("code", right).Send().Want(http.StatusUnprocessableEntity)
		ask = stranger.Open(url + "/code?next=rewards").Main().Send()
		right = c.codeFor(anaMail)
		w.Skip(10*time.Minute + time.Second)
		ask.Main().Fill("code", right).Send().Want(http.StatusUnprocessableEntity)
		stranger.Open(url+"/rewards").Hides(plain[0], plain[1], "Show my gift code")
		if r := c.rewardOf(first); r.State != rewards.Issued {
			t.Fatalf("nobody has seen the code, but the reward is %s", r.State)
		}

		// Ana confirms the code by mail: looking shows nothing yet, pressing the button does, for good.
		ask = b.Open(url + "/code?next=rewards").Main().Send()
		page = ask.Main().Fill("code", c.codeFor(anaMail)).Send().Want(http.StatusOK).Shows("Show my gift code", "31 December 2027").Hides(plain[0], plain[1], "4711")
		page = page.FormWith("reveal", "1").Press("reveal", "1").Want(http.StatusOK).Shows("BOOKS-QX71-000", "4711", "Lanternfish Books")
		b.Open(page.URL).Shows("BOOKS-QX71-000").Hides("Show my gift code")
		b.Open(url + "/mine").Hides("BOOKS-QX71-000")
		stranger.Open(url + "/rewards").Hides("BOOKS-QX71-000")
		if r := c.rewardOf(first); r.State != rewards.Redeemed {
			t.Errorf("after it was shown the reward is %s", r.State)
		}
		noted, err := audit.List(w.Context(), w.App.DB, audit.Filter{Action: "gift_code.shown"}, db.Page{})
		w.Must(err)
		if len(noted.Items) != 1 || noted.Items[0].Actor.ID != ana.ID {
			t.Errorf("the audit knows of %+v", noted.Items)
		}
		w.Verify("after it was shown")

		// Undone after it was seen: she owes it. Undone before: the code is back in stock.
		b.Open(url+"/rewards").FormWith("reward", c.rewardOf(second).ID).Choose("rail", "gift_code").Send().Want(http.StatusOK)
		w.Sweep()
		if r := c.rewardOf(second); r.State != rewards.Issued {
			t.Fatalf("the second reward is %s (%s)", r.State, r.HeldReason)
		}
		_, err = w.App.Introductions.Unwind(w.Context(), system, second.ID, "The order was returned.")
		w.Must(err)
		w.Sweep()
		w.Verify("after the second was taken back unseen")
		_, err = w.App.Introductions.Unwind(w.Context(), system, first.ID, "The order was returned.")
		w.Must(err)
		w.Sweep()
		w.Verify("after the first was taken back")
		if one, two := c.rewardOf(first).State, c.rewardOf(second).State; one != rewards.Clawback || two != rewards.Reversed {
			t.Errorf("taken back: seen %s and unseen %s, want clawback and reversed", one, two)
		}
		for account, want := range map[string]int64{ledger.GiftCards: 50_00, ledger.Clawback(ana.ID): 50_00, ledger.Bank: -100_00} {
			if got, err := ledger.Balance(w.Context(), w.App.DB, account, "EUR"); err != nil || got != want {
				t.Errorf("%s holds %d (%v), want %d", account, got, err, want)
			}
		}
		b.Open(url+"/rewards").Shows("Taken back").Hides("BOOKS-QX71-000", "Show my gift code")
		w.VerifyLog()
	})
}

func (c *town) rosaAsks(path string) (int, []byte) {
	c.T.Helper()
	return c.SignIn(c.rosa).Do(http.MethodGet, path, nil)
}

// reveals posts the form that shows a code as somebody would who has the link and no more.
func (c *town) reveals(address, nonce, reward string, want int) {
	c.T.Helper()
	form := url.Values{"nonce": {nonce}, "reward": {reward}, "reveal": {"1"}}
	req, err := http.NewRequestWithContext(c.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	c.Must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", c.URL)
	res, err := http.DefaultClient.Do(req)
	c.Must(err)
	defer func() { c.Must(res.Body.Close()) }()
	if res.StatusCode != want {
		c.T.Errorf("a made-up form is answered %d, want %d", res.StatusCode, want)
	}
}

// codeFor reads the newest step-up code from the mail.
func (c *town) codeFor(address string) string {
	c.T.Helper()
	return regexp.MustCompile(`[0-9]{6}`).FindString(c.Mail(address, "is your code").Subject)
}

// other is a code that is not this one.
func other(code string) string {
	if code == "123456" {
		return "654321"
	}
	return "123456"
}

// M8: more approved rewards than codes, servers that are killed again and again, and as many workers beside them. Each code
// has one reward and each paid reward one code; what is left waits with a reason; nothing of it can be read in the database.
func TestGiftKills_OneCodeOneReward(t *testing.T) {
	t.Parallel()
	stocked, earned, kills, workers := 12, 16, 3, 4
	if proving() {
		stocked, earned, kills, workers = 500, 600, 50, 64
	}
	dbtest.EachURL(t, func(t *testing.T, databaseURL string) {
		random := rand.New(rand.NewPCG(seed(t), 8))
		servers := 3
		if strings.HasPrefix(databaseURL, "sqlite:") {
			servers = 1
		}
		f := apptest.NewFleet(t, databaseURL, servers)
		c := giftTown(f)
		felix := f.Member(staff.NewMember{Email: "felix@brightwater.example", Name: "Felix Amann", Role: staff.Finance})
		actor := audit.Actor{Kind: audit.KindStaff, ID: felix.ID, Name: felix.Name, Role: string(felix.Role)}
		var file strings.Builder
		file.WriteString("code,amount,currency\n")
		var plain []string
		for range stocked {
			plain = append(plain, "G-"+ident.NewCode(16))
			fmt.Fprintf(&file, "%s,50,EUR\n", plain[len(plain)-1])
		}
		_, err := f.App.Rewards.TakeStock(f.Context(), actor, rewards.StockFile{Reader: strings.NewReader(file.String())})
		f.Must(err)
		for range earned {
			c.closed("", 900_00)
		}
		f.Pass(31 * day)
		midway := 0
		for n := range kills {
			p := f.Process(n % servers)
			p.Start()
			if random.IntN(4) > 0 {
				p.Ready()
			}
			// It dies when a few more codes are given, or when nothing is to be given any more.
			before := c.bound()
			until := before + 1 + random.IntN(1+2*stocked/kills)
			c.together(workers, until, 1500*time.Millisecond)
			p.Kill()
			if now := c.bound(); now > before && now < stocked {
				midway++
			}
			f.Pass(time.Duration(35+random.IntN(200)) * time.Second)
		}
		for n := range servers {
			f.Process(n).Start()
			f.Process(n).Ready()
		}
		next := time.Now()
		f.Until("every code to be given", func() bool {
			if c.settled() == stocked && c.waiting() == earned-stocked {
				return true
			}
			if time.Now().After(next) {
				next = time.Now().Add(300 * time.Millisecond)
				f.Pass(time.Minute)
			}
			return false
		})
		for n := range servers {
			f.Process(n).Kill()
		}
		c.eachCodeOnce(stocked)
		v, err := f.App.Verify(f.Context())
		f.Must(err)
		for _, x := range v.Findings {
			t.Errorf("verify finds %s", x)
		}
		copied := strings.Join(tables(f.World), "\n")
		for _, code := range plain {
			if strings.Contains(copied, code) {
				t.Fatal("the database shows a code")
			}
		}
		if midway == 0 && proving() {
			t.Error("no server was killed while codes were given: that proves nothing")
		}
		t.Logf("%d codes for %d rewards on %d servers, %d kills, %d of them while codes were given. %s", stocked, earned, servers, kills, midway, v.Summary)
	})
}

// together begins payouts from many goroutines beside the servers, until a number of codes is given or the time is up.
func (c *town) together(workers, until int, patience time.Duration) {
	c.T.Helper()
	ctx, stop := context.WithTimeout(c.T.Context(), patience)
	defer stop()
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for ctx.Err() == nil {
				// A worker that is stopped in the middle is one more crash.
				if _, err := c.App.Rewards.Due(ctx); err != nil && ctx.Err() == nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Unavailable) {
					c.T.Error(err)
				}
			}
		})
	}
	for ctx.Err() == nil && c.bound() < until {
		<-time.After(10 * time.Millisecond)
	}
	stop()
	group.Wait()
}

func (c *town) count(query string, args ...any) int {
	c.T.Helper()
	var n int
	ctx := c.Context()
	for {
		err := c.App.DB.NewRaw(query, args...).Scan(ctx, &n)
		if err == nil {
			return n
		}
		// Stopped workers leave broken connections behind.
		if !errors.Is(err, driver.ErrBadConn) || ctx.Err() != nil {
			c.Must(err)
		}
	}
}

func (c *town) bound() int {
	return c.count("SELECT count(*) FROM gift_code WHERE payout_id IS NOT NULL")
}
func (c *town) settled() int {
	return c.count("SELECT count(*) FROM payout WHERE state = 'settled'")
}

func (c *town) waiting() int {
	return c.count("SELECT count(*) FROM reward WHERE state = 'approved' AND held_reason = 'out_of_stock'")
}

// eachCodeOnce asks the tables themselves: no code for two, none for nobody.
func (c *town) eachCodeOnce(want int) {
	c.T.Helper()
	for question, query := range map[string]string{
		"codes are given":            "SELECT count(DISTINCT id) FROM gift_code WHERE payout_id IS NOT NULL",
		"rewards have a code":        "SELECT count(DISTINCT reward_id) FROM gift_code WHERE reward_id IS NOT NULL",
		"issued rewards have theirs": "SELECT count(*) FROM gift_code AS g JOIN reward AS r ON r.id = g.reward_id JOIN payout AS p ON p.id = g.payout_id WHERE r.state = 'issued' AND p.state = 'settled'",
		"rewards are issued":         "SELECT count(*) FROM reward WHERE state = 'issued'",
	} {
		if n := c.count(query); n != want {
			c.T.Errorf("%d %s, want %d", n, question, want)
		}
	}
}

// tables returns everything that a copy of the database shows.
func tables(w *apptest.World) []string {
	w.T.Helper()
	var out []string
	for _, text := range dump(w) {
		out = append(out, text)
	}
	return out
}

// A file of gift codes may be larger than a document, and what has ended is written off over the API by finance alone.
func TestGifts_LargeFileAndLoss(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		felix := w.As(staff.Finance, "Felix Amann", "felix.amann@brightwater.example")
		var file strings.Builder
		file.WriteString("code,amount,currency,expires\n")
		ends := w.App.Now().AddDate(0, 0, 1).Format(time.DateOnly)
		for n := range 3_000 {
			fmt.Fprintf(&file, "%0400d,50,EUR,%s\n", n, ends)
		}
		var stocked struct {
			Added int64 `json:"added"`
		}
		felix.Upload("/gift-codes?name=large.csv", "text/csv", file.String(), &stocked)
		if stocked.Added != 3_000 {
			t.Fatalf("%d codes of a file of %d bytes were taken, want 3000", stocked.Added, file.Len())
		}
		w.Skip(3 * day)
		rosa := w.As(staff.Rep, "Rosa Winter", "rosa.winter@brightwater.example")
		if status, _ := rosa.Do(http.MethodPost, "/gift-codes/write-off", nil); status != http.StatusForbidden {
			t.Errorf("a rep is answered %d, want 403", status)
		}
		for _, want := range []int64{3_000, 0} {
			var lost struct {
				Codes int64    `json:"codes"`
				Worth []amount `json:"worth"`
			}
			felix.Post("/gift-codes/write-off", nil, &lost)
			if lost.Codes != want || len(lost.Worth) != min(1, int(want)) {
				t.Errorf("written off %+v, want %d codes", lost, want)
			}
		}
		w.Verify("after they were written off")
	})
}
