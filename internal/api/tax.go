package api

import (
	"context"
	"time"

	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
)

// taxOut is what payees in the United States got in a calendar year.
type taxOut struct {
	Year      int          `json:"year"`
	Zone      string       `json:"zone" doc:"The time zone that the year begins and ends in."`
	Threshold money.Amount `json:"threshold" doc:"The total from which on a tax form is needed."`
	Rails     []string     `json:"rails" doc:"The ways of paying that count."`
	Rows      []taxRowOut  `json:"rows" doc:"By the customer's id."`
}

// taxRowOut is one payee's year.
type taxRowOut struct {
	CustomerID string       `json:"customer_id"`
	Payee      string       `json:"payee" doc:"Empty once the person was erased."`
	Country    string       `json:"country" doc:"Empty where it is not known: nothing is held for a form then."`
	Paid       money.Amount `json:"paid" doc:"What came to them in the year."`
	TakenBack  money.Amount `json:"taken_back" doc:"What of it came back in the year."`
	Total      money.Amount `json:"total" doc:"Paid less taken back."`
	Earlier    money.Amount `json:"taken_back_of_earlier_years" doc:"What came back in the year of what they had got before. It changes no total."`
	Reached    bool         `json:"reached" doc:"Whether the total has come to the threshold."`
	Held       money.Amount `json:"held" doc:"What waits for their form now."`
	Form       *taxFormOut  `json:"form,omitempty" doc:"Left out while there is none on file."`
}

// taxFormOut is a tax form that was received; a row of tax_form.
type taxFormOut struct {
	Kind       string    `json:"kind"`
	ReceivedOn string    `json:"received_on" doc:"A day, as 2026-05-12."`
	NotedBy    string    `json:"noted_by"`
	NotedAt    time.Time `json:"noted_at"`
}

func (t taxOut) table() [][]string {
	rows := [][]string{{"year", "customer_id", "payee", "country", "currency", "paid", "taken_back", "total", "taken_back_of_earlier_years", "threshold", "reached", "form", "form_received_on", "held"}}
	for _, r := range t.Rows {
		reached, form := "no", taxFormOut{}
		if r.Reached {
			reached = "yes"
		}
		if r.Form != nil {
			form = *r.Form
		}
		rows = append(rows, append(numbers(int64(t.Year)), r.CustomerID, r.Payee, r.Country, t.Threshold.Currency, r.Paid.Decimal(), r.TakenBack.Decimal(), r.Total.Decimal(),
			r.Earlier.Decimal(), t.Threshold.Decimal(), reached, form.Kind, form.ReceivedOn, r.Held.Decimal()))
	}
	return rows
}

type taxReportQuery struct {
	Year int `query:"year" minimum:"2000" maximum:"2099" doc:"The present one unless given."`
}

func (a *api) taxReport(ctx context.Context, in *taxReportQuery) (*body[taxOut], error) {
	y, err := a.Rewards.TaxYear(ctx, in.Year)
	return a.taxAnswer(ctx, y, err)
}

type customerTaxQuery struct {
	ID   string `path:"id"`
	Year int    `query:"year" minimum:"2000" maximum:"2099" doc:"The present one unless given."`
}

func (a *api) customerTax(ctx context.Context, in *customerTaxQuery) (*body[taxOut], error) {
	y, err := a.Rewards.TaxOf(ctx, in.ID, in.Year)
	return a.taxAnswer(ctx, y, err)
}

func (a *api) taxAnswer(ctx context.Context, y reward.TaxYear, err error) (*body[taxOut], error) {
	if err != nil {
		return nil, err
	}
	var refs report.Refs
	for _, l := range y.Lines {
		refs.Customers, refs.Staff = append(refs.Customers, l.CustomerID), append(refs.Staff, l.Form.NotedBy)
	}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	amount := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: y.Threshold.Currency} }
	return &body[taxOut]{taxOut{Year: y.Year, Zone: y.Zone, Threshold: y.Threshold, Rails: texts(y.Rails), Rows: each(y.Lines, func(l reward.TaxLine) taxRowOut {
		out := taxRowOut{CustomerID: l.CustomerID, Payee: names.Customers[l.CustomerID], Country: l.Country, Paid: amount(l.PaidMinor), TakenBack: amount(l.BackMinor),
			Total: amount(l.TotalMinor()), Earlier: amount(l.EarlierMinor), Reached: y.Reached(l), Held: amount(l.HeldMinor)}
		if f := l.Form; f.Kind != "" {
			out.Form = &taxFormOut{Kind: f.Kind, ReceivedOn: f.ReceivedOn, NotedBy: names.Staff[f.NotedBy], NotedAt: f.NotedAt.UTC()}
		}
		return out
	})}}, nil
}

// taxFormIn says that a tax form has come, never what it says.
type taxFormIn struct {
	Kind       string `json:"kind"`
	ReceivedOn string `json:"received_on" doc:"A day, as 2026-05-12."`
}

const aboutTaxForm = `Only that it is there, its kind and the day: neither the form nor a tax number belongs here. What waited for it goes on by itself.`

func (a *api) noteTaxForm(ctx context.Context, in *act[taxFormIn]) (*body[taxOut], error) {
	if err := a.Rewards.NoteTaxForm(ctx, actorOf(ctx), in.ID, in.Body.Kind, in.Body.ReceivedOn); err != nil {
		return nil, err
	}
	return a.customerTax(ctx, &customerTaxQuery{ID: in.ID})
}

func (a *api) forgetTaxForm(ctx context.Context, in *act[reasonIn]) (*body[taxOut], error) {
	if err := a.Rewards.ForgetTaxForm(ctx, actorOf(ctx), in.ID, in.Body.Reason); err != nil {
		return nil, err
	}
	return a.customerTax(ctx, &customerTaxQuery{ID: in.ID})
}
