package risk

import (
	"slices"
	"strings"

	"goodword/internal/customer"
)

// self is F1: what two different people cannot share. A Stripe customer that paid for the introducer before is no new one.
func self(f Facts) *Signal {
	var found []Evidence
	for _, c := range []struct {
		what string
		a, b []string
	}{
		{"mailbox", f.Introducer.Mailboxes, f.Prospect.Mailboxes}, {"phone", f.Introducer.Phones, f.Prospect.Phones},
		{"payer", f.Introducer.Payers, f.Prospect.Payers}, {"card", f.Introducer.Cards, f.Prospect.Cards},
	} {
		if common(c.a, c.b) {
			found = append(found, Evidence{What: c.what})
		}
	}
	if f.Prospect.ID != "" && f.Prospect.ID == f.Introducer.ID {
		found = append(found, Evidence{What: "customer"})
	}
	return strong(Self, found)
}

func sameCompany(f Facts) *Signal {
	for _, d := range f.Introducer.Domains {
		if slices.Contains(f.Prospect.Domains, d) {
			return weak(SameCompany, Evidence{What: "domain", Domain: d})
		}
	}
	return nil
}

// sameName wants both names: fathers, sons and sisters share one.
func sameName(f Facts) *Signal {
	a, b := f.Introducer, f.Prospect
	if a.First == "" || a.Last == "" || !strings.EqualFold(a.First, b.First) || !strings.EqualFold(a.Last, b.Last) {
		return nil
	}
	return weak(SameName, Evidence{What: "name"})
}

func sameDevice(f Facts) *Signal {
	if !common(f.Introducer.Devices, f.Prospect.Devices) {
		return nil
	}
	return weak(SameDevice, Evidence{What: "device"})
}

func sameNetwork(f Facts) *Signal {
	if !common(f.Introducer.Networks, f.Prospect.Networks) {
		return nil
	}
	return weak(SameNetwork, Evidence{What: "network"})
}

// existing is F3. A lead or former customer may be won; one of another division is as good as new; whom this introduction
// made a customer is its success.
func existing(f Facts) *Signal {
	var ids []string
	for _, k := range f.Known {
		other := f.Division != "" && k.Division != "" && f.Division != k.Division
		if k.Stage == customer.Active && !other && k.Through != f.IntroductionID && k.Since.Before(f.Introduced) {
			ids = append(ids, k.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return strong(Existing, []Evidence{{What: "customer", Customers: ids}})
}

func openDeal(f Facts) *Signal {
	if len(f.Others) == 0 {
		return nil
	}
	return strong(OpenDeal, []Evidence{{What: "introduction", N: len(f.Others), Introductions: f.Others}})
}

func colleague(f Facts) *Signal {
	var found []Evidence
	if f.IntroducerIsStaff {
		found = append(found, Evidence{What: "introducer"})
	}
	if f.ProspectIsStaff {
		found = append(found, Evidence{What: "prospect"})
	}
	return strong(Colleague, found)
}

func tooMany(f Facts) *Signal {
	var found []Evidence
	for _, c := range f.Counts {
		if c.Cap.Count > 0 && c.Place > c.Cap.Count {
			found = append(found, Evidence{What: c.Layer + "_cap", N: c.Place, Most: c.Cap.Count, Days: c.Cap.Days})
		}
	}
	return strong(TooMany, found)
}

func disposable(f Facts) *Signal {
	var found []Evidence
	for _, d := range f.Throwaway {
		found = append(found, Evidence{What: "domain", Domain: d})
	}
	return strong(Disposable, found)
}

func masked(f Facts) *Signal {
	if len(f.Relay) == 0 {
		return nil
	}
	return weak(Masked, Evidence{What: "domain", Domain: f.Relay[0]})
}

// sharedPayee is F11 without the browser: an account, a payer or a card of somebody else.
func sharedPayee(f Facts) *Signal {
	var found []Evidence
	for _, s := range f.Shared {
		if s.What != "device" {
			found = append(found, Evidence{What: s.What, N: len(s.Customers), Customers: s.Customers})
		}
	}
	return strong(SharedPayee, found)
}

func sharedDevice(f Facts) *Signal {
	for _, s := range f.Shared {
		if s.What == "device" {
			return weak(SharedDevice, Evidence{What: "device", N: len(s.Customers), Customers: s.Customers})
		}
	}
	return nil
}

func ring(f Facts) *Signal {
	if len(f.Circle) == 0 {
		return nil
	}
	return strong(Ring, []Evidence{{What: "circle", N: len(f.Circle), Customers: f.Circle}})
}

// refunds is F7: who has bought, earned and given back again and again is looked at by a person from then on.
func refunds(f Facts) *Signal {
	if f.UndoneMost == 0 || f.Undone < f.UndoneMost {
		return nil
	}
	return strong(Refunds, []Evidence{{What: "refunds", N: f.Undone, Most: f.UndoneMost}})
}

// ownClose is F8: the closer's own domain, or their family's name.
func ownClose(f Facts) *Signal {
	if f.Closer == nil {
		return nil
	}
	var found []Evidence
	for _, p := range []struct {
		what string
		Person
	}{{"introducer", f.Introducer}, {"prospect", f.Prospect}} {
		switch {
		case common(f.Closer.Mailboxes, p.Mailboxes):
			found = append(found, Evidence{What: p.what + "_self"})
		case common(f.Closer.Domains, p.Domains):
			found = append(found, Evidence{What: p.what + "_domain"})
		case f.Closer.Last != "" && strings.EqualFold(f.Closer.Last, p.Last):
			found = append(found, Evidence{What: p.what + "_name"})
		}
	}
	return strong(OwnClose, found)
}

func strong(n Name, found []Evidence) *Signal {
	if len(found) == 0 {
		return nil
	}
	return &Signal{Check: n, Strong: true, Evidence: found}
}

func weak(n Name, e Evidence) *Signal { return &Signal{Check: n, Evidence: []Evidence{e}} }

func common(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return x != "" && slices.Contains(b, x) })
}
