package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/dbtest"
)

// W2: a hundred events a second while payouts run and servers are killed. What was acknowledged is in the database, whatever
// came after; what was not is sent again as Stripe does, and lands once.
func TestAcks_AnAcknowledgedEventIsKept(t *testing.T) {
	t.Parallel()
	length, kills := 4*time.Second, 3
	if proving() {
		length, kills = time.Minute, 30
	}
	dbtest.EachURL(t, func(t *testing.T, databaseURL string) {
		random := rand.New(rand.NewPCG(seed(t), 22))
		servers := 3
		if strings.HasPrefix(databaseURL, "sqlite:") {
			servers = 1
		}
		f := apptest.NewFleet(t, databaseURL, servers)
		c := newTown(f, 1_000_000_00, campaign.Rule{To: campaign.ToProspect, On: campaign.OnAccepted, AmountMinor: 20_01, Rails: []campaign.Rail{campaign.RailPromotionCode}})
		for range 10 * kills {
			c.closed("", 900_00)
		}
		f.Pass(31 * day)
		for n := range servers {
			f.Process(n).Start()
			f.Process(n).Ready()
		}
		s := &sender{town: c, servers: servers, client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
		defer s.client.CloseIdleConnections()
		stop := s.start(100)
		for range kills {
			<-time.After(length/time.Duration(kills)/2 + time.Duration(random.Int64N(int64(length)/int64(kills))))
			p := f.Process(random.IntN(servers))
			s.down(time.Now())
			p.Kill()
			s.acknowledgedAreKept()
			p.Start()
			p.Ready()
			s.up(time.Now())
		}
		stop()
		f.Until("every event to be taken", func() bool { return s.again() == 0 })
		s.acknowledgedAreKept()
		if n := c.count("SELECT count(*) FROM stripe_event WHERE id LIKE 'evt_ack%'"); n != len(s.sent) {
			t.Errorf("%d events are kept, want the %d that were sent", n, len(s.sent))
		}
		if proving() { // what a server was about when it died is taken up after the better part of a minute
			f.Until("every event to be worked", func() bool {
				return c.count("SELECT count(*) FROM stripe_event WHERE id LIKE 'evt_ack%' AND state <> 'processed'") == 0
			})
		}
		slowest := s.p99()
		if proving() && slowest > 300*time.Millisecond {
			t.Errorf("of a hundred answers one takes longer than %s, want 300 ms", slowest)
		}
		if s.refused == 0 && proving() {
			t.Error("no event met a server that died: the kills prove nothing")
		}
		t.Logf("%d events to %d servers, %d kills: %d had to be sent again; p99 of the others %s; %d payouts meanwhile", len(s.sent), servers, kills, s.refused,
			slowest.Round(time.Millisecond), c.settled())
	})
}

// sender is Stripe's webhook: it sends events in a steady rhythm and keeps those that nobody acknowledged.
type sender struct {
	*town
	client  *http.Client
	servers int

	mu      sync.Mutex
	sent    []string
	acked   map[string]bool
	open    map[string]bool
	took    []answered
	outages []outage
	refused int
}

type answered struct {
	from, to time.Time
}

type outage struct{ from, to time.Time }

// start sends so many events a second until the function that it returns is called, which waits for the last answer.
func (s *sender) start(perSecond int) func() {
	s.acked, s.open = map[string]bool{}, map[string]bool{}
	ctx, cancel := context.WithCancel(s.T.Context())
	var calls, rhythm sync.WaitGroup
	rhythm.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				calls.Go(func() { s.send(fmt.Sprintf("evt_ack%06d", n), n%s.servers) })
			}
		}
	})
	return func() {
		cancel()
		rhythm.Wait()
		calls.Wait()
	}
}

func (s *sender) send(id string, server int) {
	body := fmt.Appendf(nil, `{"id":%q,"object":"event","api_version":"2023-10-16","created":%d,"livemode":false,"type":"customer.updated","data":{"object":{"id":"cus_x","object":"customer"}}}`,
		id, time.Now().Unix())
	s.mu.Lock()
	if !slices.Contains(s.sent, id) {
		s.sent = append(s.sent, id)
	}
	s.open[id] = true
	s.mu.Unlock()
	began := time.Now()
	err := s.post(body, server)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.refused++
		return
	}
	s.acked[id] = true
	delete(s.open, id)
	s.took = append(s.took, answered{began, time.Now()})
}

func (s *sender) post(body []byte, server int) error {
	req, err := http.NewRequestWithContext(s.T.Context(), http.MethodPost, s.Process(server).URL+"/hooks/stripe", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Stripe-Signature", s.StripeSignature(body))
	res, err := s.client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err = errors.Join(err, res.Body.Close()); err == nil && res.StatusCode/100 != 2 {
		err = fmt.Errorf("answered %s", res.Status)
	}
	return err
}

// again sends once more what nobody has acknowledged, and returns how much of it is still open.
func (s *sender) again() int {
	s.mu.Lock()
	var ids []string
	for id := range s.open {
		ids = append(ids, id)
	}
	s.mu.Unlock()
	for n, id := range ids {
		s.send(id, n%s.servers)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// acknowledgedAreKept asks the database for everything that was acknowledged until now.
func (s *sender) acknowledgedAreKept() {
	s.T.Helper()
	s.mu.Lock()
	var ids []string
	for id := range s.acked {
		ids = append(ids, id)
	}
	s.mu.Unlock()
	var kept []string
	s.Must(s.App.DB.NewRaw("SELECT id FROM stripe_event WHERE id LIKE 'evt_ack%'").Scan(s.Context(), &kept))
	there := map[string]bool{}
	for _, id := range kept {
		there[id] = true
	}
	for _, id := range ids {
		if !there[id] {
			s.T.Errorf("event %s was acknowledged and is lost", id)
		}
	}
}

func (s *sender) down(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outages = append(s.outages, outage{from: at})
}

func (s *sender) up(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outages[len(s.outages)-1].to = at
}

// p99 is the latency that one of a hundred answers exceeds while every server is up; a start takes the machine for itself.
func (s *sender) p99() time.Duration {
	var took []time.Duration
	for _, a := range s.took {
		if !slices.ContainsFunc(s.outages, func(o outage) bool { return a.from.Before(o.to.Add(time.Second)) && a.to.After(o.from) }) {
			took = append(took, a.to.Sub(a.from))
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}
