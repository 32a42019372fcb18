package mail_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	gwmail "goodword/internal/mail"
)

// letterSeen is a mail as the server got it.
type letterSeen struct {
	from string
	to   []string
	data []byte
	// answered is false when the connection broke before the client heard the 250.
	answered bool
}

func (l letterSeen) parse(t *testing.T) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(l.data))
	if err != nil {
		t.Fatalf("the mail does not parse: %v\n%s", err, l.data)
	}
	return m
}

// sink is an SMTP server on loopback that keeps what it gets and fails on demand.
type sink struct {
	mu          sync.Mutex
	seen        []letterSeen
	connections int
	// rcpt and data, if set, decide what the server says; errDrop breaks the connection without a word.
	rcpt func(to string) error
	data func(n int) error
	// dropAfter, if set, decides whether the connection breaks between taking mail n and saying so.
	dropAfter func(n int) bool
	n         int
	addr      string
	open      []*smtp.Conn
}

var errDrop = errors.New("drop the connection")

func newSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(s)
	server.Domain = "sink.example"
	server.ReadTimeout, server.WriteTimeout = 20*time.Second, 20*time.Second
	server.ErrorLog = quiet{}
	s.addr = l.Addr().String()
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func (s *sink) transport(t *testing.T, o gwmail.SMTPOptions) *gwmail.SMTP {
	t.Helper()
	o.URL, o.Hello = "smtp://"+s.addr, "goodword.example"
	tr, err := gwmail.NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tr.Close(); err != nil {
			t.Error(err)
		}
	})
	return tr
}

func (s *sink) got() []letterSeen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letterSeen(nil), s.seen...)
}

// closeAll hangs up on every client.
func (s *sink) closeAll(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		if err := c.Conn().Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
}

func (s *sink) NewSession(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connections++
	s.open = append(s.open, c)
	return &session{sink: s, conn: c}, nil
}

type session struct {
	sink *sink
	conn *smtp.Conn
	from string
	to   []string
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	if s.sink.rcpt != nil {
		if err := s.sink.rcpt(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	k := s.sink
	k.mu.Lock()
	defer k.mu.Unlock()
	k.n++
	if k.data != nil {
		if err := k.data(k.n); errors.Is(err, errDrop) {
			return errors.Join(err, s.conn.Conn().Close())
		} else if err != nil {
			return err
		}
	}
	l := letterSeen{from: s.from, to: s.to, data: b, answered: true}
	if k.dropAfter != nil && k.dropAfter(k.n) {
		l.answered = false
		k.seen = append(k.seen, l)
		return errors.Join(errDrop, s.conn.Conn().Close())
	}
	k.seen = append(k.seen, l)
	return nil
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }
