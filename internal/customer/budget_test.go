package customer_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"goodword/internal/audit"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
	"goodword/internal/money"
)

func TestMayAsk(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	ok := customer.Customer{Stage: customer.Active, Addresses: []customer.Address{{ID: "1", Kind: customer.Email, Value: "a@b.example", Main: true, State: customer.AddressOK}}}
	for _, c := range []struct {
		name string
		edit func(*customer.Customer)
		want string
	}{
		{"nothing known", func(*customer.Customer) {}, ""},
		{"erased", func(c *customer.Customer) { c.ErasedAt = start }, customer.SkipErased},
		{"stopped", func(c *customer.Customer) { c.StoppedAt = start }, customer.SkipStopped},
		{"a lead", func(c *customer.Customer) { c.Stage = customer.Lead }, customer.SkipNotCustomer},
		{"a former customer", func(c *customer.Customer) { c.Stage = customer.Former }, ""},
		{"open complaint", func(c *customer.Customer) { c.ComplaintAt = start.AddDate(-1, 0, 0) }, customer.SkipComplaint},
		{"no address", func(c *customer.Customer) { c.Addresses = nil }, customer.SkipNoAddress},
		{"only a phone", func(c *customer.Customer) {
			c.Addresses = []customer.Address{{Kind: customer.Phone, State: customer.AddressOK}}
		}, customer.SkipNoAddress},
		{"bounced", func(c *customer.Customer) { c.Addresses[0].State = customer.Bounced }, customer.SkipNoAddress},
		{"bounced, another one works", func(c *customer.Customer) {
			c.Addresses[0].State = customer.Bounced
			c.Addresses = append(c.Addresses, customer.Address{ID: "2", Kind: customer.Email, Value: "c@d.example", State: customer.AddressOK})
		}, ""},
		{"full mailbox", func(c *customer.Customer) { c.Addresses[0].State = customer.SoftBounced }, ""},
		{"asked 29 days ago", func(c *customer.Customer) { c.AskedAt = start.Add(-30*day + time.Second) }, customer.SkipAsked},
		{"asked 30 days ago", func(c *customer.Customer) { c.AskedAt = start.Add(-30 * day) }, ""},
		{"ask less, 179 days", func(c *customer.Customer) { c.AskLess, c.AskedAt = true, start.Add(-180*day+time.Second) }, customer.SkipAskLess},
		{"ask less, 180 days", func(c *customer.Customer) { c.AskLess, c.AskedAt = true, start.Add(-180*day) }, ""},
		{"ask less, never asked", func(c *customer.Customer) { c.AskLess = true }, ""},
		{"silent two years", func(c *customer.Customer) { c.LastOrderAt = start.AddDate(-2, 0, -1) }, customer.SkipSilent},
		{"ordered long ago, talked since", func(c *customer.Customer) {
			c.LastOrderAt, c.ContactedAt = start.AddDate(-3, 0, 0), start.AddDate(-1, 0, 0)
		}, ""},
		{"exactly two years", func(c *customer.Customer) { c.LastOrderAt = start.AddDate(-2, 0, 0) }, ""},
	} {
		x := ok
		x.Addresses = append([]customer.Address{}, ok.Addresses...)
		c.edit(&x)
		if got := customer.MayAsk(x, start); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestBudget_Columns(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		why := func() string {
			t.Helper()
			x, err := w.ByID(w.ctx, d, c.ID)
			w.must(err)
			return customer.MayAsk(x, w.clock.now())
		}
		in := func(fn func(ctx context.Context, tx db.Tx) error) { t.Helper(); w.inTx(fn) }
		in(func(ctx context.Context, tx db.Tx) error { return w.Asked(ctx, tx, c.ID, start) })
		in(func(ctx context.Context, tx db.Tx) error { return w.Asked(ctx, tx, c.ID, start.AddDate(-1, 0, 0)) })
		if got := why(); got != customer.SkipAsked {
			t.Fatalf("after an ask: %q", got)
		}
		w.clock.add(31 * 24 * time.Hour)
		in(func(ctx context.Context, tx db.Tx) error { return w.AskLess(ctx, tx, c.ID, true) })
		if got := why(); got != customer.SkipAskLess {
			t.Fatalf("ask less: %q", got)
		}
		in(func(ctx context.Context, tx db.Tx) error { return w.AskLess(ctx, tx, c.ID, false) })
		in(func(ctx context.Context, tx db.Tx) error { return w.Stop(ctx, tx, c.ID) })
		if got := why(); got != customer.SkipStopped {
			t.Fatalf("stopped: %q", got)
		}
		in(func(ctx context.Context, tx db.Tx) error { return w.Resume(ctx, tx, c.ID) })
		in(func(ctx context.Context, tx db.Tx) error {
			return w.MarkBounced(ctx, tx, "ANA@acme.example", customer.Bounced)
		})
		if got := why(); got != customer.SkipNoAddress {
			t.Fatalf("bounced: %q", got)
		}
		in(func(ctx context.Context, tx db.Tx) error { return w.PreferRail(ctx, tx, c.ID, "invoice_credit") })
		in(func(ctx context.Context, tx db.Tx) error { return w.LinkStripe(ctx, tx, c.ID, "cus_1") })
		in(func(ctx context.Context, tx db.Tx) error { return w.LinkStripe(ctx, tx, c.ID, "cus_2") })
		x, err := w.ByID(w.ctx, d, c.ID)
		w.must(err)
		if x.PreferredRail != "invoice_credit" || x.StripeCustomer != "cus_1" || !x.AskedAt.Equal(start) {
			t.Fatalf("kept %+v", x)
		}
		err = d.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error { return w.Asked(ctx, tx, ident.New(), start) })
		wantCode(t, err, fault.NotFound)
	})
}

func TestRecordFact(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.create(customer.Draft{FirstName: "Lea", Email: "lea@acme.example", Stage: customer.Lead})
		order := money.New(4900, "EUR")
		w.must(w.RecordFact(w.ctx, actor, c.ID, customer.Fact{Type: "order.placed", At: start.Add(-time.Hour), Value: &order}))
		w.must(w.RecordFact(w.ctx, actor, c.ID, customer.Fact{Type: "order.placed", At: start.AddDate(-1, 0, 0), Value: &money.Amount{Minor: 1, Currency: "EUR"}}))
		w.must(w.RecordFact(w.ctx, actor, c.ID, customer.Fact{Type: "complaint.opened"}))
		x, err := w.ByID(w.ctx, d, c.ID)
		w.must(err)
		if o, _ := x.Order(); o != order || x.Stage != customer.Active || !x.LastOrderAt.Equal(start.Add(-time.Hour)) || customer.MayAsk(x, start) != customer.SkipComplaint {
			t.Fatalf("kept %+v", x)
		}
		w.must(w.RecordFact(w.ctx, actor, c.ID, customer.Fact{Type: "complaint.closed"}))
		x, err = w.ByID(w.ctx, d, c.ID)
		w.must(err)
		if !x.ComplaintAt.IsZero() || !x.ContactedAt.Equal(start) {
			t.Fatalf("kept %+v", x)
		}
		for field, f := range map[string]customer.Fact{"type": {Type: "moon.landed"}, "at": {Type: "thanked", At: start.AddDate(0, 0, 2)},
			"value": {Type: "renewed", Value: &money.Amount{Minor: -1, Currency: "EUR"}}} {
			wantField(t, w.RecordFact(w.ctx, actor, c.ID, f), field)
		}
		if n := w.count("SELECT count(*) FROM event WHERE customer_id = ? AND type IN ('order.placed', 'complaint.opened', 'complaint.closed')", c.ID); n != 4 {
			t.Fatalf("%d events, want 4", n)
		}
	})
}

func TestSuggestions_AreForgottenAfterThirtyDays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		s, err := w.Suggest(w.ctx, actor, c.ID, customer.SuggestionDraft{FirstName: "Ben", Company: "Blue", Source: "peer"})
		w.must(err)
		gone, err := w.Suggest(w.ctx, actor, c.ID, customer.SuggestionDraft{FirstName: "Cem"})
		w.must(err)
		_, err = w.Suggest(w.ctx, actor, c.ID, customer.SuggestionDraft{FirstName: "ben@blue.example", Source: "moon"})
		wantField(t, err, "first_name")
		wantField(t, err, "source")
		_, err = w.Suggest(w.ctx, actor, ident.New(), customer.SuggestionDraft{FirstName: "Ben"})
		wantCode(t, err, fault.NotFound)
		w.must(w.RemoveSuggestion(w.ctx, actor, c.ID, gone.ID))
		wantCode(t, w.RemoveSuggestion(w.ctx, actor, c.ID, gone.ID), fault.NotFound)
		list, err := w.Suggestions(w.ctx, d, c.ID)
		w.must(err)
		if len(list) != 1 || list[0].ID != s.ID {
			t.Fatalf("list %+v", list)
		}
		w.clock.add(30 * 24 * time.Hour)
		if list, err := w.Suggestions(w.ctx, d, c.ID); err != nil || len(list) != 0 {
			t.Fatalf("after 30 days: %+v, %v", list, err)
		}
		if n, err := w.Purge(w.ctx); err != nil || n != 1 || w.count("SELECT count(*) FROM customer_suggestion") != 0 {
			t.Fatalf("purged %d, %v", n, err)
		}
	})
}

// L6: the record says what was shown, and the newest decision is in force.
func TestConsents_TheNewestIsInForce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := ident.New()
		give := func(c customer.Consent) error {
			c.SubjectKind, c.SubjectID = customer.AboutTestimonial, id
			return d.InTx(w.ctx, func(ctx context.Context, tx db.Tx) error { return w.RecordConsent(ctx, tx, c) })
		}
		w.must(give(customer.Consent{Channel: "website", Granted: true, TextShown: "You may show my words on your website.", Method: "form"}))
		w.must(give(customer.Consent{Channel: "ads", Granted: true, TextShown: "… in ads.", Method: "form"}))
		w.clock.add(time.Minute)
		w.must(give(customer.Consent{Channel: "website", Method: "withdrawal"}))
		wantCode(t, give(customer.Consent{Channel: "website", Granted: true, Method: "form"}), fault.Invalid)
		m, err := w.Consents(w.ctx, d, customer.AboutTestimonial, id)
		w.must(err)
		if m["website"].Granted || !m["ads"].Granted || m["ads"].TextShown != "… in ads." || m["social"].Granted {
			t.Fatalf("in force %+v", m)
		}
		for channel, want := range map[string]bool{"website": false, "ads": true, "social": false} {
			if got, err := w.Granted(w.ctx, d, customer.Consent{SubjectKind: customer.AboutTestimonial, SubjectID: id, Channel: channel}); err != nil || got != want {
				t.Errorf("%s: %v, %v", channel, got, err)
			}
		}
		if h, err := w.ConsentHistory(w.ctx, d, customer.AboutTestimonial, id); err != nil || len(h) != 3 || !h[0].Granted {
			t.Fatalf("history %+v, %v", h, err)
		}
	})
}

// L10: nothing that tells who it was is left in any column of any table of ours; the address stays suppressed.
func TestErase_LeavesAnEmptyRow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		asked := ""
		deps := w.Deps
		deps.Erasers = []customer.Eraser{func(_ context.Context, _ db.Tx, id string) error { asked = id; return nil }}
		s := customer.New(deps)
		c := w.create(customer.Draft{FirstName: "Zebulon", LastName: "Quartz", Email: "zebulon@quartz.example", Phone: "+49 30 7654321", ExternalID: "Zeb-1", Note: "likes zebras",
			StripeCustomer: "cus_zeb", Company: "Acme", Tags: []string{"zeb"}})
		token := w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID})
		l := w.link(token)
		_, err := w.StepUp.Start(w.ctx, l)
		w.must(err)
		_, err = w.Suggest(w.ctx, actor, c.ID, customer.SuggestionDraft{FirstName: "Zeb2"})
		w.must(err)
		a, err := w.Access(w.ctx, actor, c.ID)
		w.must(err)
		if a.Customer.Email() != "zebulon@quartz.example" || len(a.Suggestions) != 1 || len(a.Links) != 1 {
			t.Fatalf("access %+v", a)
		}

		if rows := w.dump("customer"); !strings.Contains(rows[0], "Zebulon") {
			t.Fatalf("the dump does not see the name: %v", rows)
		}
		w.must(s.Erase(w.ctx, actor, c.ID, "asked by letter"))
		w.must(s.Erase(w.ctx, actor, c.ID, "again"))
		if asked != c.ID {
			t.Fatal("the packages above were not asked")
		}
		x, err := w.ByID(w.ctx, d, c.ID)
		w.must(err)
		if !x.Erased() || x.Name() != "" || x.Email() != "" || len(x.Addresses)+len(x.Tags) != 0 || x.CompanyID != c.CompanyID {
			t.Fatalf("left %+v", x)
		}
		for _, table := range []string{"customer", "customer_address", "customer_tag", "customer_suggestion", "private_link", "step_code", "step_device", "audit_entry", "event", "suppression", "river_job"} {
			for _, row := range w.dump(table) {
				for _, secret := range []string{"zeb", "quartz", "7654321", "zebra"} {
					if strings.Contains(strings.ToLower(row), secret) {
						t.Errorf("%s still holds %q: %s", table, secret, row)
					}
				}
			}
		}
		_, err = w.Links.Resolve(w.ctx, customer.ForCustomer, token)
		wantCode(t, err, fault.Gone)
		_, err = w.Links.URL(w.ctx, d, l.ID)
		wantCode(t, err, fault.Gone)
		if no, err := w.stop.Suppressed(w.ctx, d, "ZEBULON@quartz.example", "", mail.Marketing); err != nil || !no {
			t.Fatalf("suppressed %v, %v", no, err)
		}
		_, err = w.Update(w.ctx, actor, c.ID, customer.Patch{FirstName: to("Back")}, -1)
		wantCode(t, err, fault.Gone)
		w.must(w.Links.MailFresh(w.ctx, token))
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'customer.fresh_link_mail'"); n != 0 {
			t.Fatal("a fresh link for an erased person")
		}
		// The address is free again.
		w.create(customer.Draft{FirstName: "New", Email: "zebulon@quartz.example"})
	})
}

// dump returns every row of a table as text.
func (w *world) dump(table string) []string {
	w.t.Helper()
	var rows []map[string]any
	w.must(w.db.NewSelect().TableExpr(table).Scan(w.ctx, &rows))
	var out []string
	for _, r := range rows {
		var b strings.Builder
		for k, v := range r {
			if raw, ok := v.([]byte); ok {
				v = string(raw)
			}
			b.WriteString(k + "=" + strings.TrimSpace(fmt.Sprint(v)) + " ")
		}
		out = append(out, b.String())
	}
	return out
}

func TestHandOver_MovesCustomers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		from, next := w.colleague("active"), w.colleague("active")
		c := w.create(customer.Draft{FirstName: "Ana", OwnerID: from})
		other := w.create(customer.Draft{FirstName: "Ben"})
		w.inTx(func(ctx context.Context, tx db.Tx) error { return w.HandOver(ctx, tx, from, next) })
		c, err := w.ByID(w.ctx, d, c.ID)
		w.must(err)
		if other, err = w.ByID(w.ctx, d, other.ID); err != nil || c.OwnerID != next || other.OwnerID != "" {
			t.Fatalf("owners %q and %q, %v", c.OwnerID, other.OwnerID, err)
		}
	})
}

func TestMayEdit(t *testing.T) {
	t.Parallel()
	mine := customer.Customer{OwnerID: "rosa"}
	for _, c := range []struct {
		actor audit.Actor
		c     customer.Customer
		want  bool
	}{
		{audit.Actor{Kind: audit.KindStaff, ID: "rosa", Role: "rep"}, mine, true}, {audit.Actor{Kind: audit.KindStaff, ID: "sam", Role: "rep"}, mine, false},
		{audit.Actor{Kind: audit.KindStaff, ID: "", Role: "rep"}, customer.Customer{}, false}, {audit.Actor{Kind: audit.KindStaff, ID: "sam", Role: "marketer"}, mine, true},
		{audit.Actor{Kind: audit.KindStaff, ID: "rosa", Role: "viewer"}, mine, false}, {audit.Actor{Kind: audit.KindAPIKey, ID: "rosa", Role: "rep"}, mine, false},
	} {
		if got := customer.MayEdit(c.actor, c.c); got != c.want {
			t.Errorf("MayEdit(%+v) = %v", c.actor, got)
		}
	}
}

func TestEnsureTx_FindsOrCreates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		ensure := func(email string) (c customer.Customer, created bool) {
			w.inTx(func(ctx context.Context, tx db.Tx) error {
				var err error
				c, created, err = w.EnsureTx(ctx, tx, actor, customer.Draft{FirstName: "Ben", Email: email, Phone: "ask me"})
				return err
			})
			return c, created
		}
		first, created := ensure("ben@blue.example")
		second, again := ensure("BEN@blue.example")
		if !created || again || first.ID != second.ID {
			t.Fatalf("created %v, %v", created, again)
		}
	})
}

func TestParseStage(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]customer.Stage{"customer": customer.Active, "Evangelist": customer.Active, "Marketing Qualified Lead": customer.Lead,
		"opportunity": customer.Lead, "churned": customer.Former, "": customer.Active} {
		if got, ok := customer.ParseStage(word); !ok || got != want {
			t.Errorf("ParseStage(%q) = %q, %v", word, got, ok)
		}
	}
	if _, ok := customer.ParseStage("wizard"); ok {
		t.Error("an unknown word was taken")
	}
}
