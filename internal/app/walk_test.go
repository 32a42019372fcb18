package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/staff"
	"goodword/internal/stripesim"
)

const (
	anaMail  = "ana.kovacevic@delta-logistics.example"
	benMail  = "ben.ossendrijver@harbor-optics.example"
	rosaMail = "rosa.winterfeldt@brightwater.example"
	anasNote = "They got our warehouse running in a week. You two should talk."
	anasText = "Quick, kind, and the numbers were right from the first day."
)

const day = 24 * time.Hour

// story is the main job from end to end, as people do it: staff through the API that the console uses, customer and prospect
// through the public pages with script switched off, money through Stripe's webhooks.
type story struct {
	*apptest.World

	mara, rosa, felix *apptest.Client
	anaAtStripe       string
	campaignID        string

	ana *apptest.Browser
	// anaURL is Ana's private address, benURL the one that she sends to Ben.
	anaURL, benURL string
	ben            *apptest.Browser
	code           string
	introductionID string
	purchase       stripesim.Purchase
}

type amount struct {
	Minor    int64  `json:"amount_minor"`
	Currency string `json:"currency"`
}

type reward struct {
	ID          string `json:"id"`
	State       string `json:"state"`
	Beneficiary string `json:"beneficiary"`
	Rail        string `json:"rail"`
	HeldReason  string `json:"held_reason"`
	Amount      amount `json:"amount"`
}

type introduction struct {
	ID        string   `json:"id"`
	State     string   `json:"state"`
	Step      string   `json:"step"`
	OwnerName string   `json:"owner_name"`
	Tell      bool     `json:"tell"`
	Rewards   []reward `json:"rewards"`
	Timeline  []struct {
		Text string `json:"text"`
	} `json:"timeline"`
}

func TestWalk_FromTheImportToThePaidReward(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		t, s := w.T, &story{World: w}
		s.open(t)
		for _, phase := range []struct {
			name string
			play func(*testing.T)
		}{
			{"import", s.imports}, {"campaign", s.launches}, {"introduce", s.introduces}, {"testimonial", s.testifies},
			{"yes", s.accepts}, {"welcome code", s.welcomes}, {"pipeline", s.advances}, {"close", s.buys}, {"pay", s.pays},
			{"publish", s.publishes},
		} {
			phase.play(t)
			if w.Verify("after " + phase.name); t.Failed() {
				t.Fatalf("the story stops at: %s", phase.name)
			}
		}
		if got := s.earned("customer").Amount.Minor; got != 115_00 {
			t.Errorf("Ana has %d, want 11500", got)
		}
		s.paidAtStripe(t, 115_00)
		w.VerifyLog()
	})
}

func TestWalk_APartialRefundTakesItsShareBack(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		t, s := w.T, &story{World: w}
		s.open(t)
		for _, play := range []func(*testing.T){s.adds, s.launches, s.introduces, s.accepts, s.welcomes, s.buys} {
			if play(t); t.Failed() {
				t.Fatal("the story stops before the refund")
			}
		}
		w.Verify("before the refund")

		// Two fifths of what was charged, tax included, are two fifths of what counts.
		w.Skip(10 * day)
		_, err := w.Sim.Refund(s.purchase.ChargeID, s.purchase.PaidMinor*2/5)
		w.Must(err)
		w.Sweep()
		w.Verify("after the refund")
		if i := s.introduction(); i.State != "won" {
			t.Errorf("after a partial refund the introduction is %s, want won", i.State)
		}
		if r := s.earned("customer"); r.State != "pending" || r.Amount.Minor != 69_00 {
			t.Errorf("after a refund of 40 %% the reward is %s of %d, want pending of 6900", r.State, r.Amount.Minor)
		}
		letter := w.Mail(anaMail, "A change")
		if !strings.Contains(letter.Text, "69.00") {
			t.Errorf("Ana's last mail, %q, does not say what is left:\n%s", letter.Subject, letter.Text)
		}

		s.pays(t)
		s.paidAtStripe(t, 69_00)
		w.Verify("after the payout")
		w.VerifyLog()
	})
}

func TestWalk_AFullRefundUndoesTheClose(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		t, s := w.T, &story{World: w}
		s.open(t)
		for _, play := range []func(*testing.T){s.adds, s.launches, s.introduces, s.accepts, s.welcomes, s.buys} {
			if play(t); t.Failed() {
				t.Fatal("the story stops before the refund")
			}
		}
		w.Skip(10 * day)
		_, err := w.Sim.Refund(s.purchase.ChargeID, 0)
		w.Must(err)
		w.Sweep()
		if i := s.introduction(); i.State != "unwound" {
			t.Errorf("after a full refund the introduction is %s, want unwound", i.State)
		}
		if r := s.earned("customer"); r.State != "reversed" {
			t.Errorf("after a full refund the reward is %s, want reversed", r.State)
		}
		w.Skip(60 * day)
		s.paidAtStripe(t, 0)
		w.Verify("after the refund")
	})
}

func (s *story) open(t *testing.T) {
	t.Helper()
	s.Private("Ana", "Kovačević", "Ben", "Ossendrijver", anaMail, benMail, "Delta Logistics")
	s.mara = s.As(staff.Marketer, "Mara Jensen", "mara.jensen@brightwater.example")
	s.rosa = s.As(staff.Rep, "Rosa Winterfeldt", rosaMail)
	s.felix = s.As(staff.Finance, "Felix Amann", "felix.amann@brightwater.example")
	s.anaAtStripe = s.StripeCustomer(anaMail, "Ana Kovačević")
}

// imports brings the customers from their CRM's CSV: a dry run first, which says what is wrong and writes nothing.
func (s *story) imports(t *testing.T) {
	t.Helper()
	file := strings.Join([]string{
		"id,first_name,last_name,email,company,stage,owner,country,division,stripe_customer",
		"1,Ana,Kovačević," + anaMail + ",Delta Logistics,customer," + rosaMail + ",GB,Equipment," + s.anaAtStripe,
		"2,Chidi,Okonkwo,chidi.okonkwo@north-press.example,North Press,customer," + rosaMail + ",GB,Equipment,",
		"3,Dana,Nobody,not an address,Nowhere,customer,,GB,Equipment,",
		"4,Ana,Kovačević," + strings.ToUpper(anaMail) + ",Delta Logistics,customer,,GB,Equipment,",
		"",
	}, "\r\n")
	type run struct {
		ID      string `json:"id"`
		State   string `json:"state"`
		Created int64  `json:"created"`
		Merged  int64  `json:"merged"`
		Refused int64  `json:"refused"`
	}
	type list struct {
		Items []struct {
			Line int64 `json:"line"`
		} `json:"items"`
	}
	finish := func(path string) run {
		t.Helper()
		var r run
		s.mara.Upload(path, "text/csv", file, &r)
		s.Sweep()
		s.mara.Get("/imports/"+r.ID, &r)
		if r.State != "done" || r.Created != 2 || r.Merged != 1 {
			t.Fatalf("import is %+v, want done with 2 created and 1 merged", r)
		}
		var problems list
		s.mara.Get("/imports/"+r.ID+"/problems", &problems)
		if !slices.ContainsFunc(problems.Items, func(p struct {
			Line int64 `json:"line"`
		}) bool {
			return p.Line == 4
		}) {
			t.Errorf("the bad address of line 4 is not listed: %+v", problems)
		}
		return r
	}
	customers := func() int {
		var all struct {
			Items []struct{} `json:"items"`
		}
		s.mara.Get("/customers", &all)
		return len(all.Items)
	}
	finish("/imports?name=crm.csv&dry_run=true")
	if n := customers(); n != 0 {
		t.Errorf("the dry run has written %d customers", n)
	}
	finish("/imports?name=crm.csv")
	if n := customers(); n < 2 {
		t.Fatalf("%d customers after the import, want at least 2", n)
	}
}

// adds is the short way to the same two customers.
func (s *story) adds(t *testing.T) {
	t.Helper()
	for _, c := range []map[string]string{
		{"first_name": "Ana", "last_name": "Kovačević", "email": anaMail, "company": "Delta Logistics", "stripe_customer": s.anaAtStripe},
		{"first_name": "Chidi", "last_name": "Okonkwo", "email": "chidi.okonkwo@north-press.example", "company": "North Press"},
	} {
		c["country"], c["division"], c["owner_id"] = "GB", "Equipment", s.rosa.Member.ID
		s.mara.Post("/customers", c, nil)
	}
}

// launches writes a campaign, sees in a dry run who gets it and what it may cost, and launches it.
func (s *story) launches(t *testing.T) {
	t.Helper()
	var c struct {
		ID    string `json:"id"`
		State string `json:"state"`
	}
	rails := []string{"invoice_credit", "promotion_code", "manual"}
	s.mara.Post("/campaigns", map[string]any{
		"template": "order_placed", "name": "Good word, spring", "trigger": map[string]any{"kind": "now"},
		"audience": map[string]any{"filter": map[string]any{"divisions": []string{"Equipment"}}},
		"offer": map[string]any{"currency": "EUR", "budget_minor": 100_000, "hold_days": 30, "protection_days": 180, "default_rail": "manual",
			"rewards": []any{
				map[string]any{"to": "customer", "on": "won", "percent_bps": 1000, "of": "first_invoice", "max_minor": 20_000, "rails": rails, "caps": map[string]any{}},
				map[string]any{"to": "prospect", "on": "accepted", "amount_minor": 5_000, "rails": []string{"promotion_code"}, "caps": map[string]any{}},
			}},
	}, &c)
	s.campaignID = c.ID
	var dry struct {
		Recipients  int    `json:"recipients"`
		MaxExposure amount `json:"max_exposure"`
	}
	s.mara.Post("/campaigns/"+c.ID+"/dry-run", nil, &dry)
	if dry.Recipients != 2 || dry.MaxExposure != (amount{50_000, "EUR"}) {
		t.Fatalf("dry run says %+v, want 2 recipients and at most EUR 500.00", dry)
	}
	if mails := s.Mails(anaMail); len(mails) != 0 {
		t.Errorf("Ana has got %q before the launch", mails)
	}
	s.mara.Post("/campaigns/"+c.ID+"/launch", nil, &c)
	s.Sweep()
	if s.mara.Get("/campaigns/"+c.ID, &c); c.State != "live" {
		t.Errorf("campaign is %s after the launch, want live", c.State)
	}
	letter := s.Mail(anaMail, "Who else should know")
	if letter.UnsubscribeOf == "" {
		t.Error("the invitation has no List-Unsubscribe")
	}
	// The mail's button opens the first ask; what stands before it is Ana's own address.
	s.anaURL = personal.FindString(letter.Link("/c/"))
	s.ana = s.Browser()
}

var personal = regexp.MustCompile(`^https?://[^/]+/[ci]/[^/?]+`)

// introduces is Ana on her phone: one name, one line, one channel.
func (s *story) introduces(t *testing.T) {
	t.Helper()
	hello := s.ana.Open(s.anaURL).Shows("Ana")
	form := hello.Follow("/introduce")
	if cookies := s.ana.Cookies(); len(cookies) != 0 {
		t.Errorf("looking has set the cookies %q", cookies)
	}
	wrong := form.Main().Fill("note", anasNote).Press("how", "self").Want(http.StatusUnprocessableEntity)
	if wrong.Alert() == "" || wrong.Main().Value("note") != anasNote {
		t.Errorf("the form without a name says %q and keeps %q", wrong.Alert(), wrong.Main().Value("note"))
	}
	send := wrong.Main().Fill("first_name", "Ben").Press("how", "self").Want(http.StatusOK).Shows(anasNote)
	away := send.Main().Press("channel", "whatsapp")
	message, err := url.Parse(away.Location)
	s.Must(err)
	if message.Host != "wa.me" {
		t.Fatalf("tapping WhatsApp leads to %q", away.Location)
	}
	text := message.Query().Get("text")
	if s.benURL = regexp.MustCompile(regexp.QuoteMeta(s.URL) + `/i/[^\s]+`).FindString(text); s.benURL == "" || !strings.Contains(text, rosaMail) {
		t.Fatalf("the message to Ben lacks his link or Rosa's address: %s", text)
	}
	if len(s.ana.Cookies()) != 1 {
		t.Errorf("after the introduction Ana's phone has the cookies %q, want one", s.ana.Cookies())
	}
	done := s.ana.Open(send.URL).Follow("/done").Shows("Ben")
	done.Main().Choose("source", "peer").Choose("rail", "invoice_credit").Send().Want(http.StatusOK)
	s.ana.Open(s.anaURL).Shows("Ben")
	// Somebody to whom the mail was passed on reads no name.
	s.Browser().Open(s.anaURL).Hides("Ben")
}

// testifies is Ana with two lines and four stars.
func (s *story) testifies(t *testing.T) {
	t.Helper()
	form := s.ana.Open(s.anaURL).Follow("/testimonial").Main()
	form.Choose("rating", "4").Fill("text", anasText).Choose("allow", "own").Choose("signed_as", "full").Fill("name", "Ana Kovačević")
	form.Send().Want(http.StatusOK).Shows(anasText)
}

// accepts is Ben: he sees who vouches for what, picks yes and leaves how to reach him.
func (s *story) accepts(t *testing.T) {
	t.Helper()
	s.ben = s.Browser()
	warm := s.ben.Open(s.benURL).Shows("Ana", anasNote, "thank-you")
	yes := warm.Follow("/yes").Main()
	for _, field := range []string{"how", "email", "tell"} {
		if v := yes.Value(field); v != "" {
			t.Errorf("the yes form has %s=%q filled in", field, v)
		}
	}
	nothing := yes.Send().Want(http.StatusUnprocessableEntity)
	if nothing.Alert() == "" {
		t.Error("an empty yes is refused without a word")
	}
	form := nothing.Main().Choose("how", "email").Fill("email", benMail).Choose("tell", "1")
	if len(form.Options("name")) > 0 {
		form.Fill("name", "Ben Ossendrijver")
	}
	form.Send().Want(http.StatusOK).Shows("Rosa Winterfeldt", rosaMail)
	s.Mail(rosaMail, "said yes, introduced by Ana")
	confirmed := s.Mail(benMail, "will be in touch")
	if !strings.Contains(confirmed.Text, "Rosa Winterfeldt") {
		t.Errorf("Ben's confirmation does not name Rosa:\n%s", confirmed.Text)
	}
	if !strings.Contains(s.Mail(anaMail, "Ben said yes").Text, "Rosa") {
		t.Error("the mail to Ana does not say who takes care of Ben")
	}
	var list struct {
		Items []introduction `json:"items"`
	}
	s.rosa.Get("/introductions?state=accepted", &list)
	if len(list.Items) != 1 || list.Items[0].OwnerName != "Rosa Winterfeldt" || !list.Items[0].Tell {
		t.Fatalf("Rosa sees %+v, want one introduction of hers with Ben's tick", list.Items)
	}
	s.introductionID = list.Items[0].ID
	if e := s.Sim.Effects(); len(e) != 0 {
		t.Errorf("before the undo time is over Stripe has %+v", e)
	}
}

// welcomes gives Ben his code when he can no longer take the yes back.
func (s *story) welcomes(t *testing.T) {
	t.Helper()
	s.Skip(16 * time.Minute)
	effects := s.Sim.Effects()
	if len(effects) != 1 || effects[0].Kind != "promotion_code" || effects[0].AmountMinor != 50_00 || !effects[0].Active {
		t.Fatalf("Stripe has %+v, want one code of EUR 50.00", effects)
	}
	var got struct {
		Rewards []reward `json:"rewards"`
	}
	s.rosa.Get("/introductions/"+s.introductionID, &got)
	if r := s.earned("prospect"); r.State != "issued" {
		t.Errorf("the welcome code is %s, want issued", r.State)
	}
	letter := s.Mail(benMail, "code")
	s.code = strings.TrimSpace(codeInText.FindString(letter.Text))
	if s.code == "" {
		t.Fatalf("Ben's mail has no code:\n%s", letter.Text)
	}
	s.Private(s.code)
	s.ben.Open(s.benURL).Shows(s.code)
}

var codeInText = regexp.MustCompile(`(?m)^\s*([A-Z0-9-]{6,40})\s*$`)

// advances is Rosa at work; Ana may see the steps because Ben said so.
func (s *story) advances(t *testing.T) {
	t.Helper()
	for _, step := range []string{"contacted", "meeting", "proposal"} {
		s.rosa.Post("/introductions/"+s.introductionID+"/advance", map[string]string{"step": step}, nil)
	}
	s.rosa.Post("/introductions/"+s.introductionID+"/notes", map[string]any{"text": "Ben and I meet on Thursday.", "told": true}, nil)
	s.rosa.Post("/introductions/"+s.introductionID+"/notes", map[string]any{"text": "Haggles about the price."}, nil)
	if i := s.introduction(); i.State != "in_pipeline" || i.Step != "proposal" {
		t.Errorf("introduction is %s at %s, want in_pipeline at proposal", i.State, i.Step)
	}
	s.ana.Open(s.anaURL+"/introductions/"+s.introductionID).Shows("Ben", "Proposal", "meet on Thursday").Hides("Haggles")
	s.ben.Open(s.benURL).Shows("Rosa Winterfeldt")
}

// buys is Ben's first order, as Stripe reports it: EUR 1,200 less his code, with tax on top.
func (s *story) buys(t *testing.T) {
	t.Helper()
	var err error
	s.purchase, err = s.Sim.Checkout(stripesim.Order{CustomerEmail: benMail, Name: "Ben Ossendrijver", Description: "First order",
		AmountMinor: 1_200_00, TaxMinor: 218_50, Currency: "eur", PromotionCode: s.code})
	s.Must(err)
	s.Sweep()
	if i := s.introduction(); i.State != "won" {
		t.Fatalf("after the payment the introduction is %s, want won", i.State)
	}
	// 10 % of what was paid, net of tax and of the discount.
	if r := s.earned("customer"); r.State != "pending" || r.Amount != (amount{115_00, "EUR"}) || r.Rail != "invoice_credit" {
		t.Fatalf("Ana's reward is %+v, want EUR 115.00 pending as credit", r)
	}
	if r := s.earned("prospect"); r.State != "redeemed" {
		t.Errorf("Ben's code is %s, want redeemed", r.State)
	}
	if !strings.Contains(s.Mail(anaMail, "Ben is now a customer").Text, "115.00") {
		t.Error("Ana's mail about the win does not say what she gets")
	}
	for _, e := range s.Sim.Effects() {
		if e.Kind == "customer_balance_transaction" {
			t.Errorf("credit was given before the refund window is over: %+v", e)
		}
	}
	s.ben.Open(s.benURL).Shows("Welcome")
	s.confirms(t)
	s.ana.Open(s.anaURL+"/mine").Shows("Ben is a customer", "115.00", "refund window")
}

// confirms is Ana with the code that was mailed to her: from now on her phone shows amounts.
func (s *story) confirms(t *testing.T) {
	t.Helper()
	mine := s.ana.Open(s.anaURL + "/mine").Hides("115.00")
	ask := mine.Follow("/code").Main().Send()
	code := regexp.MustCompile(`[0-9]{6}`).FindString(s.Mail(anaMail, "is your code").Subject)
	s.Private(code)
	ask.Main().Fill("code", code).Send().Want(http.StatusOK).Shows("115.00")
}

// pays lets the refund window pass. What needs a person is approved by one who neither wrote the offer nor closed the deal.
func (s *story) pays(t *testing.T) {
	t.Helper()
	s.Skip(31 * day)
	if r := s.earned("customer"); r.State == "held" {
		s.felix.Post("/rewards/"+r.ID+"/approve", map[string]string{"reason": "Invoice looked at."}, nil)
		s.Sweep()
	}
	s.Skip(time.Minute)
	r := s.earned("customer")
	if r.State != "issued" {
		t.Fatalf("after the refund window Ana's reward is %+v, want issued", r)
	}
	s.Mail(anaMail, "for you")
	s.ana.Open(s.anaURL + "/rewards").Shows("Yours")
	var told struct {
		Steps []struct {
			Text string `json:"text"`
		} `json:"steps"`
		Payouts []struct {
			State string `json:"state"`
		} `json:"payouts"`
	}
	s.felix.Get("/rewards/"+r.ID, &told)
	if len(told.Steps) < 4 || len(told.Payouts) != 1 || told.Payouts[0].State != "settled" {
		t.Errorf("the reward's story is %+v, want every step and one settled payout", told)
	}
}

// publishes is Mara with Ana's two lines.
func (s *story) publishes(t *testing.T) {
	t.Helper()
	var list struct {
		Items []struct {
			ID     string `json:"id"`
			Rating int    `json:"rating"`
			Text   string `json:"text"`
		} `json:"items"`
	}
	s.mara.Get("/testimonials?state=submitted", &list)
	if len(list.Items) != 1 || list.Items[0].Rating != 4 || list.Items[0].Text != anasText {
		t.Fatalf("Mara sees the testimonials %+v, want Ana's with four stars", list.Items)
	}
	s.mara.Post("/testimonials/"+list.Items[0].ID+"/approve", nil, nil)
	s.mara.Post("/testimonials/"+list.Items[0].ID+"/publish", nil, nil)
	s.Sweep()
}

func (s *story) introduction() introduction {
	var i introduction
	s.rosa.Get("/introductions/"+s.introductionID, &i)
	return i
}

// earned is the one reward of a side.
func (s *story) earned(side string) reward {
	s.T.Helper()
	var found []reward
	for _, r := range s.introduction().Rewards {
		if r.Beneficiary == side {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		s.T.Fatalf("the %s has the rewards %+v, want one", side, found)
	}
	return found[0]
}

// paidAtStripe asks Stripe's own record what Ana has got.
func (s *story) paidAtStripe(t *testing.T, want int64) {
	t.Helper()
	got := int64(0)
	for _, e := range s.Sim.Effects() {
		if e.Kind == "customer_balance_transaction" {
			if e.Payee != s.anaAtStripe {
				t.Errorf("%s got a credit that is not theirs", e.Payee)
			}
			got += e.AmountMinor
		}
	}
	if got != want {
		t.Errorf("Ana has a credit of %d at Stripe, want %d", got, want)
	}
}
