package stripesim

import (
	"encoding/json"
	"errors"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

var onboardPage = template.Must(template.New("onboard").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Set up payouts (simulated)</title>
<style>body{font:1rem/1.5 system-ui;max-width:32rem;margin:3rem auto;padding:0 1rem}button{font:inherit;padding:.75rem 1.25rem}</style>
<h1>Set up payouts</h1>
<p>This page stands in for Stripe. Nothing here is real: one press says that the account has given its details.</p>
<form method="post"><button>Finish</button></form></html>
`))

// controlRoutes answers /_sim/. Bodies and answers are JSON; what each route takes is the argument of the
// method of the same name.
func (s *Server) controlRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/state", func(w http.ResponseWriter, _ *http.Request) { reply(w, s.Dump(), nil) })
	mux.HandleFunc("GET /_sim/requests", func(w http.ResponseWriter, _ *http.Request) { reply(w, s.Requests(), nil) })
	mux.HandleFunc("GET /_sim/violations", func(w http.ResponseWriter, _ *http.Request) { reply(w, s.Violations(), nil) })
	mux.HandleFunc("GET /_sim/payments", func(w http.ResponseWriter, _ *http.Request) { reply(w, s.Payments(), nil) })
	mux.HandleFunc("GET /_sim/effects", func(w http.ResponseWriter, r *http.Request) {
		if key := r.URL.Query().Get("key"); key != "" {
			reply(w, s.EffectsBy(key, r.URL.Query().Get("value")), nil)
			return
		}
		reply(w, s.Effects(), nil)
	})
	mux.HandleFunc("POST /_sim/checkout", take(func(o Order) (any, error) { return s.Checkout(o) }))
	mux.HandleFunc("POST /_sim/pay-invoice", take(func(o Order) (any, error) { return s.PayInvoice(o) }))
	mux.HandleFunc("POST /_sim/refund", take(func(c command) (any, error) { return made(s.Refund(c.ID, c.AmountMinor)) }))
	mux.HandleFunc("POST /_sim/dispute", take(func(c command) (any, error) { return made(s.Dispute(c.ID, c.Status)) }))
	mux.HandleFunc("POST /_sim/move-dispute", take(func(c command) (any, error) { return made(c.ID, s.MoveDispute(c.ID, c.Status)) }))
	mux.HandleFunc("POST /_sim/onboard", take(func(c command) (any, error) { return made(c.ID, s.Onboard(c.ID)) }))
	mux.HandleFunc("POST /_sim/disable", take(func(c command) (any, error) { return made(c.ID, s.Disable(c.ID)) }))
	mux.HandleFunc("POST /_sim/fail-payout", take(func(f Funds) (any, error) { return f, s.FailPayout(f) }))
	mux.HandleFunc("POST /_sim/reverse-transfer", take(func(c command) (any, error) { return made(c.ID, s.ReverseTransfer(c.ID, c.AmountMinor)) }))
	mux.HandleFunc("POST /_sim/funds", take(func(f Funds) (any, error) { return f, s.SetFunds(f) }))
	mux.HandleFunc("POST /_sim/faults", take(func(f Faults) (any, error) { s.SetFaults(f); return f, nil }))
	mux.HandleFunc("POST /_sim/webhooks", take(func(e endpoint) (any, error) {
		s.PointWebhooksAt(e.URL)
		s.PauseWebhooks(e.Paused)
		return e, nil
	}))
	mux.HandleFunc("POST /_sim/deliver", func(w http.ResponseWriter, r *http.Request) {
		taken, err := s.Deliver(r.Context())
		out := delivered{Taken: taken, Pending: s.Pending()}
		if err != nil {
			out.Problem = err.Error()
		}
		reply(w, out, nil)
	})
	mux.HandleFunc("GET /_sim/onboard/{id}", func(w http.ResponseWriter, r *http.Request) {
		if refresh, ended := s.linkEnded(r.URL.Query()); ended {
			http.Redirect(w, r, refresh, http.StatusSeeOther)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		reportTo(w, onboardPage.Execute(w, nil))
	})
	mux.HandleFunc("POST /_sim/onboard/{id}", func(w http.ResponseWriter, r *http.Request) {
		if refresh, ended := s.linkEnded(r.URL.Query()); ended {
			http.Redirect(w, r, refresh, http.StatusSeeOther)
			return
		}
		if err := s.Onboard(r.PathValue("id")); err != nil {
			reply(w, nil, err)
			return
		}
		back, err := url.Parse(r.URL.Query().Get("return_url"))
		if err != nil || back.Scheme != "http" && back.Scheme != "https" {
			writeAll(w, []byte("Done. This page can be closed."))
			return
		}
		http.Redirect(w, r, back.String(), http.StatusSeeOther)
	})
	return nearby(mux)
}

// linkEnded reports whether an account link is too old, and where it then leads.
func (s *Server) linkEnded(query url.Values) (refresh string, ended bool) {
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	s.mu.Lock()
	now := s.model.unix()
	s.mu.Unlock()
	back, unread := url.Parse(query.Get("refresh_url"))
	if err != nil || unread != nil || now < expires || back.Scheme != "http" && back.Scheme != "https" {
		return "", false
	}
	return back.String(), true
}

// nearby lets only this machine in, and of its browsers no page of another site.
func nearby(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			http.Error(w, "loopback only", http.StatusForbidden)
			return
		}
		http.NewCrossOriginProtection().Handler(next).ServeHTTP(w, r)
	})
}

// command is the body of the routes that name one object.
type command struct {
	ID          string        `json:"id"`
	AmountMinor int64         `json:"amount_minor"`
	Status      DisputeStatus `json:"status"`
}

type endpoint struct {
	URL    string `json:"url"`
	Paused bool   `json:"paused"`
}

type delivered struct {
	Taken   int    `json:"taken"`
	Pending int    `json:"pending"`
	Problem string `json:"problem,omitempty"`
}

type identified struct {
	ID string `json:"id"`
}

func made(id string, err error) (any, error) { return identified{id}, err }

// take reads the body into what the command wants and replies with what it returns.
func take[T any](run func(T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&in); err != nil {
			http.Error(w, "the body is not what this route takes: "+err.Error(), http.StatusBadRequest)
			return
		}
		out, err := run(in)
		reply(w, out, err)
	}
}

// reply writes JSON; a refusal by the model with the status that Stripe would give it.
func reply(w http.ResponseWriter, out any, err error) {
	status := http.StatusOK
	var refusal *Error
	switch {
	case errors.As(err, &refusal):
		status, out = refusal.Status, refusal
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	writeAll(w, object(out))
}

// reportTo answers 500 if rendering failed before anything was sent.
func reportTo(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
	}
}
