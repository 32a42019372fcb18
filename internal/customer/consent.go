package customer

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
)

// SubjectKind says what a consent is about.
type SubjectKind string

// The kinds of subjects.
const (
	AboutCustomer     SubjectKind = "customer"
	AboutTestimonial  SubjectKind = "testimonial"
	AboutIntroduction SubjectKind = "introduction"
)

// Consent is a row of table consent: one decision about one channel. Rows are never changed; the newest is in force.
type Consent struct {
	bun.BaseModel `bun:"table:consent,alias:consent"`

	// ID and At are set by RecordConsent when empty.
	ID          string      `bun:"id,pk"`
	SubjectKind SubjectKind `bun:"subject_kind"`
	SubjectID   string      `bun:"subject_id"`
	// Channel is what is allowed: "website", "sales", "social", "ads", "name", "photo", "logo", "video", "contact", "tell".
	Channel string `bun:"channel"`
	Granted bool   `bun:"granted"`
	// TextShown is the exact text beside the control, in the language in which it was read.
	TextShown string `bun:"text_shown"`
	// Method is how it was given: "form", "reply", "withdrawal".
	Method string    `bun:"method"`
	At     time.Time `bun:"at"`
}

// RecordConsent keeps one decision in the transaction that acts on it. Returns Invalid when the subject, the channel, the
// method, or for a grant the text is missing.
func (s *Service) RecordConsent(ctx context.Context, tx db.Tx, c Consent) error {
	if c.SubjectKind == "" || c.SubjectID == "" || c.Channel == "" || c.Method == "" || c.Granted && c.TextShown == "" {
		return fault.New(fault.Invalid, "A consent needs its subject, channel, method and the text that was shown.")
	}
	if c.ID == "" {
		c.ID = ident.New()
	}
	if c.At.IsZero() {
		c.At = s.now()
	}
	c.At = micro(c.At)
	return insertConsent(ctx, tx, c)
}

// Consents returns the decision in force for each channel of a subject.
func (s *Service) Consents(ctx context.Context, idb bun.IDB, kind SubjectKind, subjectID string) (map[string]Consent, error) {
	rows, err := consents(ctx, idb, kind, subjectID)
	if err != nil {
		return nil, err
	}
	m := make(map[string]Consent, len(rows))
	for _, c := range rows {
		m[c.Channel] = c
	}
	return m, nil
}

// ConsentHistory returns every decision about a subject, oldest first.
func (s *Service) ConsentHistory(ctx context.Context, idb bun.IDB, kind SubjectKind, subjectID string) ([]Consent, error) {
	return consents(ctx, idb, kind, subjectID)
}

// Granted reports whether the decision in force for a channel is a yes.
func (s *Service) Granted(ctx context.Context, idb bun.IDB, c Consent) (bool, error) {
	m, err := s.Consents(ctx, idb, c.SubjectKind, c.SubjectID)
	if err != nil {
		return false, fmt.Errorf("consent to %s: %w", c.Channel, err)
	}
	return m[c.Channel].Granted, nil
}
