package mail

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	gomail "github.com/wneessen/go-mail"

	"goodword/internal/fault"
	"goodword/internal/i18n"
)

// letter is a composed mail: every value is checked and fits on one line.
type letter struct {
	From, To, ReplyTo mail.Address
	Rendered
	MessageID string
	Date      time.Time
	Lang      string
	// ListID is set for marketing.
	ListID string
	// Unsubscribe is the one-click address; empty for mails that are no marketing.
	Unsubscribe string
}

// newLetter puts a rendered message into its envelope. It returns Invalid if an address cannot be used.
func newLetter(m Message, id Identity, r Rendered, messageID string, at time.Time) (letter, error) {
	to, err := bare(m.To.Email)
	if err != nil {
		return letter{}, err
	}
	from, err := bare(id.FromEmail)
	if err != nil {
		return letter{}, fault.Wrap(fault.Unavailable, "The sender's address cannot be used: set GOODWORD_MAIL_FROM.", err)
	}
	name := line(m.FromName, maxName)
	if name == "" {
		name = line(id.Company, maxName)
	}
	l := letter{
		From: mail.Address{Name: name, Address: from}, To: mail.Address{Name: line(m.To.Name, maxName), Address: to},
		Rendered: r, MessageID: messageID, Date: at, Lang: i18n.For(m.Lang).Lang(),
	}
	// A reply address that cannot be used must not hold the mail back.
	for _, reply := range []Address{id.ReplyTo, m.ReplyTo} {
		if address, err := bare(reply.Email); err == nil {
			l.ReplyTo = mail.Address{Name: line(reply.Name, maxName), Address: address}
		}
	}
	if m.Stream() == Marketing {
		l.Unsubscribe = m.UnsubscribeURL
		list := "news"
		if m.Scope != "" {
			list = m.Scope
		}
		l.ListID = "<" + line(strings.Map(listChar, list), maxListID) + "." + host(id) + ">"
	}
	return l, nil
}

// maxListID holds an id of ours; a header line has an end.
const maxListID = 64

// listChar keeps what RFC 2919 allows in an identifier.
func listChar(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
		return r
	}
	return -1
}

// host returns the installation's host name without a port.
func host(id Identity) string {
	if u, err := url.Parse(id.BaseURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return domain(id.FromEmail)
}

// message builds the MIME message: a text and an HTML alternative and a fixed set of headers.
func (l letter) message() (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&l.From)
	m.ToMailAddress(&l.To)
	if l.ReplyTo.Address != "" {
		m.ReplyToMailAddress(&l.ReplyTo)
	}
	m.Subject(l.Subject)
	// The message is written twice, to sign and to send; a boundary of its own makes both the same bytes.
	id, _, _ := strings.Cut(l.MessageID, "@")
	m.SetBoundary("gw-" + id)
	m.SetMessageIDWithValue(l.MessageID)
	m.SetDateWithValue(l.Date)
	m.SetGenHeader("Content-Language", l.Lang)
	// RFC 3834: out-of-office programs do not answer such mail, people still can.
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply")
	if l.ListID != "" {
		m.SetGenHeader("List-Id", l.ListID)
	}
	switch {
	case strings.HasPrefix(l.Unsubscribe, "https://"):
		if err := m.SetListUnsubscribeOneClick(l.Unsubscribe); err != nil {
			return nil, fmt.Errorf("set unsubscribe header: %w", err)
		}
	case l.Unsubscribe != "":
		// RFC 8058 asks for https; a loopback installation has the plain header only.
		m.SetListUnsubscribe(l.Unsubscribe)
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return m, nil
}

// bytes returns the mail as it would go over the wire.
func (l letter) bytes() ([]byte, error) {
	m, err := l.message()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write mail: %w", err)
	}
	return b.Bytes(), nil
}

// signedHeaders are what the DKIM signature covers; RFC 8058 wants the two of List-Unsubscribe among them.
var signedHeaders = []string{"From", "Reply-To", "To", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version",
	"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Auto-Submitted"}

// sign puts a DKIM signature of the sender's domain on the message. go-mail's own signer is not used: it folds a long list
// of headers in the middle of a word, and the signature then fails.
func (l letter) sign(m *gomail.Msg, selector string, key crypto.Signer) error {
	s, err := dkim.NewSigner(&dkim.SignOptions{
		Domain: domain(l.From.Address), Selector: selector, Signer: key, HeaderKeys: signedHeaders,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
	})
	if err != nil {
		return fmt.Errorf("sign mail: %w", err)
	}
	if _, err := m.WriteTo(s); err != nil {
		return errors.Join(fmt.Errorf("sign mail: %w", err), s.Close())
	}
	if err := s.Close(); err != nil {
		return fmt.Errorf("sign mail: %w", err)
	}
	_, value, _ := strings.Cut(strings.TrimSuffix(s.Signature(), "\r\n"), ": ")
	m.SetGenHeaderPreformatted("DKIM-Signature", value)
	return nil
}
