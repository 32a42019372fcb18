package campaign

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// forbidden are the ways of asking for praise or of making a thank-you depend on it, on folded text: lower case, no
// accents, one blank between words. 16 CFR 465.4 and the DMCC Act forbid rewards for sentiment; asking for an honest word
// is fine. French and Spanish stand beside English and German because words may be written in any language.
var forbidden = compile(
	// Stars and scores in any of the languages.
	`(5|five|funf|cinq|cinco) (star|stern|etoile|estrella)s?e?n?`, `[★⭐]{4,}`, `\b10 (out of|von|sur|de) 10\b`, `\b(5|five) (out of|von|sur|de) (5|five)\b`,
	// English.
	`\b(positive|good|great|nice|glowing|favou?rable|excellent|perfect|top|raving|rave|stellar|amazing|kind) (review|rating|score|testimonial|feedback|comment)s?\b`,
	`\b(highest|top|best|full) (rating|score|marks|stars)\b`, `\brave about\b`, `\bsay (something )?(nice|good|positive|kind|great)( things?)?\b`,
	`\btell (them|others|everyone|everybody|people|us|the world|your friends) (how|why) (great|good|happy|much|amazing|wonderful|satisfied|you love|we are the best)\b`,
	`\b(only|just)? ?if you (are|were|re) (happy|satisfied|pleased|delighted)\b`, `\bif you (love|loved|like|liked|enjoy|enjoyed) (us|it|our|the)\b`,
	`\b(praise|compliment) us\b`, `\b(no|not|avoid) (negative|bad|critical) (review|rating|comment|feedback)s?\b`, `\brecommend us (highly|warmly)\b`, `\bget (a|your) reward for (a|your) (good|positive|great)\b`,
	// German.
	`\b(positiv|gut|toll|super|nett|hervorragend|ausgezeichnet|best|freundlich|begeistert|lobend)(e|en|er|es)? (bewertung|rezension|rueckmeldung|ruckmeldung|kritik|referenz|kommentar|stimme|beurteilung)(en|s|e)?\b`,
	`\b(best|hochst)(e|en|er|es|mogliche|moglichen)? (bewertung|note|punktzahl|sternezahl)\b`, `\bvolle (punktzahl|sterne)\b`, `\b(nur|falls|wenn|sofern) (wenn )?(sie|du|ihr) (mit uns )?(zufrieden|glucklich|begeistert)\b`,
	`\b(sagen|sag|erzahlen|erzahl|schreiben|schreib) (sie )?(uns|anderen|allen|weiter)?,? ?(etwas nettes|etwas gutes|wie (toll|gut|zufrieden|begeistert|super))\b`, `\bloben sie uns\b`, `\blob(e)? uns\b`,
	`\bwenn (es )?(ihnen|dir|euch) (bei uns |es )?gefall(t|en)( hat)?\b`, `\bkeine (negative|schlechte)n? (bewertung|rezension|kritik)(en)?\b`,
	// French.
	`\b(avis|commentaire|temoignage|retour|evaluation|note)s? (positif|positive|favorable|elogieux|elogieuse|excellent|excellente|parfait|parfaite)s?\b`,
	`\b(bon|bonne|excellent|excellente|bel|belle|super|tres bon|tres bonne) (avis|note|commentaire|temoignage|evaluation)s?\b`, `\b(meilleure|note) (note|maximale)\b`,
	`\b(seulement )?si vous (etes|avez ete) (satisfait|content|heureux|ravi)(e|s|es)?\b`, `\bdites (a tous |aux autres |leur |nous )?(du bien|combien|a quel point)\b`, `\bsi (cela|ca|nous) vous (a|avons) plu\b`, `\bpas de? ?avis negatifs?\b`,
	// Spanish.
	`\b(resena|opinion|valoracion|comentario|testimonio|calificacion|critica)(es|s)? (positiv[ao]|favorable|excelente|perfect[ao]|buen[ao])s?\b`,
	`\b(buen|buena|excelente|gran|mejor) (resena|opinion|valoracion|comentario|testimonio|calificacion|nota)(s|es)?\b`, `\b(maxima|mejor) (puntuacion|nota|calificacion)\b`,
	`\b(solo )?si (estas|esta|estan|quedo|quedaste) (content|satisfech|feli|encantad)[a-z]*\b`, `\b(di|diga|digan|cuenta|cuente|cuentales) (algo bueno|a todos lo|lo (bien|bueno|contento)|que (genial|bien))\b`, `\bhable? bien de nosotros\b`, `\bsi (te|le|les) (gusto|ha gustado|gusta)\b`, `\bsin (resenas|opiniones|criticas) negativas\b`,
)

func compile(patterns ...string) []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(patterns))
	for i, p := range patterns {
		out[i] = regexp.MustCompile(p)
	}
	return out
}

// fold lower-cases, drops accents and turns every run of blanks, hyphens and quotes into one blank.
func fold(text string) string {
	var b strings.Builder
	blank := false
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '*' || r == '_':
			continue
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '"' || r == '“' || r == '”' || r == '„' || r == '’' || r == '\'':
			blank = true
			continue
		case r == 'ß':
			b.WriteString("ss")
			continue
		}
		if blank && b.Len() > 0 {
			b.WriteByte(' ')
		}
		blank = false
		b.WriteRune(r)
	}
	return b.String()
}

// Lint returns the phrases in a text, folded to lower case, that ask for praise or make a thank-you depend on it.
// Such a text cannot be saved: rewards may depend on taking part, never on what is said.
func Lint(text string) []string {
	folded := fold(text)
	var out []string
	for _, p := range forbidden {
		for _, hit := range p.FindAllString(folded, -1) {
			if hit = strings.TrimSpace(hit); !slices.Contains(out, hit) {
				out = append(out, hit)
			}
		}
	}
	return out
}
