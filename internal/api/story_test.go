package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/api"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/staff"
)

// The marketer's half of the story, through the API alone: import, campaign, dry run, launch, one invitation by hand.
func TestStory_FromImportToInvitation(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		key := w.as(staff.Marketer)
		csv := "\"First name\",\"Last name\",\"Email\",\"Company\"\r\nAna,Ruiz,ana@ruiz.example,Ruiz Logistics\r\nBea,,not an address,\r\nCarl,Çelik,carl@celik.example,\r\n"
		csvType := "Content-Type: text/csv"
		preview := w.send("POST", "/imports/preview?name=crm.csv", csv, key, csvType).want(200)
		if preview.text("columns.2.field") != "email" || preview.text("sample.0.0") != "Ana" || preview.length("fields") < 10 {
			t.Errorf("preview %s", preview.Body)
		}
		run := func(target, body string) *reply {
			var started *reply
			if body == "" {
				started = w.send("POST", target, nil, key).want(201)
			} else {
				started = w.send("POST", target, body, key, csvType).want(201)
			}
			id := started.text("id")
			_, err := w.imports.Work(w.ctx(), id, func(customer.Import) {})
			w.must(err)
			return w.send("GET", "/imports/"+id, nil, key).want(200)
		}
		dry := run(`/imports?kind=customers&dry_run=true&name=crm.csv&mapping=`+url.QueryEscape(`{"First name":"first_name","Last name":"last_name","Email":"email","Company":"company"}`), csv)
		if dry.number("created") != 2 || dry.number("refused") != 1 || dry.at("dry_run") != true || dry.text("state") != "done" {
			t.Errorf("dry run %s", dry.Body)
		}
		if n := w.send("GET", "/customers/count", nil, key).want(200).number("count"); n != 0 {
			t.Fatalf("a dry run made %v customers", n)
		}
		id := dry.text("id")
		if p := w.send("GET", "/imports/"+id+"/problems?severity=refused", nil, key).want(200); p.length("items") != 1 || p.number("items.0.line") != 3 {
			t.Errorf("problems %s", p.Body)
		}
		if p := w.send("GET", "/imports/"+id+"/problems.csv", nil, key).want(200); !strings.Contains(p.Body.String(), "not an address") || !strings.HasPrefix(p.Header().Get("Content-Type"), "text/csv") {
			t.Errorf("problems as CSV %q", p.Body)
		}
		done := run("/imports/"+id+"/start", "")
		if done.number("created") != 2 || done.at("dry_run") != false {
			t.Errorf("import %s", done.Body)
		}
		w.send("POST", "/imports?mapping=nonsense", csv, key, csvType).wantProblem(400, "mapping")
		w.send("POST", "/imports?date_order=ydm", csv, key, csvType).wantProblem(422, "date_order")
		w.send("GET", "/imports/"+absent+"/problems.csv", nil, key).wantProblem(404)

		template := w.send("GET", "/templates", nil, key).want(200)
		if template.length("items") != 7 {
			t.Errorf("%d templates", template.length("items"))
		}
		made := w.send("POST", "/campaigns", doc{"template": "order_placed", "name": "Spring", "trigger": doc{"kind": "now"}}, key).want(201)
		campaign := "/campaigns/" + made.text("id")
		if made.Header().Get("Location") != api.Prefix+campaign || made.text("messages.en.subject") == "" || made.text("state") != "draft" {
			t.Errorf("campaign %s", made.Body)
		}
		w.send("POST", "/campaigns", doc{"template": "unheard_of", "name": "x"}, key).wantProblem(422, "template")
		w.send("PATCH", campaign, doc{"offer": doc{"currency": "EUR", "budget_minor": 50000, "rewards": []doc{{"to": "customer", "on": "won", "amount_minor": 10000, "rating": 5, "rails": []string{"manual"}}}}}, key).
			wantProblem(400, "offer.rewards.0.rating")
		w.send("PATCH", campaign, doc{"offer": doc{"currency": "EUR", "budget_minor": 50000, "hold_days": 30, "protection_days": 180,
			"rewards": []doc{{"to": "customer", "on": "won", "amount_minor": 10000, "rails": []string{"manual"}}}}}, key, "If-Match: "+made.Header().Get("ETag")).want(200)
		dryRun := w.send("POST", campaign+"/dry-run", nil, key).want(200)
		if dryRun.number("recipients") != 2 || dryRun.number("max_exposure.amount_minor") != 20000 {
			t.Errorf("dry run %s", dryRun.Body)
		}
		if live := w.send("POST", campaign+"/launch", nil, key).want(200); live.text("state") != "live" {
			t.Errorf("launched %s", live.Body)
		}
		ana := w.send("GET", "/customers?q=ana", nil, key).want(200).text("items.0.id")
		link := w.send("POST", campaign+"/invitations", doc{"customer_id": ana, "channel": "link"}, key).want(201).text("url")
		if !strings.HasPrefix(link, base+"/c/") {
			t.Errorf("link %q", link)
		}
		invitations := w.send("GET", "/invitations?campaign_id="+made.text("id"), nil, key).want(200)
		if invitations.length("items") != 1 || strings.Contains(invitations.Body.String(), strings.TrimPrefix(link, base+"/c/")) {
			t.Errorf("invitations %s", invitations.Body)
		}
		for _, e := range w.send("GET", campaign+"/timeline", nil, key).want(200).at("items").([]any) {
			e := e.(map[string]any)
			if plain := strings.NewReplacer(".", " ", "_", " ").Replace(e["type"].(string)); strings.EqualFold(e["text"].(string), plain+".") {
				t.Errorf("the event %v has no sentence", e["type"])
			}
		}
	})
}

// The rep's and finance's half: by hand to a yes, along the pipeline, won, told, approved and paid by another person.
func TestStory_FromIntroductionToReward(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		rosa, finance := s.signedIn(s.rosa), s.signedIn(s.member("Finn", staff.Finance))
		made := s.send("POST", "/introductions", doc{"campaign_id": s.campaign.ID, "introducer": doc{"customer_id": s.own.ID}, "first_name": "Dora", "company": "Acme",
			"note": "Met at the fair.", "owner_id": "me"}, rosa).want(201)
		intro := "/introductions/" + made.text("id")
		if made.text("owner_name") != "Rosa" || made.text("introducer.name") != "Ana Ruiz" {
			t.Errorf("by hand %s", made.Body)
		}
		s.send("POST", intro+"/win", doc{"amount": doc{"amount_minor": 5000, "currency": "EUR"}, "evidence": "Order 18"}, rosa).wantProblem(409)
		s.send("POST", intro+"/accept", doc{}, rosa).wantProblem(422, "evidence")
		if yes := s.send("POST", intro+"/accept", doc{"evidence": "Yes, please call.", "name": "Dora Weiss", "email": "dora@acme.example"}, rosa).want(200); yes.text("state") != "accepted" {
			t.Errorf("accepted %s", yes.Body)
		}
		s.send("POST", intro+"/advance", doc{"step": "lunch"}, rosa).wantProblem(422, "step")
		s.send("POST", intro+"/advance", doc{"step": "meeting"}, rosa).want(200)
		s.send("POST", intro+"/notes", doc{"text": "She wants a demo."}, rosa).want(200)
		if told := s.send("POST", intro+"/notes", doc{"text": "We had a good talk.", "told": true}, rosa).want(200); told.text("author") != "Rosa" {
			t.Errorf("told %s", told.Body)
		}
		s.send("POST", intro+"/assign", doc{"owner_id": s.tom.ID}, rosa).want(200)
		won := s.send("POST", intro+"/win", doc{"amount": doc{"amount_minor": 99000, "currency": "EUR"}, "evidence": "Order 18", "external_id": "o-18"}, rosa).want(200)
		if won.text("state") != "won" || won.length("rewards") != 1 || won.length("notes") != 2 || won.text("owner_name") != "Tom" {
			t.Errorf("won %s", won.Body)
		}
		if again := s.send("POST", intro+"/win", doc{"amount": doc{"amount_minor": 1, "currency": "EUR"}, "evidence": "Order 19"}, rosa).want(200); again.length("rewards") != 1 {
			t.Errorf("won twice %s", again.Body)
		}
		s.send("POST", intro+"/thank", doc{"line": "That helped a lot."}, rosa).want(200)
		s.send("POST", intro+"/thank", doc{}, rosa).wantProblem(409)
		lost := s.send("POST", "/introductions", doc{"campaign_id": s.campaign.ID, "introducer": doc{"staff_id": "me"}, "first_name": "Emil", "how": "lead", "company": "Acme"}, rosa).want(201)
		s.send("POST", "/introductions/"+lost.text("id")+"/lose", doc{"reason": "ugly"}, rosa).wantProblem(422, "reason")

		reward := "/rewards/" + won.text("rewards.0.id")
		s.send("POST", reward+"/approve", doc{}, rosa).wantProblem(403)
		s.send("POST", reward+"/hold", doc{}, finance).wantProblem(422, "reason")
		if held := s.send("POST", reward+"/hold", doc{"reason": "Please look at the invoice."}, finance).want(200); held.text("state") != "held" || !slices.Contains(held.at("actions").([]any), any("release")) {
			t.Errorf("held %s", held.Body)
		}
		s.send("POST", reward+"/release", nil, finance).want(200)
		s.clock.pass(31 * 24 * time.Hour)
		s.send("POST", reward+"/approve", doc{"reason": "Checked."}, finance).want(200)
		s.send("PUT", "/payouts/switch", doc{"paused": true, "reason": "Bank holiday"}, finance).want(200)
		if p := s.send("GET", "/payouts/switch", nil, rosa).want(200); p.at("paused") != true || p.text("scopes.0.reason") != "Bank holiday" {
			t.Errorf("switch %s", p.Body)
		}
		s.send("PUT", "/payouts/switch", doc{"paused": false, "reason": "Back"}, finance).want(200)
		_, err := s.rewards.Sweep(s.ctx())
		s.must(err)
		paid := s.send("POST", reward+"/mark-paid", doc{"reference": "SEPA-77"}, finance).want(200)
		if paid.text("state") != "issued" || paid.length("payouts") != 1 || paid.text("payouts.0.rail_object") != "SEPA-77" || paid.text("approved_by") != "Finn" {
			t.Errorf("paid %s", paid.Body)
		}
		// Field level: whoever may not read money sees no payout and no posting.
		seen := s.send("GET", reward, nil, s.as(staff.Marketer)).want(200)
		if seen.length("payouts") != 0 || strings.Contains(seen.Body.String(), "SEPA-77") || strings.Contains(seen.Body.String(), "postings\":[{") {
			t.Errorf("a marketer sees %s", seen.Body)
		}
		s.send("GET", "/payouts", nil, s.as(staff.Marketer)).wantProblem(403)
		if l := s.send("GET", "/payouts?state=settled", nil, finance).want(200); l.length("items") != 1 || l.text("items.0.payee") != "Ana Ruiz" ||
			l.text("items.0.customer_id") != s.own.ID || l.text("items.0.campaign_name") != s.campaign.Name {
			t.Errorf("payouts %s", l.Body)
		}
		if a := s.send("GET", "/audit?object=reward&action=reward.approved", nil, finance).want(200); !strings.Contains(a.Body.String(), `"reason":"Checked."`) {
			t.Errorf("audit %s", a.Body)
		}
		s.send("POST", reward+"/reject", doc{"reason": "Ben was our customer all along."}, s.as(staff.Finance)).wantProblem(403)
		owed := s.send("POST", reward+"/reject", doc{"reason": "Ben was our customer all along."}, finance).want(200)
		if owed.text("state") != "clawback" || !strings.Contains(owed.Body.String(), `"paid-back"`) {
			t.Errorf("taken back %s", owed.Body)
		}
		s.send("POST", reward+"/paid-back", doc{"reference": ""}, finance).wantProblem(422, "reference")
		if back := s.send("POST", reward+"/paid-back", doc{"reference": "SEPA-78"}, finance).want(200); back.text("state") != "recovered" {
			t.Errorf("paid back %s", back.Body)
		}
		if home := s.send("GET", "/home", nil, s.as(staff.Viewer)).want(200); home.length("money") != 0 {
			t.Errorf("a viewer sees sums: %s", home.Body)
		}
		unwound := s.send("POST", intro+"/unwind", doc{"reason": "Order cancelled"}, rosa).want(200)
		if unwound.text("state") != "unwound" {
			t.Errorf("unwound %s", unwound.Body)
		}
	})
}

func TestStory_TestimonialIsDecidedNotEdited(t *testing.T) {
	t.Parallel()
	s := newStage(t, dbtest.SQLite(t))
	key := s.as(staff.Marketer)
	path := "/testimonials/" + s.words.ID
	s.send("POST", path+"/decline", doc{"reason": "three stars"}, key).wantProblem(422, "reason")
	s.send("POST", path+"/approve", nil, key).want(200)
	if p := s.send("POST", path+"/publish", nil, key).want(200); p.text("state") != "published" || p.text("consents.0.text_shown") == "" {
		t.Errorf("published %s", p.Body)
	}
	s.send("POST", path+"/unpublish", nil, key).want(200)
	s.send("POST", path+"/tags", doc{"tags": []string{"service"}}, key).want(200)
	quote := s.send("POST", "/testimonials", doc{"customer_id": s.own.ID, "text": "Best supplier we have.", "source": "mail of 3 May"}, key).want(201)
	if quote.text("state") != "awaiting_author" {
		t.Errorf("quote %s", quote.Body)
	}
	// L5: there is no way to change a word.
	for _, op := range s.schema.operations() {
		if strings.HasPrefix(op.path, "/testimonials/{id}") && op.method != "GET" {
			if body, ok := op.doc["requestBody"].(map[string]any); ok {
				text, err := json.Marshal(body)
				s.must(err)
				if strings.Contains(string(text), "text") && !strings.Contains(string(text), "TagsInput") && !strings.Contains(string(text), "$ref") {
					t.Errorf("%s takes a text", op.path)
				}
			}
		}
	}
}

func TestDeals_ACRMsWordIsIdempotent(t *testing.T) {
	t.Parallel()
	s := newStage(t, dbtest.SQLite(t))
	key := s.as(staff.Marketer)
	made := s.send("POST", "/introductions", doc{"campaign_id": s.campaign.ID, "introducer": doc{"customer_id": s.own.ID}, "first_name": "Dora"}, key).want(201).text("id")
	s.send("POST", "/introductions/"+made+"/accept", doc{"evidence": "Yes.", "email": "dora@acme.example"}, key).want(200)
	s.send("POST", "/deals", doc{"stage": "meeting", "external_id": "d1"}, key).wantProblem(422, "introduction_id")
	s.send("POST", "/deals", doc{"prospect_email": "DORA@acme.example", "stage": "meeting", "external_id": "d1"}, key).want(200)
	s.send("POST", "/deals", doc{"introduction_id": made, "stage": "won", "external_id": "d1"}, key).wantProblem(422, "amount")
	for range 3 {
		r := s.send("POST", "/deals", doc{"introduction_id": made, "stage": "won", "external_id": "d1", "amount": doc{"amount_minor": 70000, "currency": "EUR"}}, key).want(200)
		if r.text("state") != "won" {
			t.Errorf("deal %s", r.Body)
		}
	}
	story := s.send("GET", "/introductions/"+made, nil, key).want(200)
	if story.length("deals") != 1 || story.length("rewards") != 1 {
		t.Errorf("story %s", story.Body)
	}
}

func TestInstallation_StaffKeysAndSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	key := w.as(staff.Owner)
	added := w.send("POST", "/staff", doc{"email": "rosa@example.com", "name": "Rosa", "role": "rep", "division": "North"}, key).want(201)
	if !strings.HasPrefix(added.text("setup_url"), base+"/console/setup/") {
		t.Errorf("added %s", added.Body)
	}
	id := added.text("member.id")
	w.send("POST", "/staff", doc{"email": "ROSA@example.com", "name": "Rosa", "role": "rep"}, key).wantProblem(409, "email")
	w.send("POST", "/staff", doc{"email": "x@example.com", "name": "X", "role": "king"}, key).wantProblem(422, "role")
	w.send("PATCH", "/staff/"+id, doc{"role": "marketer"}, key).want(200)
	w.send("POST", "/staff/"+id+"/setup-link", nil, key).want(200)
	w.send("POST", "/staff", doc{"email": "tom@example.com", "name": "Tom", "role": "rep"}, key).want(201)
	w.send("POST", "/staff/"+id+"/disable", doc{}, key).wantProblem(422, "successor_id")
	if list := w.send("GET", "/staff", nil, w.as(staff.Viewer)).want(200); list.length("items") != 2 {
		t.Errorf("staff %s", list.Body)
	}
	made := w.send("POST", "/api-keys", doc{"name": "CRM", "role": "marketer"}, key).want(201)
	bearer := "Authorization: Bearer " + made.text("token")
	if me := w.send("GET", "/me", nil, bearer).want(200); me.text("kind") != "api_key" || me.text("name") != "CRM" {
		t.Errorf("key is %s", me.Body)
	}
	w.send("DELETE", "/api-keys/"+made.text("key.id"), nil, key).want(204)
	w.send("GET", "/me", nil, bearer).wantProblem(401)
	settings := w.send("PATCH", "/settings", doc{"company": "Acme", "brand_color": "#ffff00", "what_we_do": doc{"en": "We build barns."}}, key).want(200)
	if settings.text("company") != "Acme" || settings.at("palette.adjusted") != true || settings.text("installation.stripe") != "off" {
		t.Errorf("settings %s", settings.Body)
	}
	w.send("PATCH", "/settings", doc{"brand_color": "yellow", "answer_hours": 0}, key).wantProblem(422, "brand_color", "answer_hours")
	if a := w.send("GET", "/audit?object=settings", nil, key).want(200); a.length("items") != 1 || !strings.Contains(a.Body.String(), "Acme") {
		t.Errorf("audit %s", a.Body)
	}
}

func TestReports_AlsoAsCSV(t *testing.T) {
	t.Parallel()
	s := newStage(t, dbtest.SQLite(t))
	name := "=HYPERLINK(1)"
	s.send("PATCH", "/campaigns/"+s.campaign.ID, doc{"name": name}, s.as(staff.Owner)).want(200)
	for path, want := range map[string]string{
		"/reports/funnel?by=campaign": `'` + name + `,1,1,1,1,1,0,1,2500.00 EUR`,
		"/reports/coverage":           "peer,1,1,1,1",
		"/reports/pipeline":           "state,step,kind,count",
		"/reports/liability":          "2026-05-13T10:20:00Z,EUR,110.00,0.00,0.00",
	} {
		r := s.send("GET", path, nil, s.as(staff.Owner), "Accept: text/csv").want(200)
		if r.Header().Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(r.Body.String(), want) || !strings.Contains(r.Body.String(), "\r\n") {
			t.Errorf("%s as CSV: %q does not hold %q", path, r.Body, want)
		}
	}
	s.send("GET", "/reports/funnel?from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z", nil, s.as(staff.Owner)).wantProblem(422, "from")
	s.send("GET", "/reports/funnel?by=shoe_size", nil, s.as(staff.Owner)).wantProblem(422, "by")
}

func TestPreview_RendersMailAndPageForAFrame(t *testing.T) {
	t.Parallel()
	s := newStage(t, dbtest.SQLite(t))
	cookie := s.signedIn(s.rosa)
	for kind, want := range map[string]string{"mail": "Hi Ana", "reminder": "Ana", "page": "Ana"} {
		r := s.send("POST", "/campaigns/preview", doc{"kind": kind, "language": "en", "campaign": doc{"template": "order_placed", "suits": doc{"en": "somebody with a barn"}}}, cookie).want(200)
		if !strings.Contains(r.text("html"), want) {
			t.Errorf("%s preview has no %q: %.300s", kind, want, r.text("html"))
		}
		saved := s.send("GET", "/campaigns/"+s.campaign.ID+"/preview.html?language=de&kind="+kind, nil, cookie).want(200)
		policy := saved.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors 'self'") || !strings.Contains(policy, "sandbox") || !strings.HasPrefix(saved.Header().Get("Content-Type"), "text/html") || !strings.Contains(saved.Body.String(), `lang="de"`) {
			t.Errorf("%s in a frame: %s %.200s", kind, policy, saved.Body)
		}
		form := url.Values{"campaign": {`{"template": "order_placed", "messages": {"en": {"subject": "S", "body": "Dear {{first_name}}", "page_title": "T <b>", "page_body": "P", "reminder_subject": "R", "reminder_body": "Again, {{first_name}}"}}}`}, "kind": {kind}, "language": {"en"}}
		posted := s.send("POST", "/campaigns/preview.html", form.Encode(), cookie, "Content-Type: application/x-www-form-urlencoded").want(200)
		if strings.Contains(posted.Body.String(), "T <b>") {
			t.Error("the words are taken for HTML")
		}
	}
	s.send("POST", "/campaigns/preview.html", "kind=mail&campaign=%7B%22vip%22%3A1%7D", cookie, "Content-Type: application/x-www-form-urlencoded").wantProblem(400, "campaign")
	s.send("GET", "/campaigns/"+s.campaign.ID+"/preview.html?kind=poster", nil, cookie).wantProblem(422, "kind")
}

func TestStream_TellsWhatChangesWithinSeconds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		server := httptest.NewServer(s.echo)
		defer server.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		open := func(header ...string) *bufio.Scanner {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+api.Prefix+"/stream", nil)
			s.must(err)
			r.Header.Set("Accept", "text/event-stream")
			for _, h := range append(header, s.as(staff.Rep)) {
				name, value, _ := strings.Cut(h, ": ")
				r.Header.Set(name, value)
			}
			answer, err := server.Client().Do(r)
			s.must(err)
			t.Cleanup(func() { _ = answer.Body.Close() })
			if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
				t.Fatalf("stream = %d %s", answer.StatusCode, answer.Header.Get("Content-Type"))
			}
			return bufio.NewScanner(answer.Body)
		}
		next := func(lines *bufio.Scanner) map[string]any {
			for lines.Scan() {
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					var v map[string]any
					s.must(json.Unmarshal([]byte(data), &v))
					if problems := s.schema.check("GET", "/stream", 200, "text/event-stream", data); len(problems) > 0 {
						t.Error(problems)
					}
					return v
				}
			}
			t.Fatalf("the stream ended: %v", lines.Err())
			return nil
		}
		lines := open()
		lines.Scan() // it has begun
		s.send("PATCH", "/customers/"+s.own.ID, doc{"note": "Likes tea."}, s.as(staff.Owner)).want(200)
		got := next(lines)
		if got["type"] != "customer.updated" || got["customer_id"] != s.own.ID {
			t.Errorf("told %v", got)
		}
		s.send("PATCH", "/customers/"+s.own.ID, doc{"note": "Likes coffee."}, s.as(staff.Owner)).want(200)
		after := next(open("Last-Event-ID: " + got["id"].(string)))
		if after["id"] == got["id"] || after["type"] != "customer.updated" {
			t.Errorf("after coming back told %v", after)
		}
	})
}

func TestDocs_AreReadableAndComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	get := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		w.echo.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, base+path, nil))
		if rec.Code != 200 {
			t.Fatalf("GET %s = %d", path, rec.Code)
		}
		return rec
	}
	if spec := get(api.Prefix + "/openapi.json"); spec.Body.String() != string(api.Document()) {
		t.Error("the served document is another")
	}
	docs := get("/api/docs")
	if !strings.HasPrefix(docs.Header().Get("Content-Type"), "text/html") || strings.Contains(docs.Body.String(), "http://") || strings.Contains(docs.Body.String(), "https://") {
		t.Error("the docs are no page of our own")
	}
	for _, op := range w.schema.operations() {
		if !strings.Contains(docs.Body.String(), `id="`+op.doc["operationId"].(string)+`"`) {
			t.Errorf("the docs leave %s out", op.path)
		}
		if _, ok := op.doc["x-permissions"]; !ok && !strings.HasPrefix(op.path, "/session") && !strings.HasPrefix(op.path, "/setup") && !strings.HasPrefix(op.path, "/me") {
			t.Errorf("%s %s says not who may use it", op.method, op.path)
		}
	}
}
