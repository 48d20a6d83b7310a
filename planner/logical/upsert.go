package logical

import (
	"slices"

	"millrace/planner/plan"
)

// UpsertKeys returns the sets of columns by which a consumer may apply the changes of n one by one: unique keys that -U and +U of a change share, and
// whose changes come from one task, in order. They are fewer than [UniqueKeys]: rows are shipped by the keys of an operator, so that a key holds
// these, unless the rows never change: then a row stays with its task. updating tells whether a node has other changes than +I. Sets are sorted.
func UpsertKeys(n Node, updating func(Node) bool) [][]int {
	// of are the keys of an input that is shipped by columns.
	of := func(in Node, columns []int) [][]int {
		keys := UpsertKeys(in, updating)
		if !updating(in) {
			return keys
		}
		return within(keys, columns)
	}
	switch n := n.(type) {
	case *Calc:
		return MapKeys(UpsertKeys(n.Input, updating), n.Exprs)
	case *Watermark:
		return UpsertKeys(n.Input, updating)
	case *Sort:
		return UpsertKeys(n.Input, updating)
	case *Limit:
		return UpsertKeys(n.Input, updating)
	case *Over:
		return of(n.Input, n.Keys)
	case *Rank:
		return rankKeys(n, of(n.Input, n.Keys))
	case *Join:
		return joinKeysOf(n, of(n.Left, n.LeftKeys), of(n.Right, n.RightKeys))
	default:
		return UniqueKeys(n)
	}
}

// rankKeys: a row that takes the place of another shares the number with it, not the key.
func rankKeys(n *Rank, keys [][]int) [][]int {
	switch {
	case n.From == n.To:
		return [][]int{sorted(slices.Clone(n.Keys))}
	case n.Number:
		return [][]int{sorted(append(slices.Clone(n.Keys), len(n.Input.Schema())))}
	default:
		return keys
	}
}

// within are the keys that contain all the columns.
func within(keys [][]int, columns []int) [][]int {
	var out [][]int
	for _, k := range keys {
		if !slices.ContainsFunc(columns, func(c int) bool { return !slices.Contains(k, c) }) {
			out = append(out, k)
		}
	}
	return out
}

// joinKeys: the keys of both sides together identify a pair; if a side is met at most once, those of the other are enough.
func joinKeys(n *Join) [][]int { return joinKeysOf(n, UniqueKeys(n.Left), UniqueKeys(n.Right)) }

// joinKeysOf makes keys of a join of keys of its sides.
func joinKeysOf(n *Join, left, right [][]int) [][]int {
	if n.Kind == plan.Semi || n.Kind == plan.Anti || n.AsOf != nil { // a row meets one version at most
		return left
	}
	w := len(n.Left.Schema())
	shift := func(k []int) []int {
		out := make([]int, len(k))
		for i, c := range k {
			out[i] = c + w
		}
		return out
	}
	var out [][]int
	if ContainsKey(UniqueKeys(n.Right), n.RightKeys) && n.Kind != plan.Right && n.Kind != plan.Full {
		out = append(out, left...)
	}
	if ContainsKey(UniqueKeys(n.Left), n.LeftKeys) && n.Kind != plan.Left && n.Kind != plan.Full {
		for _, r := range right {
			out = append(out, shift(r))
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, l := range left {
		for _, r := range right {
			out = append(out, append(slices.Clone(l), shift(r)...))
		}
	}
	return out
}
