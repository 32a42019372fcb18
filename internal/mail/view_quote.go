package mail

// TestimonialQuote asks a customer whether words that they wrote or said elsewhere may be used.
type TestimonialQuote struct {
	FirstName string
	// Text is the quote, word for word.
	Text string
	// URL opens the form where the author confirms, changes or refuses.
	URL     string
	RepName string
}

func (TestimonialQuote) template() string { return "testimonial_quote" }
func (v TestimonialQuote) action() string { return v.URL }
func (v TestimonialQuote) signer() string { return v.RepName }
