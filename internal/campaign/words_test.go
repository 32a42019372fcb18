package campaign_test

import (
	"strings"
	"testing"

	"goodword/internal/campaign"
)

func TestMerge_LeavesNoGap(t *testing.T) {
	t.Parallel()
	full := campaign.Values{FirstName: "Ana", Company: "Example", Suits: "a baker", Reward: "You get €5.00.", Rep: "Rosa"}
	for _, c := range []struct {
		text string
		v    campaign.Values
		want string
	}{
		{"Hi {{first_name}},\n\nwe are {{company}}. {{rep}}", full, "Hi Ana,\n\nwe are Example. Rosa"},
		{"Hi {{ first_name }},", full, "Hi Ana,"},
		{"Hi {{first_name}},\n\nyou know us.", campaign.Values{}, "Hi,\n\nyou know us."},
		{"One name, {{first_name}}?", campaign.Values{}, "One name?"},
		{"Thank you, {{first_name}}, and one question", campaign.Values{}, "Thank you, and one question"},
		{"Two lines from you, {{first_name}}", campaign.Values{}, "Two lines from you"},
		{"{{first_name}}, one question", campaign.Values{}, "one question"},
		{"Is {{first_name}} there, {{first_name}}?", campaign.Values{}, "Is there?"},
		{"Good.\n\nIt suits {{suits}}.\n\n{{reward}}\n\nBye.", campaign.Values{}, "Good.\n\nBye."},
		{"Good.\n\n{{reward}}", full, "Good.\n\nYou get €5.00."},
		{"No words here {{", full, "No words here {{"},
		{"Hi {{first_name}}", campaign.Values{FirstName: "{{reward}}", Reward: "a prize"}, "Hi {{reward}}"},
	} {
		if got := campaign.Merge(c.text, c.v); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
	w := campaign.Words{Subject: "For {{first_name}}"}.Merged(campaign.Values{FirstName: "Ana\r\nBcc: x@y.example"})
	if strings.ContainsAny(w.Subject, "\r\n") {
		t.Errorf("subject %q has a line break", w.Subject)
	}
}

// Phrases that no campaign may hold: they ask for praise, or make the thank-you depend on it.
var praise = []string{
	// English
	"Leave us a 5-star review", "Give us FIVE STARS", "a positive review would help", "positive  feedback", "write a glowing testimonial", "a good rating", "the highest rating",
	"Tell them how great we are", "tell your friends how happy you are", "rave about us", "say something nice", "say nice things", "if you are happy with us",
	"if you’re satisfied", "only if you loved us", "★★★★★", "10 out of 10", "no negative reviews please", "five out of five", "an excellent review", "your kind testimonial",
	// German
	"5-Sterne-Bewertung", "fünf Sterne", "eine positive Bewertung", "positive Rückmeldung", "eine gute Rezension", "die beste Bewertung", "Wenn Sie zufrieden sind", "nur wenn du zufrieden bist",
	"falls Sie glücklich sind", "Sagen Sie etwas Nettes", "erzählen Sie anderen, wie toll wir sind", "keine negativen Bewertungen", "volle Punktzahl", "eine tolle Kritik", "Wenn es Ihnen gefällt", "loben Sie uns",
	// French
	"un avis positif", "cinq étoiles", "5 étoiles", "un commentaire élogieux", "une bonne note", "un excellent avis", "si vous êtes satisfait", "Seulement si vous êtes contents", "dites du bien de nous",
	"la note maximale", "un témoignage favorable", "pas d'avis négatifs", "si cela vous a plu",
	// Spanish
	"una reseña positiva", "cinco estrellas", "5 estrellas", "una opinión favorable", "una buena reseña", "la máxima puntuación", "si estás contento", "si está satisfecho", "hable bien de nosotros",
	"una valoración excelente", "di algo bueno", "si te gustó", "sin reseñas negativas",
}

// Phrases that must pass: asking for an honest word, and words that merely look alike.
var honest = []string{
	"Two honest lines are enough, the good and the not so good.", "What would you tell somebody who asks about us?", "Whatever you write, you get €10.00.", "Somebody would be glad to know us.",
	"A good moment to look back", "Your kind words went straight to the people who did the work.", "You get five days.", "Good that you are here", "I look forward to another year.", "How are things going?",
	"Zwei ehrliche Zeilen genügen.", "Wenn Ihnen ein Name einfällt", "Ein guter Moment für einen Blick zurück", "ganz gleich, was darin steht", "Wenn nicht, ist das auch in Ordnung.", "Ihre freundlichen Worte",
	"Deux lignes honnêtes suffisent.", "Un bon moment pour regarder en arrière", "si quelqu'un vous vient à l'esprit", "Dos líneas sinceras bastan.", "Un buen momento", "si alguien le viene a la mente",
}

func TestLint_RefusesPraiseInFourLanguages(t *testing.T) {
	t.Parallel()
	for _, p := range praise {
		if len(campaign.Lint("Hello. "+p+", please.")) == 0 {
			t.Errorf("%q passed", p)
		}
	}
	for _, h := range honest {
		if hits := campaign.Lint(h); len(hits) > 0 {
			t.Errorf("%q was refused for %q", h, hits)
		}
	}
}
