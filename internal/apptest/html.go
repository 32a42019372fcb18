package apptest

import (
	"strings"

	"golang.org/x/net/html"
)

func isElement(n *html.Node, name string) bool { return n.Type == html.ElementNode && n.Data == name }

func element(name string) func(*html.Node) bool {
	return func(n *html.Node) bool { return isElement(n, name) }
}

func attribute(name, value string) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Type == html.ElementNode && attr(n, name) == value }
}

func hasAttribute(name, value string) func(*html.Node) bool { return attribute(name, value) }

// all returns the nodes beneath n that match, in the order of the page; none for nil.
func all(n *html.Node, match func(*html.Node) bool) []*html.Node {
	if n == nil {
		return nil
	}
	var out []*html.Node
	for c := range n.Descendants() {
		if match(c) {
			out = append(out, c)
		}
	}
	return out
}

func find(n *html.Node, match func(*html.Node) bool) *html.Node {
	if found := all(n, match); len(found) > 0 {
		return found[0]
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// onValue is what a ticked box sends.
func onValue(n *html.Node) string {
	if !has(n, "value") {
		return "on"
	}
	return attr(n, "value")
}

// selected is what a list sends: the chosen option, else the first.
func selected(list *html.Node) string {
	options := all(list, element("option"))
	for _, o := range options {
		if has(o, "selected") {
			return attr(o, "value")
		}
	}
	if len(options) == 0 {
		return ""
	}
	return attr(options[0], "value")
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for _, t := range all(n, func(n *html.Node) bool { return n.Type == html.TextNode }) {
		b.WriteString(t.Data)
	}
	return b.String()
}

// text is what a person reads in n, its white space folded. Scripts and styles are not read.
func text(n *html.Node) string {
	var b strings.Builder
	for _, t := range all(n, func(n *html.Node) bool { return n.Type == html.TextNode }) {
		if p := t.Parent; p != nil && (isElement(p, "script") || isElement(p, "style") || isElement(p, "title")) {
			continue
		}
		b.WriteString(t.Data)
		if !inline(t.Parent) {
			b.WriteByte(' ')
		}
	}
	return squeeze(b.String())
}

func inline(n *html.Node) bool {
	return n != nil && (isElement(n, "b") || isElement(n, "span") || isElement(n, "a") || isElement(n, "small"))
}

// squeeze folds white space, hard spaces included.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
