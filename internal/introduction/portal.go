package introduction

import (
	"context"
	"time"

	"goodword/internal/audit"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

// portalChannel marks what the portal sent itself.
const portalChannel = "portal"

// portalSend lets the portal write to the prospect, once ever. Whoever was screened out is written to by nobody, and the
// introducer sees no difference.
func (s *Service) portalSend(ctx context.Context, tx db.Tx, row *Introduction, by change) error {
	by.what = "shared"
	var err error
	if row.State == ScreenedOut {
		err = update(ctx, tx, row, by, func(i *Introduction) {
			i.StateBefore, i.Channel, i.SharedAt = Invited, portalChannel, by.at
		})
	} else {
		row.Channel = portalChannel
		err = step(ctx, tx, row, PortalSend, by)
	}
	if err != nil {
		return err
	}
	// The job is there in any case, so that the request costs the same (S7); for whoever was screened out it sends nothing.
	return s.enqueue(ctx, tx, Mail{Name: mailPortal, IntroductionID: row.ID})
}

// bounced notes that the portal's mail could not be delivered; the introducer may correct the address.
func (s *Service) bounced(ctx context.Context, id string) error {
	_, err := s.locked(ctx, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if row.State != Invited {
			return nil
		}
		row.SharedAt = time.Time{}
		return step(ctx, tx, row, Bounce, change{what: "bounced", actor: audit.System("introduction.mail"), at: s.now()})
	})
	return err
}

// CorrectAddress gives another address to an introduction that the portal could not deliver, and writes there. Only the
// address changes. Returns Invalid for what is no address, NotFound for somebody else's introduction, and Conflict for one
// that was delivered.
func (s *Service) CorrectAddress(ctx context.Context, a Author, id, email string) (Introduction, error) {
	email = clean(email)
	if !customer.ValidEmail(email) {
		return Introduction{}, &fault.Error{Code: fault.Invalid, Key: "error.invalid", Message: "Please check the marked fields.",
			Problems: []fault.Problem{{Field: "email", Key: "problem.email", Message: "This does not look like a mail address."}}}
	}
	return s.own(ctx, a, id, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		by := change{what: "corrected", actor: customerActor(a.CustomerID), at: s.now()}
		if _, err := Next(row.State, Correct); err != nil {
			return err
		}
		row.Email, row.ProspectBlind = email, s.blind(email, "", "")
		if err := step(ctx, tx, row, Correct, by); err != nil {
			return err
		}
		reason, err := s.screenFirst(ctx, tx, *row)
		if err != nil {
			return err
		}
		if reason != "" {
			row.OutcomeReason = reason
			if err := step(ctx, tx, row, ScreenOut, change{what: "screened_out", reason: reason, actor: by.actor, at: by.at}); err != nil {
				return err
			}
		}
		return s.portalSend(ctx, tx, row, by)
	})
}

// Unwanted ends an introduction whose prospect wants no mail: the unsubscribe page calls it for a prospect's link.
func (s *Service) Unwanted(ctx context.Context, p Prospect) (Introduction, error) {
	return s.locked(ctx, p.IntroductionID, func(ctx context.Context, tx db.Tx, row *Introduction) error {
		if !row.State.Answerable() {
			return nil
		}
		now := s.now()
		if row.Email != "" {
			if err := s.StopList.Suppress(ctx, tx, row.Email, mail.All, mail.Unsubscribed); err != nil {
				return err
			}
		}
		row.OutcomeReason = ReasonSuppressed
		row.purge(now)
		err := step(ctx, tx, row, Suppress, change{what: "suppressed", actor: prospectActor(row.ID), at: now})
		if err != nil || row.State != Declined {
			return err
		}
		return s.stopped(ctx, tx, *row)
	})
}
