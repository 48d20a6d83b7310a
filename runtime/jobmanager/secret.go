package jobmanager

import (
	"strings"

	"millrace/connectors"
	"millrace/planner/plan"
)

// minSecret is the length from which a secret is looked for in messages.
const minSecret = 4

// hider replaces the secrets of a job's tables and settings in messages about it, should a connector or server have put one there.
func hider(g *plan.Graph, settings map[string]string) *strings.Replacer {
	found := map[string]string{}
	add := func(options map[string]string) {
		for k, v := range options {
			if shown := connectors.Masked(k, v); shown != v && len(v) >= minSecret {
				found[v] = shown
			}
		}
	}
	add(settings)
	for _, n := range g.Nodes {
		switch s := n.Spec.(type) {
		case *plan.Source:
			add(s.Options)
			if s.DeadLetter != nil {
				add(s.DeadLetter.Options)
			}
		case *plan.Sink:
			add(s.Options)
		}
	}
	pairs := make([]string, 0, 2*len(found))
	for v, shown := range found {
		pairs = append(pairs, v, shown)
	}
	return strings.NewReplacer(pairs...)
}
