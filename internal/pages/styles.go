package pages

// Styles returns the addresses of the stylesheets, for the few pages that are drawn elsewhere.
func (p *Pages) Styles() []string {
	return []string{p.assets.URL("tokens.css"), p.assets.URL("pages.css")}
}
