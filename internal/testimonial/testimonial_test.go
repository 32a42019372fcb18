package testimonial_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/emails"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/invitation"
	"goodword/internal/mail"
	"goodword/internal/queue"
	"goodword/internal/setting"
	"goodword/internal/staff"
	"goodword/internal/testimonial"
)

const base = "https://gw.example"

var (
	start = time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)
	mara  = audit.Actor{Kind: audit.KindStaff, ID: "staff-1", Name: "Mara", Role: "marketer"}
)

// earnings keeps what it was told in a table, so that it shares the fate of the transaction.
type earnings struct{}

func (earnings) Accrue(ctx context.Context, tx db.Tx, e testimonial.Earned) error {
	_, err := tx.NewRaw("INSERT INTO told (what) VALUES (?)", fmt.Sprintf("%s %s %s %s", e.CustomerID, e.CampaignID, e.OfferID, e.Actor.Kind)).Exec(ctx)
	return err
}

type world struct {
	t         *testing.T
	db        *db.DB
	mu        sync.Mutex
	at        time.Time
	capture   *mail.Capture
	staff     *staff.Service
	customers *customer.Service
	campaigns *campaign.Service
	inv       *invitation.Service
	*testimonial.Service

	camp campaign.Campaign
	ana  customer.Customer
	// author is Ana on her invitation's link.
	author testimonial.Author
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d, at: start}
	q, err := queue.New(d, queue.Options{})
	w.must(err)
	keys, err := ident.NewKeyring(strings.Repeat("k", 32))
	w.must(err)
	renderer, err := mail.NewRenderer(emails.FS)
	w.must(err)
	w.capture, err = mail.NewCapture(t.TempDir())
	w.must(err)
	defaults := setting.Defaults()
	defaults.Company = "Example"
	settings := setting.New(setting.Deps{DB: d, Clock: w.now, Defaults: defaults})
	outbox := mail.NewOutbox(mail.Options{DB: d, Renderer: renderer, Transport: w.capture, Keys: keys, Now: w.now,
		Identity: func() mail.Identity {
			return mail.Identity{Company: "Example", PostalAddress: "12 Mill Lane", FromEmail: "hello@example.com", BaseURL: base, BrandColor: "#0b5fa5"}
		},
	})
	w.staff = staff.New(staff.Deps{DB: d, Queue: q, Clock: w.now, Wall: w.now, Keys: keys, Mail: outbox, BaseURL: base, HandOvers: []staff.HandOver{}})
	w.customers = customer.New(customer.Deps{DB: d, Queue: q, Clock: w.now, Keys: keys, Mail: outbox, StopList: outbox.StopList(), BaseURL: base,
		Erasers: []customer.Eraser{func(ctx context.Context, tx db.Tx, id string) error { return w.Erase(ctx, tx, id) }}})
	w.inv = invitation.New(invitation.Deps{DB: d, Queue: q, Clock: w.now, Mail: outbox, BaseURL: base, Settings: settings, Staff: w.staff, Customers: w.customers})
	w.campaigns = campaign.New(campaign.Deps{DB: d, Clock: w.now, BaseURL: base, Outreach: w.inv})
	w.Service = testimonial.New(testimonial.Deps{DB: d, Queue: q, Clock: w.now, Mail: outbox, BaseURL: base, Settings: settings, Staff: w.staff,
		Customers: w.customers, Campaigns: w.campaigns, Invitations: w.inv, Earnings: earnings{}})
	key := "id INTEGER PRIMARY KEY AUTOINCREMENT"
	if d.Engine() == db.Postgres {
		key = "id BIGSERIAL PRIMARY KEY"
	}
	_, err = d.NewRaw("CREATE TABLE told (" + key + ", what TEXT NOT NULL)").Exec(w.ctx())
	w.must(err)
	tpl, ok := campaign.TemplateByKey("two_lines")
	if !ok {
		t.Fatal("no template two_lines")
	}
	w.camp, err = w.campaigns.Create(w.ctx(), mara, tpl.Plan)
	w.must(err)
	w.camp, err = w.campaigns.Launch(w.ctx(), mara, w.camp.ID)
	w.must(err)
	w.ana, w.author = w.invited(customer.Draft{FirstName: "Ana", LastName: "Ruiz", Email: "ana@ruiz.example", Company: "Ruiz Logistics"})
	return w
}

func (w *world) invited(d customer.Draft) (customer.Customer, testimonial.Author) {
	w.t.Helper()
	c, err := w.customers.Create(w.ctx(), mara, d)
	w.must(err)
	i, _, err := w.inv.Create(w.ctx(), mara, w.camp.ID, c.ID, invitation.ByLink)
	w.must(err)
	return c, testimonial.Author{CustomerID: c.ID, InvitationID: i.ID, OfferID: i.OfferID, CampaignID: w.camp.ID}
}

func (w *world) ctx() context.Context {
	c, cancel := context.WithTimeout(context.Background(), time.Minute)
	w.t.Cleanup(cancel)
	return c
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) told() []string {
	w.t.Helper()
	var out []string
	w.must(w.db.NewRaw("SELECT what FROM told ORDER BY id").Scan(w.ctx(), &out))
	return out
}

// work runs every mail job twice.
func (w *world) work() []string {
	w.t.Helper()
	args := "json(args)"
	if w.db.Engine() == db.Postgres {
		args = "CAST(args AS TEXT)"
	}
	for range 2 {
		var jobs []string
		w.must(w.db.NewRaw("SELECT "+args+" FROM river_job WHERE kind = 'testimonial.mail' ORDER BY id").Scan(w.ctx(), &jobs))
		for _, j := range jobs {
			var job testimonial.Mail
			w.must(json.Unmarshal([]byte(j), &job))
			w.must(w.SendMail(w.ctx(), job))
		}
	}
	list, err := w.capture.List()
	w.must(err)
	var out []string
	for _, m := range slices.Backward(list) {
		out = append(out, m.Subject)
	}
	return out
}

var texts = map[string]string{"website": "Show it on the website.", "sales": "Show it in sales talks.", "social": "Show it on social media.", "name": "Show my name."}

func said() testimonial.Submission {
	return testimonial.Submission{Rating: 4, Text: "The care afterwards is what I tell people about.", Consents: []string{"website", "sales", "name"}, ConsentTexts: texts}
}

func wantCode(t *testing.T, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("error is %v, want %s", err, code)
	}
}

func TestNext_EveryPairIsAsTheTableSays(t *testing.T) {
	t.Parallel()
	want := map[testimonial.State]map[testimonial.Event]testimonial.State{
		"awaiting_author":  {"confirm": "submitted", "withdraw": "withdrawn", "expire": "expired"},
		"submitted":        {"edit": "submitted", "withdraw": "withdrawn", "approve": "approved", "decline": "declined", "request_change": "change_requested"},
		"change_requested": {"edit": "submitted", "withdraw": "withdrawn", "approve": "approved", "decline": "declined"},
		"approved":         {"edit": "submitted", "withdraw": "withdrawn", "publish": "published", "decline": "declined"},
		"published":        {"edit": "submitted", "withdraw": "withdrawn", "unpublish": "approved", "decline": "declined"},
		"declined":         {"edit": "submitted", "withdraw": "withdrawn", "approve": "approved"},
		"withdrawn":        {"edit": "submitted"},
	}
	for _, from := range testimonial.States {
		for _, e := range testimonial.Events {
			got, err := testimonial.Next(from, e)
			if to, ok := want[from][e]; ok && (err != nil || got != to) {
				t.Errorf("%s + %s = %s, %v; want %s", from, e, got, err, to)
			} else if !ok && (!fault.Is(err, fault.Conflict) || got != "") {
				t.Errorf("%s + %s = %s, %v; want Conflict", from, e, got, err)
			}
		}
	}
}

func TestSubmit_OnceForAnInvitationWithItsConsents(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, said())
		w.must(err)
		again, err := w.Submit(w.ctx(), w.author, testimonial.Submission{Rating: 1, Text: "Something else."})
		w.must(err)
		if again.ID != row.ID || again.Text != said().Text || again.Rating != 4 {
			t.Errorf("sent twice: %+v", again)
		}
		if row.State != testimonial.Submitted || row.Name != "Ana Ruiz" || row.Disclosure == "" || row.Revision != 1 {
			t.Errorf("submitted: %+v", row)
		}
		have, err := w.customers.Consents(w.ctx(), d, customer.AboutTestimonial, row.ID)
		w.must(err)
		for ch, c := range have {
			if c.Granted != slices.Contains(said().Consents, ch) || c.TextShown != texts[ch] || !c.At.Equal(start) {
				t.Errorf("consent to %s: %+v", ch, c)
			}
		}
		if len(have) != 3 {
			t.Errorf("%d consents, want 3", len(have))
		}
		if got, want := w.told(), []string{fmt.Sprintf("%s %s %s customer", w.ana.ID, w.camp.ID, w.author.OfferID)}; !slices.Equal(got, want) {
			t.Errorf("earnings were told %q, want %q", got, want)
		}
		if got := w.work(); len(got) != 1 {
			t.Errorf("Ana got %q", got)
		}
		i, err := w.inv.ByID(w.ctx(), d, w.author.InvitationID)
		w.must(err)
		if i.State != invitation.Answered {
			t.Errorf("invitation is %s", i.State)
		}
		found, err := w.ByInvitation(w.ctx(), w.author.InvitationID)
		w.must(err)
		if found.ID != row.ID {
			t.Error("not found by its invitation")
		}
	})
}

func TestSubmit_20TimesAtOnceIsOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		errs := make([]error, 20)
		ids := make([]string, 20)
		var wg sync.WaitGroup
		for n := range errs {
			wg.Go(func() {
				row, err := w.Submit(w.ctx(), w.author, said())
				ids[n], errs[n] = row.ID, err
			})
		}
		wg.Wait()
		for n := range errs {
			w.must(errs[n])
			if ids[n] != ids[0] {
				t.Errorf("two testimonials: %s, %s", ids[n], ids[0])
			}
		}
		if got := w.told(); len(got) != 1 {
			t.Errorf("earned %d times", len(got))
		}
	})
}

// L1: whatever is said and whatever becomes of it, the same is earned and the same mail is sent.
func TestSubmit_WhatIsEarnedDependsOnNoWordAndNoStar(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, d)
		const people = 25
		for n := range people {
			_, author := w.invited(customer.Draft{FirstName: "Carl", Email: fmt.Sprintf("carl%d@carl.example", n)})
			sub := testimonial.Submission{Rating: r.IntN(6), Text: strings.Repeat("word ", 1+r.IntN(200))}
			row, err := w.Submit(w.ctx(), author, sub)
			w.must(err)
			switch r.IntN(3) {
			case 0:
				_, err = w.Approve(w.ctx(), mara, row.ID)
			case 1:
				_, err = w.Decline(w.ctx(), mara, row.ID, "off_topic")
			}
			w.must(err)
		}
		told := w.told()
		for n, what := range told {
			_, told[n], _ = strings.Cut(what, " ")
		}
		slices.Sort(told)
		if got := slices.Compact(slices.Clone(told)); len(told) != people || len(got) != 1 {
			t.Errorf("%d earned, in %d ways: %q", len(told), len(got), got)
		}
		thanks := map[string]int{}
		for _, subject := range w.work() {
			thanks[subject]++
		}
		if most := slices.Max(slices.Collect(maps.Values(thanks))); most != people {
			t.Errorf("thanks differ: %v", thanks)
		}
	})
}

func TestSubmit_EveryProblemAtItsField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	_, err := w.Submit(w.ctx(), w.author, testimonial.Submission{Rating: 6, Text: strings.Repeat("x", 4001), SignedAs: "king", Consents: []string{"radio", "ads"}})
	wantCode(t, err, fault.Invalid)
	var got []string
	for _, p := range fault.As(err).Problems {
		got = append(got, p.Field)
	}
	if want := []string{"rating", "text", "signed_as", "consent", "consent"}; !slices.Equal(got, want) {
		t.Errorf("problems at %q, want %q", got, want)
	}
	_, err = w.Submit(w.ctx(), w.author, testimonial.Submission{Text: "  \n"})
	wantCode(t, err, fault.Invalid)
}

func TestSubmit_SignatureAndDisclosure(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, _, err := w.staff.Add(w.ctx(), mara, staff.NewMember{Name: "Rosa", Email: "rosa@example.com", Role: staff.Rep})
		w.must(err)
		for n, c := range []struct {
			draft      customer.Draft
			sign, name string
			want       string
			disclosure string
		}{
			{customer.Draft{FirstName: "Ana", LastName: "Ruiz", Company: "Ruiz"}, "first_company", "", "Ana, Ruiz", "thank-you"},
			{customer.Draft{FirstName: "Ana", LastName: "Ruiz"}, "anonymous", "Ana Ruiz", "", "thank-you"},
			{customer.Draft{FirstName: "Ana", LastName: "Ruiz"}, "", "A. Ruiz-Meyer", "A. Ruiz-Meyer", "thank-you"},
			{customer.Draft{FirstName: "Ana", GiftPolicy: customer.GiftNone}, "", "", "Ana", ""},
			{customer.Draft{FirstName: "Rosa", Email: "rosa@example.com"}, "", "", "Rosa", "works with us"},
		} {
			if c.draft.Email == "" {
				c.draft.Email = fmt.Sprintf("p%d@acme.example", n)
			}
			_, author := w.invited(c.draft)
			row, err := w.Submit(w.ctx(), author, testimonial.Submission{Text: "Fine.", SignedAs: c.sign, Name: c.name})
			w.must(err)
			if row.Name != c.want || !strings.Contains(row.Disclosure, c.disclosure) || (c.disclosure == "") != (row.Disclosure == "") {
				t.Errorf("%d: signed %q, disclosed %q; want %q, %q", n, row.Name, row.Disclosure, c.want, c.disclosure)
			}
		}
	})
}

func TestModeration_StaffDecidesButChangesNoWord(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, said())
		w.must(err)
		_, err = w.Decline(w.ctx(), mara, row.ID, "only three stars")
		wantCode(t, err, fault.Invalid)
		_, err = w.Publish(w.ctx(), mara, row.ID)
		wantCode(t, err, fault.Conflict)
		for name, do := range map[string]func() (testimonial.Testimonial, error){
			"request": func() (testimonial.Testimonial, error) {
				return w.RequestChange(w.ctx(), mara, row.ID, "Please leave the name out.")
			},
			"tag": func() (testimonial.Testimonial, error) {
				return w.Tag(w.ctx(), mara, row.ID, []string{"care", " care ", "product"})
			},
		} {
			if _, err := do(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for range 2 {
			_, err = w.Approve(w.ctx(), mara, row.ID)
			w.must(err)
		}
		for range 2 {
			_, err = w.Publish(w.ctx(), mara, row.ID)
			w.must(err)
		}
		allowed, err := w.Allowed(w.ctx(), d, row.ID)
		w.must(err)
		if want := map[string]bool{"website": true, "sales": true, "name": true}; !maps.Equal(allowed, want) {
			t.Errorf("allowed %v, want %v", allowed, want)
		}
		shown, _, err := w.Shown(w.ctx(), w.ana.ID, "sales")
		w.must(err)
		got, err := w.ByID(w.ctx(), row.ID)
		w.must(err)
		if got.Text != row.Text || got.Rating != row.Rating || got.Name != row.Name || shown.ID != row.ID || !slices.Equal(got.Tags, []string{"care", "product"}) || got.DecidedBy != mara.ID {
			t.Errorf("after moderation: %+v", got)
		}
		if got := w.work(); len(got) != 2 {
			t.Errorf("Ana got %q, want thanks and approval", got)
		}
		page, err := w.List(w.ctx(), testimonial.Filter{Tag: "care", Q: "AFTERWARDS", States: []testimonial.State{testimonial.Published}}, db.Page{})
		w.must(err)
		none, err := w.List(w.ctx(), testimonial.Filter{Tag: "car"}, db.Page{})
		w.must(err)
		if len(page.Items) != 1 || len(none.Items) != 0 {
			t.Errorf("found %d and %d", len(page.Items), len(none.Items))
		}
	})
}

func TestEdit_GoesBackToTheQueueAndKeepsEveryVersion(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, said())
		w.must(err)
		_, err = w.Approve(w.ctx(), mara, row.ID)
		w.must(err)
		_, err = w.Publish(w.ctx(), mara, row.ID)
		w.must(err)
		w.pass(time.Hour)
		sub := said()
		sub.Text, sub.Consents = "The product, too.", []string{"website"}
		row, err = w.Edit(w.ctx(), w.author, row.ID, sub)
		w.must(err)
		allowed, err := w.Allowed(w.ctx(), d, row.ID)
		w.must(err)
		if row.State != testimonial.Submitted || row.Revision != 2 || !row.PublishedAt.IsZero() || len(allowed) != 0 {
			t.Errorf("edited: %+v, allowed %v", row, allowed)
		}
		revisions, err := w.Revisions(w.ctx(), row.ID)
		w.must(err)
		if len(revisions) != 2 || revisions[0].Text != said().Text || revisions[1].Text != "The product, too." || revisions[1].Author != "customer" {
			t.Errorf("revisions: %+v", revisions)
		}
		if got := w.told(); len(got) != 1 {
			t.Errorf("an edit earned again: %q", got)
		}
		other, author := w.invited(customer.Draft{FirstName: "Carl", Email: "carl@carl.example"})
		_, err = w.Edit(w.ctx(), author, row.ID, sub)
		wantCode(t, err, fault.NotFound)
		_, err = w.Withdraw(w.ctx(), author, row.ID)
		wantCode(t, err, fault.NotFound)
		_, err = w.OfCustomer(w.ctx(), testimonial.Author{CustomerID: other.ID}, row.ID)
		wantCode(t, err, fault.NotFound)
	})
}

func TestWithdraw_IsAtOnceAndCanBeSaidAnew(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, said())
		w.must(err)
		_, err = w.Approve(w.ctx(), mara, row.ID)
		w.must(err)
		_, err = w.Publish(w.ctx(), mara, row.ID)
		w.must(err)
		for range 2 {
			row, err = w.Withdraw(w.ctx(), w.author, row.ID)
			w.must(err)
		}
		allowed, err := w.Allowed(w.ctx(), d, row.ID)
		w.must(err)
		have, err := w.customers.Consents(w.ctx(), d, customer.AboutTestimonial, row.ID)
		w.must(err)
		if row.State != testimonial.Withdrawn || len(allowed) != 0 || have["website"].Granted || have["website"].Method != "withdrawal" {
			t.Errorf("withdrawn: %s, allowed %v, consents %+v", row.State, allowed, have)
		}
		_, err = w.Approve(w.ctx(), mara, row.ID)
		wantCode(t, err, fault.Conflict)
		sub := said()
		sub.Text = "On second thought."
		again, err := w.Submit(w.ctx(), w.author, sub)
		w.must(err)
		if again.ID != row.ID || again.State != testimonial.Submitted || again.Text != "On second thought." || again.Revision != 2 {
			t.Errorf("said anew: %+v", again)
		}
		if got := w.told(); len(got) != 1 {
			t.Errorf("earned %d times", len(got))
		}
	})
}

func TestSetConsents_TheLastPlaceTakesItDown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, said())
		w.must(err)
		_, err = w.Approve(w.ctx(), mara, row.ID)
		w.must(err)
		_, err = w.Publish(w.ctx(), mara, row.ID)
		w.must(err)
		row, err = w.SetConsents(w.ctx(), w.author, row.ID, []string{"sales", "name"}, texts)
		w.must(err)
		if row.State != testimonial.Published {
			t.Errorf("state %s", row.State)
		}
		row, err = w.SetConsents(w.ctx(), w.author, row.ID, []string{"name"}, texts)
		w.must(err)
		if row.State != testimonial.Approved {
			t.Errorf("state %s", row.State)
		}
		_, err = w.Publish(w.ctx(), mara, row.ID)
		wantCode(t, err, fault.Conflict)
		history, err := w.customers.ConsentHistory(w.ctx(), d, customer.AboutTestimonial, row.ID)
		w.must(err)
		if len(history) != 5 {
			t.Errorf("%d decisions, want three grants and two refusals", len(history))
		}
	})
}

func TestKeepQuote_ShowsNothingBeforeItsAuthorSaysYes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		_, err := w.KeepQuote(w.ctx(), mara, testimonial.Quote{CustomerID: w.ana.ID})
		wantCode(t, err, fault.Invalid)
		row, err := w.KeepQuote(w.ctx(), mara, testimonial.Quote{CustomerID: w.ana.ID, Text: "You saved our spring.", Source: "mail of 3 May", Tags: []string{"care"}})
		w.must(err)
		lapsing, err := w.KeepQuote(w.ctx(), mara, testimonial.Quote{CustomerID: w.ana.ID, Text: "Great call.", Source: "call"})
		w.must(err)
		_, err = w.Approve(w.ctx(), mara, row.ID)
		wantCode(t, err, fault.Conflict)
		if got := w.work(); len(got) != 2 {
			t.Errorf("Ana got %q", got)
		}
		sub := said()
		sub.Text = "You saved our spring, and my nerves."
		row, err = w.ConfirmQuote(w.ctx(), w.author, row.ID, sub)
		w.must(err)
		if row.State != testimonial.Submitted || row.Revision != 2 || row.Text != sub.Text || !slices.Equal(row.Tags, []string{"care"}) {
			t.Errorf("confirmed: %+v", row)
		}
		_, err = w.ConfirmQuote(w.ctx(), w.author, row.ID, sub)
		wantCode(t, err, fault.Conflict)
		if got := w.told(); len(got) != 0 {
			t.Errorf("a quote earned %q", got)
		}
		w.pass(31 * 24 * time.Hour)
		n, err := w.Expire(w.ctx())
		w.must(err)
		lapsing, err = w.ByID(w.ctx(), lapsing.ID)
		w.must(err)
		revisions, err := w.Revisions(w.ctx(), lapsing.ID)
		w.must(err)
		if n != 1 || lapsing.State != testimonial.Expired || lapsing.Text+revisions[0].Text != "" {
			t.Errorf("%d lapsed: %+v, %+v", n, lapsing, revisions)
		}
	})
}

func TestErase_EmptiesEveryVersion(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		row, err := w.Submit(w.ctx(), w.author, said())
		w.must(err)
		w.must(w.customers.Erase(w.ctx(), mara, w.ana.ID, "asked for it"))
		row, err = w.ByID(w.ctx(), row.ID)
		w.must(err)
		revisions, err := w.Revisions(w.ctx(), row.ID)
		w.must(err)
		if row.State != testimonial.Withdrawn || row.Text+row.Name+revisions[0].Text+revisions[0].Name != "" {
			t.Errorf("erased: %+v, %+v", row, revisions)
		}
	})
}
