package mail

// MoneyAlert tells whoever answers for money that something about it does not fit.
type MoneyAlert struct {
	Name string
	// Kind is the name of the alert: "books" when the books do not hold, or one of the Alert… of package reward.
	Kind string
	// Count is how many findings or new cases there are, First the first one: ids and amounts, nothing about a person.
	Count int
	First string
	// What is the kind of the first case; empty for Kind "books".
	What string
	// Paused says that no payouts go out.
	Paused bool
	// URL opens the cases in the console.
	URL string
}

func (MoneyAlert) template() string { return "money_alert" }
func (v MoneyAlert) action() string { return v.URL }
