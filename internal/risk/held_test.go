package risk_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"goodword/internal/audit"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/ledger"
	"goodword/internal/reward"
	"goodword/internal/risk"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

func readList(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(risk.Embedded(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// F5: whichever check fails, takes too long or panics, the reward is held with the check's name, tried again, and never approved.
func TestExamine_FailingChecksHoldAndAreMadeAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for name, with := range map[string]func(context.Context) error{
			"error": func(context.Context) error { return errors.New("the store is away") },
			"panic": func(context.Context) error { panic("index out of range") },
			"time":  func(context.Context) error { return context.DeadlineExceeded },
			"query": func(ctx context.Context) error {
				_, err := w.db.NewSelect().TableExpr("no_such_table").Count(ctx)
				return err
			},
		} {
			for _, check := range risk.Names() {
				row, _ := w.introduce(w.customer(nil), pair{})
				w.clock.pass(31 * day)
				w.risk.Break(check, with)
				_, err := w.rewards.Mature(w.ctx())
				if err == nil {
					t.Errorf("%s in %s: nobody was told", name, check)
				}
				r := w.reward(row)
				if r.State != reward.Held || r.HeldReason != reward.HeldCheckFailed {
					t.Fatalf("%s in %s: %s %s", name, check, r.State, r.HeldReason)
				}
				found, err := w.risk.Findings(w.ctx(), nil, []string{r.ID})
				w.must(err)
				if !slices.ContainsFunc(found[r.ID], func(f risk.Finding) bool { return f.Name == "check_failed" && f.Evidence[0].What == string(check) }) {
					t.Errorf("%s in %s: findings %+v", name, check, found[r.ID])
				}
				// No person's word stands in for the checks.
				if _, err := w.rewards.Approve(w.ctx(), finn, r.ID, "fine"); !fault.Is(err, fault.Unavailable) {
					t.Errorf("%s in %s: approved by a person: %v", name, check, err)
				}
				_, err = w.rewards.Release(w.ctx(), finn, r.ID, "fine")
				w.must(err)
				if _, err := w.rewards.Mature(w.ctx()); err == nil || w.reward(row).HeldReason != reward.HeldCheckFailed {
					t.Errorf("%s in %s: released by a person: %v, %s", name, check, err, w.reward(row).State)
				}
				w.clock.pass(16 * time.Minute)
				if _, err := w.rewards.Mature(w.ctx()); err == nil || w.reward(row).State != reward.Held {
					t.Errorf("%s in %s, again: %v, %s", name, check, err, w.reward(row).State)
				}
				w.risk.Mend()
				w.clock.pass(16 * time.Minute)
				_, err = w.rewards.Mature(w.ctx())
				w.must(err)
				if r := w.reward(row); r.State != reward.Approved {
					t.Errorf("%s in %s, mended: %s %s", name, check, r.State, r.HeldReason)
				}
			}
		}
	})
}

// Whoever approves before the sweep has come by decides about what the checks find, not without them.
func TestApprove_NotBeforeTheChecksWereSeen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, _ := w.introduce(w.customer(func(d *customer.Draft) { d.StripeCustomer = "cus_x" }), pair{payer: "cus_x"})
		w.clock.pass(31 * day)
		id := w.reward(row).ID
		if _, err := w.rewards.Approve(w.ctx(), finn, id, "fine"); !fault.Is(err, fault.Conflict) {
			t.Errorf("approved unseen: %v", err)
		}
		if r := w.reward(row); r.State != reward.Held || r.HeldReason != reward.HeldRisk || r.HeldNote != string(risk.Self) {
			t.Fatalf("%s %s %s", r.State, r.HeldReason, r.HeldNote)
		}
		w.review(id, reward.CaseReview)
		_, err := w.rewards.Approve(w.ctx(), finn, id, "One accountant pays for both.")
		w.must(err)
		if r := w.reward(row); r.State != reward.Approved {
			t.Errorf("seen and approved: %s %s", r.State, r.HeldReason)
		}
	})
}

// A check that hangs is cut off by the bound on its time, inside the transaction that holds the reward.
func TestExamine_HangingCheckIsCutOff(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, _ := w.introduce(w.customer(nil), pair{})
		w.clock.pass(31 * day)
		w.risk.Break(risk.Refunds, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		if _, err := w.rewards.Mature(w.ctx()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if r := w.reward(row); r.State != reward.Held || r.HeldReason != reward.HeldCheckFailed {
			t.Errorf("%s %s", r.State, r.HeldReason)
		}
	})
}

// F5, F10: without its list the check of addresses cannot be made, and nothing is approved.
func TestDisposable_MissingListHolds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for name, files := range map[string]fs.FS{
			"missing": fstest.MapFS{}, "empty": fstest.MapFS{"lists/disposable.txt": {Data: []byte("# nothing\n")}, "lists/free.txt": {Data: []byte("gmail.com\n")}},
		} {
			row, _ := w.introduce(w.customer(nil), pair{})
			w.risk.UseLists(files)
			w.clock.pass(31 * day)
			if _, err := w.rewards.Mature(w.ctx()); err == nil {
				t.Errorf("%s: nobody was told", name)
			}
			if r := w.reward(row); r.State != reward.Held || r.HeldReason != reward.HeldCheckFailed {
				t.Errorf("%s: %s %s", name, r.State, r.HeldReason)
			}
			w.risk.UseLists(risk.Embedded())
		}
	})
}

// suspect is a matured reward that is held because its owner introduced themselves, with its review.
func (w *world) suspect() (reward.Reward, reward.Case) {
	w.t.Helper()
	w.count++
	payer := fmt.Sprintf("cus_%d", w.count)
	row, _ := w.introduce(w.customer(func(d *customer.Draft) { d.StripeCustomer = payer }), pair{payer: payer})
	if row.Review != "to_review" || row.Flagged != "self" {
		w.t.Fatalf("introduction is %q %q after it was looked at", row.Review, row.Flagged)
	}
	w.mature()
	r := w.reward(row)
	if r.State != reward.Held || r.HeldReason != reward.HeldRisk || r.HeldNote != "self" {
		w.t.Fatalf("reward is %s %s %s", r.State, r.HeldReason, r.HeldNote)
	}
	return r, w.review(r.ID, reward.CaseReview)
}

func (w *world) review(rewardID, kind string) reward.Case {
	w.t.Helper()
	page, err := w.rewards.Cases(w.ctx(), reward.CaseFilter{State: reward.CaseOpen, Kind: kind, RewardID: rewardID}, db.Page{})
	w.must(err)
	if len(page.Items) != 1 {
		w.t.Fatalf("%d open cases of kind %s, want 1", len(page.Items), kind)
	}
	return page.Items[0]
}

func (w *world) balance(account string) int64 {
	w.t.Helper()
	page, err := ledger.Accounts(w.ctx(), w.db, account, db.Page{})
	w.must(err)
	sum := int64(0)
	for _, a := range page.Items {
		if a.Name == account {
			sum += a.BalanceMinor
		}
	}
	return sum
}

// F6: release and reject move the money as the books say, and close the review.
func TestReview_MoneyMovesWithTheDecision(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r, c := w.suspect()
		if got := w.balance("L:held:" + r.ID); got != 50_00 {
			t.Errorf("held %d, want 5000", got)
		}
		c, err := w.rewards.ResolveCase(w.ctx(), finn, c.ID, reward.Resolution{Action: reward.ActionRelease, Note: "They are two people."})
		w.must(err)
		if c.State != reward.CaseResolved || c.ResolvedBy != finn.ID {
			t.Errorf("case %+v", c)
		}
		if held, pending := w.balance("L:held:"+r.ID), w.balance("L:pending:"+r.ID); held != 0 || pending != 50_00 {
			t.Errorf("held %d, pending %d", held, pending)
		}
		_, err = w.rewards.Mature(w.ctx())
		w.must(err)
		if got, err := w.rewards.ByID(w.ctx(), w.db, r.ID); err != nil || got.State != reward.Approved {
			t.Errorf("released reward is %s, %v", got.State, err)
		}
		if names := w.names("", r.ID); names != "" {
			t.Errorf("still open: %s", names)
		}

		r, c = w.suspect()
		_, err = w.rewards.ResolveCase(w.ctx(), finn, c.ID, reward.Resolution{Action: reward.ActionReject, Note: "The same person as Ben.", Why: "self"})
		w.must(err)
		got, err := w.rewards.ByID(w.ctx(), w.db, r.ID)
		w.must(err)
		if got.State != reward.Reversed || got.RejectedBy != finn.ID || got.RejectedWhy != "self" || w.balance("L:held:"+r.ID) != 0 {
			t.Errorf("rejected reward is %s by %s why %s, held %d", got.State, got.RejectedBy, got.RejectedWhy, w.balance("L:held:"+r.ID))
		}
		found, err := w.risk.Findings(w.ctx(), nil, []string{r.ID})
		w.must(err)
		if len(found[r.ID]) == 0 || found[r.ID][0].State != risk.Confirmed {
			t.Errorf("findings %+v", found[r.ID])
		}
	})
}

// F6: of two reviewers at once one wins, and the other is told by whom.
func TestReview_OneOfTwoReviewersWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for range 3 {
			r, c := w.suspect()
			errs := make([]error, 2)
			var both sync.WaitGroup
			for i, how := range []reward.Resolution{{Action: reward.ActionRelease, Note: "fine"}, {Action: reward.ActionReject, Note: "not fine"}} {
				both.Go(func() {
					_, errs[i] = w.rewards.ResolveCase(w.ctx(), []audit.Actor{finn, olga}[i], c.ID, how)
				})
			}
			both.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("both or none decided: %v, %v", errs[0], errs[1])
			}
			loser := errs[0]
			if loser == nil {
				loser = errs[1]
			}
			if !fault.Is(loser, fault.Conflict) || !strings.Contains(fault.As(loser).Message, "decided") {
				t.Errorf("the second was told %v", loser)
			}
			got, err := w.rewards.ByID(w.ctx(), w.db, r.ID)
			w.must(err)
			if want := map[bool]reward.State{true: reward.Pending, false: reward.Reversed}[errs[0] == nil]; got.State != want {
				t.Errorf("reward is %s, want %s", got.State, want)
			}
		}
	})
}

// F13: what is not a person cannot reject, whatever its role.
func TestReject_NeedsAPersonAndAReason(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		r, c := w.suspect()
		for _, a := range []audit.Actor{audit.System("risk.look"), {Kind: audit.KindAPIKey, ID: "key", Role: string(staff.Owner)}, {Kind: audit.KindStaff, Role: string(staff.Owner)},
			stripe, {Kind: audit.KindCustomer, ID: r.CustomerID}, mara, {}} {
			if _, err := reward.ReviewerOf(a); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s %s is a reviewer: %v", a.Kind, a.Role, err)
			}
			if _, err := w.rewards.ResolveCase(w.ctx(), a, c.ID, reward.Resolution{Action: reward.ActionReject, Note: "no"}); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s %s decided: %v", a.Kind, a.Role, err)
			}
		}
		if _, err := w.rewards.Reject(w.ctx(), reward.Reviewer{}, r.ID, reward.Rejection{Note: "no"}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("nobody rejected: %v", err)
		}
		by, err := reward.ReviewerOf(finn)
		w.must(err)
		if _, err := w.rewards.Reject(w.ctx(), by, r.ID, reward.Rejection{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("rejected without a reason: %v", err)
		}
		if got, err := w.rewards.ByID(w.ctx(), w.db, r.ID); err != nil || got.State != reward.Held {
			t.Errorf("reward is %s, %v", got.State, err)
		}
	})
}

// GDPR 22: the owner says something against it once; another person decides; granted, it is earned again and goes on.
func TestAppeal_AnotherPersonDecides(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		reject := func() reward.Reward {
			r, c := w.suspect()
			if _, err := w.rewards.Appeal(w.ctx(), r.CustomerID, r.ID, "Not yet rejected."); !fault.Is(err, fault.Conflict) {
				t.Errorf("appeal before a rejection: %v", err)
			}
			_, err := w.rewards.ResolveCase(w.ctx(), finn, c.ID, reward.Resolution{Action: reward.ActionReject, Note: "The same person.", Why: "self"})
			w.must(err)
			return r
		}
		r := reject()
		if _, err := w.rewards.Appeal(w.ctx(), r.CustomerID, r.ID, "  "); !fault.Is(err, fault.Invalid) {
			t.Errorf("appeal without words: %v", err)
		}
		if _, err := w.rewards.Appeal(w.ctx(), ident.New(), r.ID, "It is mine."); !fault.Is(err, fault.NotFound) {
			t.Errorf("appeal of a stranger: %v", err)
		}
		first, err := w.rewards.Appeal(w.ctx(), r.CustomerID, r.ID, "We share an accountant.")
		w.must(err)
		again, err := w.rewards.Appeal(w.ctx(), r.CustomerID, r.ID, "Once more.")
		w.must(err)
		if again.ID != first.ID || again.Text != "We share an accountant." {
			t.Errorf("a second appeal: %+v", again)
		}
		c := w.review(r.ID, reward.CaseAppeal)
		if _, err := w.rewards.ResolveCase(w.ctx(), finn, c.ID, reward.Resolution{Action: reward.ActionGrant, Note: "Right."}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("whoever rejected has answered: %v", err)
		}
		_, err = w.rewards.ResolveCase(w.ctx(), olga, c.ID, reward.Resolution{Action: reward.ActionGrant, Note: "You are right, sorry."})
		w.must(err)
		if _, err := w.rewards.ResolveCase(w.ctx(), olga, c.ID, reward.Resolution{Action: reward.ActionRefuse, Note: "No."}); !fault.Is(err, fault.Conflict) {
			t.Errorf("decided twice: %v", err)
		}
		a, _, err := w.rewards.AppealOf(w.ctx(), r.ID)
		w.must(err)
		if a.State != reward.AppealGranted || a.Answer != "You are right, sorry." || a.DecidedBy != olga.ID {
			t.Errorf("appeal %+v", a)
		}
		_, err = w.rewards.Mature(w.ctx())
		w.must(err)
		rows, err := w.rewards.ForIntroduction(w.ctx(), r.IntroductionID)
		w.must(err)
		states := map[reward.State]int64{}
		for _, x := range rows {
			states[x.State] += x.AmountMinor
		}
		if len(rows) != 2 || states[reward.Approved] != 50_00 {
			t.Errorf("after the appeal: %v", states)
		}

		r = reject()
		_, err = w.rewards.Appeal(w.ctx(), r.CustomerID, r.ID, "But!")
		w.must(err)
		_, err = w.rewards.ResolveCase(w.ctx(), olga, w.review(r.ID, reward.CaseAppeal).ID, reward.Resolution{Action: reward.ActionRefuse, Note: "It is the same card."})
		w.must(err)
		rows, err = w.rewards.ForIntroduction(w.ctx(), r.IntroductionID)
		w.must(err)
		if len(rows) != 1 || rows[0].State != reward.Reversed {
			t.Errorf("a refused appeal moved something: %+v", rows)
		}
		r = reject()
		w.clock.pass((reward.AppealDays + 1) * day)
		if _, err := w.rewards.Appeal(w.ctx(), r.CustomerID, r.ID, "Late."); !fault.Is(err, fault.Conflict) {
			t.Errorf("a late appeal: %v", err)
		}
	})
}

// What a person has cleared is not held again for the same, on the introduction or on the reward.
func TestLook_ClearedByAPersonIsNotHeldAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, _ := w.introduce(w.customer(func(d *customer.Draft) { d.StripeCustomer = "cus_x" }), pair{payer: "cus_x"})
		if row.Review != "to_review" {
			t.Fatalf("review %q", row.Review)
		}
		_, err := w.intros.Review(w.ctx(), olga, row.ID, "cleared", "One accountant pays for both.")
		w.must(err)
		w.look(row.ID)
		if again, err := w.intros.ByID(w.ctx(), row.ID); err != nil || again.Review != "cleared" {
			t.Errorf("review %q, %v", again.Review, err)
		}
		w.mature()
		if r := w.reward(row); r.State != reward.Approved {
			t.Errorf("reward is %s %s %s", r.State, r.HeldReason, r.HeldNote)
		}
	})
}

// F12: a check on trial writes down and holds nothing; one that is off does not look.
func TestModes_ShadowWritesDownAndHoldsNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for mode, want := range map[string]string{setting.CheckShadow: "self", setting.CheckOff: ""} {
			w := newWorld(t, d)
			w.set(func(s *setting.Settings) { s.RiskModes["self"] = mode })
			payer := "cus_" + mode
			row, _ := w.introduce(w.customer(func(d *customer.Draft) { d.StripeCustomer, d.Email = payer, mode+"@"+mode+".example" }), pair{payer: payer, email: "ben@" + mode + ".test.example"})
			w.mature()
			if r := w.reward(row); r.State != reward.Approved || row.Review != "" {
				t.Errorf("%s: reward is %s, review %q", mode, r.State, row.Review)
			}
			if got := w.names("", w.reward(row).ID); got != want {
				t.Errorf("%s: found %q, want %q", mode, got, want)
			}
		}
	})
}

// F7: whoever has had three purchases undone after they had earned is looked at by a person from then on.
func TestRefunds_TheThirdRaisesTheCustomer(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ana := w.customer(nil)
		for n := range 5 {
			row, _ := w.introduce(ana, pair{})
			r := w.reward(row)
			w.clock.pass(31 * day)
			_, err := w.rewards.Mature(w.ctx())
			w.must(err)
			got, err := w.rewards.ByID(w.ctx(), w.db, r.ID)
			w.must(err)
			if want := n >= 3; (got.State == reward.Held && got.HeldNote == "refunds") != want {
				t.Errorf("after %d refunds the next is %s %s %s", n, got.State, got.HeldReason, got.HeldNote)
			}
			deals, err := w.intros.Deals(w.ctx(), row.ID)
			w.must(err)
			w.must(w.intros.Refunded(w.ctx(), stripe, deals[0].ChargeID, 900_00, w.clock.now()))
		}
	})
}

// F8: who closes for their own domain or family is held with the reason; a marketer may close and not approve.
func TestOwnClose_HeldWithTheReason(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		m, _, err := w.staff.Add(w.ctx(), olga, staff.NewMember{Name: "Mia Stark", Email: "mia@stark.example", Role: staff.Marketer})
		w.must(err)
		actor := audit.Actor{Kind: audit.KindStaff, ID: m.ID, Name: m.Name, Role: string(staff.Marketer)}
		key, _, err := w.staff.AddKey(w.ctx(), actor, "Mia's", staff.Marketer)
		w.must(err)
		for name, c := range map[string]struct{ last, email, want, key string }{
			"stranger": {"Okafor", "ben@acme.example", reward.HeldSecondPerson, ""}, "own family": {"Stark", "ben@north.example", reward.HeldRisk, ""},
			"own domain": {"Okafor", "ben@stark.example", reward.HeldRisk, ""}, "own domain by help of a key": {"Okafor", "bob@stark.example", reward.HeldRisk, key.ID},
		} {
			row, err := w.intros.Submit(w.ctx(), w.author(w.customer(nil), introduction.Origin{}), introduction.Submission{FirstName: "Ben", Note: "Talk.", Channel: "copy"})
			w.must(err)
			_, err = w.intros.Accept(w.ctx(), introduction.Prospect{IntroductionID: row.ID}, introduction.Answer{How: introduction.ByEmail, Name: "Ben " + c.last, Email: c.email, ConsentText: "Yes."})
			w.must(err)
			deal := introduction.NewDeal{IntroductionID: row.ID, Amount: eur(900_00), Actor: actor}
			if c.key != "" {
				deal.Actor = audit.Actor{Kind: audit.KindAPIKey, ID: c.key, Role: string(staff.Marketer)}
			}
			if _, err := w.intros.Win(w.ctx(), deal); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: closed without evidence: %v", name, err)
			}
			deal.Evidence = "Signed contract 17."
			_, err = w.intros.Win(w.ctx(), deal)
			w.must(err)
			w.mature()
			r := w.reward(row)
			if r.State != reward.Held || r.HeldReason != c.want {
				t.Errorf("%s: %s %s %s, want %s", name, r.State, r.HeldReason, r.HeldNote, c.want)
			}
			if _, err := w.rewards.Release(w.ctx(), actor, r.ID, "mine"); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: the closer released it: %v", name, err)
			}
		}
	})
}

// F2: 100 customers introduce one person in ten spellings at once, who says yes to all of them at once: one counts, and nobody
// is answered otherwise.
func TestSeconded_HundredAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		spellings := []string{"ben.okafor@gmail.com", "benokafor@gmail.com", "BenOkafor@GMAIL.com", "b.e.n.okafor@googlemail.com", "benokafor+a@gmail.com",
			"Ben.Okafor+b@googlemail.com", "BEN.OKAFOR@gmail.com", "benokafor@googlemail.com", "ben.okafor+news@gmail.com", "beno.kafor@gmail.com"}
		const n = 100
		ids, shown := make([]string, n), make([]introduction.State, n)
		authors := make([]introduction.Author, n)
		for i := range n {
			authors[i] = w.author(w.customer(nil), introduction.Origin{})
		}
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				row, err := w.intros.Submit(w.ctx(), authors[i], introduction.Submission{FirstName: "Ben", Email: spellings[i%10], Note: "Talk.", Channel: "copy"})
				if err != nil {
					t.Error(err)
					return
				}
				ids[i], shown[i] = row.ID, row.Shown(w.clock.now())
			})
		}
		all.Wait()
		for i := range n {
			if shown[i] != shown[0] {
				t.Fatalf("introducer %d reads %s, the first %s", i, shown[i], shown[0])
			}
		}
		states := make([]introduction.State, n)
		for _, i := range rand.New(rand.NewPCG(7, 7)).Perm(n) {
			all.Go(func() {
				row, err := w.intros.Accept(w.ctx(), introduction.Prospect{IntroductionID: ids[i]},
					introduction.Answer{How: introduction.ByEmail, Name: "Ben Okafor", Email: spellings[(i+3)%10], ConsentText: "Yes."})
				// A rival's job may have ended it before: then there is nothing to say yes to.
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
				states[i] = row.State
			})
		}
		all.Wait()
		accepted, seconded := 0, 0
		for _, id := range ids {
			row, err := w.intros.ByID(w.ctx(), id)
			w.must(err)
			switch {
			case row.State == introduction.Accepted:
				accepted++
			case row.State == introduction.ScreenedOut && row.OutcomeReason == introduction.ReasonSeconded:
				seconded++
			}
		}
		if accepted != 1 || seconded != n-1 {
			t.Errorf("%d accepted and %d seconded of %d", accepted, seconded, n)
		}
	})
}

// F4: of many introductions at once exactly as many pass unseen as each cap allows, on every layer.
func TestCaps_ExactlyAsManyAsAllowedAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 60
		if os.Getenv("GOODWORD_PROVE") != "" {
			n = 1000
		}
		device := ident.NewToken()
		for layer, from := range map[string]func(int) (introduction.Origin, int){
			"introducer": func(int) (introduction.Origin, int) { return introduction.Origin{}, 0 },
			"device":     func(i int) (introduction.Origin, int) { return introduction.Origin{Device: device}, i },
			"network": func(i int) (introduction.Origin, int) {
				return introduction.Origin{IP: ip(fmt.Sprintf("198.51.100.%d", i%250))}, i
			},
			"campaign": func(i int) (introduction.Origin, int) { return introduction.Origin{}, i },
		} {
			w.set(func(s *setting.Settings) { s.RiskCaps = map[string]setting.Cap{layer: {Count: 20, Days: 30}} })
			w.camp, w.offer = w.campaign()
			authors := []customer.Customer{w.customer(nil)}
			var ids []string
			for i := range n {
				o, who := from(i)
				for len(authors) <= who {
					authors = append(authors, w.customer(nil))
				}
				row, err := w.intros.Submit(w.ctx(), w.author(authors[who], o), introduction.Submission{FirstName: "Ben", Note: "Talk.", Channel: "copy"})
				w.must(err)
				ids = append(ids, row.ID)
			}
			var all sync.WaitGroup
			for i := range 8 {
				all.Go(func() {
					for k := i; k < n; k += 8 {
						// Twice, as after a crash.
						for range 2 {
							if err := w.risk.Look(w.ctx(), risk.Look{IntroductionID: ids[k]}); err != nil {
								t.Error(err)
							}
						}
					}
				})
			}
			all.Wait()
			passed := 0
			for _, id := range ids {
				row, err := w.intros.ByID(w.ctx(), id)
				w.must(err)
				if row.Review == "" {
					passed++
				} else if row.Flagged != "too_many" {
					t.Errorf("%s: flagged %s", layer, row.Flagged)
				}
			}
			if passed != 20 {
				t.Errorf("%s: %d of %d passed, want 20", layer, passed, n)
			}
		}
	})
}

// F3: whom we knew before is found at the close, whichever way they are known; whom the introduction made a customer is not.
func TestExisting_ThirteenTimings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 0
		for name, c := range map[string]struct {
			before, between, after func(email string)
			payer                  string
			screened, held         bool
			// won is what happens between the close and the end of the refund window.
			won func(email string)
		}{
			"never a customer":                   {},
			"lead before, customer by the close": {before: func(e string) { w.person(e, "", customer.Lead) }, won: w.buys},
			"customer before, same address":      {before: func(e string) { w.person(e, "", customer.Active) }, screened: true},
			"customer before, other spelling":    {before: func(e string) { w.person(strings.Replace(e, "@", "+old@", 1), "", customer.Active) }, held: true},
			"customer before, same payer":        {before: func(string) { w.person("", "cus_same", customer.Active) }, payer: "cus_same", held: true},
			"lead before":                        {before: func(e string) { w.person(e, "", customer.Lead) }},
			"former customer who comes back":     {before: func(e string) { w.person(e, "", customer.Former) }},
			"customer between asking and yes":    {between: func(e string) { w.person(e, "", customer.Active) }, screened: true},
			"customer after the yes":             {after: func(e string) { w.person(e, "", customer.Active) }},
			"payer known after the yes":          {after: func(string) { w.person("", "cus_later", customer.Active) }, payer: "cus_later"},
			"address changed to an old one":      {before: func(e string) { w.person("old-"+e, "cus_old", customer.Active) }, payer: "cus_old", held: true},
			"merged with an old customer":        {before: func(e string) { w.person("merged-"+e, "", customer.Active) }, after: func(e string) { w.give("merged-"+e, strings.Replace(e, "@", "+m@", 1)) }, held: true},
			"lead before who became a customer":  {before: func(e string) { w.person(strings.Replace(e, "@", "+l@", 1), "", customer.Lead) }},
		} {
			n++
			email := fmt.Sprintf("ben%d@timing%d.example", n, n)
			run := func(f func(string)) {
				if f != nil {
					f(email)
				}
			}
			run(c.before)
			w.clock.pass(time.Hour)
			row, err := w.intros.Submit(w.ctx(), w.author(w.customer(nil), introduction.Origin{}), introduction.Submission{FirstName: "Ben", Note: "Talk.", Channel: "copy"})
			w.must(err)
			w.clock.pass(time.Hour)
			run(c.between)
			w.clock.pass(time.Hour)
			row, err = w.intros.Accept(w.ctx(), introduction.Prospect{IntroductionID: row.ID}, introduction.Answer{How: introduction.ByEmail, Name: "Ben", Email: email, ConsentText: "Yes."})
			w.must(err)
			if (row.State == introduction.ScreenedOut) != c.screened {
				t.Errorf("%s: %s after the yes", name, row.State)
			}
			if row.State == introduction.ScreenedOut {
				continue
			}
			w.clock.pass(time.Hour)
			run(c.after)
			_, err = w.intros.RecordDeal(w.ctx(), introduction.NewDeal{IntroductionID: row.ID, Source: introduction.FromStripe, ExternalID: ident.New(), Amount: eur(900_00),
				StripeCustomer: c.payer, Email: email, Actor: stripe})
			w.must(err)
			w.look(row.ID)
			w.must(w.intros.Welcome(w.ctx(), introduction.Welcome{IntroductionID: row.ID}))
			if c.won != nil {
				c.won(email)
			}
			w.mature()
			if r := w.reward(row); (r.State == reward.Held) != c.held || c.held && r.HeldNote != "existing_customer" && r.HeldReason != reward.HeldReview {
				t.Errorf("%s: %s %s %s", name, r.State, r.HeldReason, r.HeldNote)
			}
		}
	})
}

// person is a customer with an address, a payer, or both.
func (w *world) person(email, payer string, stage customer.Stage) {
	w.t.Helper()
	w.customer(func(d *customer.Draft) {
		d.StripeCustomer, d.Stage = payer, stage
		if email != "" {
			d.Email = email
		}
	})
}

// buys makes a customer of a lead, as the CRM does once they have bought.
func (w *world) buys(email string) {
	w.t.Helper()
	c, err := w.customers.ByEmail(w.ctx(), w.db, email)
	w.must(err)
	w.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewUpdate().Model((*customer.Customer)(nil)).Set("stage = ?", customer.Active).Where("id = ?", c.ID).Exec(ctx)
		return err
	})
}

// give adds an address to the customer who has another one, as a merge in the CRM does.
func (w *world) give(have, more string) {
	w.t.Helper()
	c, err := w.customers.ByEmail(w.ctx(), w.db, have)
	w.must(err)
	w.tx(func(ctx context.Context, tx db.Tx) error {
		_, err := tx.NewInsert().Model(&customer.Address{ID: ident.New(), CustomerID: c.ID, Kind: customer.Email, Label: "other", Value: more, ValueNorm: strings.ToLower(more),
			Identity: customer.IdentityKey(more), State: customer.AddressOK, CreatedAt: w.clock.now()}).Exec(ctx)
		return err
	})
}
