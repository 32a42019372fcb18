package risk

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	"goodword/internal/introduction"
	"goodword/internal/queue"
	"goodword/internal/reward"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// Deps is what a Service needs. Every field is required.
type Deps struct {
	DB    *db.DB
	Queue *queue.Queue
	// Clock is the business clock.
	Clock     func() time.Time
	Keys      *ident.Keyring
	Settings  *setting.Service
	Staff     *staff.Service
	Customers *customer.Service
}

// Service gathers facts, runs the checks and keeps what they find. It is safe for concurrent use.
type Service struct {
	Deps
	rules []rule
	lists *lists
}

var (
	_ introduction.Checks = (*Service)(nil)
	_ reward.Checks       = (*Service)(nil)
)

// New returns the Service. It panics if a dependency is missing.
func New(d Deps) *Service {
	for name, missing := range map[string]bool{
		"DB": d.DB == nil, "Queue": d.Queue == nil, "Clock": d.Clock == nil, "Keys": d.Keys == nil, "Settings": d.Settings == nil,
		"Staff": d.Staff == nil, "Customers": d.Customers == nil,
	} {
		if missing {
			panic("risk.New: Deps." + name + " is missing")
		}
	}
	return &Service{Deps: d, rules: rules, lists: &lists{files: embedded}}
}

// now is UTC in microseconds, so that a time survives both engines.
func (s *Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// The two sides of an introduction.
const (
	sideIntroducer = "introducer"
	sideProspect   = "prospect"
)

// Look is the job that looks at an introduction soon after something happened to it.
type Look struct {
	IntroductionID string `json:"introduction_id"`
}

// Kind names the job's type.
func (Look) Kind() string { return "risk.look" }

// Noticed keeps from where an introduction was made or answered, and has it looked at in a job of its own: so nobody is
// answered later, or otherwise, because of what will be found (S7, S8).
func (s *Service) Noticed(ctx context.Context, tx db.Tx, row introduction.Introduction, from introduction.Origin) error {
	side := sideIntroducer
	if from.Prospect {
		side = sideProspect
	}
	o := origin{IntroductionID: row.ID, Side: side, At: s.now()}
	if from.Device != "" {
		o.Device = from.Device.Hash()
	}
	o.Net = s.network(from.IP)
	if o.Device != "" || o.Net != "" {
		if err := keepOrigin(ctx, tx, o); err != nil {
			return err
		}
	}
	if err := s.Queue.Enqueue(ctx, tx, time.Time{}, Look{IntroductionID: row.ID}); err != nil {
		return fmt.Errorf("look at introduction %s: %w", row.ID, err)
	}
	return nil
}

// network is the keyed hash of a /24 or /64; "" for private addresses, which say nothing.
func (s *Service) network(ip netip.Addr) string {
	if ip = ip.Unmap(); !ip.IsValid() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return ""
	}
	bits := 64
	if ip.Is4() {
		bits = 24
	}
	net, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return s.Keys.Blind("network", net.String())
}

// Look runs the checks over an introduction and puts it up for review if they find enough. It changes no state and tells
// nobody outside. If a check cannot be made, that is written down and the job is tried again.
func (s *Service) Look(ctx context.Context, job Look) error {
	set, colleagues, err := s.before(ctx)
	if err != nil {
		return err
	}
	look := func(ctx context.Context) error {
		return s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
			row, err := introduction.Lock(ctx, tx, job.IntroductionID)
			if err != nil || !earns(row) {
				return err
			}
			now := s.now()
			all, err := s.signals(ctx, question{idb: tx, tx: &tx, i: row, set: set, staff: colleagues, at: now})
			if err != nil {
				return err
			}
			on := subject{onIntroduction, row.ID}
			if err := keep(ctx, tx, on, all, now); err != nil {
				return err
			}
			open, err := s.undecided(ctx, tx, biting(all), on)
			if err != nil || !Judge(open) {
				return err
			}
			return introduction.Flag(ctx, tx, &row, string(leading(open)), now)
		})
	}
	bounded, cancel := context.WithTimeout(ctx, checkTime)
	err = look(bounded)
	cancel()
	if err == nil || ctx.Err() != nil {
		return err
	}
	return errors.Join(err, s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return s.keepFailure(ctx, tx, subject{onIntroduction, job.IntroductionID}, err)
	}))
}

// before reads what must not be read inside a transaction.
func (s *Service) before(ctx context.Context) (setting.Settings, []staff.Member, error) {
	set, err := s.Settings.Get(ctx)
	if err != nil {
		return setting.Settings{}, nil, fmt.Errorf("settings of the checks: %w", err)
	}
	colleagues, err := s.Staff.List(ctx, s.DB)
	if err != nil {
		return setting.Settings{}, nil, fmt.Errorf("colleagues for the checks: %w", err)
	}
	return set, colleagues, nil
}

// ask makes the question about a reward.
func (s *Service) ask(ctx context.Context, idb bun.IDB, r reward.Reward, set setting.Settings) (question, error) {
	q := question{idb: idb, r: r, set: set, at: s.now()}
	var err error
	if q.staff, err = s.Staff.List(ctx, idb); err != nil {
		return q, fmt.Errorf("colleagues for the checks: %w", err)
	}
	if r.IntroductionID != "" {
		q.i, err = introductionOf(ctx, idb, r.IntroductionID)
	}
	return q, err
}

// undecided leaves out what a person has looked at and cleared, on any of the subjects, while the evidence is the same.
func (s *Service) undecided(ctx context.Context, tx db.Tx, signals []Signal, on ...subject) ([]Signal, error) {
	if len(signals) == 0 {
		return nil, nil
	}
	rows, err := findingsOf(ctx, tx, on...)
	if err != nil {
		return nil, err
	}
	var out []Signal
	for _, sig := range signals {
		cleared := false
		for _, f := range rows {
			cleared = cleared || f.State == Cleared && f.Name == sig.Check && sameEvidence(f.Evidence, sig.Evidence)
		}
		if !cleared {
			out = append(out, sig)
		}
	}
	return out, nil
}

// Examine runs every check over a reward that is about to be approved, and keeps what they find. It returns the name of the
// check that a person must decide about; "" if nothing keeps it. An error approves nothing.
func (s *Service) Examine(ctx context.Context, tx db.Tx, r reward.Reward, set setting.Settings) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	q, err := s.ask(ctx, tx, r, set)
	if err != nil {
		return "", &failure{check: "people", cause: err}
	}
	q.tx = &tx
	all, err := s.signals(ctx, q)
	if err != nil {
		return "", err
	}
	on := subject{onReward, r.ID}
	if err := keep(ctx, tx, on, all, q.at); err != nil {
		return "", err
	}
	subjects := []subject{on}
	if r.IntroductionID != "" {
		subjects = append(subjects, subject{onIntroduction, r.IntroductionID})
	}
	open, err := s.undecided(ctx, tx, biting(all), subjects...)
	if err != nil || !Judge(open) {
		return "", err
	}
	return string(leading(open)), nil
}

// Failed keeps that the checks of a reward could not be made.
func (s *Service) Failed(ctx context.Context, tx db.Tx, r reward.Reward, why error) error {
	return s.keepFailure(ctx, tx, subject{onReward, r.ID}, why)
}

// checkFailed is the finding that stands for a check that could not be made.
const checkFailed Name = "check_failed"

func (s *Service) keepFailure(ctx context.Context, tx db.Tx, on subject, why error) error {
	name := "checks"
	if f, ok := errors.AsType[*failure](why); ok {
		name = string(f.check)
	}
	_, err := add(ctx, tx, on, []found{{Signal: Signal{Check: checkFailed, Strong: true, Evidence: []Evidence{{What: name}}}, mode: setting.CheckOn}}, s.now())
	return err
}

// Decided ends what was found about a reward by a person's word.
func (s *Service) Decided(ctx context.Context, tx db.Tx, r reward.Reward, released bool, by string) error {
	state := Confirmed
	if released {
		state = Cleared
	}
	return decideAll(ctx, tx, subject{onReward, r.ID}, state, by, s.now())
}

// Cleared ends what was found about an introduction: a person has looked.
func (s *Service) Cleared(ctx context.Context, tx db.Tx, introductionID string, actor audit.Actor) error {
	return decideAll(ctx, tx, subject{onIntroduction, introductionID}, Cleared, actor.ID, s.now())
}

// Findings returns what the checks said about introductions and rewards, by subject id, the oldest first.
func (s *Service) Findings(ctx context.Context, introductions, rewards []string) (map[string][]Finding, error) {
	out := map[string][]Finding{}
	var on []subject
	for _, id := range introductions {
		on = append(on, subject{onIntroduction, id})
	}
	for _, id := range rewards {
		on = append(on, subject{onReward, id})
	}
	if len(on) == 0 {
		return out, nil
	}
	rows, err := findingsOf(ctx, s.DB, on...)
	if err != nil {
		return nil, err
	}
	for _, f := range rows {
		out[f.SubjectID] = append(out[f.SubjectID], f)
	}
	return out, nil
}

// SawCard keeps what a Stripe customer has paid with, as Stripe's fingerprint of it, hashed.
func (s *Service) SawCard(ctx context.Context, stripeCustomer, fingerprint string) error {
	if stripeCustomer == "" || fingerprint == "" {
		return nil
	}
	return keepCard(ctx, s.DB, card{StripeCustomer: stripeCustomer, Print: s.Keys.Blind("card", fingerprint), At: s.now()})
}

// Erase forgets an erased customer's counts and origins. It is a customer.Eraser.
func (s *Service) Erase(ctx context.Context, tx db.Tx, customerID string) error {
	return forget(ctx, tx, customerID)
}

// keptDays is how long origins and counts are kept: longer than the longest cap.
const keptDays = 400

// Purge forgets origins and counts that no cap looks at any more. It is a sweep.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	return stale(ctx, s.DB, s.now().AddDate(0, 0, -keptDays))
}
