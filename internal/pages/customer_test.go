package pages_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/campaign"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/introduction"
	"goodword/internal/setting"
	"goodword/internal/testimonial"
)

func TestHello_SaysWhomItHelpsAndWhatEachSideGets(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		b := w.Browser()
		page := b.Open(p.anaURL).Shows("Hi Ana.", "Not Ana?", "a warehouse manager with 20 people or more", "€50.00", "€100.00", "Introduce someone", "Add two lines about us")
		if c := b.Cookies(); len(c) > 0 {
			t.Errorf("opening the page set %q", c)
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"} {
			if got := page.Header.Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
	})
}

func TestHello_SpeaksTheCustomersLanguage(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w, func(_ *campaign.Plan, d *customer.Draft) { d.Language, d.FirstName = "de", "Maximiliane-Theodora" })
	w.Browser().Open(p.anaURL).Shows("Guten Tag, Maximiliane-Theodora.", "Wen würden Sie empfehlen?", "50,00 €", "Jemanden empfehlen").Hides("Introduce")
}

func TestNotAna_LeadsToTheSharePage(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	page := w.Browser().Open(p.anaURL).FormWith("nonce", "").Send().Want(http.StatusOK)
	if !strings.HasPrefix(page.Path(), "/r/") {
		t.Fatalf("leads to %s, want a share page", page.Path())
	}
	page.Shows("Ana would like to introduce you to Brightwater").Hides("Krüger")
}

func TestIntroduce_FromTheFirstNameToTheSentMessage(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		b := w.Browser()
		second := b.Open(p.anaURL+"/introduce").Main().Fill("first_name", "Ben").Fill("note", note).Press("how", "self").Want(200)
		second.Shows("Ready for Ben", note, "What Ben will see", "Ana would like to introduce you to Brightwater", "As a welcome you get €50.00")
		if c := b.Cookies(); len(c) != 1 {
			t.Errorf("after the submission the device keeps %q, want one cookie", c)
		}
		row := p.introduced()
		if row.State != introduction.Ready || !row.SharedAt.IsZero() {
			t.Fatalf("before a channel is tapped it is %s", row.State)
		}
		sent := second.Main().Press("channel", "whatsapp")
		if !strings.HasPrefix(sent.Location, "https://wa.me/?text=Hi%20Ben") {
			t.Fatalf("WhatsApp leads to %q", sent.Location)
		}
		link, err := w.App.Introductions.ProspectURL(w.Context(), row.ID)
		w.Must(err)
		if text := sent.Location; !strings.Contains(text, url.QueryEscape(link)) || !strings.Contains(text, "rosa%40brightwater.example") {
			t.Errorf("the message lacks Ben's link or Rosa's address: %s", text)
		}
		if row = p.introduced(); row.State != introduction.Invited || row.Channel != "whatsapp" {
			t.Fatalf("after the tap it is %s by %q", row.State, row.Channel)
		}
		// "I did not send it" undoes.
		b.Open(p.anaURL+"/introductions/"+row.ID).Main().Press("channel", "undo").Want(200)
		if row = p.introduced(); !row.SharedAt.IsZero() {
			t.Error("after undoing it still counts as sent")
		}
		b.Open(p.anaURL+"/introductions/"+row.ID).Main().Press("channel", "copy").Want(200).Shows("The message", "Hi Ben,")
		done := b.Open(p.anaURL+"/introductions/"+row.ID+"/done").Shows("Sent", "Said yes", "In good hands", "Customer", "How do you know Ben?")
		done.Main().Choose("source", "peer").Choose("rail", "invoice_credit").Send().Want(200).Shows("Saved.")
		if row = p.introduced(); row.Source != "peer" {
			t.Errorf("the source is %q", row.Source)
		}
		who, err := w.App.Customers.ByID(w.Context(), w.App.DB, p.ana.ID)
		w.Must(err)
		if who.PreferredRail != "invoice_credit" {
			t.Errorf("the rail is %q", who.PreferredRail)
		}
	})
}

func (p *place) introduced() introduction.Introduction {
	p.T.Helper()
	made, err := p.App.Introductions.ForCustomer(p.Context(), p.ana.ID)
	p.Must(err)
	if len(made) != 1 {
		p.T.Fatalf("%d introductions, want 1", len(made))
	}
	return made[0]
}

func TestIntroduce_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		b := w.Browser()
		wrong := b.Open(p.anaURL+"/introduce").Main().Fill("note", note).Choose("source", "supplier").Press("how", "self").Want(http.StatusUnprocessableEntity)
		if wrong.Alert() == "" {
			t.Error("the problems stand in no alert")
		}
		form := wrong.Main()
		if form.Value("note") != note || form.Value("source") != "supplier" || form.Value("draft") == "" {
			t.Errorf("the form came back with note %q, source %q, draft %q", form.Value("note"), form.Value("source"), form.Value("draft"))
		}
		// The draft is there on this device when the page is opened again, and on no other.
		if got := b.Open(p.anaURL + "/introduce").Main().Value("note"); got != note {
			t.Errorf("opened again it has %q", got)
		}
		if got := w.Browser().Open(p.anaURL + "/introduce").Main().Value("note"); got != "" {
			t.Errorf("on another device it has %q", got)
		}
		form.Fill("first_name", "Ben").Press("how", "self").Want(200)
		if row := p.introduced(); row.Source != "supplier" || row.Note != note {
			t.Errorf("sent with source %q and note %q", row.Source, row.Note)
		}
	})
}

func TestIntroduce_ASuggestionWritesToNobody(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	b := w.Browser()
	b.Open(p.anaURL+"/introduce").Main().Fill("first_name", "Ben").Press("how", "lead").Want(http.StatusUnprocessableEntity)
	b.Open(p.anaURL+"/introduce").Main().Fill("first_name", "Ben").Fill("company", "Harbor Optics").Press("how", "lead").Want(200).Shows("Thank you for thinking of Ben", "Hi Ben, Ana here")
	row := p.introduced()
	if row.Kind != introduction.Lead {
		t.Fatalf("it is a %s", row.Kind)
	}
	// It can become an introduction after all.
	b.Open(p.anaURL+"/introductions/"+row.ID+"?show=lift").Main().Press("channel", "copy").Want(200).Shows("Hi Ben,", "/i/")
	if row = p.introduced(); row.Kind != introduction.Referral || row.State != introduction.Invited {
		t.Errorf("lifted, it is a %s in %s", row.Kind, row.State)
	}
}

func TestIntroduce_TheSameFormTwiceIsOneIntroduction(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	form := w.Browser().Open(p.anaURL+"/introduce").Main().Fill("first_name", "Ben")
	form.Press("how", "self").Want(200)
	form.Press("how", "self").Want(200)
	p.introduced()
}

func TestIntroduce_RefusesARobotAndAForgedNonce(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	b := w.Browser()
	b.Open(p.anaURL+"/introduce").Main().Fill("first_name", "Ben").Fill("gw_trap", "http://spam.example").Press("how", "self").Want(200)
	answer, err := http.PostForm(p.anaURL+"/introduce", url.Values{"first_name": {"Ben"}, "how": {"self"}, "nonce": {"zzz.forged"}})
	w.Must(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a forged nonce is answered %d", answer.StatusCode)
	}
	made, err := w.App.Introductions.ForCustomer(w.Context(), p.ana.ID)
	w.Must(err)
	if len(made) != 0 {
		t.Errorf("%d introductions were made", len(made))
	}
}

// S8: what the page answers does not tell who the other is.
func TestIntroduce_AnswersAlikeWhoeverItIs(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w, func(_ *campaign.Plan, d *customer.Draft) { d.Country = "GB" })
	_, err := w.App.Customers.Create(w.Context(), system, customer.Draft{FirstName: "Ben", Email: benMail, Language: "en"})
	w.Must(err)
	p.portalOn("GB")
	var pages []string
	for _, mail := range []string{"new.person@harbor.example", benMail, "rosa@brightwater.example"} {
		page := w.Browser().Open(p.anaURL+"/introduce").Main().Fill("first_name", "Ben").Fill("email", mail).Choose("expects", "1").Press("how", "portal").Want(200)
		pages = append(pages, page.Text())
	}
	for _, other := range pages[1:] {
		if other != pages[0] {
			t.Errorf("the answers differ:\n%s\n---\n%s", pages[0], other)
		}
	}
}

func TestNames_AreShownOnlyWhereTheyWereEnteredOrAfterTheCode(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		mine, other := w.Browser(), w.Browser()
		id, _ := p.introduces(mine)
		mine.Open(p.anaURL).Shows("Sent, waiting for Ben")
		other.Open(p.anaURL).Hides("Ben").Shows("Somebody you introduced", "Sent, waiting for an answer", "Confirm that it is you")
		if page := other.Open(p.anaURL + "/introductions/" + id).Hides("Ben"); !strings.HasSuffix(page.Path(), "/code") {
			t.Errorf("an unknown device gets to %s", page.Path())
		}
		p.confirms(other)
		other.Open(p.anaURL).Shows("Sent, waiting for Ben")
		other.Open(p.anaURL + "/introductions/" + id).Shows("Sent to Ben")
	})
}

// S3: a link alone neither exports data nor changes an address.
func TestData_NeedsTheCode(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		b := w.Browser()
		if page := b.Open(p.anaURL + "/data").Hides(anaMail); !strings.HasSuffix(page.Path(), "/code") {
			t.Fatalf("without a code the page is %s", page.Path())
		}
		for _, action := range []string{"export", "correct"} {
			answer, err := http.PostForm(p.anaURL+"/data", url.Values{"action": {action}, "email": {"thief@example.com"}})
			w.Must(err)
			answer.Body.Close()
			if answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s without a code is answered %d", action, answer.StatusCode)
			}
		}
		p.confirms(b)
		page := b.Open(p.anaURL+"/data").Shows("Ana Krüger", anaMail)
		file := page.FormWith("action", "export").Press("action", "export").Want(200)
		if !strings.Contains(file.Source, `"Ana Krüger"`) || !strings.Contains(file.Header.Get("Content-Disposition"), "my-data.json") {
			t.Errorf("the export is %q", file.Source)
		}
		page.Main().Fill("email", "no address").Press("action", "correct").Want(http.StatusUnprocessableEntity)
		page.Main().Fill("email", "ana@new-job.example").Press("action", "correct").Want(200).Shows("Saved.", "ana@new-job.example")
	})
}

func TestTestimonial_IsSentChangedAndWithdrawn(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		b := w.Browser()
		page := b.Open(p.anaURL+"/testimonial").Shows("€10.00", "whatever you write", "The author was offered a thank-you")
		page.Main().Send().Want(http.StatusUnprocessableEntity)
		page.Main().Choose("rating", "4").Fill("text", "Nobody waits any more.").Choose("allow", "own").Choose("signed_as", "first_company").
			Send().Want(200).Shows("Thank you for your words", "Being read", "Nobody waits any more.")
		said, err := w.App.Testimonials.ByInvitation(w.Context(), p.invited.ID)
		w.Must(err)
		if said.Rating != 4 || said.Name != "Ana, Kranich Spedition" {
			t.Errorf("%d stars by %q", said.Rating, said.Name)
		}
		// L6: each channel is recorded on its own, with the very words beside the switch.
		consents, err := w.App.Customers.Consents(w.Context(), w.App.DB, customer.AboutTestimonial, said.ID)
		w.Must(err)
		for ch, want := range map[string]string{"website": "On the website of Brightwater and in sales talks", "sales": "On the website of Brightwater and in sales talks", "name": "First name and company"} {
			if c := consents[ch]; !c.Granted || c.TextShown != want {
				t.Errorf("consent %s: %v %q, want %q", ch, c.Granted, c.TextShown, want)
			}
		}
		if consents["social"].Granted || consents["logo"].Granted {
			t.Error("what was not ticked is granted")
		}
		for _, page := range []string{"", "/mine"} {
			b.Open(p.anaURL + page).Shows("Read or change your words").Hides("Add two lines")
		}
		edit := b.Open(p.anaURL + "/testimonial").Follow("edit=1").Main()
		if edit.Value("text") != "Nobody waits any more." {
			t.Errorf("the form to edit has %q", edit.Value("text"))
		}
		edit.Fill("text", "Nobody waits any more, mostly.").Send().Want(200).Shows("mostly")
		b.Open(p.anaURL+"/testimonial").FormWith("action", "withdraw").Press("action", "withdraw").Want(200).Shows("Withdrawn")
		if said, err = w.App.Testimonials.ByID(w.Context(), said.ID); err != nil || said.State != testimonial.Withdrawn {
			t.Errorf("after the withdrawal it is %s, %v", said.State, err)
		}
	})
}

func TestRewards_AreChosenByLinkAndDeclinedOnlyAfterTheCode(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		b := w.Browser()
		b.Open(p.anaURL+"/testimonial").Main().Choose("rating", "5").Fill("text", "Good.").Send().Want(200)
		page := w.Browser().Open(p.anaURL+"/rewards").Hides("€10.00").Shows("For your words about us", "Confirm that it is you")
		page.Main().Send().Want(http.StatusUnprocessableEntity)
		page.Main().Choose("rail", "invoice_credit").Send().Want(200).Shows("credit on your next invoice")
		rewards, err := w.App.Rewards.ForCustomer(w.Context(), p.ana.ID)
		w.Must(err)
		answer, err := http.PostForm(p.anaURL+"/rewards", url.Values{"reward": {rewards[0].ID}, "decline": {"1"}, "nonce": {page.Main().Value("nonce")}})
		w.Must(err)
		answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden {
			t.Errorf("declining by the link alone is answered %d", answer.StatusCode)
		}
		p.confirms(b)
		b.Open(p.anaURL+"/rewards").Shows("€10.00").Main().Press("decline", "1").Want(200).Shows("You said no, thank you")
	})
}

func TestStop_AsksLessAndStops(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	b := w.Browser()
	b.Open(p.anaURL + "/stop").Main().Send().Want(http.StatusUnprocessableEntity)
	b.Open(p.anaURL+"/stop").Main().Choose("scope", "less").Send().Want(200)
	if who := p.customer(); !who.AskLess {
		t.Error("she is not asked less")
	}
	b.Open(p.anaURL+"/stop").Main().Choose("scope", "all").Send().Want(200)
	if who := p.customer(); who.StoppedAt.IsZero() {
		t.Error("she is still asked")
	}
	b.Open(p.anaURL+"/stop").Main().Choose("scope", "resume").Send().Want(200)
	if who := p.customer(); !who.StoppedAt.IsZero() || who.AskLess {
		t.Error("she is not asked as before")
	}
}

func (p *place) customer() customer.Customer {
	p.T.Helper()
	c, err := p.App.Customers.ByID(p.Context(), p.App.DB, p.ana.ID)
	p.Must(err)
	return c
}

func TestNotNow_EndsTheAsk(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	page := w.Browser().Open(p.anaURL + "/later")
	page.Main().Send().Want(200) // the first button keeps it open
	if i, err := w.App.Invitations.ByID(w.Context(), w.App.DB, p.invited.ID); err != nil || i.State == "stopped" {
		t.Fatalf("the first button led to %s, %v", i.State, err)
	}
	page.Main().Press("answer", "not_now").Want(200).Shows("Done.")
	if i, err := w.App.Invitations.ByID(w.Context(), w.App.DB, p.invited.ID); err != nil || i.State != "stopped" {
		t.Errorf("not now led to %s, %v", i.State, err)
	}
}

func TestNudges_AreTurnedOffByLinkAlone(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	id, _ := p.introduces(w.Browser())
	w.Browser().Open(p.anaURL+"/introductions/"+id+"/nudges").Hides("Ben").Main().Press("answer", "off").Want(200).Shows("Done.")
	if row := p.introduced(); !row.NudgesOff {
		t.Error("the reminders are still on")
	}
}

// S7: whoever asks, the page for links that open nothing is the same.
func TestFreshLink_SaysTheSameToEverybody(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		unknown := w.URL + "/c/" + strings.Repeat("A", 27)
		w.Skip(800 * 24 * time.Hour)
		old := w.Browser().Get(p.anaURL).Want(http.StatusNotFound)
		none := w.Browser().Get(unknown).Want(http.StatusNotFound)
		if old.Text() != none.Text() {
			t.Errorf("an old link reads\n%s\nan unknown one\n%s", old.Text(), none.Text())
		}
		a, b := old.Main().Send().Want(200), none.Main().Send().Want(200)
		if a.Text() != b.Text() {
			t.Errorf("the answers differ: %q, %q", a.Text(), b.Text())
		}
		fresh := w.Mail(anaMail, "fresh link").Link("/c/")
		w.Browser().Open(fresh).Shows("Hi Ana.")
	})
}

func (p *place) portalOn(country string) {
	p.T.Helper()
	p.Must(p.App.DB.InTx(p.Context(), func(ctx context.Context, tx db.Tx) error {
		return p.App.Settings.Update(ctx, tx, func(s *setting.Settings) error {
			s.CountryPolicy = map[string]bool{country: true}
			return nil
		})
	}))
}
