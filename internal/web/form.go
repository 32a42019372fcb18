package web

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"goodword/internal/fault"
	"goodword/internal/ident"
)

// FormLife is how long a form may stand open before it must be sent once more.
const FormLife = 24 * time.Hour

// Nonces proves that a form was shown by us, for this link and this draft, not long ago (S10, S24).
type Nonces struct {
	keys *ident.Keyring
	now  func() time.Time
}

// NewNonces takes the installation's keys and a clock, which should be wall time.
func NewNonces(keys *ident.Keyring, now func() time.Time) *Nonces {
	return &Nonces{keys: keys, now: now}
}

// FormID says which form a nonce is good for.
type FormID struct {
	// Link is the id of the private link's row or the public code; never the token.
	Link string
	// Name is the form's name within the page.
	Name string
	// Draft is the id of the draft's row, or empty before the first POST.
	Draft string
}

// Make returns the value of the hidden input "nonce".
func (n *Nonces) Make(f FormID) string {
	expires := strconv.FormatInt(n.now().Add(FormLife).UnixMilli(), 36)
	return expires + "." + n.keys.Sign("form", f.Link, f.Name, f.Draft, expires)
}

// Check refuses a nonce that is forged, of another form, expired, or younger than atLeast, which no person is: with
// Invalid and a sentence that asks to send the form once more. The caller shows the form again as it was typed, with a
// fresh nonce, so a person loses nothing. The Key is "error.form_old" or "error.too_fast".
func (n *Nonces) Check(nonce string, f FormID, atLeast time.Duration) error {
	expires, sig, _ := strings.Cut(nonce, ".")
	ms, err := strconv.ParseInt(expires, 36, 64)
	end := time.UnixMilli(ms)
	// An expiry further away than any we make is a forgery even if a key leaked into another form.
	if err != nil || !n.keys.Verify(sig, "form", f.Link, f.Name, f.Draft, expires) || n.now().After(end) || end.After(n.now().Add(FormLife+time.Minute)) {
		return &fault.Error{Code: fault.Invalid, Key: "error.form_old", Message: "This form was open for a long time. Your words are still here: please send it again."}
	}
	if shown := end.Add(-FormLife); n.now().Before(shown.Add(atLeast)) {
		return &fault.Error{Code: fault.Invalid, Key: "error.too_fast", Message: "That was very quick. Your words are still here: please send it again."}
	}
	return nil
}

// TrapField is an input that people neither see nor reach; programs that fill in everything give themselves away.
// Its name means nothing to the automatic filling of browsers.
const TrapField = "gw_trap"

// Trapped reports whether the trap was filled in. Answer as if all were well and do nothing.
func Trapped(form url.Values) bool { return form.Get(TrapField) != "" }

// Sealer keeps a draft in a hidden field of the public pages that have no link of their own (/r, /q): encrypted,
// bound to its scope, and with an end.
type Sealer struct {
	keys *ident.Keyring
	now  func() time.Time
}

// NewSealer takes the installation's keys and a clock, which should be wall time.
func NewSealer(keys *ident.Keyring, now func() time.Time) *Sealer {
	return &Sealer{keys: keys, now: now}
}

type envelope struct {
	Scope   string          `json:"s"`
	Expires int64           `json:"e"`
	Value   json.RawMessage `json:"v"`
}

// Seal encodes v as JSON. Scope names page and code, as in "r/abc23".
func (s *Sealer) Seal(scope string, v any) (string, error) {
	value, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("seal draft: %w", err)
	}
	b, err := json.Marshal(envelope{Scope: scope, Expires: s.now().Add(FormLife).Unix(), Value: value})
	if err != nil {
		return "", fmt.Errorf("seal draft: %w", err)
	}
	return s.keys.Seal("draft", b), nil
}

// Open reverses Seal into v. It returns Invalid with the Key "error.form_expired" if the text was changed, belongs to
// another scope or has ended; v is untouched then.
func (s *Sealer) Open(scope, sealed string, v any) error {
	expired := &fault.Error{Code: fault.Invalid, Key: "error.form_expired", Message: "This form was open for too long. Please start again."}
	b, err := s.keys.Open("draft", sealed)
	if err != nil {
		expired.Cause = err
		return expired
	}
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		return fmt.Errorf("open draft: %w", err)
	}
	if e.Scope != scope || s.now().Unix() > e.Expires {
		return expired
	}
	if err := json.Unmarshal(e.Value, v); err != nil {
		return fmt.Errorf("open draft: %w", err)
	}
	return nil
}
