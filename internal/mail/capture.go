package mail

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"goodword/internal/fault"
	"goodword/internal/ident"
)

// maxListed bounds List.
const maxListed = 500

var capturedID = regexp.MustCompile(`^[0-9]{19}-[a-z0-9]{8}$`)

// Capture keeps mail in a folder instead of sending it: for development, the demonstration and tests. Several processes
// may share the folder.
type Capture struct{ dir string }

// NewCapture makes the folder, for its owner only.
func NewCapture(dir string) (*Capture, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make mail folder: %w", err)
	}
	return &Capture{dir: dir}, nil
}

// Connections returns 1: a folder gains nothing from more.
func (c *Capture) Connections() int { return 1 }

// Close does nothing.
func (c *Capture) Close() error { return nil }

// Deliver writes the mail to a file of its own, mode 0600, that appears at once and whole.
func (c *Capture) Deliver(_ context.Context, l letter) error {
	b, err := l.bytes()
	if err != nil {
		return err
	}
	// The nanoseconds in front sort what one process keeps; the code tells apart what two keep at once.
	name := filepath.Join(c.dir, fmt.Sprintf("%019d-%s", time.Now().UnixNano(), ident.NewCode(8)))
	if err := os.WriteFile(name+".tmp", b, 0o600); err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	if err := os.Rename(name+".tmp", name+".eml"); err != nil {
		return fmt.Errorf("keep mail: %w", err)
	}
	return nil
}

// Captured is a kept mail as a list shows it.
type Captured struct {
	ID            string
	At            time.Time
	From, To      Address
	Subject       string
	MessageID     string
	UnsubscribeOf string // the List-Unsubscribe address; empty if there is none
}

// Header is one header of a mail, decoded.
type Header struct{ Name, Value string }

// CapturedMail is a kept mail with its parts.
type CapturedMail struct {
	Captured
	Headers    []Header
	Text, HTML string
	// Source is the mail as it would have gone over the wire.
	Source []byte
}

// List returns the newest mails first, at most 500.
func (c *Capture) List() ([]Captured, error) {
	names, err := c.names()
	if err != nil {
		return nil, err
	}
	out := make([]Captured, 0, min(len(names), maxListed))
	for _, name := range names {
		if len(out) == maxListed {
			break
		}
		m, _, err := c.open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // cleared meanwhile
		}
		if err != nil {
			return nil, err
		}
		out = append(out, summary(strings.TrimSuffix(name, ".eml"), m.Header))
	}
	return out, nil
}

// Get returns one mail. Returns NotFound for an unknown id.
func (c *Capture) Get(id string) (CapturedMail, error) {
	notFound := fault.New(fault.NotFound, "There is no such mail.")
	if !capturedID.MatchString(id) {
		return CapturedMail{}, notFound
	}
	m, source, err := c.open(id + ".eml")
	if errors.Is(err, fs.ErrNotExist) {
		return CapturedMail{}, notFound
	}
	if err != nil {
		return CapturedMail{}, err
	}
	out := CapturedMail{Captured: summary(id, m.Header), Source: source}
	for name, values := range m.Header {
		for _, v := range values {
			out.Headers = append(out.Headers, Header{name, decode(v)})
		}
	}
	slices.SortFunc(out.Headers, func(a, b Header) int { return cmp.Compare(a.Name, b.Name) })
	if err := out.read(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body); err != nil {
		return CapturedMail{}, fmt.Errorf("read kept mail %s: %w", id, err)
	}
	return out, nil
}

// Clear removes every kept mail.
func (c *Capture) Clear() error {
	names, err := c.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Remove(filepath.Join(c.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear mail: %w", err)
		}
	}
	return nil
}

// names returns the files, newest first: ids sort by time.
func (c *Capture) names() ([]string, error) {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, fmt.Errorf("list mail: %w", err)
	}
	var names []string
	for _, f := range files {
		if id, ok := strings.CutSuffix(f.Name(), ".eml"); ok && capturedID.MatchString(id) {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names, nil
}

func (c *Capture) open(name string) (*mail.Message, []byte, error) {
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		return nil, nil, err
	}
	m, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return nil, nil, fmt.Errorf("read kept mail %s: %w", name, err)
	}
	return m, b, nil
}

func summary(id string, h mail.Header) Captured {
	out := Captured{ID: id, Subject: decode(h.Get("Subject")), MessageID: h.Get("Message-Id"), UnsubscribeOf: strings.Trim(h.Get("List-Unsubscribe"), "<>")}
	// These are mails of our own making; one that does not parse shows as empty rather than hiding the others.
	if at, err := h.Date(); err == nil {
		out.At = at.UTC()
	}
	if a, err := h.AddressList("From"); err == nil && len(a) > 0 {
		out.From = Address{a[0].Name, a[0].Address}
	}
	if a, err := h.AddressList("To"); err == nil && len(a) > 0 {
		out.To = Address{a[0].Name, a[0].Address}
	}
	return out
}

func decode(s string) string {
	d := mime.WordDecoder{}
	if plain, err := d.DecodeHeader(s); err == nil {
		return plain
	}
	return s
}

func (m *CapturedMail) read(contentType, encoding string, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		if strings.EqualFold(encoding, "quoted-printable") {
			body = quotedprintable.NewReader(body)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		switch s := strings.ReplaceAll(string(b), "\r\n", "\n"); kind {
		case "text/plain":
			m.Text = s
		case "text/html":
			m.HTML = s
		}
		return nil
	}
	parts := multipart.NewReader(body, params["boundary"])
	for {
		// NextRawPart leaves the encoding to us, so that every part is read the same way.
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := m.read(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
			return err
		}
	}
}
