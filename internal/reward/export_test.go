package reward

import (
	"time"

	"goodword/internal/campaign"
	"goodword/internal/ledger"
)

// Apply, Claw, Unclaw, Net and Accrual let tests play the pure rules without a database.
func (r *Reward) Apply(e Event, part int64, at time.Time) ([]ledger.Leg, error) {
	return r.apply(e, part, at)
}

func (r *Reward) Claw(d int64) []ledger.Leg   { return r.claw(d) }
func (r *Reward) Unclaw(d int64) []ledger.Leg { return r.unclaw(d) }
func (r *Reward) Net(d int64) []ledger.Leg    { return r.net(d) }
func (r Reward) Accrual() []ledger.Leg        { return r.accrual() }

// Wrap puts something between the protocol and a rail.
func (s *Service) Wrap(name campaign.Rail, around func(Rail) Rail) {
	s.rails[name] = around(s.rails[name])
}
