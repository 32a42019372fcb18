package api

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/campaign"
	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
)

// CharityOut is an organisation to which customers may give their thank-you; a row of charity.
type CharityOut struct {
	ID            string    `json:"id"`
	Version       int64     `json:"version"`
	Name          string    `json:"name"`
	Registration  string    `json:"registration" doc:"Its number in the register; it never changes."`
	Country       string    `json:"country"`
	Jurisdictions []string  `json:"jurisdictions" doc:"Countries in which the contract allows to collect for it."`
	Contract      string    `json:"contract" doc:"The reference of the contract with it."`
	Contact       string    `json:"contact"`
	RemitDays     int       `json:"remit_days" doc:"How many days after a donation the money has to be there; 0 until that is agreed."`
	Active        bool      `json:"active"`
	Missing       []string  `json:"missing" doc:"Fields to fill in before a campaign with it can be launched."`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
}

func charityOf(c campaign.Charity) CharityOut {
	return CharityOut{ID: c.ID, Version: c.Version, Name: c.Name, Registration: c.Registration, Country: c.Country, Jurisdictions: filled(c.Jurisdictions),
		Contract: c.Contract, Contact: c.Contact, RemitDays: c.RemitDays, Active: c.Active, Missing: filled(c.Missing()), CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC()}
}

// charityIn enters a charity. What is missing besides name and number keeps campaigns with it from being launched.
type charityIn struct {
	Name          string   `json:"name"`
	Registration  string   `json:"registration"`
	Country       string   `json:"country,omitempty"`
	Jurisdictions []string `json:"jurisdictions,omitempty"`
	Contract      string   `json:"contract,omitempty"`
	Contact       string   `json:"contact,omitempty"`
	RemitDays     int      `json:"remit_days,omitempty"`
}

// charityPatchIn changes parts of a charity; what is left out stays.
type charityPatchIn struct {
	Name          *string   `json:"name,omitempty"`
	Country       *string   `json:"country,omitempty"`
	Jurisdictions *[]string `json:"jurisdictions,omitempty"`
	Contract      *string   `json:"contract,omitempty"`
	Contact       *string   `json:"contact,omitempty"`
	RemitDays     *int      `json:"remit_days,omitempty"`
	Active        *bool     `json:"active,omitempty" doc:"False: nothing more may be given to it. What was given is remitted all the same."`
}

func (a *api) listCharities(ctx context.Context, _ *nothing) (*body[list[CharityOut]], error) {
	rows, err := a.Campaigns.Charities(ctx)
	if err != nil {
		return nil, err
	}
	return whole(rows, charityOf), nil
}

func (a *api) getCharity(ctx context.Context, in *byID) (*tagged[CharityOut], error) {
	c, err := campaign.CharityByID(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return tag(c.Version, charityOf(c)), nil
}

func (a *api) createCharity(ctx context.Context, in *create[charityIn]) (*made[CharityOut], error) {
	c, err := a.Campaigns.AddCharity(ctx, actorOf(ctx), campaign.CharityDraft(in.Body))
	if err != nil {
		return nil, err
	}
	out := tag(c.Version, charityOf(c))
	return &made[CharityOut]{Location: Prefix + "/charities/" + c.ID, ETag: out.ETag, Body: out.Body}, nil
}

func (a *api) updateCharity(ctx context.Context, in *edit[charityPatchIn]) (*tagged[CharityOut], error) {
	c, err := a.Campaigns.UpdateCharity(ctx, actorOf(ctx), in.ID, campaign.CharityPatch(in.Body), callOf(ctx).ifMatch)
	if err != nil {
		return nil, err
	}
	return tag(c.Version, charityOf(c)), nil
}

// dueOut is what is due to one charity in one currency.
type dueOut struct {
	CharityID    string       `json:"charity_id"`
	Charity      string       `json:"charity"`
	Amount       money.Amount `json:"amount"`
	Donations    int64        `json:"donations"`
	DueAt        time.Time    `json:"due_at" doc:"When the oldest has to be there."`
	Overdue      bool         `json:"overdue"`
	RemittanceID string       `json:"remittance_id,omitempty" doc:"The one that is open; left out where none is."`
}

func (a *api) donationsDue(ctx context.Context, _ *nothing) (*body[list[dueOut]], error) {
	rows, err := a.Rewards.DonationsDue(ctx)
	if err != nil {
		return nil, err
	}
	return whole(rows, func(d reward.DueDonations) dueOut { return dueOut(d) }), nil
}

// RemittanceOut is one transfer to one charity; a row of remittance.
type RemittanceOut struct {
	ID           string       `json:"id"`
	CharityID    string       `json:"charity_id"`
	Charity      string       `json:"charity"`
	Registration string       `json:"registration"`
	Amount       money.Amount `json:"amount"`
	Donations    int64        `json:"donations"`
	State        string       `json:"state" doc:"open, paid or cancelled."`
	Reference    string       `json:"reference,omitempty" doc:"The bank's."`
	PaidOn       string       `json:"paid_on,omitempty" doc:"The day of the transfer, as 2026-05-12."`
	Proof        string       `json:"proof,omitempty" doc:"Where the charity's receipt is kept."`
	Note         string       `json:"note,omitempty" doc:"Why it was cancelled."`
	MadeByID     string       `json:"made_by_id"`
	MadeBy       string       `json:"made_by"`
	EndedByID    string       `json:"ended_by_id,omitempty"`
	EndedBy      string       `json:"ended_by,omitempty"`
	CreatedAt    time.Time    `json:"created_at"`
	EndedAt      *time.Time   `json:"ended_at,omitempty"`
}

// remittances looks up the names around some remittances and returns how to show one of them.
func (a *api) remittances(ctx context.Context, rows ...reward.Remittance) (func(reward.Remittance) RemittanceOut, error) {
	var refs report.Refs
	for _, m := range rows {
		refs.Staff, refs.Charities = append(refs.Staff, m.MadeBy, m.EndedBy), append(refs.Charities, m.CharityID)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	return func(m reward.Remittance) RemittanceOut {
		return RemittanceOut{ID: m.ID, CharityID: m.CharityID, Charity: names.Charities[m.CharityID], Registration: m.Registration, Amount: m.Amount(), Donations: m.Donations,
			State: string(m.State), Reference: m.Reference, PaidOn: m.PaidOn, Proof: m.Proof, Note: m.Note, MadeByID: m.MadeBy, MadeBy: names.Staff[m.MadeBy],
			EndedByID: m.EndedBy, EndedBy: names.Staff[m.EndedBy], CreatedAt: m.CreatedAt.UTC(), EndedAt: at(m.EndedAt)}
	}, nil
}

func (a *api) remittanceAnswer(ctx context.Context, m reward.Remittance, err error) (*body[RemittanceOut], error) {
	if err != nil {
		return nil, err
	}
	shape, err := a.remittances(ctx, m)
	if err != nil {
		return nil, err
	}
	return &body[RemittanceOut]{shape(m)}, nil
}

type remittancesQuery struct {
	Paging
	CharityID string `query:"charity_id"`
	State     string `query:"state" enum:"open,paid,cancelled"`
}

func (a *api) listRemittances(ctx context.Context, in *remittancesQuery) (*body[list[RemittanceOut]], error) {
	page, err := a.Rewards.Remittances(ctx, in.CharityID, reward.RemittanceState(in.State), in.page())
	if err != nil {
		return nil, err
	}
	shape, err := a.remittances(ctx, page.Items...)
	if err != nil {
		return nil, err
	}
	return listed(page, shape), nil
}

type remittanceIn struct {
	CharityID string `json:"charity_id"`
	Currency  string `json:"currency"`
}

const aboutRemittance = `Freezes everything that was given to the charity in the currency and is not remitted yet. Fetch donations.csv, pay the amount at your bank, then mark it as paid. One may be open at a time.`

func (a *api) createRemittance(ctx context.Context, in *create[remittanceIn]) (*made[RemittanceOut], error) {
	m, err := a.Rewards.Remit(ctx, actorOf(ctx), in.Body.CharityID, in.Body.Currency)
	out, err := a.remittanceAnswer(ctx, m, err)
	if err != nil {
		return nil, err
	}
	return &made[RemittanceOut]{Location: Prefix + "/remittances/" + m.ID, Body: out.Body}, nil
}

func (a *api) getRemittance(ctx context.Context, in *byID) (*body[RemittanceOut], error) {
	m, err := a.Rewards.RemittanceByID(ctx, in.ID)
	return a.remittanceAnswer(ctx, m, err)
}

// transferIn is what shows that a remittance was paid.
type transferIn struct {
	Reference string `json:"reference,omitempty" doc:"The bank's."`
	PaidOn    string `json:"paid_on,omitempty" doc:"The day of the transfer, as 2026-05-12."`
	Proof     string `json:"proof,omitempty" doc:"Where the charity's receipt is kept: a file's name, a folder, a number."`
}

func (a *api) markRemitted(ctx context.Context, in *act[transferIn]) (*body[RemittanceOut], error) {
	m, err := a.Rewards.MarkRemitted(ctx, actorOf(ctx), in.ID, reward.Transfer{Reference: in.Body.Reference, On: in.Body.PaidOn, Proof: in.Body.Proof})
	return a.remittanceAnswer(ctx, m, err)
}

type cancelIn struct {
	Note string `json:"note,omitempty" doc:"Why."`
}

func (a *api) cancelRemittance(ctx context.Context, in *act[cancelIn]) (*body[RemittanceOut], error) {
	m, err := a.Rewards.CancelRemittance(ctx, actorOf(ctx), in.ID, in.Body.Note)
	return a.remittanceAnswer(ctx, m, err)
}

// remittanceCSV writes as it reads.
func (a *api) remittanceCSV(c echo.Context) error {
	ctx, id := c.Request().Context(), c.Param("id")
	// What is not there must be said before the first byte.
	if _, err := a.Rewards.RemittanceByID(ctx, id); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="donations.csv"`)
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	return a.Rewards.ExportRemittance(ctx, actorOf(ctx), id, c.Response())
}
