package customer_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/mail"
)

// code runs the mail job of a challenge and reads the digits from the mail.
func (w *world) code(challenge string) string {
	w.t.Helper()
	w.must(w.StepUp.StepCodeMail(w.ctx, customer.StepCodeMail{CodeID: challenge}))
	return w.post.sent[len(w.post.sent)-1].View.(mail.StepCode).Code
}

func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestStepUp_ConfirmsOneBrowser(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		l := w.link(w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID, InvitationID: ident.New()}))
		challenge, err := w.StepUp.Start(w.ctx, l)
		w.must(err)
		if n := w.count("SELECT count(*) FROM river_job WHERE kind = 'customer.step_code_mail'"); n != 1 {
			t.Fatalf("%d jobs, want 1", n)
		}
		code := w.code(challenge)
		if len(code) != 6 || w.post.sent[0].To.Email != "ana@acme.example" {
			t.Fatalf("sent %+v", w.post.sent[0].To)
		}
		// Another browser asked for a code of its own; this one's digits do not work there, nor under another link.
		elsewhere, err := w.StepUp.Start(w.ctx, l)
		w.must(err)
		if w.code(elsewhere) != code {
			_, err = w.StepUp.Confirm(w.ctx, l, customer.Attempt{Challenge: elsewhere, Code: code})
			wantField(t, err, "code")
		}
		other := w.link(w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID}))
		_, err = w.StepUp.Confirm(w.ctx, other, customer.Attempt{Challenge: challenge, Code: code})
		wantField(t, err, "code")

		token, err := w.StepUp.Confirm(w.ctx, l, customer.Attempt{Challenge: challenge, Code: " " + code[:3] + "-" + code[3:]})
		w.must(err)
		dev, err := w.StepUp.Device(w.ctx, token, l.ID)
		w.must(err)
		if !dev.Verified || !dev.VerifiedAt.Equal(start) {
			t.Fatalf("device %+v", dev)
		}
		if dev, err = w.StepUp.Device(w.ctx, token, other.ID); err != nil || !dev.Verified {
			t.Fatalf("on the same customer's other link: %+v, %v", dev, err)
		}
		ben := w.create(customer.Draft{FirstName: "Ben", Email: "ben@acme.example"})
		foreign := w.link(w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: ben.ID}))
		for _, no := range []struct {
			token ident.Token
			link  string
		}{{token, foreign.ID}, {ident.NewToken(), l.ID}, {"", l.ID}} {
			if dev, err := w.StepUp.Device(w.ctx, no.token, no.link); err != nil || dev.Verified {
				t.Fatalf("device %+v, %v", dev, err)
			}
		}
		_, err = w.StepUp.Confirm(w.ctx, l, customer.Attempt{Challenge: challenge, Code: code})
		wantField(t, err, "code")
		w.clock.add(181 * 24 * time.Hour)
		if dev, err := w.StepUp.Device(w.ctx, token, l.ID); err != nil || dev.Verified {
			t.Fatalf("after 181 days: %+v, %v", dev, err)
		}
	})
}

// S3: five tries, ten minutes.
func TestStepUp_EndsByTriesAndTime(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		l := w.link(w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: w.ana().ID}))
		challenge, err := w.StepUp.Start(w.ctx, l)
		w.must(err)
		code := w.code(challenge)
		errs := make([]error, 5)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = w.StepUp.Confirm(w.ctx, l, customer.Attempt{Challenge: challenge, Code: wrong(code)})
			})
		}
		wg.Wait()
		for _, err := range errs {
			wantField(t, err, "code")
		}
		token, err := w.StepUp.Confirm(w.ctx, l, customer.Attempt{Challenge: challenge, Code: code})
		wantField(t, err, "code")
		if token != "" {
			t.Fatal("the sixth try got a token")
		}

		challenge, err = w.StepUp.Start(w.ctx, l)
		w.must(err)
		code = w.code(challenge)
		w.clock.add(10*time.Minute + time.Second)
		_, err = w.StepUp.Confirm(w.ctx, l, customer.Attempt{Challenge: challenge, Code: code})
		wantField(t, err, "code")
		sent := len(w.post.sent)
		w.must(w.StepUp.StepCodeMail(w.ctx, customer.StepCodeMail{CodeID: challenge}))
		if len(w.post.sent) != sent {
			t.Fatal("a code was mailed after its end")
		}
	})
}

func TestStepUp_LimitsCodes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		l := w.link(w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: w.ana().ID, ExpiresAt: start.AddDate(1, 0, 0)}))
		for hour := range 2 {
			for i := range 5 {
				if _, err := w.StepUp.Start(w.ctx, l); err != nil {
					t.Fatalf("hour %d, code %d: %v", hour, i, err)
				}
			}
			_, err := w.StepUp.Start(w.ctx, l)
			wantCode(t, err, fault.TooMany)
			w.clock.add(61 * time.Minute)
		}
		_, err := w.StepUp.Start(w.ctx, l)
		wantCode(t, err, fault.TooMany)
		w.clock.add(24 * time.Hour)
		_, err = w.Purge(w.ctx)
		w.must(err)
		_, err = w.StepUp.Start(w.ctx, l)
		w.must(err)

		nobody := w.create(customer.Draft{FirstName: "Nobody"})
		_, err = w.StepUp.Start(w.ctx, w.link(w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: nobody.ID})))
		wantCode(t, err, fault.Conflict)
	})
}

func TestRemember_ShowsWhatWasSubmittedHere(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		c := w.ana()
		l := w.link(w.issue(customer.NewLink{Purpose: customer.ForCustomer, CustomerID: c.ID}))
		remember := func(device ident.Token, subject string) ident.Token {
			var token ident.Token
			w.inTx(func(ctx context.Context, tx db.Tx) error {
				var err error
				token, err = w.StepUp.Remember(ctx, tx, customer.Submission{Device: device, LinkID: l.ID, SubjectID: subject})
				return err
			})
			return token
		}
		planted := ident.NewToken()
		token := remember(planted, "intro-1")
		if token == planted {
			t.Fatal("a token that we did not make was taken over")
		}
		if again := remember(token, "intro-2"); again != token {
			t.Fatal("a known device got another token")
		}
		remember(token, "intro-2")
		dev, err := w.StepUp.Device(w.ctx, token, l.ID)
		w.must(err)
		if dev.Verified || len(dev.Subjects) != 2 || !dev.Subjects["intro-1"] || !dev.Subjects["intro-2"] {
			t.Fatalf("device %+v", dev)
		}
		// Confirming a code gives a new token that knows the old one's submissions; the old one is worth nothing.
		challenge, err := w.StepUp.Start(w.ctx, l)
		w.must(err)
		confirmed, err := w.StepUp.Confirm(w.ctx, l, customer.Attempt{Challenge: challenge, Code: w.code(challenge), Device: token})
		w.must(err)
		dev, err = w.StepUp.Device(w.ctx, confirmed, l.ID)
		w.must(err)
		if confirmed == token || !dev.Verified || len(dev.Subjects) != 2 {
			t.Fatalf("device %+v", dev)
		}
		if dev, err = w.StepUp.Device(w.ctx, token, l.ID); err != nil || dev.Verified || len(dev.Subjects) != 0 {
			t.Fatalf("the old token still shows %+v, %v", dev, err)
		}
	})
}
