package mail

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	gosmtp "github.com/wneessen/go-mail/smtp"

	"goodword/internal/fault"
)

// Transport hands composed mail over: SMTP to a server, Capture to a folder.
type Transport interface {
	// Deliver returns nil once somebody else is responsible for the mail.
	Deliver(ctx context.Context, l letter) error
	// Connections is how many deliveries it takes at a time.
	Connections() int
	// Close ends kept connections. A Deliver after it opens new ones.
	Close() error
}

const (
	// smtpTimeout bounds connecting and sending one mail, each.
	smtpTimeout = 15 * time.Second
	// idleTimeout is when a kept connection is not trusted any more; servers hang up after some minutes.
	idleTimeout        = 60 * time.Second
	defaultConnections = 4
)

// SMTPOptions says where mail goes.
type SMTPOptions struct {
	// URL is smtp://user:password@host:587 or smtps://…; the ports default to 587 and 465. On smtp:// the connection is
	// encrypted when the server offers it, and always before a password is sent, unless the server is on loopback.
	URL string
	// Hello is the name given in EHLO, usually the base URL's host.
	Hello string
	// DKIMKey is a private key in PEM (RSA or Ed25519), or empty to leave signing to the server.
	DKIMKey string
	// DKIMSelector is the DNS label that the public key stands under.
	DKIMSelector string
	// Connections is how many are kept; 0 means 4.
	Connections int
}

// SMTP sends through a mail server over a few kept connections. Safe for use by several goroutines.
type SMTP struct {
	client   *gomail.Client
	key      crypto.Signer
	selector string
	// slots bounds the connections; a slot holds an idle one or nil.
	slots chan *connection
	size  int
}

type connection struct {
	smtp *gosmtp.Client
	used time.Time
}

// NewSMTP checks the options; it does not connect.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		// The address may hold a password, so it is not repeated.
		return nil, errors.New("mail server: it must look like smtp://user:password@host:587 or smtps://host")
	}
	opts := []gomail.Option{gomail.WithTimeout(smtpTimeout), gomail.WithoutNoop(), gomail.WithoutRset()}
	password, _ := u.User.Password()
	user := u.User.Username()
	switch {
	case u.Scheme == "smtps":
		opts = append(opts, gomail.WithSSL(), gomail.WithPort(465))
	case loopback(u.Hostname()):
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS), gomail.WithPort(587))
	case user != "":
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithPort(587))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic), gomail.WithPort(587))
	}
	if p := u.Port(); p != "" {
		n, err := strconv.Atoi(p)
		if err != nil {
			return nil, fmt.Errorf("mail server: port: %w", err)
		}
		opts = append(opts, gomail.WithPort(n))
	}
	if user != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(user), gomail.WithPassword(password))
	}
	if o.Hello != "" {
		opts = append(opts, gomail.WithHELO(o.Hello))
	}
	s := &SMTP{selector: o.DKIMSelector, size: o.Connections}
	if s.size <= 0 {
		s.size = defaultConnections
	}
	if s.client, err = gomail.NewClient(u.Hostname(), opts...); err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	if o.DKIMKey != "" {
		if s.key, err = gomail.PrivKeyFromPEM([]byte(o.DKIMKey)); err != nil {
			return nil, fmt.Errorf("DKIM key: %w", err)
		}
		if o.DKIMSelector == "" {
			return nil, errors.New("DKIM key: its selector is missing")
		}
	}
	s.slots = make(chan *connection, s.size)
	for range s.size {
		s.slots <- nil
	}
	return s, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Connections returns how many connections are kept.
func (s *SMTP) Connections() int { return s.size }

// Deliver sends a mail over a kept connection, or a new one. A connection that turns out to be dead before the server
// has seen anything of the mail is replaced once.
func (s *SMTP) Deliver(ctx context.Context, l letter) error {
	m, err := l.message()
	if err != nil {
		return err
	}
	if s.key != nil {
		if err := l.sign(m, s.selector, s.key); err != nil {
			return err
		}
	}
	var c *connection
	select {
	case <-ctx.Done():
		return ctx.Err()
	case c = <-s.slots:
	}
	defer func() { s.slots <- c }()
	if c != nil && time.Since(c.used) > idleTimeout {
		s.hangUp(c)
		c = nil
	}
	kept := c != nil
	for {
		if c == nil {
			client, err := s.client.DialToSMTPClientWithContext(ctx)
			if err != nil {
				return err
			}
			c = &connection{smtp: client}
		}
		err := s.client.SendWithSMTPClient(c.smtp, m)
		if m.IsDelivered() {
			err = nil
		}
		c.used = time.Now()
		if err == nil {
			return nil
		}
		if usable(err) {
			return err
		}
		s.hangUp(c)
		c = nil
		if !kept || !unseen(err) {
			return err
		}
		kept = false
	}
}

// hangUp says goodbye and closes the connection. What the other end makes of it changes nothing for us, so a failed QUIT
// only means that our end is closed without it.
func (s *SMTP) hangUp(c *connection) {
	if c.smtp.UpdateDeadline(time.Second) == nil && s.client.CloseWithSMTPClient(c.smtp) == nil {
		return
	}
	if err := c.smtp.Close(); err != nil {
		return
	}
}

// Check connects, signs in and hangs up: what `doctor` asks. The error is a fault with a sentence for the operator.
func (s *SMTP) Check(ctx context.Context) error {
	client, err := s.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		_, err = classify(err)
		return err
	}
	s.hangUp(&connection{smtp: client})
	return nil
}

// usable reports whether the server answered the mail and goes on listening: an answer other than 421 (RFC 5321 3.8).
func usable(err error) bool {
	e, ok := errors.AsType[*gomail.SendError](err)
	return ok && e.ErrorCode() != 0 && e.ErrorCode() != 421
}

// unseen reports whether the server cannot have taken the mail, so that sending it again at once is safe.
func unseen(err error) bool {
	e, ok := errors.AsType[*gomail.SendError](err)
	return ok && (e.Reason == gomail.ErrConnCheck || e.Reason == gomail.ErrSMTPMailFrom)
}

// Close hangs up every idle connection.
func (s *SMTP) Close() error {
	for range s.size {
		c := <-s.slots
		if c != nil {
			s.hangUp(c)
		}
		s.slots <- nil
	}
	return nil
}

// refusal is a server's answer that will not change: a code of the 500s after the mail or its receiver was named.
type refusal struct {
	code     int
	enhanced string
	receiver bool
}

// String returns the codes alone: the server's words often repeat the address.
func (r *refusal) String() string { return strings.TrimSpace(strconv.Itoa(r.code) + " " + r.enhanced) }

// noMailbox reports whether the receiver does not exist, going by RFC 3463 where the server says so. A 5.7.1 or a full
// mailbox says something about us or about today, not about the address.
func (r *refusal) noMailbox() bool {
	if !r.receiver {
		return false
	}
	switch r.enhanced {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1":
		return true
	case "", "5.0.0":
		return r.code == 550 || r.code == 551 || r.code == 553
	}
	return false
}

// classify turns a transport's error into Invalid (the server will never take the mail) or Unavailable (try again), with
// the server's codes and without its words, which may hold the address.
func classify(err error) (*refusal, error) {
	if err == nil {
		return nil, nil
	}
	e, ok := errors.AsType[*gomail.SendError](err)
	if !ok || e.ErrorCode() == 0 {
		return nil, fault.New(fault.Unavailable, "The mail server could not be reached: "+reason(err)+".")
	}
	r := &refusal{code: e.ErrorCode(), enhanced: e.EnhancedStatusCode(), receiver: e.Reason == gomail.ErrSMTPRcptTo}
	if r.code < 500 {
		return r, fault.New(fault.Unavailable, "The mail server asked to try again later ("+r.String()+").")
	}
	if e.Reason == gomail.ErrSMTPMailFrom {
		// The server objects to us, not to this mail: a setting is wrong, and the mail waits for it.
		return r, fault.New(fault.Unavailable, "The mail server does not accept our sender ("+r.String()+").")
	}
	return r, fault.New(fault.Invalid, "The mail server refused the mail ("+r.String()+").")
}

// reason says in our own words why there was no answer.
func reason(err error) string {
	switch e := (net.Error)(nil); {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &e) && e.Timeout():
		return "it took too long"
	case errors.Is(err, context.Canceled):
		return "we are stopping"
	}
	if e, ok := errors.AsType[*gomail.SendError](err); ok {
		return "the connection broke while " + e.Reason.String()
	}
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		return "it answered " + strconv.Itoa(e.Code) + " when we connected"
	}
	return "no connection"
}
