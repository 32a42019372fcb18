package customer

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
)

const (
	codeLife     = 10 * time.Minute
	codeTries    = 5
	codeHour     = 5  // codes per link and hour
	codesADay    = 10 // codes per link and day
	codeDay      = 24 * time.Hour
	deviceLife   = 180 * 24 * time.Hour
	codeKey      = "step code"
	codeBlind    = "step"
	codeInDigits = 1_000_000
)

// StepUp proves that a browser belongs to the customer whose link it opened, by a code mailed to the address on file, and
// remembers which browser did and which submitted something.
type StepUp struct{ Deps }

// Attempt is what a person typed to confirm a device.
type Attempt struct {
	// Challenge is what Start returned to this browser, sent back in a hidden field.
	Challenge string
	Code      string
	// Device is the browser's cookie so far, or empty.
	Device ident.Token
}

// Device is what is known about a browser.
type Device struct {
	// Verified means that a code was confirmed on it; VerifiedAt says when.
	Verified   bool
	VerifiedAt time.Time
	// Subjects are the ids of what was submitted on it.
	Subjects map[string]bool
}

// Start mails a six-digit code, good for ten minutes and five tries, to the address on file of the link's customer, and
// returns the challenge that Confirm wants back from the same browser.
//
// Returns TooMany after five codes in an hour or ten in a day, and Conflict when there is no address to mail to.
func (s *StepUp) Start(ctx context.Context, link Link) (string, error) {
	now := s.now()
	code := stepCode{ID: ident.New(), LinkID: link.ID, CreatedAt: now, ExpiresAt: now.Add(codeLife)}
	code.CodeHash = s.hash(code.ID, s.code(code.ID))
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		// Locks the customer, so that parallel requests are counted one after the other.
		c, err := hold(ctx, tx, link.CustomerID)
		if err != nil {
			return err
		}
		if c.Erased() || c.Email() == "" {
			return fault.New(fault.Conflict, "We have no address to send a code to.")
		}
		hour, day, err := countCodes(ctx, tx, link.ID, now)
		if err != nil {
			return err
		}
		if hour >= codeHour || day >= codesADay {
			return &fault.Error{Code: fault.TooMany, Message: "That was a bit fast. Please try again later.", Key: "error.too_many"}
		}
		if err := insertCode(ctx, tx, code); err != nil {
			return err
		}
		return s.Queue.Enqueue(ctx, tx, time.Time{}, StepCodeMail{CodeID: code.ID})
	})
	if err != nil {
		return "", fmt.Errorf("start step-up for link %s: %w", link.ID, err)
	}
	return code.ID, nil
}

// code derives the digits from the row's id under the installation's key, so that the mail's job can tell them and the
// database cannot. 2⁶⁴ is so much more than a million that no digit is favoured.
func (s *StepUp) code(id string) string {
	mac, err := base64.RawURLEncoding.DecodeString(s.Keys.Sign(codeKey, id))
	if err != nil || len(mac) < 8 {
		panic("step code: the signature is not base64url")
	}
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(mac)%codeInDigits)
}

// hash is keyed: a million codes are searched in no time without the key.
func (s *StepUp) hash(id, code string) string { return s.Keys.Blind(codeBlind, id+":"+code) }

// Confirm checks the code and returns the token for the browser's cookie: always a new one, which takes over what the old
// one remembered. A code works once, within ten minutes, for the browser that asked for it.
//
// Returns Invalid at field "code" for a wrong, used, too old or too often tried code.
func (s *StepUp) Confirm(ctx context.Context, link Link, a Attempt) (ident.Token, error) {
	var token ident.Token
	var refused error
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		token, refused = "", nil
		// Counting the try and the refusal commit together: a rollback would give tries for nothing.
		code, err := tryCode(ctx, tx, a.Challenge, link.ID)
		if fault.Is(err, fault.NotFound) {
			refused = badCode("problem.code_old", "This code is too old. Please ask for a new one.")
			return nil
		}
		if err != nil {
			return err
		}
		now := s.now()
		switch {
		case code.Tries > codeTries:
			refused = badCode("problem.code_tries", "That was one try too many. Please ask for a new code.")
		case !code.UsedAt.IsZero() || !now.Before(code.ExpiresAt):
			refused = badCode("problem.code_old", "This code is too old. Please ask for a new one.")
		case code.CodeHash != s.hash(code.ID, digits(a.Code)):
			refused = badCode("problem.code", "This code does not fit. Please check it, or ask for a new one.")
		}
		if refused != nil {
			return nil //nolint:nilerr // the counted try must be committed; the refusal is returned below
		}
		if err := useCode(ctx, tx, code.ID, now); err != nil {
			return err
		}
		token = ident.NewToken()
		if a.Device != "" {
			// A cookie that was planted before must not become the confirmed one.
			if err := renameDevice(ctx, tx, a.Device.Hash(), token.Hash()); err != nil {
				return err
			}
		}
		return insertDevice(ctx, tx, stepDevice{TokenHash: token.Hash(), LinkID: link.ID, Verified: true, CreatedAt: now, ExpiresAt: now.Add(deviceLife)})
	})
	if err != nil {
		return "", fmt.Errorf("confirm step-up for link %s: %w", link.ID, err)
	}
	return token, refused
}

// digits drops what people type between the digits of a code.
func digits(s string) string {
	b := make([]byte, 0, 6)
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			b = append(b, s[i])
		}
	}
	return string(b)
}

func badCode(key, message string) error {
	var c fault.Check
	c.AddKey("code", key, message)
	return c.Err()
}

// Device tells what is known about a browser on a link's page. A code that was confirmed on another link of the same
// customer counts. An empty, unknown or expired token is the zero Device and no error.
func (s *StepUp) Device(ctx context.Context, token ident.Token, linkID string) (Device, error) {
	if len(token) != tokenLength {
		return Device{}, nil
	}
	rows, err := devices(ctx, s.DB, token.Hash(), linkID, s.now())
	if err != nil {
		return Device{}, err
	}
	d := Device{Subjects: map[string]bool{}}
	for _, r := range rows {
		if r.SubjectID != "" {
			d.Subjects[r.SubjectID] = true
		}
		if r.Verified {
			d.Verified = true
			if r.CreatedAt.After(d.VerifiedAt) {
				d.VerifiedAt = r.CreatedAt.UTC()
			}
		}
	}
	return d, nil
}

// Submission is what a browser is remembered for.
type Submission struct {
	// Device is the browser's cookie so far, or empty.
	Device    ident.Token
	LinkID    string
	SubjectID string
}

// Remember notes in the caller's transaction that the browser submitted something, and returns the token for its cookie:
// the one that it has, if that is known, else a new one.
func (s *StepUp) Remember(ctx context.Context, tx db.Tx, sub Submission) (ident.Token, error) {
	now := s.now()
	token := sub.Device
	known := false
	if len(token) == tokenLength {
		var err error
		// Only a token that we made may be kept; else a planted one would see what comes.
		if known, err = knownDevice(ctx, tx, token.Hash(), now); err != nil {
			return "", err
		}
	}
	if !known {
		token = ident.NewToken()
	}
	err := insertDevice(ctx, tx, stepDevice{TokenHash: token.Hash(), LinkID: sub.LinkID, SubjectID: sub.SubjectID, CreatedAt: now, ExpiresAt: now.Add(deviceLife)})
	if err != nil {
		return "", err
	}
	return token, nil
}

// StepCodeMail is the job that mails a code.
type StepCodeMail struct {
	CodeID string `json:"code_id"`
}

// Kind names the job's type.
func (StepCodeMail) Kind() string { return "customer.step_code_mail" }

// StepCodeMail mails the code once, unless it has ended by now.
func (s *StepUp) StepCodeMail(ctx context.Context, job StepCodeMail) error {
	code, err := codeByID(ctx, s.DB, job.CodeID)
	if err != nil {
		return err
	}
	if !code.UsedAt.IsZero() || !s.now().Before(code.ExpiresAt) {
		return nil
	}
	link, err := linkByID(ctx, s.DB, code.LinkID)
	if err != nil {
		return err
	}
	c, err := byID(ctx, s.DB, link.CustomerID)
	if err != nil {
		return err
	}
	if c.Erased() || c.Email() == "" {
		return nil
	}
	return s.Mail.Send(ctx, mail.Message{
		Key: "step_code:" + code.ID, To: mail.Address{Name: c.Name(), Email: c.Email()}, Lang: c.Language,
		View: mail.StepCode{FirstName: c.FirstName, Code: s.code(code.ID), Minutes: int(codeLife / time.Minute)},
	})
}
