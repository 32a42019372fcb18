package reward

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/db"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// manual is the rail by hand: finance pays in its own way and marks the payout as paid with a reference.
type manual struct{}

func (manual) Name() campaign.Rail                                { return campaign.RailManual }
func (manual) Ready(context.Context, Payee) (ok bool, why string) { return true, "" }
func (manual) Destination(Payee) string                           { return "" }
func (manual) ByHand() bool                                       { return true }

// Send never happens: a payout by hand waits for a person.
func (manual) Send(context.Context, Payout) Answer { return Answer{Class: NotAnswered} }

// LookUp proves nothing: nobody but a person knows what the bank did.
func (manual) LookUp(context.Context, Payout) Answer { return Answer{Class: NotAnswered} }

// Void reports that the money is gone: what was paid by hand becomes a receivable.
func (manual) Void(context.Context, Payout) Answer { return Answer{Class: AnsweredNo} }

// ExportManual writes the payouts that finance has to pay as CSV (RFC 4180), oldest first: whom, how much, and the ids to
// mark them as paid by. No cell begins with what a spreadsheet takes for a formula. Returns Forbidden.
func (s *Service) ExportManual(ctx context.Context, actor audit.Actor, w io.Writer) error {
	if err := may(actor, staff.DecideRewards); err != nil {
		return err
	}
	err := s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		return audit.Record(ctx, tx, s.now(), audit.Entry{Actor: actor, Action: "payouts.exported", Object: "payouts", ObjectID: string(campaign.RailManual)})
	})
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write([]string{"reward_id", "payout_id", "amount", "currency", "since", "name", "company", "email"}); err != nil {
		return fmt.Errorf("export payouts by hand: %w", err)
	}
	for after := ""; ; {
		rows, err := waitingByHand(ctx, s.DB, after, sweepSize)
		if err != nil {
			return err
		}
		for _, row := range rows {
			after = row.PayoutID
			line, err := s.manualLine(ctx, row)
			if err != nil {
				return err
			}
			if err := out.Write(line); err != nil {
				return fmt.Errorf("export payouts by hand: %w", err)
			}
		}
		if len(rows) < sweepSize {
			break
		}
	}
	out.Flush()
	return out.Error()
}

func (s *Service) manualLine(ctx context.Context, row byHand) ([]string, error) {
	line := []string{row.RewardID, row.PayoutID, money.New(row.AmountMinor, row.Currency).Decimal(), row.Currency,
		row.CreatedAt.UTC().Format(time.DateOnly)}
	var name, company, email string
	switch {
	case row.CustomerID != "":
		c, err := s.Customers.ByID(ctx, s.DB, row.CustomerID)
		if err != nil {
			return nil, err
		}
		name, company, email = c.Name(), c.CompanyName(), c.Email()
	case row.IntroductionID != "":
		i, err := introductionOf(ctx, s.DB, row.IntroductionID)
		if err != nil {
			return nil, err
		}
		name, company, email = strings.TrimSpace(i.FirstName+" "+i.LastName), i.Company, i.Email
	}
	for _, text := range []string{name, company, email} {
		line = append(line, cell(text))
	}
	return line, nil
}

// cell keeps a spreadsheet from reading a text as a formula.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(strings.TrimLeft(text, " ") + " ")[0]) {
		return "'" + text
	}
	return text
}
