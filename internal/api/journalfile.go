package api

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/fault"
	"goodword/internal/ledger"
)

const aboutJournals = `One row a leg, in the order of the chain: in each journal and currency debits equal credits, and all rows up to a moment add up to the accounts at that moment. From is inclusive, to exclusive, both RFC 3339. A journal is in it once it is sealed, a few seconds after it was posted; then it never changes.`

// journalsCSV writes as it reads, a page of journals at a time.
func (a *api) journalsCSV(c echo.Context) error {
	p, err := periodOf(c)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="journal.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	out := csv.NewWriter(c.Response())
	out.UseCRLF = true
	if err := out.Write([]string{"seq", "journal_id", "time", "kind", "key", "leg", "account", "debit", "credit", "currency",
		"reward_id", "campaign_id", "introduction_id", "actor_kind", "actor_id"}); err != nil {
		return err
	}
	err = ledger.Export(c.Request().Context(), a.DB, p, func(page []ledger.Posted) error {
		for _, j := range page {
			for n, l := range j.Legs {
				if err := out.Write(journalRow(j, n, l)); err != nil {
					return err
				}
			}
		}
		out.Flush()
		return out.Error()
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func journalRow(j ledger.Posted, n int, l ledger.Leg) []string {
	debit, credit := l.Amount.Decimal(), ""
	if l.Side == ledger.C {
		debit, credit = credit, debit
	}
	row := []string{strconv.FormatInt(j.Seq, 10), j.ID, j.At.UTC().Format(time.RFC3339Nano), j.Kind, j.Key, strconv.Itoa(n + 1), l.Account, debit, credit, l.Amount.Currency,
		j.RewardID, j.CampaignID, j.IntroductionID, j.ActorKind, j.ActorID}
	for i := range row {
		row[i] = safeCell(row[i])
	}
	return row
}

// periodOf reads from and to, which may be left out.
func periodOf(c echo.Context) (ledger.Period, error) {
	var p ledger.Period
	var check fault.Check
	for name, to := range map[string]*time.Time{"from": &p.From, "to": &p.To} {
		text := c.QueryParam(name)
		if text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, text)
		check.That(err == nil, name, "A time is written like 2026-05-01T00:00:00Z.")
		*to = at.UTC()
	}
	check.That(p.From.IsZero() || p.To.IsZero() || p.From.Before(p.To), "from", "The period must begin before it ends.")
	return p, check.Err()
}
