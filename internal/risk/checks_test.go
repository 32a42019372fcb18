package risk_test

import (
	"fmt"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/risk"
	"goodword/internal/setting"
)

// judged runs every pure check over the facts.
func judged(f risk.Facts) []risk.Signal {
	var out []risk.Signal
	for _, name := range risk.Names() {
		if s := risk.Checks[name](f); s != nil {
			out = append(out, *s)
		}
	}
	return out
}

func TestChecks_NothingIsFoundInNothing(t *testing.T) {
	t.Parallel()
	if got := judged(risk.Facts{}); len(got) > 0 {
		t.Errorf("found %v in empty facts", got)
	}
}

func TestChecks_EachSaysWhatItShould(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 12, 9, 0, 0, 0, time.UTC)
	known := func(k risk.Known) risk.Facts {
		return risk.Facts{IntroductionID: "i", Division: "North", Introduced: at, Known: []risk.Known{k}}
	}
	before := risk.Known{ID: "c", Stage: customer.Active, Since: at.Add(-time.Hour)}
	change := func(k risk.Known, f func(*risk.Known)) risk.Known { f(&k); return k }
	both := func(f func(*risk.Person)) risk.Facts {
		var x risk.Facts
		f(&x.Introducer)
		f(&x.Prospect)
		return x
	}
	for name, c := range map[string]struct {
		facts  risk.Facts
		check  risk.Name
		strong bool
		silent bool
	}{
		"mailbox":                    {both(func(p *risk.Person) { p.Mailboxes = []string{"m"} }), risk.Self, true, false},
		"phone":                      {both(func(p *risk.Person) { p.Phones = []string{"p"} }), risk.Self, true, false},
		"payer":                      {both(func(p *risk.Person) { p.Payers = []string{"cus"} }), risk.Self, true, false},
		"card":                       {both(func(p *risk.Person) { p.Cards = []string{"card"} }), risk.Self, true, false},
		"empty mailboxes":            {both(func(p *risk.Person) { p.Mailboxes = []string{""} }), risk.Self, true, true},
		"domain":                     {both(func(p *risk.Person) { p.Domains = []string{"acme.example"} }), risk.SameCompany, false, false},
		"name":                       {both(func(p *risk.Person) { p.First, p.Last = "Ana", "Ruiz" }), risk.SameName, false, false},
		"family name":                {both(func(p *risk.Person) { p.Last = "Ruiz" }), risk.SameName, false, true},
		"browser":                    {both(func(p *risk.Person) { p.Devices = []string{"d"} }), risk.SameDevice, false, false},
		"network":                    {both(func(p *risk.Person) { p.Networks = []string{"n"} }), risk.SameNetwork, false, false},
		"no network":                 {both(func(p *risk.Person) { p.Networks = []string{""} }), risk.SameNetwork, false, true},
		"customer before":            {known(before), risk.Existing, true, false},
		"customer of our division":   {known(change(before, func(k *risk.Known) { k.Division = "North" })), risk.Existing, true, false},
		"customer of another":        {known(change(before, func(k *risk.Known) { k.Division = "South" })), risk.Existing, true, true},
		"customer after":             {known(change(before, func(k *risk.Known) { k.Since = at.Add(time.Hour) })), risk.Existing, true, true},
		"customer through this":      {known(change(before, func(k *risk.Known) { k.Through = "i" })), risk.Existing, true, true},
		"customer through another":   {known(change(before, func(k *risk.Known) { k.Through = "other" })), risk.Existing, true, false},
		"lead":                       {known(change(before, func(k *risk.Known) { k.Stage = customer.Lead })), risk.Existing, true, true},
		"former customer":            {known(change(before, func(k *risk.Known) { k.Stage = customer.Former })), risk.Existing, true, true},
		"another introduction":       {risk.Facts{Others: []string{"x"}}, risk.OpenDeal, true, false},
		"introducer is staff":        {risk.Facts{IntroducerIsStaff: true}, risk.Colleague, true, false},
		"prospect is staff":          {risk.Facts{ProspectIsStaff: true}, risk.Colleague, true, false},
		"within the cap":             {risk.Facts{Counts: []risk.Counted{{Layer: "device", Place: 3, Cap: setting.Cap{Count: 3, Days: 1}}}}, risk.TooMany, true, true},
		"over the cap":               {risk.Facts{Counts: []risk.Counted{{Layer: "device", Place: 4, Cap: setting.Cap{Count: 3, Days: 1}}}}, risk.TooMany, true, false},
		"no cap":                     {risk.Facts{Counts: []risk.Counted{{Layer: "device", Place: 4}}}, risk.TooMany, true, true},
		"throw-away":                 {risk.Facts{Throwaway: []string{"x.example"}}, risk.Disposable, true, false},
		"relay":                      {risk.Facts{Relay: []string{"duck.com"}}, risk.Masked, false, false},
		"account of another":         {risk.Facts{Shared: []risk.Shared{{What: "account", Customers: []string{"x"}}}}, risk.SharedPayee, true, false},
		"browser of another":         {risk.Facts{Shared: []risk.Shared{{What: "device", Customers: []string{"x"}}}}, risk.SharedDevice, false, false},
		"circle":                     {risk.Facts{Circle: []string{"a", "b"}}, risk.Ring, true, false},
		"two refunds":                {risk.Facts{Undone: 2, UndoneMost: 3}, risk.Refunds, true, true},
		"the third refund":           {risk.Facts{Undone: 3, UndoneMost: 3}, risk.Refunds, true, false},
		"refunds never count":        {risk.Facts{Undone: 30}, risk.Refunds, true, true},
		"closer's family":            {risk.Facts{Closer: &risk.Person{Last: "Ruiz"}, Introducer: risk.Person{Last: "ruiz"}}, risk.OwnClose, true, false},
		"closer's domain":            {risk.Facts{Closer: &risk.Person{Domains: []string{"us.example"}}, Prospect: risk.Person{Domains: []string{"us.example"}}}, risk.OwnClose, true, false},
		"closer's own mailbox":       {risk.Facts{Closer: &risk.Person{Mailboxes: []string{"m"}}, Prospect: risk.Person{Mailboxes: []string{"m"}}}, risk.OwnClose, true, false},
		"closer without a last name": {risk.Facts{Closer: &risk.Person{}, Prospect: risk.Person{}}, risk.OwnClose, true, true},
	} {
		got := judged(c.facts)
		if c.silent {
			if len(got) > 0 {
				t.Errorf("%s: found %v, want nothing", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Check != c.check || got[0].Strong != c.strong || len(got[0].Evidence) == 0 {
			t.Errorf("%s: found %+v, want %s strong=%t with evidence", name, got, c.check, c.strong)
		}
		if risk.Judge(got) != c.strong {
			t.Errorf("%s: judged %t", name, risk.Judge(got))
		}
	}
}

// One weak sign is life in an office; two together are looked at.
func TestJudge_WeakSignsCountOnlyTogether(t *testing.T) {
	t.Parallel()
	weak := func(n risk.Name) risk.Signal { return risk.Signal{Check: n} }
	for i, c := range []struct {
		signals []risk.Signal
		want    bool
	}{
		{nil, false}, {[]risk.Signal{weak(risk.SameNetwork)}, false}, {[]risk.Signal{weak(risk.SameCompany)}, false},
		{[]risk.Signal{weak(risk.SameNetwork), weak(risk.SameCompany)}, true}, {[]risk.Signal{{Check: risk.Self, Strong: true}}, true},
	} {
		if got := risk.Judge(c.signals); got != c.want {
			t.Errorf("case %d: %t, want %t", i, got, c.want)
		}
	}
}

// F11 as a pure function, with a customer in a thousand ordinary ones.
func TestFindGroups_OnlyWhatStrangersShare(t *testing.T) {
	t.Parallel()
	var traits []risk.Trait
	for n := range 1000 {
		traits = append(traits, risk.Trait{CustomerID: fmt.Sprintf("c%04d", n), CompanyID: fmt.Sprintf("co%d", n/4), What: "payer", Value: fmt.Sprintf("cus%d", n/4)})
	}
	traits = append(traits, risk.Trait{CustomerID: "x", What: "account", Value: "acct"}, risk.Trait{CustomerID: "y", What: "account", Value: "acct"},
		risk.Trait{CustomerID: "y", What: "device", Value: "d"}, risk.Trait{CustomerID: "z", CompanyID: "co9", What: "device", Value: "d"},
		risk.Trait{CustomerID: "u", What: "card", Value: ""}, risk.Trait{CustomerID: "v", What: "card", Value: ""})
	edges := []risk.Edge{{From: "c0001", To: "c0005"}, {From: "c0005", To: "c0009"}, {From: "c0009", To: "c0001"}, {From: "c0001", To: "c0100"}, {From: "c0100", To: "c0200"}}
	got := risk.FindGroups(traits, edges)
	if fmt.Sprint(got) != "[{[circle] [c0001 c0005 c0009]} {[account device] [x y z]}]" {
		t.Errorf("groups %v", got)
	}
}
