package risk_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/reward"
)

// labelled are the pairs of F1: somebody who introduces themselves in some disguise, and people who merely have much in common.
func labelled(n int) (self, innocent []pair) {
	as := func(email string, change func(*customer.Draft)) func(*customer.Draft) {
		return func(d *customer.Draft) {
			d.Email = email
			if change != nil {
				change(d)
			}
		}
	}
	// One mailbox in 20 spellings.
	for i, spelling := range []string{"ana.ruiz%d@gmail.com", "ANARUIZ%d@gmail.com", "a.n.a.ruiz%d@googlemail.com", "anaruiz%d+x@gmail.com", "Ana.Ruiz%d+Shop@GoogleMail.com",
		"anaruiz%d@googlemail.com", "anaruiz%d+1@googlemail.com", "ana.ru.iz%d@gmail.com", "a.naruiz%d@gmail.com", "ANA.RUIZ%d@GMAIL.COM"} {
		self = append(self, pair{introducer: as(fmt.Sprintf("anaruiz%d@gmail.com", n+i), nil), email: fmt.Sprintf(spelling, n+i)})
	}
	for i, spelling := range []string{"ana%d+a@ruiz.example", "ANA%d@ruiz.example", "ana%d@RUIZ.example", "ana%d+b+c@ruiz.example", "Ana%d+News@Ruiz.Example",
		"ana%d+@ruiz.example", "ana%d+1@ruiz.example", "aNa%d@ruiz.example", "ana%d+goodword@ruiz.example", "ana%d+zz@ruiz.example"} {
		self = append(self, pair{introducer: as(fmt.Sprintf("ana%d@ruiz.example", n+i), nil), email: fmt.Sprintf(spelling, n+i)})
	}
	// One phone number in 8 spellings.
	for i, phone := range []string{"+49 30 555 0%d", "0049 30 5550%d", "030 5550%d", "(030) 555-0%d", "+49-30-5550%d", "030/5550%d", "0 30 55 50 %d", "+4930 5550%d"} {
		number := 100 + n%100 + i
		self = append(self, pair{introducer: as(fmt.Sprintf("phone%d@firm%d.example", n+i, n+i), func(d *customer.Draft) { d.Phone = fmt.Sprintf("+49305550%d", number) }),
			phone: fmt.Sprintf(phone, number)})
	}
	// 7 who pay as before, under another name and address.
	for i := range 7 {
		payer := fmt.Sprintf("cus_self%d", n+i)
		self = append(self, pair{introducer: as(fmt.Sprintf("payer%d@firm%d.example", n+i, n+i), func(d *customer.Draft) { d.StripeCustomer = payer }), payer: payer})
	}
	// 5 with another Stripe customer and the same card.
	for i := range 5 {
		payer := fmt.Sprintf("cus_card%d", n+i)
		self = append(self, pair{introducer: as(fmt.Sprintf("card%d@firm%d.example", n+i, n+i), func(d *customer.Draft) { d.StripeCustomer = payer }), payer: payer + "b"})
	}
	// 5 who have a second address at work: the same name, the same company.
	for i := range 5 {
		self = append(self, pair{introducer: as(fmt.Sprintf("first%d@house%d.example", n+i, n+i), func(d *customer.Draft) { d.LastName = fmt.Sprintf("Stark%d", n+i) }),
			name: fmt.Sprintf("Ana Stark%d", n+i), email: fmt.Sprintf("info%d@house%d.example", n+i, n+i)})
	}

	office := introduction.Origin{IP: ip("203.0.113.7")}
	for i := range 8 {
		innocent = append(innocent, pair{introducer: as(fmt.Sprintf("office%d@west%d.example", n+i, n+i), nil), from: office, answer: office})
	}
	for i, free := range []string{"gmail.com", "gmx.de", "web.de", "outlook.com", "yahoo.com", "icloud.com"} {
		innocent = append(innocent, pair{introducer: as(fmt.Sprintf("free%d@%s", n+i, free), nil), email: fmt.Sprintf("ben%d@%s", n+i, free)})
	}
	for i := range 6 {
		innocent = append(innocent, pair{introducer: as(fmt.Sprintf("family%d@north%d.example", n+i, n+i), func(d *customer.Draft) { d.LastName = fmt.Sprintf("Okafor%d", n+i) }),
			name: fmt.Sprintf("Ben Okafor%d", n+i)})
	}
	// Colleagues of one company: B2B lives from them.
	for i := range 3 {
		innocent = append(innocent, pair{introducer: as(fmt.Sprintf("east%d@east%d.example", n+i, n+i), nil), email: fmt.Sprintf("ben%d@east%d.example", n+i, n+i)})
	}
	// Colleagues in one room: two weak signs, which a person looks at and lets go.
	for i := range 2 {
		innocent = append(innocent, pair{introducer: as(fmt.Sprintf("room%d@room%d.example", n+i, n+i), nil), email: fmt.Sprintf("ben%d@room%d.example", n+i, n+i), from: office, answer: office})
	}
	return self, innocent
}

// F1: 45 who introduce themselves are screened out or held, of 25 who do not none is screened out and at most three are held.
func TestSelf_SeventyLabelledPairs(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		for i := range 5 {
			for _, payer := range []string{"", "b"} {
				w.must(w.risk.SawCard(w.ctx(), fmt.Sprintf("cus_card%d%s", 100+i, payer), fmt.Sprintf("print%d", i)))
			}
		}
		self, innocent := labelled(100)
		if len(self) != 45 || len(innocent) != 25 {
			t.Fatalf("%d and %d pairs, want 45 and 25", len(self), len(innocent))
		}
		var went []introduction.Introduction
		label := map[string]bool{}
		blocked := map[bool]int{}
		for i, p := range append(self, innocent...) {
			// A cap is another check; here everybody is somebody else.
			row, ok := w.introduce(w.customer(p.introducer), p)
			label[row.ID] = i < len(self)
			if !ok {
				blocked[label[row.ID]]++
				continue
			}
			went = append(went, row)
		}
		w.mature()
		held := map[bool]int{}
		for _, row := range went {
			r := w.reward(row)
			is := label[row.ID]
			switch {
			case r.State == reward.Held:
				held[is]++
				if found := w.names(row.ID, r.ID); found == "" {
					t.Errorf("held for %s %s without a finding", r.HeldReason, r.HeldNote)
				}
			case is:
				t.Errorf("%s introduced themselves and got it: %s, %s", row.IntroducerID, r.State, row.Email)
			}
		}
		if blocked[true]+held[true] != 45 {
			t.Errorf("%d screened out and %d held of 45", blocked[true], held[true])
		}
		if blocked[false] != 0 || held[false] > 3 {
			t.Errorf("%d innocent screened out and %d held of 25", blocked[false], held[false])
		}
		t.Logf("self: %d screened out, %d held of 45; innocent: %d screened out, %d held of 25", blocked[true], held[true], blocked[false], held[false])
	})
}

// F10: throw-away addresses are held, however new a normal address looks.
func TestDisposable_ListedAreHeldAndOthersNot(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		n := 200
		if os.Getenv("GOODWORD_PROVE") == "" {
			n = 28
		}
		throwaway := sample(t, "lists/disposable.txt", n)
		normal := sample(t, "lists/free.txt", n*3/10)
		for _, tld := range []string{"dev", "app", "bank", "shop", "cloud", "agency", "berlin", "xn--p1ai", "io", "ai", "zip", "museum", "co.uk", "com.br"} {
			for i := range n / 20 {
				normal = append(normal, fmt.Sprintf("firm%d.%s", i, tld))
			}
		}
		var bad, good []introduction.Introduction
		for i, domain := range throwaway {
			if i%2 == 0 {
				domain = "mail." + domain
			}
			row, _ := w.introduce(w.customer(nil), pair{email: fmt.Sprintf("ben%d@%s", i, domain)})
			bad = append(bad, row)
		}
		for i, domain := range normal {
			row, _ := w.introduce(w.customer(nil), pair{email: fmt.Sprintf("ben%d@%s", i, domain)})
			good = append(good, row)
		}
		w.clock.pass(31 * day)
		for {
			n, err := w.rewards.Mature(w.ctx())
			w.must(err)
			if n == 0 {
				break
			}
		}
		for i, row := range bad {
			if r := w.reward(row); r.State != reward.Held || r.HeldReason != reward.HeldRisk || r.HeldNote != "disposable_mail" {
				t.Errorf("%s: %s %s %s", throwaway[i], r.State, r.HeldReason, r.HeldNote)
			}
		}
		for i, row := range good {
			if r := w.reward(row); r.State != reward.Approved {
				t.Errorf("%s: %s %s %s", normal[i], r.State, r.HeldReason, r.HeldNote)
			}
		}
	})
}

// sample returns n domains spread over a list.
func sample(t *testing.T, name string, n int) []string {
	t.Helper()
	b := readList(t, name)
	var all []string
	for line := range strings.Lines(b) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && customer.ValidEmail("a@"+line) {
			all = append(all, line)
		}
	}
	var out []string
	for i := range n {
		out = append(out, all[i*len(all)/n])
	}
	return out
}
