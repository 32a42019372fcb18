package risk

import (
	"cmp"
	"context"
	"slices"
)

// Trait is something that a customer has and others should not.
type Trait struct {
	CustomerID, CompanyID string
	// What is "account", "payer", "card" or "device"; Value names it, hashed where it tells something.
	What, Value string
}

// Edge says that one customer introduced another.
type Edge struct{ From, To string }

// Group is some customers who belong together more than customers should.
type Group struct {
	// What they share, sorted: the What of traits, and "circle" for introductions that lead back to where they began.
	What      []string
	Customers []string
}

// Groups returns the rings among all customers, the largest first: who is paid the same way, uses the same browser, or introduced
// one another in a circle (F11). People of one company may share all of it.
func (s *Service) Groups(ctx context.Context) ([]Group, error) {
	traits, err := allTraits(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	edges, err := allEdges(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	return FindGroups(traits, edges), nil
}

// FindGroups is Groups without a database.
func FindGroups(traits []Trait, edges []Edge) []Group {
	u := union{up: map[string]string{}, why: map[string]map[string]bool{}}
	owners := map[[2]string][]Trait{}
	for _, t := range traits {
		if t.Value != "" {
			key := [2]string{t.What, t.Value}
			owners[key] = append(owners[key], t)
		}
	}
	for key, list := range owners {
		if !strangers(list) {
			continue
		}
		for _, t := range list[1:] {
			u.join(list[0].CustomerID, t.CustomerID, key[0])
		}
	}
	for _, circle := range circles(edges) {
		for _, id := range circle[1:] {
			u.join(circle[0], id, "circle")
		}
	}
	return u.groups()
}

// strangers reports whether somebody among the owners of one thing is of another company than the first.
func strangers(list []Trait) bool {
	return slices.ContainsFunc(list, func(t Trait) bool {
		return t.CustomerID != list[0].CustomerID && (t.CompanyID == "" || t.CompanyID != list[0].CompanyID)
	})
}

// union joins customers into groups.
type union struct {
	up  map[string]string
	why map[string]map[string]bool
}

func (u *union) top(id string) string {
	for {
		up, ok := u.up[id]
		if !ok {
			u.up[id], u.why[id] = id, map[string]bool{}
			return id
		}
		if up == id {
			return id
		}
		u.up[id] = u.up[up]
		id = up
	}
}

func (u *union) join(a, b, why string) {
	a, b = u.top(a), u.top(b)
	u.why[a][why] = true
	if a == b {
		return
	}
	u.up[b] = a
	for w := range u.why[b] {
		u.why[a][w] = true
	}
}

func (u *union) groups() []Group {
	members := map[string][]string{}
	for id := range u.up {
		top := u.top(id)
		members[top] = append(members[top], id)
	}
	var out []Group
	for top, ids := range members {
		if len(ids) < 2 {
			continue
		}
		g := Group{Customers: ids}
		for w := range u.why[top] {
			g.What = append(g.What, w)
		}
		slices.Sort(g.What)
		slices.Sort(g.Customers)
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(b.Customers), len(a.Customers)), cmp.Compare(a.Customers[0], b.Customers[0]))
	})
	return out
}

// circles returns the sets of customers who introduced one another in a circle: Tarjan's strongly connected components of more
// than one, walked without recursion, because a chain of introductions may be long.
func circles(edges []Edge) [][]string {
	next := map[string][]string{}
	for _, e := range edges {
		next[e.From] = append(next[e.From], e.To)
	}
	var (
		out   [][]string
		order = map[string]int{}
		low   = map[string]int{}
		on    = map[string]bool{}
		stack []string
	)
	type step struct {
		id string
		at int
	}
	for _, e := range edges {
		if order[e.From] > 0 {
			continue
		}
		walk := []step{{id: e.From}}
		for len(walk) > 0 {
			top := &walk[len(walk)-1]
			if top.at == 0 {
				order[top.id] = len(order) + 1
				low[top.id] = order[top.id]
				stack, on[top.id] = append(stack, top.id), true
			}
			if top.at < len(next[top.id]) {
				to := next[top.id][top.at]
				top.at++
				switch {
				case order[to] == 0:
					walk = append(walk, step{id: to})
				case on[to]:
					low[top.id] = min(low[top.id], order[to])
				}
				continue
			}
			// at stays 0 for who introduced nobody; they are finished at once.
			if low[top.id] == order[top.id] {
				cut := slices.Index(stack, top.id)
				for _, id := range stack[cut:] {
					on[id] = false
				}
				if len(stack)-cut > 1 {
					out = append(out, slices.Clone(stack[cut:]))
				}
				stack = stack[:cut]
			}
			done := top.id
			walk = walk[:len(walk)-1]
			if len(walk) > 0 {
				up := walk[len(walk)-1].id
				low[up] = min(low[up], low[done])
			}
		}
	}
	return out
}
