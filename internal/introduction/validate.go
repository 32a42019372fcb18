package introduction

import (
	"slices"
	"strings"
	"unicode/utf8"

	"goodword/internal/customer"
	"goodword/internal/fault"
)

const (
	maxName = 80
	maxText = 2000
	maxNote = 600
)

// clean makes one line of what was typed in a field.
func clean(s string) string { return strings.Join(strings.Fields(s), " ") }

func (s Submission) cleaned() Submission {
	s.FirstName, s.LastName, s.Company, s.Phone = clean(s.FirstName), clean(s.LastName), clean(s.Company), clean(s.Phone)
	s.Email = strings.TrimSpace(s.Email)
	s.Note = strings.TrimSpace(strings.ReplaceAll(s.Note, "\r\n", "\n"))
	if s.How == "" {
		s.How = HowSelf
	}
	return s
}

// validate checks what how needs. A draft may lack anything, but nothing in it may be too long or of another list.
func (s Submission) validate(draft bool) error {
	var c fault.Check
	short(&c, "first_name", s.FirstName, maxName)
	short(&c, "last_name", s.LastName, maxName)
	short(&c, "company", s.Company, maxName)
	short(&c, "phone", s.Phone, 40)
	short(&c, "note", s.Note, maxNote)
	if s.Source != "" && !slices.Contains(Sources, s.Source) {
		c.AddKey("source", "problem.choose", "Please choose one.")
	}
	if s.Channel != "" && !slices.Contains(Channels, s.Channel) {
		c.AddKey("channel", "problem.choose", "Please choose one.")
	}
	if s.Email != "" && !customer.ValidEmail(s.Email) && !draft {
		c.AddKey("email", "problem.email", "This does not look like a mail address.")
	}
	switch s.How {
	case HowSelf, HowLead, HowPortal:
	default:
		c.AddKey("how", "problem.choose", "Please choose one.")
	}
	if draft {
		return c.Err()
	}
	c.Required("first_name", s.FirstName)
	if s.How == HowLead {
		c.Required("company", s.Company)
	}
	if s.How == HowPortal {
		c.Required("email", s.Email)
		if !s.Expects {
			c.AddKey("expects", "problem.expects", "We may only write if this person expects it.")
		}
	}
	return c.Err()
}

func short(c *fault.Check, field, value string, limit int) {
	if utf8.RuneCountInString(value) > limit {
		c.AddKey(field, "problem.too_long", "Please keep this shorter.")
	}
}

func (a Answer) cleaned() Answer {
	a.Name, a.Phone = clean(a.Name), clean(a.Phone)
	a.Email = strings.TrimSpace(a.Email)
	return a
}

// validate checks that a way was chosen and that the one field it needs is there.
func (a Answer) validate() error {
	var c fault.Check
	short(&c, "name", a.Name, maxName)
	short(&c, "phone", a.Phone, 40)
	switch a.How {
	case BySlot:
		if a.Slot.IsZero() {
			c.AddKey("slot", "problem.choose", "Please choose a time.")
		}
		c.Required("email", a.Email)
	case ByEmail:
		c.Required("email", a.Email)
	case ByCall:
		c.Required("phone", a.Phone)
	default:
		// A robot that submits the form as it came chooses nothing (S5).
		c.AddKey("how", "problem.choose", "Please choose how we may reach you.")
	}
	if a.Email != "" && !customer.ValidEmail(a.Email) {
		c.AddKey("email", "problem.email", "This does not look like a mail address.")
	}
	if a.Phone != "" && countDigits(a.Phone) < 5 {
		c.AddKey("phone", "problem.phone", "This does not look like a phone number.")
	}
	return c.Err()
}

func countDigits(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

func likePattern(q string) string { return "%" + escapeLike(strings.ToLower(clean(q))) + "%" }

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// freeMail are providers whose domain says nothing about an employer.
var freeMail = []string{"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com",
	"me.com", "aol.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de", "proton.me",
	"protonmail.com", "posteo.de", "mailbox.org", "orange.fr", "wanadoo.fr", "laposte.net"}

// workDomain returns the domain of an address that belongs to an employer, or "".
func workDomain(email string) string {
	d := customer.Domain(email)
	if slices.Contains(freeMail, d) {
		return ""
	}
	return d
}
