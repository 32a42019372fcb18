// Package mail renders the messages in emails/, sends each of them once and keeps away from those who do not want them.
package mail

import (
	"context"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"goodword/internal/fault"
)

// Stream tells what a person needs to know from what we would like to tell. Unsubscribing ends marketing only.
type Stream string

// The two streams.
const (
	Transactional Stream = "transactional"
	Marketing     Stream = "marketing"
)

// Address is a person's name and mail address. The name may be empty.
type Address struct{ Name, Email string }

// Message is one mail to one person.
type Message struct {
	// Key names the cause for ever ("reward_paid:<reward id>"): one key is sent once, whoever asks and how often.
	Key string
	// View is what the mail says; its type chooses the template, the stream and the reason in the footer.
	View View
	To   Address
	// FromName is the sender that people see ("Rosa at Example"); empty means the company. The address is always ours.
	FromName string
	// ReplyTo is the person who gets the answer; empty means the installation's reply address.
	ReplyTo Address
	// Lang is the reader's language.
	Lang string
	// UnsubscribeURL is the reader's /u/{token}. Marketing is refused without it.
	UnsubscribeURL string
	// Scope is the campaign's id, for people who stop only that; empty where there is none.
	Scope string
	// Why is the catalogue key of the footer's reason ({company} is filled); empty means the template's own.
	Why string
}

// Stream returns the stream of the message's template.
func (m Message) Stream() Stream { return kinds[m.View.template()].stream }

// Template returns the name of the message's template, for logs and figures.
func (m Message) Template() string { return m.View.template() }

// Sender sends a message once. The outbox implements it.
type Sender interface {
	// Send returns nil when the message was sent, now or before, or when its reader does not want it.
	// It returns Unavailable when it should be tried again, and Invalid when it never can be delivered.
	// It must not be called inside a transaction.
	Send(ctx context.Context, m Message) error
}

// NormalizeEmail returns the form of an address that is hashed and compared: trimmed and in lower case. Nothing else
// is folded: dots and tags in front of the @ tell mailboxes apart at most providers.
func NormalizeEmail(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

const (
	maxName    = 80
	maxSubject = 200
	maxAddress = 254
)

// line makes one header-safe line of what people typed: no control, direction or line characters, single spaces, at most
// limit runes. "=?" is broken up because mail programs decode it wherever they find it.
func line(s string, limit int) string {
	var b strings.Builder
	space := false
	n := 0
	for _, r := range strings.ToValidUTF8(s, "") {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			space = n > 0
			continue
		case unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c':
			// Format characters turn text around or hide it; the two joiners build emoji and Indic letters.
			continue
		}
		if n >= limit {
			break
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
		n++
	}
	return strings.ReplaceAll(b.String(), "=?", "= ?")
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n")

// text makes what people typed over several lines safe to put into a body: line feeds and tabs stay, other control
// and direction characters go.
func text(s string) string {
	s = lineEnds.Replace(strings.ToValidUTF8(s, ""))
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r < 0x7f {
			return r
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c' {
			return -1
		}
		return r
	}, s)
}

// bare checks that s is one plain address and nothing else: no name, list, comment, quotes, line break or white space.
func bare(s string) (string, error) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > maxAddress || !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune("\"<>(),;:\\", r)
	}) {
		return "", fault.New(fault.Invalid, "The mail address cannot be used.")
	}
	return s, nil
}
