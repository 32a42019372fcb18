package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/internal/apptest"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/ident"
	mails "goodword/internal/mail"
	"goodword/internal/setting"
	"goodword/internal/staff"
)

// S7: a wrong password, an address that nobody has, a disabled and a new account are answered alike, and cost the same
// queries and the same hashing. It does not run beside other tests, because hashing is counted by the memory that it takes.
func TestEnumeration_SignInTellsNothing(t *testing.T) { //nolint:paralleltest // see above
	w := apptest.New(t)
	olga := w.As(staff.Owner, "Olga Berg", "olga.berg@brightwater.example")
	w.Member(staff.NewMember{Email: rosaMail, Name: "Rosa Winterfeldt", Role: staff.Rep})
	gone := w.Member(staff.NewMember{Email: "gone@brightwater.example", Name: "Gero Heim", Role: staff.Rep})
	w.Must(w.App.Staff.Disable(w.Context(), system, gone.ID, olga.Member.ID))
	_, _, err := w.App.Staff.Add(w.Context(), system, staff.NewMember{Email: "new@brightwater.example", Name: "Nora Neu", Role: staff.Rep})
	w.Must(err)
	w.Settle()
	var first seen
	for n, email := range []string{"nobody@brightwater.example", rosaMail, "gone@brightwater.example", "new@brightwater.example"} {
		got := see(w, func() (int, string) {
			status, answer := olga.Do(http.MethodPost, "/session", map[string]string{"email": email, "password": "not the password"})
			return status, string(answer)
		})
		if n == 0 {
			first = got
		}
		if got != first || got.status != http.StatusUnauthorized || got.queries == 0 || got.hashes != 1 {
			t.Errorf("%s: %+v, want %+v with one hash", email, got, first)
		}
	}
}

// seen is what somebody who tries addresses could tell answers apart by.
type seen struct {
	status          int
	body            string
	queries, hashes int64
}

// hashBytes is what one password hash takes.
const hashBytes = 19 << 20

// changing is what differs between any two answers: names of requests, of forms and of rows.
var changing = regexp.MustCompile(`[A-Z2-7]{16,26}|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9_-]{22,}`)

func see(w *apptest.World, ask func() (int, string)) seen {
	w.T.Helper()
	var before, after runtime.MemStats
	var got seen
	runtime.ReadMemStats(&before)
	got.queries = w.Queries(func() { got.status, got.body = ask() })
	runtime.ReadMemStats(&after)
	got.hashes = int64(after.TotalAlloc-before.TotalAlloc) / hashBytes
	got.body = changing.ReplaceAllString(got.body, "…")
	return got
}

// S7: whatever does not open a page is answered alike: a token that never was, one of another kind, one that has ended, one
// that is none. So is who asks for a fresh link with it.
func TestEnumeration_TokensThatOpenNothingAreAlike(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		s := &story{World: w}
		s.open(w.T)
		for _, play := range []func(*testing.T){s.adds, s.launches, s.introduces} {
			play(w.T)
		}
		tokens := map[string]string{"c": tokenOf(s.anaURL), "i": tokenOf(s.benURL), "u": tokenOf(w.Mail(anaMail, "Who else should know").UnsubscribeOf)}
		s.Skip(time.Hour) // a fresh link is not made again within ten minutes
		ended := s.endedLinks()
		n := 0
		for _, kind := range []string{"c", "i", "u"} {
			var first seen
			for k, token := range []string{ident.NewToken().Plain(), ident.NewToken().Plain(), tokens["c"], tokens["i"], tokens["u"], ended["c"], ended["i"],
				"short", strings.Repeat("A", 300)} {
				if token == tokens[kind] {
					continue
				}
				n++
				got := see(w, func() (int, string) {
					p := w.Browser().Get("/" + kind + "/" + token)
					return p.Status, p.Text()
				})
				got.hashes = 0 // other tests take memory beside this one
				if k == 0 {
					first = got
				}
				if got != first || got.status != http.StatusNotFound {
					w.T.Errorf("/%s with token %d: %+v, want %+v", kind, k, got, first)
				}
			}
		}
		var first seen
		for k, token := range []string{ident.NewToken().Plain(), ident.NewToken().Plain(), tokens["i"], ended["c"], ended["i"]} {
			form := w.Browser().Get("/c/" + token).Main()
			got := see(w, func() (int, string) {
				p := form.Send()
				return p.Status, p.Text()
			})
			if w.Settle(); k == 0 {
				first = got
			}
			if got.hashes = first.hashes; got != first || got.status != http.StatusOK {
				w.T.Errorf("a fresh link for token %d: %+v, want %+v", k, got, first)
			}
		}
		if fresh := w.Mails(anaMail); fresh[len(fresh)-1] != w.Mail(anaMail, "fresh link").Subject {
			w.T.Errorf("the last of %q is not the fresh link", fresh)
		}
		// The same holds for every route with a token, whatever it does; only the page that mails fresh links asks for none.
		for _, r := range w.App.Handler.(*echo.Echo).Routes() {
			kind, _, private := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/:token")
			if !private || r.Path == "/c/:token/fresh" {
				continue
			}
			for of, token := range tokens {
				if of == kind {
					continue
				}
				n++
				path := strings.NewReplacer(":token", token, ":id", ident.New()).Replace(r.Path)
				if status := ask(w, r.Method, fmt.Sprintf("198.51.100.%d:1", n), path); status != http.StatusNotFound {
					w.T.Errorf("%s %s with a token of /%s is answered %d", r.Method, r.Path, of, status)
				}
			}
		}
		if n < 80 {
			w.T.Errorf("only %d tries", n)
		}
		w.T.Logf("%d tries that open nothing", n)
	})
}

// endedLinks returns tokens of links that were revoked, by their kind.
func (s *story) endedLinks() map[string]string {
	s.T.Helper()
	out := map[string]string{}
	s.Must(s.App.DB.InTx(s.Context(), func(ctx context.Context, tx db.Tx) error {
		for kind, address := range map[string]string{"c": s.anaURL, "i": s.benURL} {
			purpose := map[string]customer.Purpose{"c": customer.ForCustomer, "i": customer.ForProspect}[kind]
			link, err := s.App.Customers.Links.Resolve(ctx, purpose, ident.Token(tokenOf(address)))
			if err != nil {
				return err
			}
			token, err := s.App.Customers.Links.Issue(ctx, tx, customer.NewLink{Purpose: purpose, CustomerID: link.CustomerID,
				InvitationID: link.InvitationID, IntroductionID: link.IntroductionID, ExpiresAt: s.Now().Add(time.Hour)})
			if err != nil {
				return err
			}
			made, err := s.App.Customers.Links.Find(ctx, tx, customer.Subject{Purpose: purpose, InvitationID: link.InvitationID, IntroductionID: link.IntroductionID})
			if err != nil {
				return err
			}
			if err := s.App.Customers.Links.Revoke(ctx, tx, made.ID); err != nil {
				return err
			}
			out[kind] = token.Plain()
		}
		return nil
	}))
	return out
}

// S7, S8: introducing somebody whom we know is answered as introducing a stranger, and costs the request the same.
func TestEnumeration_IntroducingTellsNothing(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		s := &story{World: w}
		s.open(w.T)
		for _, play := range []func(*testing.T){s.adds, s.launches} {
			play(w.T)
		}
		_, err := w.App.Customers.Create(w.Context(), system, customer.Draft{FirstName: "Carl", Email: "carl@known.example"})
		w.Must(err)
		w.Must(w.App.DB.InTx(w.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := w.App.Mail.StopList().Suppress(ctx, tx, "dora@stopped.example", mails.All, mails.Declined); err != nil {
				return err
			}
			return w.App.Settings.Update(ctx, tx, func(s *setting.Settings) error {
				s.CountryPolicy = map[string]bool{"GB": true} // only then the form asks for an address
				return nil
			})
		}))
		s.ana = w.Browser()
		var first seen
		for n, mail := range []string{"one@stranger.example", "two@stranger.example", "carl@known.example", rosaMail, anaMail, "dora@stopped.example",
			"two@stranger.example"} {
			form := s.ana.Open(s.anaURL+"/introduce").Main().Fill("first_name", "Ben").Fill("email", mail).Choose("expects", "1")
			got := see(w, func() (int, string) {
				p := form.Press("how", "portal")
				return p.Status, p.Text()
			})
			w.Settle()
			got.hashes = 0
			if n == 1 { // the very first leaves something behind on Ana's device
				first = got
			}
			if n > 0 && got != first || got.status != http.StatusOK {
				w.T.Errorf("%s: %+v, want %+v", mail, got, first)
			}
		}
	})
}

// S7: many random tokens, from so many addresses that none is held up, open nothing.
func TestEnumeration_RandomTokensOpenNothing(t *testing.T) {
	t.Parallel()
	tries := 2_000
	if proving() {
		tries = 20_000
	}
	w := apptest.New(t)
	s := &story{World: w}
	s.open(t)
	for _, play := range []func(*testing.T){s.adds, s.launches, s.introduces} {
		play(t)
	}
	random := rand.New(rand.NewPCG(seed(t), 3))
	answers := map[int]int{}
	for n := range tries {
		kind := []string{"c", "i", "u", "r", "q"}[n%5]
		guess := make([]byte, 27)
		for k := range guess {
			guess[k] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[random.IntN(64)]
		}
		answers[get(w, fmt.Sprintf("198.51.%d.%d:1", n/25/250, n/25%250), "/"+kind+"/"+string(guess))]++
	}
	if answers[http.StatusNotFound] != tries {
		t.Errorf("%d random tokens are answered %v, want only 404", tries, answers)
	}
	t.Logf("%d random tokens: %v", tries, answers)
}

// S7: thirty unknown links a minute and address, over all kinds of links; IPv6 counts by the network that one household has.
func TestEnumeration_GuessingIsStopped(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	s := &story{World: w}
	s.open(t)
	for _, play := range []func(*testing.T){s.adds, s.launches} {
		play(t)
	}
	good := "/c/" + tokenOf(s.anaURL)
	for name, from := range map[string]func(n int) string{
		"IPv4": func(int) string { return "203.0.113.7:1" },
		"IPv6": func(n int) string { return fmt.Sprintf("[2001:db8:1:2:%x::%x]:1", n, n*7) },
	} {
		missed := 0
		for n := 0; ; n++ {
			status := get(w, from(n), "/"+[]string{"c", "i", "u", "r", "q"}[n%5]+"/"+ident.NewToken().Plain())
			if status == http.StatusTooManyRequests {
				break
			}
			if missed++; status != http.StatusNotFound || missed > 60 {
				t.Fatalf("%s: guess %d is answered %d", name, n, status)
			}
		}
		// Some flow back while the test runs: one every two seconds.
		if missed < 30 || missed > 45 {
			t.Errorf("%s: stopped after %d guesses, want 30", name, missed)
		}
		if status := get(w, from(99), good); status != http.StatusTooManyRequests {
			t.Errorf("%s: a link that exists is answered %d to who guesses, want 429", name, status)
		}
	}
	for _, other := range []string{"203.0.113.8:1", "[2001:db8:1:3::1]:1"} {
		if status := get(w, other, good); status != http.StatusOK {
			t.Errorf("the neighbour %s is answered %d", other, status)
		}
	}
	status, answer := http.StatusOK, []byte(nil)
	olga := w.As(staff.Owner, "Olga Berg", "olga.berg@brightwater.example")
	for n := 0; n < 40 && status != http.StatusTooManyRequests; n++ {
		status, answer = olga.Do(http.MethodPost, "/session", map[string]string{"email": rosaMail, "password": fmt.Sprint("guess ", n)})
	}
	var problem struct {
		Status int `json:"status"`
	}
	if w.Must(json.Unmarshal(answer, &problem)); status != http.StatusTooManyRequests || problem.Status != status {
		t.Errorf("forty passwords in a row end in %d: %s", status, answer)
	}
}

// get asks the handler as if from another machine, and returns the status.
func get(w *apptest.World, from, path string) int { return ask(w, http.MethodGet, from, path) }

func ask(w *apptest.World, method, from, path string) int {
	r := httptest.NewRequest(method, w.URL+path, http.NoBody)
	r.RemoteAddr = from
	r.Header.Set("Origin", w.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer := httptest.NewRecorder()
	w.App.Handler.ServeHTTP(answer, r)
	return answer.Code
}
