package app

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/introduction"
	"goodword/internal/stripesim"
	"goodword/internal/web"
)

// The play page of the demonstration has buttons for what the outside world does. It is mounted on loopback only, and what
// it does goes through the stand-in's webhooks and the clock, never into our own tables.

type playView struct {
	Styles     []string
	Nonce      string
	Now        string
	Ahead      string
	Said       string
	Introduced []playPerson
	Payments   []stripesim.Payment
	Payees     []playPayee
	Effects    []stripesim.Effect
	Console    string
	Mailbox    string
	Weather    weather
}

type playPerson struct{ ID, Name, State, Email, Code string }

// playPayee is a customer's account at the stand-in.
type playPayee struct {
	ID, Name, State string
	Able            bool
}

var playPage = template.Must(template.New("play").Funcs(template.FuncMap{
	"words": func(kind string) string { return strings.ReplaceAll(kind, "_", " ") },
	"money": func(minor int64, currency string) string {
		return fmt.Sprintf("%d.%02d %s", minor/100, minor%100, strings.ToUpper(currency))
	},
}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Play · Goodword</title>
{{range .Styles}}<link rel="stylesheet" href="{{.}}">{{end}}</head>
<body><header class="bar"><span class="company">Goodword, the outside world</span><nav class="row"><a href="{{.Console}}">Console</a><a href="{{.Mailbox}}">Mailbox</a></nav></header>
<main id="content">
<div class="tight"><h1>Play the outside world</h1><p class="muted">Nothing here is real money. Buttons do what people, Stripe and the calendar would do.</p></div>
{{with .Said}}<p class="note good" role="status">{{.}}</p>{{end}}
<section class="card"><h2>Time</h2><p>It is <b>{{.Now}}</b>{{with .Ahead}}, {{.}} ahead of your clock{{end}}.</p>
<form method="post" class="row"><button name="pass" value="20m">20 minutes pass</button><button name="pass" value="6h">Six hours pass</button><button name="pass" value="24h">A day passes</button><button name="pass" value="168h">A week passes</button><button name="pass" value="720h">30 days pass</button></form></section>
{{with .Weather}}<section class="card"><h2>Stripe's day</h2>
{{if .Bad}}<p class="note warn"><b>Stripe has a bad day.</b> Answers get lost before or after the money has moved. Calls are executed twice, or minutes late, or end in an error. Webhooks come late, twice, in any order or never.</p>
<p>Let time pass now. A payout without a certain answer becomes “outcome unknown”: before anything is sent again, Stripe's own list is searched for it, and while the old key may still work there is no other. Six hours settle most, a week nearly all. What is open for more than an hour is a case. Where Stripe itself answered with an error, a person looks there before it is sent again.</p>
<form method="post" class="row"><button class="primary" name="do" value="good-day">A good day again</button></form>
{{else}}<p>Stripe answers at once, and its webhooks come once and in order.</p>
<form method="post" class="row"><button name="do" value="bad-day">Give Stripe a bad day</button></form>{{end}}
<p class="row"><a class="tap" href="/console/rewards?tab=payouts&amp;state=unknown">Outcome not known yet: {{.Unknown}}</a><a class="tap" href="/console/rewards?tab=cases">Open cases: {{.Cases}}</a></p>
{{if .Payouts}}<h3>The newest payouts</h3><ul class="list">{{range .Payouts}}<li><span class="row"><b class="number">{{.Amount}}</b><span>by {{.Rail}}</span><span class="badge{{if .Settled}} good{{else}} warn{{end}}">{{.State}}</span><a class="tap" href="{{.Story}}">Its story</a></span></li>{{end}}</ul>{{end}}</section>{{end}}
<section class="card"><h2>Introduced people</h2>
{{if .Introduced}}<ul class="list">{{range .Introduced}}<li><form method="post" class="stack"><span class="row"><b>{{.Name}}</b><span class="badge">{{.State}}</span></span>
<input type="hidden" name="id" value="{{.ID}}"><input type="hidden" name="name" value="{{.Name}}">
<div class="grid2"><div class="field"><label for="a-{{.ID}}">Amount, EUR</label><input id="a-{{.ID}}" name="amount" value="1200.00" inputmode="decimal"></div>
<div class="field"><label for="c-{{.ID}}">Welcome code, if any</label><input id="c-{{.ID}}" name="code" value="{{.Code}}" autocomplete="off"></div></div>
<button class="primary" name="do" value="pay">{{.Name}} pays the first invoice</button></form></li>{{end}}</ul>
{{else}}<p class="muted">Nobody has said yes lately. Open a customer's link, introduce somebody, and say yes on their page.</p>{{end}}</section>
<section class="card"><h2>Payments at the simulated Stripe</h2>
{{if .Payments}}<ul class="list">{{range .Payments}}<li><form method="post" class="stack"><span class="row"><b class="number">{{money .AmountMinor .Currency}}</b><span>{{.Email}}</span>{{if .RefundedMinor}}<span class="badge warn">{{money .RefundedMinor .Currency}} refunded</span>{{end}}{{if .DisputeStatus}}<span class="badge warn">dispute {{.DisputeStatus}}</span>{{end}}</span>
<input type="hidden" name="charge" value="{{.ChargeID}}"><input type="hidden" name="dispute" value="{{.DisputeID}}">
<div class="row"><button name="do" value="refund-part">Refund 40 %</button><button name="do" value="refund">Refund all</button>{{if .DisputeID}}<button name="do" value="dispute-won">We win the dispute</button><button name="do" value="dispute-lost">We lose it</button>{{else}}<button name="do" value="dispute">Dispute</button>{{end}}</div></form></li>{{end}}</ul>
{{else}}<p class="muted">No payment yet.</p>{{end}}</section>
{{with .Payees}}<section class="card"><h2>Bank accounts at the simulated Stripe</h2>
<ul class="list">{{range .}}<li><form method="post" class="stack"><span class="row"><b>{{.Name}}</b><span class="badge{{if not .Able}} warn{{end}}">{{.State}}</span></span>
<input type="hidden" name="account" value="{{.ID}}">
<div class="row"><button name="do" value="bank-back">The bank sends money back</button>{{if .Able}}<button name="do" value="account-stop">Stripe wants a document</button>{{else}}<button name="do" value="account-go">Everything is in order</button>{{end}}</div></form></li>{{end}}</ul></section>{{end}}
<section class="card"><h2>What the stand-in has recorded</h2>
{{if .Effects}}<div class="stack">{{range .Effects}}<form method="post" class="row"><p><b class="number">{{money .AmountMinor .Currency}}</b> {{words .Kind}} <small class="muted">{{.ID}}</small>{{with index .Metadata "reward_id"}} <a href="/console/rewards/{{.}}">The reward's story</a>{{end}}</p>{{if .BackMinor}}<span class="badge warn">{{money .BackMinor .Currency}} back</span>{{else if eq .Kind "transfer"}}<input type="hidden" name="transfer" value="{{.ID}}"><button name="do" value="transfer-back">Stripe takes it back</button>{{end}}</form>{{end}}</div>{{else}}<p class="muted">No money has moved yet.</p>{{end}}</section>
</main></body></html>`))

func (a *App) play(styles []string) (show, act echo.HandlerFunc) {
	show = func(c echo.Context) error { return a.showPlay(c, styles, http.StatusOK, c.QueryParam("said")) }
	act = func(c echo.Context) error {
		said, err := a.playAct(c)
		if err != nil {
			f := fault.As(err)
			return a.showPlay(c, styles, web.StatusOf(f.Code), f.Message)
		}
		return web.SeeOther(c, "/dev/play?said="+template.URLQueryEscaper(said))
	}
	return show, act
}

func (a *App) showPlay(c echo.Context, styles []string, status int, said string) error {
	ctx := c.Request().Context()
	v := playView{Styles: styles, Said: said, Console: "/console/", Mailbox: "/dev/mail", Now: a.Now().Format("Monday, 2 January 2006, 15:04 UTC")}
	if ahead := a.Now().Sub(wall()).Round(time.Minute); ahead > 0 {
		v.Ahead = strconv.Itoa(int(ahead.Hours()/24)) + " days and " + strconv.Itoa(int(ahead.Hours())%24) + " hours"
	}
	var err error
	if v.Weather, err = a.weather(ctx); err != nil {
		return err
	}
	page, err := a.Introductions.List(ctx, introduction.Filter{States: []introduction.State{introduction.Accepted, introduction.InPipeline}}, db.Page{Limit: 6})
	if err != nil {
		return err
	}
	for _, row := range page.Items {
		p := playPerson{ID: row.ID, Name: strings.TrimSpace(row.FirstName + " " + row.LastName), State: string(row.State), Email: row.Email}
		rewards, err := a.Rewards.ForIntroduction(ctx, row.ID)
		if err != nil {
			return err
		}
		for _, r := range rewards {
			if r.Code != "" && r.CustomerID == "" {
				p.Code = r.Code
			}
		}
		v.Introduced = append(v.Introduced, p)
	}
	v.Payments = a.opts.Sim.Payments()
	v.Payments = v.Payments[:min(len(v.Payments), 6)]
	if v.Payees, err = a.playPayees(ctx); err != nil {
		return err
	}
	effects := a.opts.Sim.Effects()
	for i := len(effects) - 1; i >= 0 && len(v.Effects) < 12; i-- {
		v.Effects = append(v.Effects, effects[i])
	}
	var b strings.Builder
	if err := playPage.Execute(&b, v); err != nil {
		return fmt.Errorf("draw play page: %w", err)
	}
	return c.HTML(status, b.String())
}

// playAct does what a button says and returns a sentence about it.
func (a *App) playAct(c echo.Context) (string, error) {
	ctx, form, sim := c.Request().Context(), web.Form(c), a.opts.Sim
	if pass := form.Get("pass"); pass != "" {
		d, err := time.ParseDuration(pass)
		if err != nil || d <= 0 || d > 31*24*time.Hour {
			return "", fault.New(fault.Invalid, "That is not a length of time.")
		}
		return passed(d), a.Skip(ctx, d)
	}
	charge, dispute := form.Get("charge"), form.Get("dispute")
	var said string
	var err error
	switch form.Get("do") {
	case "bad-day":
		sim.SetFaults(badDay)
		said = "Stripe has a bad day from now on."
	case "good-day":
		sim.SetFaults(stripesim.Faults{})
		said = "Stripe has a good day again. What is on its way late still arrives."
	case "pay":
		said, err = a.playPay(c, form.Get("id"), form.Get("amount"), form.Get("code"))
	case "refund", "refund-part":
		minor := int64(0)
		if form.Get("do") == "refund-part" {
			for _, p := range sim.Payments() {
				if p.ChargeID == charge {
					minor = p.AmountMinor * 2 / 5
				}
			}
		}
		_, err = sim.Refund(charge, minor)
		said = "The refund is made."
	case "dispute":
		_, err = sim.Dispute(charge, stripesim.NeedsResponse)
		said = "The payment is disputed."
	case "dispute-won":
		err, said = sim.CloseDispute(dispute, stripesim.Won), "The dispute is won."
	case "dispute-lost":
		err, said = sim.CloseDispute(dispute, stripesim.Lost), "The dispute is lost."
	case "bank-back":
		err, said = sim.FailPayout(stripesim.Funds{AccountID: form.Get("account"), Currency: "eur", AmountMinor: 50_00}), "The bank has sent the money back to Stripe."
	case "account-stop":
		err, said = sim.Disable(form.Get("account")), "Stripe wants a document before it transfers anything more."
	case "account-go":
		err, said = sim.Onboard(form.Get("account")), "Stripe has everything that it needs."
	case "transfer-back":
		err, said = sim.ReverseTransfer(form.Get("transfer"), 0), "Stripe has taken the transfer back."
	default:
		return "", fault.New(fault.Malformed, "There is no such button.")
	}
	if err != nil {
		if fault.CodeOf(err) == fault.Internal {
			err = fault.Wrap(fault.Conflict, "The simulated Stripe said no: "+err.Error(), err)
		}
		return "", err
	}
	return said, nil
}

// passed says how much time has passed.
func passed(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d minutes have passed.", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours have passed.", int(d.Hours()))
	}
	return fmt.Sprintf("%d days have passed.", int(d.Hours()/24))
}

// playPayees are the newest accounts at the stand-in, by their owners' names.
func (a *App) playPayees(ctx context.Context) ([]playPayee, error) {
	all := a.opts.Sim.Payees()
	var out []playPayee
	for _, p := range all[:min(len(all), 6)] {
		row := playPayee{ID: p.ID, Name: p.ID, State: "ready", Able: p.Able && p.PaidOut}
		switch {
		case !p.Started:
			row.State = "no details yet"
		case !p.Able:
			row.State = "a document is missing"
		case !p.PaidOut:
			row.State = "the bank details are wrong"
		}
		c, err := a.Customers.ByID(ctx, a.DB, p.Metadata["payee_id"])
		switch {
		case err == nil:
			row.Name = c.Name()
		case !fault.Is(err, fault.NotFound):
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}

func (a *App) playPay(c echo.Context, id, amount, code string) (string, error) {
	ctx := c.Request().Context()
	row, err := a.Introductions.ByID(ctx, id)
	if err != nil {
		return "", err
	}
	sum, err := parseEuro(amount)
	if err != nil {
		return "", err
	}
	email := row.Email
	if email == "" {
		email = "buyer-" + row.ID[:8] + "@prospects.example"
	}
	p, err := a.opts.Sim.Checkout(stripesim.Order{CustomerEmail: email, Name: strings.TrimSpace(row.FirstName + " " + row.LastName),
		Description: "First order", AmountMinor: sum, TaxMinor: sum * 19 / 100, Currency: "eur",
		PromotionCode: strings.TrimSpace(code), ClientReferenceID: row.ID})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s has paid invoice %s. Goodword hears of it through a webhook.", row.FirstName, p.InvoiceID), nil
}
