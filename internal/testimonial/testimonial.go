// Package testimonial keeps what customers say about us: asked for or kept from a mail, consented to channel by channel,
// decided on by neutral reasons, published, and withdrawn at once when the author says so. Nobody but the author changes
// a word, and what is earned for it depends on none.
package testimonial

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/fault"
)

// State is where a testimonial stands; the names are those of the API.
type State string

// The states.
const (
	// AwaitingAuthor is a kept quote that its author has not confirmed yet; nobody sees it.
	AwaitingAuthor  State = "awaiting_author"
	Submitted       State = "submitted"
	ChangeRequested State = "change_requested"
	Approved        State = "approved"
	Declined        State = "declined"
	Published       State = "published"
	Withdrawn       State = "withdrawn"
	Expired         State = "expired"
)

// States lists every state.
var States = []State{AwaitingAuthor, Submitted, ChangeRequested, Approved, Declined, Published, Withdrawn, Expired}

// Event is what happens to a testimonial.
type Event string

// The events. Edit and Withdraw are the author's, at any time; the rest is staff's or the system's.
const (
	Confirm       Event = "confirm"
	Edit          Event = "edit"
	Withdraw      Event = "withdraw"
	Approve       Event = "approve"
	Decline       Event = "decline"
	RequestChange Event = "request_change"
	Publish       Event = "publish"
	Unpublish     Event = "unpublish"
	Expire        Event = "expire"
)

// Events lists every event.
var Events = []Event{Confirm, Edit, Withdraw, Approve, Decline, RequestChange, Publish, Unpublish, Expire}

// transitions: every change by the author leads back to the queue, because what was approved was another text.
var transitions = map[State]map[Event]State{
	AwaitingAuthor:  {Confirm: Submitted, Withdraw: Withdrawn, Expire: Expired},
	Submitted:       {Edit: Submitted, Withdraw: Withdrawn, Approve: Approved, Decline: Declined, RequestChange: ChangeRequested},
	ChangeRequested: {Edit: Submitted, Withdraw: Withdrawn, Approve: Approved, Decline: Declined},
	Approved:        {Edit: Submitted, Withdraw: Withdrawn, Publish: Published, Decline: Declined},
	Published:       {Edit: Submitted, Withdraw: Withdrawn, Unpublish: Approved, Decline: Declined},
	Declined:        {Edit: Submitted, Withdraw: Withdrawn, Approve: Approved},
	Withdrawn:       {Edit: Submitted},
}

// Next returns the state that the event leads to. Returns Conflict for a pair that the table does not list.
func Next(from State, e Event) (State, error) {
	if to, ok := transitions[from][e]; ok {
		return to, nil
	}
	return "", &fault.Error{Code: fault.Conflict, Key: "error.conflict", Message: "This testimonial has moved on, so this is no longer possible.",
		Cause: fmt.Errorf("event %s in state %s", e, from)}
}

// Channels are what an author can consent to, each on its own: four places and four things to show.
var Channels = []string{"website", "sales", "social", "ads", "name", "photo", "logo", "video"}

// Places are the channels where a testimonial can appear.
var Places = []string{"website", "sales", "social", "ads"}

// DeclineReasons is the closed list of reasons for which staff may decline; none is about what the author thinks of us (L4).
var DeclineReasons = []string{"off_topic", "personal_data", "third_party_rights", "not_genuine", "unlawful", "offensive",
	"conflict_of_interest", "duplicate"}

// The ways to sign.
const (
	SignFull      = "full"
	SignFirst     = "first_company"
	SignAnonymous = "anonymous"
)

// QuoteDays is how long a kept quote waits for its author.
const QuoteDays = 30

// Testimonial is a row of table testimonial.
type Testimonial struct {
	bun.BaseModel `bun:"table:testimonial,alias:t"`

	ID           string `bun:"id,pk"`
	CustomerID   string `bun:"customer_id"`
	CampaignID   string `bun:"campaign_id,nullzero"`
	OfferID      string `bun:"offer_id,nullzero"`
	InvitationID string `bun:"invitation_id,nullzero"`
	State        State  `bun:"state"`
	// Rating is 1 to 5 stars, or 0 for none.
	Rating int    `bun:"rating,nullzero"`
	Text   string `bun:"text"`
	// SignedAs is SignFull, SignFirst or SignAnonymous; Name and Role are what may be shown.
	SignedAs string   `bun:"signed_as"`
	Name     string   `bun:"name"`
	Role     string   `bun:"role"`
	Language string   `bun:"language"`
	Tags     []string `bun:"tags,type:jsonb"`
	// QuoteSource says where a kept quote was said; for staff.
	QuoteSource string `bun:"quote_source"`
	// Disclosure stands wherever the testimonial is shown, if its author was offered something or works with us (L2).
	Disclosure string `bun:"disclosure"`
	// Revision counts what the author has written, from 1.
	Revision    int       `bun:"revision"`
	Reason      string    `bun:"reason"`
	DecidedBy   string    `bun:"decided_by"`
	SubmittedAt time.Time `bun:"submitted_at,nullzero"`
	DecidedAt   time.Time `bun:"decided_at,nullzero"`
	PublishedAt time.Time `bun:"published_at,nullzero"`
	WithdrawnAt time.Time `bun:"withdrawn_at,nullzero"`
	Version     int64     `bun:"version"`
	CreatedAt   time.Time `bun:"created_at"`
	UpdatedAt   time.Time `bun:"updated_at"`
}

// apply moves the testimonial by the table. It changes nothing on Conflict.
func (t *Testimonial) apply(e Event, at time.Time) error {
	to, err := Next(t.State, e)
	if err != nil {
		return err
	}
	switch e {
	case Confirm, Edit:
		t.SubmittedAt, t.Reason, t.DecidedBy = at, "", ""
		t.DecidedAt, t.PublishedAt, t.WithdrawnAt = time.Time{}, time.Time{}, time.Time{}
	case Approve, Decline, RequestChange:
		t.DecidedAt = at
	case Publish:
		t.PublishedAt = at
	case Withdraw:
		t.WithdrawnAt = at
	}
	if to != Published {
		t.PublishedAt = time.Time{}
	}
	t.State = to
	return nil
}

// Decided reports whether staff has said yes to this very text.
func (t Testimonial) Decided() bool { return t.State == Approved || t.State == Published }

// Submission is what the testimonial form holds; the fields have the names of the form.
type Submission struct {
	// Rating is 1 to 5, or 0 for none.
	Rating int
	Text   string
	// SignedAs is SignFull when empty.
	SignedAs string
	// Name is what a full signature says; empty means the customer's name.
	Name, Role string
	// Consents are channels, ConsentTexts the exact texts that were shown beside them, by channel.
	Consents     []string
	ConsentTexts map[string]string
	Tags         []string
	// Lang is the language it is written in; empty means the customer's.
	Lang string
}

const (
	maxText = 4000
	maxName = 120
	maxTag  = 60
)

func (s Submission) cleaned() Submission {
	s.Text = strings.TrimSpace(strings.ReplaceAll(s.Text, "\r\n", "\n"))
	s.Name, s.Role = strings.Join(strings.Fields(s.Name), " "), strings.Join(strings.Fields(s.Role), " ")
	if s.SignedAs == "" {
		s.SignedAs = SignFull
	}
	s.Tags = cleanTags(s.Tags)
	return s
}

func cleanTags(tags []string) []string {
	out := []string{}
	for _, t := range tags {
		if t = strings.Join(strings.Fields(t), " "); t != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func (s Submission) validate() error {
	var c fault.Check
	if s.Rating < 0 || s.Rating > 5 {
		c.AddKey("rating", "problem.rating", "Please choose between one and five stars.")
	}
	if s.Rating == 0 && s.Text == "" {
		c.AddKey("text", "problem.own_words", "Please write at least a few words, or choose your stars.")
	}
	long := func(field, value string, limit int) {
		if len([]rune(value)) > limit {
			c.AddKey(field, "problem.too_long", "Please keep this shorter.")
		}
	}
	long("text", s.Text, maxText)
	long("name", s.Name, maxName)
	long("role", s.Role, maxName)
	for _, t := range s.Tags {
		long("tags", t, maxTag)
	}
	if !slices.Contains([]string{SignFull, SignFirst, SignAnonymous}, s.SignedAs) {
		c.AddKey("signed_as", "problem.choose", "Please choose one.")
	}
	for _, ch := range s.Consents {
		if !slices.Contains(Channels, ch) {
			c.AddKey("consent", "problem.choose", "Please choose from these.")
		} else if s.ConsentTexts[ch] == "" {
			c.Add("consent", "The text that was shown is missing.")
		}
	}
	return c.Err()
}
