package mail_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"maps"
	mrand "math/rand/v2"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-smtp"

	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

func TestSMTP_OneConnectionCarriesManyMails(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s := newSink(t)
	o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{Connections: 2}))
	for batch := range 4 {
		var ms []mail.Message
		for i := range 25 {
			ms = append(ms, note(fmt.Sprintf("accepted:%d:%d", batch, i)))
		}
		for _, err := range o.SendAll(ctx(t), ms) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(s.got()); n != 100 {
		t.Errorf("%d mails arrived, want 100", n)
	}
	if s.connections > 2 {
		t.Errorf("%d connections were opened, want at most 2", s.connections)
	}
}

// D4: the server drops connections before and after its 250. With retries every mail arrives; a mail arrives twice only
// where the drop fell after the server had taken it, and then with the same Message-ID.
func TestSMTP_DroppedConnectionsLoseNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s := newSink(t)
	seed := mrand.Uint64()
	t.Logf("seed %d", seed)
	r := mrand.New(mrand.NewPCG(seed, 1))
	drops, before := 0, 0
	s.data = func(int) error {
		if r.IntN(10) == 0 {
			before++
			return errDrop
		}
		return nil
	}
	s.dropAfter = func(int) bool {
		drop := r.IntN(10) == 0
		if drop {
			drops++
		}
		return drop
	}
	o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
	want := map[string]bool{}
	for i := range 150 {
		m := note(fmt.Sprintf("accepted:%d", i))
		want[m.Key] = true
		for try := 1; ; try++ {
			err := o.Send(ctx(t), m)
			if err == nil {
				break
			}
			if !fault.Is(err, fault.Unavailable) || try == 30 {
				t.Fatalf("try %d: %v", try, err)
			}
		}
	}
	count, answered := map[string]int{}, map[string]int{}
	for _, l := range s.got() {
		id := l.parse(t).Header.Get("Message-Id")
		count[id]++
		if l.answered {
			answered[id]++
		}
	}
	extra := 0
	for id, n := range count {
		extra += n - 1
		if answered[id] != 1 {
			t.Errorf("%s was answered %d times, want once", id, answered[id])
		}
	}
	if len(count) != len(want) || extra != drops || drops == 0 || before == 0 {
		t.Errorf("%d mails arrived, %d of them again; want %d and %d (%d dropped before)", len(count), extra, len(want), drops, before)
	}
}

// A kept connection that the server has closed meanwhile is replaced without the caller noticing.
func TestSMTP_ReplacesAConnectionThatTheServerClosed(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s := newSink(t)
	o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{Connections: 1}))
	s.dropAfter = func(int) bool { return false }
	if err := o.Send(ctx(t), note("accepted:1")); err != nil {
		t.Fatal(err)
	}
	s.closeAll(t)
	if err := o.Send(ctx(t), note("accepted:2")); err != nil {
		t.Errorf("after the server hung up: %v", err)
	}
	if s.connections != 2 || len(s.got()) != 2 {
		t.Errorf("%d connections and %d mails, want 2 and 2", s.connections, len(s.got()))
	}
}

func TestSMTP_AnUnreachableServerIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	tr, err := mail.NewSMTP(mail.SMTPOptions{URL: "smtp://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	o, _ := outbox(t, d, tr)
	if err := o.Send(ctx(t), note("accepted:1")); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
	if err := tr.Check(ctx(t)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Check = %v, want Unavailable", err)
	}
	wantOutcome(t, d, o, "accepted:1", mail.Released)
	if err := newSink(t).transport(t, mail.SMTPOptions{}).Check(ctx(t)); err != nil {
		t.Errorf("Check of a good server: %v", err)
	}
}

func TestNewSMTP_RefusesWhatIsNoMailServerWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	for _, o := range []mail.SMTPOptions{
		{URL: "http://user:hunter2@mail.example"}, {URL: "smtp://:25"}, {URL: "smtp://user:hunter2@"}, {URL: ""}, {URL: "smtp://user:hunter2@mail.example:99999"},
		{URL: "smtp://mail.example", DKIMKey: "hunter2", DKIMSelector: "s"}, {URL: "smtp://mail.example", DKIMKey: rsaKey(t).pem},
	} {
		if _, err := mail.NewSMTP(o); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%.20q: got %v", o.URL, err)
		}
	}
}

type signingKey struct{ pem, record string }

func rsaKey(t *testing.T) signingKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pub, err := x509.MarshalPKIXPublicKey(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(k)})
	return signingKey{string(b), "v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(pub)}
}

func ed25519Key(t *testing.T) signingKey {
	t.Helper()
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		t.Fatal(err)
	}
	b := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return signingKey{string(b), "v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(pub)}
}

// D1 and D8: RFC 8058's headers with one https address, covered by a DKIM signature that verifies.
func TestSMTP_MarketingHasSignedOneClickUnsubscribe(t *testing.T) {
	t.Parallel()
	for name, key := range map[string]signingKey{"rsa": rsaKey(t), "ed25519": ed25519Key(t)} {
		d := dbtest.SQLite(t)
		s := newSink(t)
		o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{DKIMKey: key.pem, DKIMSelector: "gw"}))
		if err := o.Send(ctx(t), ask("invitation:1", "0189-c1")); err != nil {
			t.Fatal(err)
		}
		if err := o.Send(ctx(t), note("accepted:1")); err != nil {
			t.Fatal(err)
		}
		got := s.got()
		h := got[0].parse(t).Header
		for header, want := range map[string]string{
			"List-Unsubscribe":      "<https://goodword.example/u/token>",
			"List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			"List-Id":               "<0189-c1.goodword.example>",
			"Auto-Submitted":        "auto-generated",
			"Content-Language":      "en",
			"From":                  `"Example Ltd" <hello@example.com>`,
			"Reply-To":              "<office@example.com>",
			"User-Agent":            "",
			"X-Mailer":              "",
		} {
			if h.Get(header) != want {
				t.Errorf("%s: %q, want %q", header, h.Get(header), want)
			}
		}
		if n := got[1].parse(t).Header; n.Get("List-Unsubscribe") != "" || n.Get("List-Id") != "" {
			t.Errorf("transactional mail has list headers: %v", n)
		}
		for _, l := range got {
			found, err := dkim.VerifyWithOptions(bytes.NewReader(l.data), &dkim.VerifyOptions{LookupTXT: func(domain string) ([]string, error) {
				if domain != "gw._domainkey.example.com" {
					return nil, fmt.Errorf("nothing at %s", domain)
				}
				return []string{key.record}, nil
			}})
			if err != nil || len(found) != 1 || found[0].Err != nil {
				t.Fatalf("%s: %v, %d signatures, first %+v", name, err, len(found), found[0])
			}
			if found[0].Domain != "example.com" {
				t.Errorf("signed by %s", found[0].Domain)
			}
		}
		// A changed unsubscribe address breaks the signature, which shows that it is covered.
		forged := bytes.Replace(got[0].data, []byte("/u/token"), []byte("/u/other"), 1)
		found, err := dkim.VerifyWithOptions(bytes.NewReader(forged), &dkim.VerifyOptions{LookupTXT: func(string) ([]string, error) { return []string{key.record}, nil }})
		if err != nil || len(found) != 1 || found[0].Err == nil {
			t.Errorf("%s: a changed List-Unsubscribe still verifies", name)
		}
	}
}

// A loopback installation has no https: the plain header is there, the one-click promise is not.
func TestSMTP_WithoutHTTPSThereIsNoOneClickPromise(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	o, _ := outbox(t, dbtest.SQLite(t), s.transport(t, mail.SMTPOptions{}))
	m := ask("invitation:1", "c1")
	m.UnsubscribeURL = "http://localhost:8080/u/token"
	if err := o.Send(ctx(t), m); err != nil {
		t.Fatal(err)
	}
	h := s.got()[0].parse(t).Header
	if h.Get("List-Unsubscribe") != "<http://localhost:8080/u/token>" || h.Get("List-Unsubscribe-Post") != "" {
		t.Errorf("got %q and %q", h.Get("List-Unsubscribe"), h.Get("List-Unsubscribe-Post"))
	}
}

func payloads() []string {
	evil := "X-Evil: 1"
	var out []string
	for _, sep := range []string{"\r\n", "\n", "\r", "\x00", "\u2028", "\u2029", "\u0085", "\v", "\f", "\n\n", "\r\n\r\n", "\u202e"} {
		out = append(out, "Ana"+sep+evil, sep+"Bcc: victim@x.example", "Ana"+sep+"--boundary\r\nContent-Type: text/html\r\n\r\n<b>x</b>", "Ana <victim@x.example>,"+sep+" Ben")
	}
	return append(out, "=?utf-8?q?Ana=0d=0aX-Evil=3a_1?=", "=?utf-8?B?DQpCY2M6IHZpY3RpbUB4LmV4YW1wbGU=?=", strings.Repeat("long ", 2000), "\"", "\\", "a\"b\\c<d>e", "\xff\xfe", "%0d%0aBcc:x", "Ana;Ben,Cem", "(comment)", "𝔄na 👩‍🚀", ".\r\n.\r\nQUIT\r\n")
}

// choices are fields that hold one of our own words or a link, never what somebody typed.
var choices = map[string]bool{"Ask": true, "Rail": true, "DefaultRail": true, "Role": true, "Kind": true, "How": true, "Channels": true}

// poisoned returns the view with every free text replaced.
func poisoned(v mail.View, payload string) mail.View {
	out := reflect.New(reflect.TypeOf(v)).Elem()
	out.Set(reflect.ValueOf(v))
	for i := range out.NumField() {
		f, name := out.Field(i), out.Type().Field(i).Name
		if f.Kind() == reflect.String && !choices[name] && !strings.HasSuffix(name, "URL") {
			f.SetString(payload)
		}
	}
	return out.Interface().(mail.View)
}

// S17: whatever stands in names, subjects and notes, the headers are the ones we wrote, the receiver is one, and the parts
// are a text and an HTML. Every template, every payload, through a real server.
func TestSMTP_NothingTypedBecomesAHeaderOrAReceiver(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s := newSink(t)
	o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
	var ms []mail.Message
	for _, m := range mail.Samples("en") {
		for i, p := range payloads() {
			m := m
			m.Key = fmt.Sprintf("%s:%d", m.Template(), i)
			m.View = poisoned(m.View, p)
			m.To.Name, m.FromName, m.ReplyTo.Name = p, p, p
			if i%2 == 0 {
				m.ReplyTo.Email = p
			}
			m.Scope = p
			if strings.ContainsRune(m.Scope, 0) || !utf8.ValidString(m.Scope) {
				m.Scope = "c1" // a scope is an id of ours; the database refuses NUL
			}
			ms = append(ms, m)
		}
	}
	for chunk := range slices.Chunk(ms, 100) {
		for i, err := range o.SendAll(ctx(t), chunk) {
			if err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("%s: %v", chunk[i].Key, err)
			}
		}
	}
	got := s.got()
	if len(got) < len(ms)*9/10 {
		t.Fatalf("%d of %d mails arrived", len(got), len(ms))
	}
	plain := []string{"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Reply-To", "Subject", "To", "X-Auto-Response-Suppress"}
	list := append([]string{"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"}, plain...)
	slices.Sort(list)
	for _, l := range got {
		m := l.parse(t)
		names := slices.Sorted(maps.Keys(m.Header))
		if !slices.Equal(names, plain) && !slices.Equal(names, list) {
			t.Fatalf("headers %v", names)
		}
		for name, values := range m.Header {
			if len(values) != 1 {
				t.Fatalf("%s stands %d times", name, len(values))
			}
			decoded, err := (&mime.WordDecoder{}).DecodeHeader(values[0])
			if err != nil || strings.ContainsAny(decoded, "\r\n\x00\u2028\u2029\u0085\u202e") {
				t.Fatalf("%s: %q, %v", name, decoded, err)
			}
		}
		if len(l.to) != 1 || !strings.HasSuffix(l.to[0], ".example") && l.to[0] != "rosa@example.com" || strings.Contains(l.to[0], "victim") {
			t.Fatalf("receivers %v", l.to)
		}
		if l.from != "hello@example.com" {
			t.Fatalf("sender %q", l.from)
		}
		for _, header := range []string{"From", "To", "Reply-To"} {
			a, err := netmail.ParseAddressList(m.Header.Get(header))
			if err != nil || len(a) != 1 || strings.Contains(a[0].Address, "victim") {
				t.Fatalf("%s: %q: %v, %v", header, m.Header.Get(header), a, err)
			}
		}
		wantTwoParts(t, m)
	}
}

func wantTwoParts(t *testing.T, m *netmail.Message) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q: %v", kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []string{"text/plain", "text/html"} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil || kind != want || !strings.EqualFold(params["charset"], "utf-8") {
			t.Fatalf("part %q %v: %v", kind, params, err)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil || len(b) == 0 {
			t.Fatalf("%s: %d bytes, %v", want, len(b), err)
		}
	}
	if _, err := parts.NextRawPart(); !errors.Is(err, io.EOF) {
		t.Fatalf("there is a third part: %v", err)
	}
}

func TestSend_RefusesAReceiverThatIsMoreThanOneAddress(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s := newSink(t)
	s.rcpt = func(to string) error { return &smtp.SMTPError{Code: 250, Message: to} }
	o, _ := outbox(t, d, s.transport(t, mail.SMTPOptions{}))
	for i, address := range []string{"", " ", "ana", "a@x.example, b@x.example", "Ana <a@x.example>", "a@x.example\r\nBcc: b@x.example", "a@x.example\x00", "\"a b\"@x.example",
		"a@x.example>", "a @x.example", strings.Repeat("a", 300) + "@x.example", "a@x.example;b@x.example", "a\u2028@x.example", "<a@x.example>"} {
		m := note(fmt.Sprintf("k:%d", i))
		m.To.Email = address
		if err := o.Send(ctx(t), m); !fault.Is(err, fault.Invalid) || (len(address) > 1 && strings.Contains(err.Error(), address)) {
			t.Errorf("%.40q: %v, want Invalid without the address", address, err)
		}
	}
	if n := len(s.got()); n != 0 {
		t.Errorf("%d mails arrived", n)
	}
}
