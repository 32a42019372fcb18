package campaign

// The words of the templates. The first line says whom it helps. Mails end before the signature, which is added; whom it
// suits stands under the mail's text by itself. Nobody is asked for praise.

var wordsEN = map[string]Words{
	"order_placed": {
		Subject: "Who else should know about this, {{first_name}}?",
		Body: `Hi {{first_name}},

somebody you know may be looking for exactly what you have just chosen.

You know better than anyone what made you decide. One name and one line in your own words are enough: you send it yourself, and whoever gets it decides whether we talk.

{{reward}}`,
		PageTitle: "Whom would you introduce to us?",
		PageBody: `One name and one line in your own words. You send it yourself, and nobody hears from us who has not said yes.

Whom it suits: {{suits}}

{{reward}}`,
		ReminderSubject: "One name is enough, {{first_name}}",
		ReminderBody: `Hi {{first_name}},

a week ago I asked whether somebody comes to your mind who would be glad to know us.

Perhaps this helps: who sat next to you in your last job, or whom do you call when something does not work? One name and one line are enough, and it takes a minute.

{{reward}}`,
	},
	"priming": {
		Subject: "What happens next, {{first_name}}",
		Body: `Hi {{first_name}},

this is for you and for the people who work with you: from now on you have one person to call, and that is me.

My aim is that in a few months you tell a colleague about this without being asked. Should anything stand in the way of that, write to me and I see to it.

Nothing to do for you today.`,
		PageTitle: "Good that you are here",
		PageBody:  `We have begun. Should anything stand in the way, just write to us.`,
	},
	"thanked": {
		Subject: "Thank you, {{first_name}}, and one question",
		Body: `Hi {{first_name}},

somebody you know may have the problem that we have just solved for you.

Your kind words went straight to the people who did the work. If one person comes to your mind who would want the same, introduce us in one line of your own. They decide whether we talk.

{{reward}}`,
		PageTitle: "Who has the same problem?",
		PageBody: `One name and one line in your own words. You send it yourself, and nobody hears from us who has not said yes.

Whom it suits: {{suits}}

{{reward}}`,
		ReminderSubject: "Did somebody come to your mind, {{first_name}}?",
		ReminderBody: `Hi {{first_name}},

last week I asked whom you would introduce to us. I ask once more, then I leave you in peace.

A neighbour, a supplier, somebody in the same trade: one name and one line are enough.

{{reward}}`,
	},
	"renewal": {
		Subject: "Before the new year with us, {{first_name}}",
		Body: `Hi {{first_name}},

somebody you know may be where you were when you first talked to us.

Your contract comes up soon, so this is a good time to look back: what did it save you, and who else could use that? Introduce them in one line, or leave two lines about your time with us, whatever you have to say.

{{reward}}`,
		PageTitle: "Who is where you were back then?",
		PageBody: `One name and one line in your own words. You send it yourself, and nobody hears from us who has not said yes.

Whom it suits: {{suits}}

{{reward}}`,
		ReminderSubject: "One name before the renewal, {{first_name}}?",
		ReminderBody: `Hi {{first_name}},

last week I asked who is where you were when we first talked. If a name has come to your mind since, it takes a minute.

If not, that is fine too. I look forward to another year.

{{reward}}`,
	},
	"blind_spot": {
		Subject: "A question I should have asked long ago, {{first_name}}",
		Body: `Hi {{first_name}},

people you know could profit from the same thing as you, and I have never asked you about them.

Who comes to your mind? A colleague in another department, a company next door, a supplier, one of your own customers. One name and one line are enough: you send it yourself, and they decide.

{{reward}}`,
		PageTitle: "Who comes to your mind?",
		PageBody: `One name and one line in your own words. You send it yourself, and nobody hears from us who has not said yes.

Whom it suits: {{suits}}

{{reward}}`,
		ReminderSubject: "Still one question open, {{first_name}}",
		ReminderBody: `Hi {{first_name}},

last week I asked you for the first time who would be glad to know us. I ask once more, then I leave you in peace.

One name and one line are enough.

{{reward}}`,
	},
	"reconnect": {
		Subject: "It has been a while, {{first_name}}",
		Body: `Hi {{first_name}},

this may save you some time: a few things have become easier with us since we last talked.

I would like to know how things are going with you, and whether what we did back then still works. A short answer to this mail is enough; it comes to me.

There is nothing to sign and nothing to buy.`,
		PageTitle: "Good to see you again",
		PageBody:  `It has been a while. If you have a question, just write to us.`,
	},
	"two_lines": {
		Subject: "Two lines from you, {{first_name}}?",
		Body: `Hi {{first_name}},

people who are about to decide trust those who have decided before them more than they trust us.

What would you tell somebody who asks about {{company}}? Two lines are enough, the good and the not so good. You choose where they may be shown, and you can change or withdraw them at any time.

{{reward}}`,
		PageTitle: "What would you tell somebody who asks about us?",
		PageBody: `Two honest lines are enough. You choose where they may be shown.

{{reward}}`,
		ReminderSubject: "Two lines are enough, {{first_name}}",
		ReminderBody: `Hi {{first_name}},

last week I asked for two lines about your time with us. Others read them before they decide, so honest ones help most.

It takes a minute on the phone.

{{reward}}`,
	},
}

var wordsDE = map[string]Words{
	"order_placed": {
		Subject: "Wer sollte davon noch wissen, {{first_name}}?",
		Body: `Guten Tag {{first_name}},

jemand, den Sie kennen, sucht vielleicht genau das, wofür Sie sich gerade entschieden haben.

Niemand weiß besser als Sie, was den Ausschlag gab. Ein Name und eine Zeile in Ihren eigenen Worten genügen: Sie schicken sie selbst, und wer sie bekommt, entscheidet, ob wir miteinander sprechen.

{{reward}}`,
		PageTitle: "Wen möchten Sie uns vorstellen?",
		PageBody: `Ein Name und eine Zeile in Ihren eigenen Worten. Sie schicken sie selbst, und niemand hört von uns, der nicht Ja gesagt hat.

Für wen es passt: {{suits}}

{{reward}}`,
		ReminderSubject: "Ein Name genügt, {{first_name}}",
		ReminderBody: `Guten Tag {{first_name}},

vor einer Woche habe ich gefragt, ob Ihnen jemand einfällt, der uns gern kennen würde.

Vielleicht hilft das: Wer saß an Ihrer letzten Stelle neben Ihnen, oder wen rufen Sie an, wenn etwas nicht geht? Ein Name und eine Zeile genügen, es dauert eine Minute.

{{reward}}`,
	},
	"priming": {
		Subject: "So geht es weiter, {{first_name}}",
		Body: `Guten Tag {{first_name}},

das ist für Sie und für alle, die mit Ihnen arbeiten: Ab jetzt haben Sie eine Person, die Sie anrufen können, und das bin ich.

Mein Ziel ist, dass Sie in ein paar Monaten einem Kollegen davon erzählen, ohne dass jemand darum bittet. Steht dem etwas im Weg, schreiben Sie mir, und ich kümmere mich darum.

Für Sie ist heute nichts zu tun.`,
		PageTitle: "Schön, dass Sie da sind",
		PageBody:  `Wir haben angefangen. Steht etwas im Weg, schreiben Sie uns einfach.`,
	},
	"thanked": {
		Subject: "Danke, {{first_name}}, und eine Frage",
		Body: `Guten Tag {{first_name}},

jemand, den Sie kennen, hat vielleicht das Problem, das wir gerade für Sie gelöst haben.

Ihre freundlichen Worte sind gleich an die gegangen, die die Arbeit gemacht haben. Fällt Ihnen ein Mensch ein, der das auch möchte, dann stellen Sie uns mit einer eigenen Zeile vor. Er entscheidet, ob wir miteinander sprechen.

{{reward}}`,
		PageTitle: "Wer hat das gleiche Problem?",
		PageBody: `Ein Name und eine Zeile in Ihren eigenen Worten. Sie schicken sie selbst, und niemand hört von uns, der nicht Ja gesagt hat.

Für wen es passt: {{suits}}

{{reward}}`,
		ReminderSubject: "Ist Ihnen jemand eingefallen, {{first_name}}?",
		ReminderBody: `Guten Tag {{first_name}},

letzte Woche habe ich gefragt, wen Sie uns vorstellen würden. Ich frage noch einmal, dann lasse ich Sie in Ruhe.

Ein Nachbar, ein Lieferant, jemand aus der gleichen Branche: Ein Name und eine Zeile genügen.

{{reward}}`,
	},
	"renewal": {
		Subject: "Vor dem neuen Jahr mit uns, {{first_name}}",
		Body: `Guten Tag {{first_name}},

jemand, den Sie kennen, steht vielleicht da, wo Sie standen, als wir zum ersten Mal sprachen.

Ihr Vertrag steht bald an, ein guter Moment für einen Blick zurück: Was hat es Ihnen erspart, und wer könnte das auch brauchen? Stellen Sie uns mit einer Zeile vor, oder hinterlassen Sie zwei Zeilen über die Zeit mit uns, ganz gleich, was darin steht.

{{reward}}`,
		PageTitle: "Wer steht da, wo Sie damals standen?",
		PageBody: `Ein Name und eine Zeile in Ihren eigenen Worten. Sie schicken sie selbst, und niemand hört von uns, der nicht Ja gesagt hat.

Für wen es passt: {{suits}}

{{reward}}`,
		ReminderSubject: "Ein Name vor der Verlängerung, {{first_name}}?",
		ReminderBody: `Guten Tag {{first_name}},

letzte Woche habe ich gefragt, wer da steht, wo Sie standen, als wir zum ersten Mal sprachen. Ist Ihnen seitdem ein Name eingefallen, dauert es eine Minute.

Wenn nicht, ist das auch in Ordnung. Ich freue mich auf ein weiteres Jahr.

{{reward}}`,
	},
	"blind_spot": {
		Subject: "Eine Frage, die ich längst hätte stellen sollen, {{first_name}}",
		Body: `Guten Tag {{first_name}},

Menschen, die Sie kennen, könnten das Gleiche brauchen wie Sie, und ich habe Sie nie nach ihnen gefragt.

Wer fällt Ihnen ein? Eine Kollegin in einer anderen Abteilung, die Firma nebenan, ein Lieferant, einer Ihrer eigenen Kunden. Ein Name und eine Zeile genügen: Sie schicken sie selbst, und die andere Seite entscheidet.

{{reward}}`,
		PageTitle: "Wer fällt Ihnen ein?",
		PageBody: `Ein Name und eine Zeile in Ihren eigenen Worten. Sie schicken sie selbst, und niemand hört von uns, der nicht Ja gesagt hat.

Für wen es passt: {{suits}}

{{reward}}`,
		ReminderSubject: "Eine Frage ist noch offen, {{first_name}}",
		ReminderBody: `Guten Tag {{first_name}},

letzte Woche habe ich Sie zum ersten Mal gefragt, wer uns gern kennen würde. Ich frage noch einmal, dann lasse ich Sie in Ruhe.

Ein Name und eine Zeile genügen.

{{reward}}`,
	},
	"reconnect": {
		Subject: "Lange nichts gehört, {{first_name}}",
		Body: `Guten Tag {{first_name}},

das spart Ihnen vielleicht Zeit: Einiges ist bei uns einfacher geworden, seit wir zuletzt gesprochen haben.

Ich möchte gern wissen, wie es bei Ihnen läuft und ob das, was wir damals gemacht haben, noch funktioniert. Eine kurze Antwort auf diese Mail genügt, sie kommt bei mir an.

Es gibt nichts zu unterschreiben und nichts zu kaufen.`,
		PageTitle: "Schön, Sie wiederzusehen",
		PageBody:  `Es ist eine Weile her. Haben Sie eine Frage, schreiben Sie uns einfach.`,
	},
	"two_lines": {
		Subject: "Zwei Zeilen von Ihnen, {{first_name}}?",
		Body: `Guten Tag {{first_name}},

wer vor einer Entscheidung steht, glaubt denen, die sie schon getroffen haben, mehr als uns.

Was würden Sie jemandem sagen, der nach {{company}} fragt? Zwei Zeilen genügen, das Gute und das weniger Gute. Sie bestimmen, wo sie zu lesen sind, und können sie jederzeit ändern oder zurückziehen.

{{reward}}`,
		PageTitle: "Was würden Sie jemandem sagen, der nach uns fragt?",
		PageBody: `Zwei ehrliche Zeilen genügen. Sie bestimmen, wo sie zu lesen sind.

{{reward}}`,
		ReminderSubject: "Zwei Zeilen genügen, {{first_name}}",
		ReminderBody: `Guten Tag {{first_name}},

letzte Woche habe ich um zwei Zeilen über Ihre Zeit mit uns gebeten. Andere lesen sie, bevor sie sich entscheiden; am meisten helfen ehrliche.

Es dauert eine Minute am Telefon.

{{reward}}`,
	},
}
