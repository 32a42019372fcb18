package report

import (
	"encoding/json"
	"strings"

	"goodword/internal/campaign"
	"goodword/internal/event"
	"goodword/internal/money"
)

// facts are the parts of an event's data that its sentence may name.
type facts struct {
	State       string `json:"state"`
	Step        string `json:"step"`
	Reason      string `json:"reason"`
	HeldReason  string `json:"held_reason"`
	Channel     string `json:"channel"`
	Rail        string `json:"rail"`
	AmountMinor *int64 `json:"amount_minor"`
	Currency    string `json:"currency"`
}

// sentences say what happened to staff; {step}, {reason}, {channel}, {rail} and {amount} stand for the event's facts.
// A sentence whose fact is missing ends before it.
var sentences = map[string]string{
	"customer.created": "Added as a customer.", "customer.updated": "The customer's data was changed.", "customer.erased": "The personal data was erased.",
	"order.placed": "Placed an order.", "renewed": "Renewed.", "project.started": "A project started.", "milestone.reached": "A milestone was reached.",
	"thanked": "Thanked us.", "contacted": "We were in touch.", "complaint.opened": "Complained.", "complaint.closed": "The complaint was settled.",

	"campaign.created": "The campaign was written.", "campaign.changed": "The campaign was changed.", "campaign.scheduled": "The campaign was scheduled.",
	"campaign.launched": "The campaign was launched.", "campaign.paused": "The campaign was paused.", "campaign.resumed": "The campaign goes on.", "campaign.ended": "The campaign ended.",

	"invitation.planned": "An invitation was planned.", "invitation.created": "Was invited by hand.", "invitation.sent": "The invitation was sent.",
	"invitation.reminded": "A reminder was sent.", "invitation.resent": "The invitation was sent again.", "invitation.answered": "Answered the invitation.",
	"invitation.stopped": "The invitation was stopped: {reason}.", "invitation.expired": "The invitation expired.", "invitation.bounced": "The invitation could not be delivered.",

	"introduction.submitted": "Wrote an introduction.", "introduction.ready": "The introduction is ready to be sent.", "introduction.not_nudged": "No reminder was sent.",
	"introduction.sent": "The introduction was sent for the introducer.", "introduction.undeliverable": "The introduction could not be delivered.",
	"introduction.shared": "Sent the introduction.", "introduction.unshared": "Took back having sent it.",
	"introduction.edited": "Changed the words of the introduction.", "introduction.withdrawn": "Withdrew the introduction.",
	"introduction.accepted": "Said yes.", "introduction.accept_undone": "Took the yes back.", "introduction.postponed": "Said maybe later.", "introduction.declined": "Said no.",
	"introduction.passed_on": "Passed it on to somebody else.", "introduction.changed": "Changed how or when to be reached.", "introduction.settled": "The yes can no longer be undone.",
	"introduction.screened_out": "The introduction was screened out: {reason}.", "introduction.suppressed": "The person wants no contact.",
	"introduction.assigned": "The owner changed.", "introduction.advanced": "Moved on to {step}.", "introduction.won": "Was won.", "introduction.lost": "Was closed as lost: {reason}.",
	"introduction.reopened": "Was taken up again.", "introduction.unwound": "The close was undone: {reason}.", "introduction.rewon": "The close was given back.",
	"introduction.escalated": "The promised time to answer was over; somebody else took over.", "introduction.thanked": "The introducer was thanked.",
	"introduction.reviewed": "The introduction was reviewed.", "introduction.expired": "The introduction expired.", "introduction.purged": "The contact data was deleted.",
	"introduction.reply_reported": "Told us that there was an answer.", "introduction.bounced": "The introduction could not be delivered.",
	"introduction.corrected": "Corrected the address.", "introduction.nudges_off": "Wants no more reminders about it.", "introduction.later_due": "The reminder that was asked for was sent.",

	"testimonial.submitted": "Said what they think of us.", "testimonial.kept": "A quote was kept, to be confirmed.", "testimonial.confirmed": "Confirmed the quote.",
	"testimonial.edited": "Changed the testimonial.", "testimonial.withdrawn": "Withdrew the testimonial.", "testimonial.approved": "The testimonial was approved.",
	"testimonial.declined": "The testimonial was declined: {reason}.", "testimonial.change_requested": "The author was asked for a change.",
	"testimonial.published": "The testimonial was published.", "testimonial.unpublished": "The testimonial was taken down.", "testimonial.expired": "The quote was not confirmed in time.",
	"testimonial.tagged": "The tags were changed.", "testimonial.consents_changed": "Changed what they allow.",

	"reward.accrued": "Earned {amount}.", "reward.capped": "Nothing was earned: a cap was reached.", "reward.held": "The reward of {amount} is held: {held}.",
	"reward.released": "The reward of {amount} was released.", "reward.approved": "The reward of {amount} was approved.", "reward.adjusted": "The reward was adjusted to {amount}.",
	"reward.reversed": "The reward was taken back.", "reward.sent": "The reward of {amount} is on its way by {rail}.", "reward.issued": "The reward of {amount} was paid by {rail}.",
	"reward.failed": "The rail refused the reward of {amount}.", "reward.redeemed": "The reward was used.", "reward.voided": "The unused reward was taken back at the rail.",
	"reward.expired": "The reward expired.", "reward.clawed_back": "The reward is to be paid back.", "reward.recovered": "The reward was paid back.",
	"reward.written_off": "What was owed back was given up.", "reward.reinstated": "The reward was given back.", "reward.declined": "Declined the reward.", "reward.chosen": "Chose to be paid by {rail}.",

	"customer.owner_changed": "The owner changed.", "customer.address_corrected": "Corrected their address.", "case.opened": "A case was opened.", "case.resolved": "A case was resolved.", "task.done": "A task was done.",
}

// sentence says what happened. An event without a sentence of its own reads like its type.
func sentence(e event.Recorded) string {
	text, ok := sentences[e.Type]
	if !ok {
		return plain(e.Type)
	}
	if !strings.Contains(text, "{") {
		return text
	}
	var f facts
	if err := json.Unmarshal(e.Data, &f); err != nil {
		f = facts{} // the sentence then goes without its facts
	}
	amount := ""
	if f.AmountMinor != nil {
		amount = money.Amount{Minor: *f.AmountMinor, Currency: f.Currency}.String()
	}
	for name, value := range map[string]string{"{step}": f.Step, "{reason}": f.Reason, "{held}": f.HeldReason, "{channel}": f.Channel, "{rail}": campaign.Rail(f.Rail).Words(), "{amount}": amount} {
		text = strings.ReplaceAll(text, name, strings.ReplaceAll(value, "_", " "))
	}
	for _, gap := range []string{": .", " of  ", " by .", " to ."} {
		text = strings.ReplaceAll(text, gap, map[string]string{": .": ".", " of  ": " ", " by .": ".", " to .": "."}[gap])
	}
	return text
}

// plain turns "object.some_verb" into "Object some verb."
func plain(kind string) string {
	words := strings.NewReplacer(".", " ", "_", " ").Replace(kind)
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:] + "."
}
