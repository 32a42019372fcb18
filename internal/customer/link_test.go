package customer_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
)

func (w *world) issue(n customer.NewLink) ident.Token {
	w.t.Helper()
	if n.ExpiresAt.IsZero() {
		n.ExpiresAt = w.clock.now().Add(30 * 24 * time.Hour)
	}
	var token ident.Token
	w.inTx(func(ctx context.Context, tx db.Tx) error {
		var err error
		token, err = w.Links.Issue(ctx, tx, n)
		return err
	})
	return token
}

func (w *world) link(token ident.Token) customer.Link {
	w.t.Helper()
	l, err := w.Links.Resolve(w.ctx, customer.ForCustomer, token)
	w.must(err)
	return l
}

func TestLinks_OpenTheirOwnPurposeOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		inv, intro := ident.New(), ident.New()
		tokens := map[customer.Purpose]ident.Token{
			customer.ForCustomer:    w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID, InvitationID: inv}),
			customer.ForProspect:    w.issue(customer.NewLink{Purpose: customer.ForProspect, IntroductionID: intro}),
			customer.ForUnsubscribe: w.issue(customer.NewLink{Purpose: customer.ForUnsubscribe, CustomerID: c.ID, InvitationID: inv}),
		}
		_, unknown := w.Links.Resolve(w.ctx, customer.ForCustomer, ident.NewToken())
		wantCode(t, unknown, fault.NotFound)
		for own, token := range tokens {
			for purpose := range tokens {
				l, err := w.Links.Resolve(w.ctx, purpose, token)
				if purpose != own {
					wantCode(t, err, fault.NotFound)
					if err.Error() != unknown.Error() || l.ID != "" {
						t.Fatalf("a foreign token answers %v with %+v", err, l)
					}
					continue
				}
				w.must(err)
				url, err := w.Links.URL(w.ctx, d, l.ID)
				w.must(err)
				path := map[customer.Purpose]string{customer.ForCustomer: "/c/", customer.ForProspect: "/i/", customer.ForUnsubscribe: "/u/"}[own]
				if url != "http://gw.example"+path+token.Plain() || url != w.Links.TokenURL(own, token) {
					t.Fatalf("url %q", url)
				}
			}
		}
		l := w.link(tokens[customer.ForCustomer])
		if l.CustomerID != c.ID || l.InvitationID != inv || l.IntroductionID != "" || !l.CreatedAt.Equal(start) {
			t.Fatalf("link %+v", l)
		}
		for _, bad := range []ident.Token{"", "x", ident.Token(strings.Repeat("a", 4000)), tokens[customer.ForCustomer] + "a"} {
			_, err := w.Links.Resolve(w.ctx, customer.ForCustomer, bad)
			wantCode(t, err, fault.NotFound)
		}
		// S1: neither token is readable in the database.
		for _, token := range tokens {
			if n := w.count("SELECT count(*) FROM private_link WHERE token_hash = ? OR token_sealed LIKE ?", token.Plain(), "%"+token.Plain()+"%"); n != 0 {
				t.Fatal("a token stands in the table")
			}
		}
	})
}

func TestLinks_EndAloneAndSaySo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		one := w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID, ExpiresAt: start.Add(time.Hour)})
		two := w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID})
		id := w.link(one).ID
		w.inTx(func(ctx context.Context, tx db.Tx) error { return w.Links.Revoke(ctx, tx, w.link2(tx, two).ID) })
		l, err := w.Links.Resolve(w.ctx, customer.ForCustomer, two)
		wantCode(t, err, fault.Gone)
		if l.CustomerID != c.ID {
			t.Fatal("a revoked link is not returned for the fresh-link page")
		}
		w.link(one)
		w.clock.add(time.Hour)
		l, err = w.Links.Resolve(w.ctx, customer.ForCustomer, one)
		wantCode(t, err, fault.Gone)
		if l.ID != id {
			t.Fatalf("link %q, want %q", l.ID, id)
		}
		_, err = w.Links.Find(w.ctx, d, customer.Subject{Purpose: customer.ForCustomer, CustomerID: c.ID})
		wantCode(t, err, fault.NotFound)
	})
}

// link2 reads a link inside a transaction, where Resolve's own connections must not be waited for.
func (w *world) link2(tx db.Tx, token ident.Token) customer.Link {
	w.t.Helper()
	var id string
	w.must(tx.NewRaw("SELECT id FROM private_link WHERE token_hash = ?", token.Hash()).Scan(w.ctx, &id))
	l, err := w.Links.ByID(w.ctx, tx, id)
	w.must(err)
	return l
}

func TestLinks_IssueAllKeepsTheOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		subjects := make([]customer.NewLink, 50)
		for i := range subjects {
			subjects[i] = customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID, InvitationID: ident.New(), ExpiresAt: start.Add(time.Hour)}
		}
		var links []customer.Link
		w.inTx(func(ctx context.Context, tx db.Tx) error {
			var err error
			links, err = w.Links.IssueAll(ctx, tx, subjects)
			return err
		})
		for i, l := range links {
			url, err := w.Links.URLOf(l)
			w.must(err)
			got := w.link(ident.Token(strings.TrimPrefix(url, "http://gw.example/c/")))
			if got.InvitationID != subjects[i].InvitationID {
				t.Fatalf("link %d is for another invitation", i)
			}
		}
	})
}

func TestMailFresh_OneMailWhoeverAsks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		inv := ident.New()
		old := w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID, InvitationID: inv, ExpiresAt: start.Add(time.Hour)})
		stop := w.issue(customer.NewLink{Purpose: customer.ForUnsubscribe, CustomerID: c.ID, InvitationID: inv})
		w.clock.add(2 * time.Hour)
		for range 2 { // asking twice is one job
			for _, token := range []ident.Token{ident.NewToken(), stop, old, "", ident.Token(strings.Repeat("A", 300))} {
				w.must(w.Links.MailFresh(w.ctx, token))
			}
		}
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'customer.fresh_link'"); n != 4 {
			t.Fatalf("%d jobs, want one for each of the four tokens, whatever they are", n)
		}
		w.must(w.Links.FreshLink(w.ctx, customer.FreshLink{TokenHash: ident.NewToken().Hash()}))
		w.must(w.Links.FreshLink(w.ctx, customer.FreshLink{TokenHash: stop.Hash()}))
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'customer.fresh_link_mail'"); n != 0 {
			t.Fatalf("%d mails for tokens that are no customer's", n)
		}
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() { errs[i] = w.Links.FreshLink(w.ctx, customer.FreshLink{TokenHash: old.Hash()}) })
		}
		wg.Wait()
		for _, err := range errs {
			w.must(err)
		}
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'customer.fresh_link_mail'"); n != 1 {
			t.Fatalf("%d mails, want 1", n)
		}
		fresh, err := w.Links.Find(w.ctx, d, customer.Subject{Purpose: customer.ForCustomer, InvitationID: inv})
		w.must(err)
		w.must(w.Links.FreshLinkMail(w.ctx, customer.FreshLinkMail{LinkID: fresh.ID}))
		m := w.post.sent[0]
		v := m.View.(mail.FreshLink)
		got := w.link(ident.Token(strings.TrimPrefix(v.URL, "http://gw.example/c/")))
		if m.To.Email != "ana@acme.example" || got.ID != fresh.ID || got.InvitationID != inv || m.Key != "fresh_link:"+fresh.ID {
			t.Fatalf("sent %+v, link %+v", m, got)
		}
		w.clock.add(11 * time.Minute)
		w.must(w.Links.FreshLink(w.ctx, customer.FreshLink{TokenHash: old.Hash()}))
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'customer.fresh_link_mail'"); n != 2 {
			t.Fatalf("%d mails after eleven minutes, want 2", n)
		}
	})
}

func BenchmarkResolve(b *testing.B) {
	d := dbtest.SQLite(b)
	keys, err := ident.NewKeyring(strings.Repeat("k", 32))
	if err != nil {
		b.Fatal(err)
	}
	links := &customer.Links{Deps: customer.Deps{DB: d, Keys: keys, Clock: func() time.Time { return start }, BaseURL: "http://gw.example"}}
	var token ident.Token
	err = d.InTx(b.Context(), func(ctx context.Context, tx db.Tx) error {
		var err error
		token, err = links.Issue(ctx, tx, customer.NewLink{Purpose: customer.ForProspect, ExpiresAt: start.Add(time.Hour)})
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := links.Resolve(b.Context(), customer.ForProspect, token); err != nil {
			b.Fatal(err)
		}
	}
}
