package stripesim_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"

	"goodword/internal/stripesim"
)

const webhookSecret = "whsec_of_the_test"

func TestDeliver_EventsVerifyWithStripesOwnCode(t *testing.T) {
	t.Parallel()
	box := newInbox(t, nil)
	r := newRig(t, stripesim.Options{WebhookURL: box.URL, WebhookSecret: webhookSecret})
	must[stripesim.Purchase](t)(r.Checkout(stripesim.Order{CustomerEmail: "ben@example.com", AmountMinor: 5_000, Currency: "EUR"}))
	n := must[int](t)(r.Deliver(t.Context()))
	if got := box.all(); n == 0 || n != len(got) || r.Pending() != 0 {
		t.Fatalf("delivered %d, received %d, pending %d", n, len(got), r.Pending())
	}
	for _, m := range box.all() {
		e, err := webhook.ConstructEvent(m.body, m.signature, webhookSecret)
		if err != nil {
			t.Errorf("verify: %v", err)
		}
		if e.APIVersion != stripe.APIVersion {
			t.Errorf("API version: got %s, want %s", e.APIVersion, stripe.APIVersion)
		}
	}
	if n := must[int](t)(r.Deliver(t.Context())); n != 0 {
		t.Errorf("second round: delivered %d, want nothing", n)
	}
}

func TestDeliver_TriesAgainUntilTaken(t *testing.T) {
	t.Parallel()
	box := newInbox(t, func(n int) int {
		if n < 3 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	r := newRig(t, stripesim.Options{WebhookURL: box.URL, WebhookSecret: webhookSecret})
	r.customer("ana@example.com")
	for round := 1; round <= 3; round++ {
		n, err := r.Deliver(t.Context())
		var refused *stripesim.DeliveryError
		if round < 3 && (n != 0 || !errors.As(err, &refused) || refused.Status != 503) {
			t.Errorf("round %d: got %d %v, want a refusal with 503", round, n, err)
		}
		if round == 3 && (n != 1 || err != nil) {
			t.Errorf("round 3: got %d %v, want 1 taken", n, err)
		}
	}
	if ids := box.ids(t); len(ids) != 3 || ids[0] != ids[2] {
		t.Errorf("event ids: got %v, want the same three times", ids)
	}
}

func TestDeliver_GivesUpAfterItsAttempts(t *testing.T) {
	t.Parallel()
	box := newInbox(t, func(int) int { return http.StatusInternalServerError })
	r := newRig(t, stripesim.Options{WebhookURL: box.URL, MaxAttempts: 2})
	r.customer("ana@example.com")
	for range 3 {
		if _, err := r.Deliver(t.Context()); err == nil && r.Pending() > 0 {
			t.Error("refused delivery: got no error")
		}
	}
	if n := len(box.all()); n != 2 || r.Pending() != 0 {
		t.Errorf("attempts: got %d with %d pending, want 2 and none", n, r.Pending())
	}
	open := &stripe.EventListParams{DeliverySuccess: stripe.Bool(false)}
	if list := r.api.Events.List(open); !list.Next() {
		t.Errorf("events with delivery_success=false: want the event, got %v", list.Err())
	}
}

func TestStart_DeliversInTheBackground(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 16)
	box := newInbox(t, func(n int) int {
		if n == 1 {
			return http.StatusBadGateway
		}
		arrived <- struct{}{}
		return http.StatusOK
	})
	r := newRig(t, stripesim.Options{WebhookURL: box.URL, WebhookSecret: webhookSecret})
	r.Start(t.Context())
	r.customer("ana@example.com")
	select {
	case <-arrived:
	case <-time.After(20 * time.Second):
		t.Fatal("the event did not come again after it was refused")
	}
}

func TestOdd_OnlyRightlySignedEventsVerify(t *testing.T) {
	t.Parallel()
	for oddity, verifies := range map[stripesim.Oddity]bool{
		"": true, stripesim.OddAccount: true, stripesim.OddLivemode: true, stripesim.OddType: true,
		stripesim.OddVersion: false, stripesim.OddBroken: false, stripesim.OddEmpty: false, stripesim.OddUnsigned: false,
		stripesim.OddScheme: false, stripesim.OddSecret: false, stripesim.OddAltered: false, stripesim.OddReencoded: false, stripesim.OddStale: false,
		stripesim.OddFuture: true, // stripe-go looks for "too old" only; the application has to look both ways
	} {
		t.Run("oddity "+string(oddity), func(t *testing.T) {
			t.Parallel()
			box := newInbox(t, nil)
			r := newRig(t, stripesim.Options{WebhookURL: box.URL, WebhookSecret: webhookSecret})
			r.customer("ana@example.com")
			must[int](t)(r.Deliver(t.Context()))
			original := r.Events()[0]
			mustDo(t, r.Odd(original.ID, oddity))
			must[int](t)(r.Deliver(t.Context()))
			got := box.all()
			if len(got) != 2 {
				t.Fatalf("received %d, want 2", len(got))
			}
			e, err := webhook.ConstructEvent(got[1].body, got[1].signature, webhookSecret)
			if (err == nil) != verifies {
				t.Errorf("verify: got %v, want verified %t", err, verifies)
			}
			if err == nil && (e.ID == original.ID) != (oddity == "") {
				t.Errorf("event id: got %s for oddity %q of %s", e.ID, oddity, original.ID)
			}
		})
	}
}

func TestRotateSecret_BothSignaturesVerify(t *testing.T) {
	t.Parallel()
	box := newInbox(t, nil)
	r := newRig(t, stripesim.Options{WebhookURL: box.URL, WebhookSecret: webhookSecret})
	r.RotateSecret("whsec_new", true)
	r.customer("ana@example.com")
	must[int](t)(r.Deliver(t.Context()))
	m := box.all()[0]
	for _, secret := range []string{webhookSecret, "whsec_new"} {
		if _, err := webhook.ConstructEvent(m.body, m.signature, secret); err != nil {
			t.Errorf("verify with %s: %v", secret, err)
		}
	}
}

func TestSend_KeepsTheOrderItIsGiven(t *testing.T) {
	t.Parallel()
	box := newInbox(t, nil)
	r := newRig(t, stripesim.Options{WebhookURL: box.URL, WebhookSecret: webhookSecret})
	for i := range 4 {
		r.customer(fmt.Sprintf("c%d@example.com", i))
	}
	var ids []string
	for _, e := range r.Events() {
		ids = append(ids, e.ID)
	}
	slices.Reverse(ids)
	mustDo(t, r.Send(t.Context(), ids...))
	if got := box.ids(t); !slices.Equal(got, ids) || r.Pending() != 0 {
		t.Errorf("order: got %v with %d pending, want %v and none", got, r.Pending(), ids)
	}
}

func TestTwin_IsAnotherEventAboutTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	r.customer("ana@example.com")
	first := r.Events()[0]
	id := must[string](t)(r.Twin(first.ID))
	second := r.Events()[1]
	if second.ID != id || id == first.ID || second.Type != first.Type || string(second.Data.Object) != string(first.Data.Object) {
		t.Errorf("twin: got %+v of %+v", second, first)
	}
}

func TestWebhookFaults_EveryEventStillTellsOfItself(t *testing.T) {
	t.Parallel()
	box := newInbox(t, nil)
	r := newRig(t, stripesim.Options{WebhookURL: box.URL, Seed: 7, Faults: stripesim.Faults{WebhookTwice: 300, WebhookTwin: 300, WebhookDelayed: 300,
		WebhookLost: 100, WebhookShuffle: true}})
	for i := range 100 {
		r.customer(fmt.Sprintf("c%d@example.com", i))
	}
	must[int](t)(r.Deliver(t.Context()))
	early := len(box.all())
	r.clock.pass(6 * 24 * time.Hour)
	must[int](t)(r.Deliver(t.Context()))
	ids := box.ids(t)
	distinct := slices.Compact(slices.Sorted(slices.Values(ids)))
	if early == len(ids) || len(distinct) == len(ids) || r.Pending() != 0 {
		t.Errorf("got %d early of %d, %d distinct, %d pending: want some delayed, some twice, none pending", early, len(ids), len(distinct), r.Pending())
	}
	place := map[string]int{}
	for i, e := range r.Events() {
		place[e.ID] = i
	}
	if len(place) <= 100 || len(distinct) >= len(place) {
		t.Errorf("got %d events and %d delivered: want twins, and some lost", len(place), len(distinct))
	}
	if slices.IsSortedFunc(ids[:early], func(a, b string) int { return place[a] - place[b] }) {
		t.Error("the first round came in the order of the events, want it shuffled")
	}
}

func TestWebhookFaults_ForeignOnesComeBeside(t *testing.T) {
	t.Parallel()
	box := newInbox(t, nil)
	r := newRig(t, stripesim.Options{WebhookURL: box.URL, WebhookSecret: webhookSecret, Seed: 7, Faults: stripesim.Faults{WebhookForeign: 300, WebhookMode: 300}})
	for i := range 40 {
		r.customer(fmt.Sprintf("c%d@example.com", i))
	}
	must[int](t)(r.Deliver(t.Context()))
	own, foreign, live := 0, 0, 0
	for _, m := range box.all() {
		e, err := webhook.ConstructEvent(m.body, m.signature, webhookSecret)
		mustDo(t, err)
		switch {
		case e.Account != "":
			foreign++
		case e.Livemode:
			live++
		default:
			own++
		}
	}
	if own != 40 || foreign == 0 || live == 0 || foreign == 40 || live == 40 {
		t.Errorf("got %d events, %d of another account, %d of the other mode; want 40 and some of both", own, foreign, live)
	}
}

func TestMuteEvents_TheFactIsOnTheObjectOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t, stripesim.Options{})
	r.MuteEvents("customer.created")
	who := r.customer("ana@example.com")
	r.MuteEvents()
	r.customer("ben@example.com")
	if got := r.Events(); len(got) != 1 {
		t.Errorf("events: got %d, want 1", len(got))
	}
	must[*stripe.Customer](t)(r.api.Customers.Get(who, nil))
}
