package customer_test

import (
	"context"
	"strings"
	"sync"
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
	"goodword/internal/queue"
)

var (
	start = time.Date(2026, 3, 12, 10, 7, 0, 0, time.UTC)
	actor = audit.System("test")
)

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// letters keeps what would have gone to the mail server.
type letters struct {
	mu   sync.Mutex
	sent []mail.Message
}

func (l *letters) Send(_ context.Context, m mail.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, m)
	return nil
}

type world struct {
	*customer.Service
	t     *testing.T
	ctx   context.Context
	db    *db.DB
	clock *clock
	post  *letters
	keys  *ident.Keyring
	stop  *mail.StopList
}

func newWorld(t *testing.T, d *db.DB) *world {
	t.Helper()
	q, err := queue.New(d, queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ident.NewKeyring(strings.Repeat("k", 32))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, ctx: t.Context(), db: d, clock: &clock{t: start}, post: &letters{}, keys: keys}
	w.stop = mail.NewStopList(keys, w.clock.now)
	w.Service = customer.New(customer.Deps{DB: d, Queue: q, Clock: w.clock.now, Keys: keys, Mail: w.post, StopList: w.stop,
		BaseURL: "http://gw.example", Erasers: []customer.Eraser{}})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) create(d customer.Draft) customer.Customer {
	w.t.Helper()
	c, err := w.Create(w.ctx, actor, d)
	w.must(err)
	return c
}

func (w *world) ana() customer.Customer {
	w.t.Helper()
	return w.create(customer.Draft{FirstName: "Ana", LastName: "López", Email: "ana@acme.example", Phone: "+49 30 1234567", Company: "Acme GmbH",
		Country: "de", Tags: []string{" VIP ", "vip", "Fair 2025"}})
}

func (w *world) inTx(fn func(ctx context.Context, tx db.Tx) error) {
	w.t.Helper()
	w.must(w.db.InTx(w.ctx, fn))
}

func (w *world) count(query string, args ...any) int {
	w.t.Helper()
	var n int
	w.must(w.db.NewRaw(query, args...).Scan(w.ctx, &n))
	return n
}

// colleague adds a row of staff and returns its id.
func (w *world) colleague(state string) string {
	w.t.Helper()
	id := ident.New()
	_, err := w.db.NewRaw("INSERT INTO staff (id, email, name, role, state, created_at) VALUES (?, ?, 'Rosa', 'rep', ?, ?)", id, id+"@example.com", state, start).Exec(w.ctx)
	w.must(err)
	return id
}

func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Fatalf("got %q (%v), want %q", got, err, want)
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	if err != nil {
		for _, p := range fault.As(err).Problems {
			if p.Field == field {
				return
			}
		}
	}
	t.Fatalf("no problem at %q in %v", field, err)
}

func to[T any](v T) *T { return &v }

func TestCreate_KeepsEverything(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		owner := w.colleague("active")
		c := w.create(customer.Draft{ExternalID: "100001", FirstName: " Αλέξης\t", LastName: "Johansson", Email: "X.Johansson@Example.com", Phone: "030 1234567",
			Addresses: []customer.AddressDraft{{Kind: customer.Email, Label: "private", Value: "alexis@home.example"}, {Kind: customer.Email, Value: "x.johansson@example.COM"}},
			Company:   "Harbor Motors & Co. KG", Division: "Services", Country: "de", Language: "DE-at", Zone: "Europe/Berlin", StripeCustomer: "cus_1",
			OwnerID: owner, Note: "one\r\n two", LastOrderAt: start.Add(-time.Hour), RenewsAt: start.AddDate(0, 1, 0), Order: to(money.New(5219750, "EUR")),
			Tags: []string{"B", " a "}})
		got, err := w.ByID(w.ctx, d, c.ID)
		w.must(err)
		if got.Name() != "Αλέξης Johansson" || got.Email() != "X.Johansson@Example.com" || got.Phone() != "030 1234567" || got.CompanyName() != "Harbor Motors & Co. KG" ||
			got.Country != "DE" || got.Language != "de" || got.OwnerID != owner || got.Note != "one\ntwo" || !got.RenewsAt.Equal(start.AddDate(0, 1, 0)) ||
			strings.Join(got.Tags, ",") != "a,b" || got.Stage != customer.Active || got.GiftPolicy != customer.GiftPerson || got.CreditTo() != "cus_1" {
			t.Fatalf("kept %+v", got)
		}
		if o, ok := got.Order(); !ok || o != money.New(5219750, "EUR") {
			t.Fatalf("order %v, %v", o, ok)
		}
		if len(got.Addresses) != 3 || got.Addresses[2].Value != "alexis@home.example" || got.Addresses[2].Label != "private" || got.Addresses[2].Main {
			t.Fatalf("addresses %+v", got.Addresses)
		}
		for _, a := range got.Addresses {
			if a.Kind == customer.Phone && a.ValueNorm != "+49301234567" {
				t.Fatalf("phone %q", a.ValueNorm)
			}
		}
		for _, e := range []string{"x.johansson@EXAMPLE.com ", "alexis@home.example"} {
			if by, err := w.ByEmail(w.ctx, d, e); err != nil || by.ID != c.ID {
				t.Fatalf("by %s: %v", e, err)
			}
		}
		if by, err := w.ByStripe(w.ctx, d, "cus_1"); err != nil || by.ID != c.ID {
			t.Fatalf("by Stripe: %v", err)
		}
		if n := w.count("SELECT count(*) FROM audit_entry WHERE action = 'customer.created' AND object_id = ?", c.ID); n != 1 {
			t.Fatalf("%d audit entries", n)
		}
		if n := w.count("SELECT count(*) FROM audit_entry WHERE after_json LIKE '%ohansson%'"); n != 0 {
			t.Fatal("the audit holds the name")
		}
		if n := w.count("SELECT count(*) FROM event WHERE type = 'customer.created' AND customer_id = ?", c.ID); n != 1 {
			t.Fatalf("%d events", n)
		}
	})
}

func TestCreate_ReportsEveryProblemAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	_, err := w.Create(w.ctx, actor, customer.Draft{Email: "not an address", Phone: "12", Country: "Germany", Language: "x", Zone: "Mars/Base", Stage: "king",
		GiftPolicy: "all", OwnerID: "me", FirstName: strings.Repeat("a", 101), Order: &money.Amount{Minor: -1, Currency: "ZZZ"},
		Addresses: []customer.AddressDraft{{Kind: "fax", Label: "old", Value: "1"}}, Tags: []string{strings.Repeat("t", 51)}})
	wantCode(t, err, fault.Invalid)
	for _, f := range []string{"email", "phone", "country", "language", "zone", "stage", "gift_policy", "owner_id", "first_name", "order.currency", "order.amount_minor",
		"addresses.0.kind", "addresses.0.label", "tags.0"} {
		wantField(t, err, f)
	}
	_, err = w.Create(w.ctx, actor, customer.Draft{Company: "Acme"})
	wantField(t, err, "name")
	for _, state := range []string{"", "disabled"} {
		id := ident.New()
		if state != "" {
			id = w.colleague(state)
		}
		_, err = w.Create(w.ctx, actor, customer.Draft{FirstName: "Ana", OwnerID: id})
		wantField(t, err, "owner_id")
	}
}

func TestCreate_NamesWhatIsTaken(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		w.create(customer.Draft{FirstName: "Ana", Email: "ana@acme.example", ExternalID: "1"})
		_, err := w.Create(w.ctx, actor, customer.Draft{FirstName: "Ben", Email: "ANA@acme.example"})
		wantCode(t, err, fault.Conflict)
		wantField(t, err, "email")
		_, err = w.Create(w.ctx, actor, customer.Draft{FirstName: "Ben", ExternalID: "1"})
		wantCode(t, err, fault.Conflict)
		wantField(t, err, "external_id")
		if n := w.count("SELECT count(*) FROM customer"); n != 1 {
			t.Fatalf("%d customers, want 1", n)
		}
	})
}

// Twenty at once: one customer, one company, and a clear answer to everybody else.
func TestCreate_OfManyAtOnceOneWins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		errs := make([]error, 20)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = w.Create(w.ctx, actor, customer.Draft{FirstName: "Ana", Email: "Ana@acme.example", Company: "Acme  Ltd."})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			wantCode(t, err, fault.Conflict)
		}
		if won != 1 || w.count("SELECT count(*) FROM company") != 1 {
			t.Fatalf("%d won, %d companies", won, w.count("SELECT count(*) FROM company"))
		}
	})
}

func TestCompany_IsFoundInAnySpelling(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		a := w.create(customer.Draft{FirstName: "A", Company: "Müller & Söhne GmbH", CompanyStripe: "cus_m"})
		b := w.create(customer.Draft{FirstName: "B", Company: " MÜLLER &  söhne gmbh. ", CompanyStripe: "cus_other"})
		c := w.create(customer.Draft{FirstName: "C", Company: "Müller & Söhne AG"})
		if a.CompanyID != b.CompanyID || a.CompanyID == c.CompanyID || b.Company.Name != "Müller & Söhne GmbH" || b.CreditTo() != "cus_m" {
			t.Fatalf("companies %+v %+v %+v", a.Company, b.Company, c.Company)
		}
		if by, err := w.ByStripe(w.ctx, d, "cus_m"); err != nil || by.ID != a.ID {
			t.Fatalf("by the company's Stripe customer: %v", err)
		}
	})
}

func TestUpdate_ChangesOnlyWhatIsThere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		got, err := w.Update(w.ctx, actor, c.ID, customer.Patch{Division: to("Digital"), Tags: to([]string{"new"})}, c.Version)
		w.must(err)
		if got.Division != "Digital" || got.FirstName != "Ana" || got.Email() != "ana@acme.example" || strings.Join(got.Tags, ",") != "new" {
			t.Fatalf("got %+v", got)
		}
		_, err = w.Update(w.ctx, actor, c.ID, customer.Patch{Division: to("Other")}, c.Version)
		wantCode(t, err, fault.Conflict)
		fresh, err := w.ByID(w.ctx, d, c.ID)
		w.must(err)
		if fresh.Version != got.Version || fresh.Division != "Digital" {
			t.Fatalf("version %d, want %d; division %q", fresh.Version, got.Version, fresh.Division)
		}
		_, err = w.Update(w.ctx, actor, ident.New(), customer.Patch{}, -1)
		wantCode(t, err, fault.NotFound)
		_, err = w.Update(w.ctx, actor, c.ID, customer.Patch{FirstName: to(""), LastName: to(""), Email: to(""), Addresses: &[]customer.AddressDraft{}}, -1)
		wantField(t, err, "name")
		_, err = w.Update(w.ctx, actor, c.ID, customer.Patch{Country: to("Germany"), Email: to("x")}, -1)
		wantField(t, err, "country")
		wantField(t, err, "email")
	})
}

func TestUpdate_Addresses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		w.create(customer.Draft{FirstName: "Ben", Email: "ben@acme.example"})
		_, err := w.Update(w.ctx, actor, c.ID, customer.Patch{Email: to("BEN@acme.example")}, -1)
		wantCode(t, err, fault.Conflict)
		wantField(t, err, "email")

		// A new job: the new address is main, the old one stays behind it.
		c, err = w.Update(w.ctx, actor, c.ID, customer.Patch{Email: to("ana@newjob.example"), Company: to("New Job")}, -1)
		w.must(err)
		c, err = w.ByID(w.ctx, d, c.ID)
		w.must(err)
		if c.Email() != "ana@newjob.example" || len(c.Addresses) != 3 || c.CompanyName() != "New Job" {
			t.Fatalf("%+v", c.Addresses)
		}
		old, err := w.ByEmail(w.ctx, d, "ana@acme.example")
		w.must(err)
		if old.ID != c.ID {
			t.Fatal("the old address belongs to somebody else")
		}
		// Back again: the same row, not a new one.
		before := w.count("SELECT count(*) FROM customer_address")
		_, err = w.Update(w.ctx, actor, c.ID, customer.Patch{Email: to("Ana@acme.example")}, -1)
		w.must(err)
		if n := w.count("SELECT count(*) FROM customer_address"); n != before {
			t.Fatalf("%d addresses, want %d", n, before)
		}
		if n := w.count("SELECT count(*) FROM customer_address WHERE customer_id = ? AND kind = 'email' AND main", c.ID); n != 1 {
			t.Fatalf("%d main addresses, want 1", n)
		}
		c, err = w.Update(w.ctx, actor, c.ID, customer.Patch{Addresses: &[]customer.AddressDraft{}, Phone: to("")}, -1)
		w.must(err)
		if len(c.Addresses) != 1 || c.Email() != "Ana@acme.example" {
			t.Fatalf("%+v", c.Addresses)
		}
	})
}

func TestCorrectAddress_TellsTheOldOne(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		ana := audit.Actor{Kind: audit.KindCustomer, ID: c.ID}
		w.must(w.CorrectAddress(w.ctx, ana, c.ID, "ANA@acme.example"))
		if n := w.count("SELECT count(*) FROM river_job"); n != 0 {
			t.Fatal("a notice for no change")
		}
		wantField(t, w.CorrectAddress(w.ctx, ana, c.ID, " "), "email")
		wantField(t, w.CorrectAddress(w.ctx, ana, c.ID, "a@b"), "email")
		w.must(w.CorrectAddress(w.ctx, ana, c.ID, "ana@newjob.example"))
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'customer.address_changed_mail'"); n != 1 {
			t.Fatalf("%d jobs, want 1", n)
		}
		var oldID string
		for _, a := range c.Addresses {
			if a.Kind == customer.Email {
				oldID = a.ID
			}
		}
		w.must(w.AddressChangedMail(w.ctx, customer.AddressChangedMail{CustomerID: c.ID, OldAddressID: oldID, ChangedAt: start}))
		m := w.post.sent[0]
		if v := m.View.(mail.AddressChanged); m.To.Email != "ana@acme.example" || v.NewAddress != "a…@newjob.example" {
			t.Fatalf("sent %+v", m)
		}
	})
}

func TestIdentityKey(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"Ana.Lopez+shop@googlemail.com", "analopez@gmail.com"}, {"a.n.a@GMAIL.com", "ana@gmail.com"}, {"ana+x@acme.example", "ana@acme.example"},
		{"ana.l@acme.example", "ana.l@acme.example"}, {" Ana@Acme.example ", "ana@acme.example"}, {"+only@acme.example", "+only@acme.example"}, {"none", "none"}, {"...@gmail.com", "...@gmail.com"},
	} {
		if got := customer.IdentityKey(c[0]); got != c[1] {
			t.Errorf("IdentityKey(%q) = %q, want %q", c[0], got, c[1])
		}
	}
	w := newWorld(t, dbtest.SQLite(t))
	if customer.Blind(w.keys, "a.na+1@gmail.com") != customer.Blind(w.keys, "ANA@googlemail.com") || customer.Blind(w.keys, "ana@a.example") == customer.Blind(w.keys, "ana@b.example") {
		t.Error("blind hashes do not follow the mailbox")
	}
}

func TestByIdentity_FindsOtherSpellings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.create(customer.Draft{FirstName: "Ana", Email: "ana.lopez@gmail.com", Phone: "+49 30 1234567"})
		for _, a := range []string{"AnaLopez+x@googlemail.com", "0049 30 123 4567", "+49301234567"} {
			if got, err := w.ByIdentity(w.ctx, d, a); err != nil || got.ID != c.ID {
				t.Errorf("%s: %v", a, err)
			}
		}
		_, err := w.ByIdentity(w.ctx, d, "")
		wantCode(t, err, fault.NotFound)
		_, err = w.ByEmail(w.ctx, d, "analopez@gmail.com")
		wantCode(t, err, fault.NotFound)
	})
}

func TestValidEmail(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"ana@acme.example": true, " ana@acme.example ": true, "o'neil+x@a-b.example": true, "ana@müller.example": true,
		"": false, "ana": false, "ana@acme": false, "ana@@acme.example": false, "ana@acme..example": false, "ana @acme.example": false,
		"Ana <ana@acme.example>": false, "a@b.example,c@d.example": false, "ana@-acme.example": false, "ana@acme.example\r\nBcc: x@y.example": false,
		".ana@acme.example": false, strings.Repeat("a", 65) + "@acme.example": false, "ana@acme.example.": false,
	} {
		if got := customer.ValidEmail(s); got != want {
			t.Errorf("ValidEmail(%q) = %v", s, got)
		}
	}
}

func TestNormalizePhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ number, country, want string }{
		{"+49 122 926 096", "", "+49122926096"}, {"030 / 123 45 67", "de", "+49301234567"}, {"0049 30 1234567", "FR", "+49301234567"},
		{"(709) 768-4620", "US", "+17097684620"}, {"030 1234567", "", ""}, {"call me", "DE", ""}, {"", "DE", ""}, {"12", "DE", ""},
	} {
		if got, ok := customer.NormalizePhone(c.number, c.country); got != c.want || ok != (c.want != "") {
			t.Errorf("NormalizePhone(%q, %q) = %q, %v; want %q", c.number, c.country, got, ok, c.want)
		}
	}
}

func TestSplitName(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{{"Ana López", "Ana", "López"}, {" Ana  Maria López ", "Ana Maria", "López"}, {"Ana", "Ana", ""}, {"", "", ""}} {
		if f, l := customer.SplitName(c[0]); f != c[1] || l != c[2] {
			t.Errorf("SplitName(%q) = %q, %q", c[0], f, l)
		}
	}
}
