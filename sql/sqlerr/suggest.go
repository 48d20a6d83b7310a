package sqlerr

import (
	"fmt"
	"slices"
	"strings"
)

// Nearest returns the candidate that is closest to name by edit distance
// (inserting, deleting, replacing a letter or swapping two neighbours counts
// one each; case does not count), or the empty string if none is close enough
// to be a likely slip: at most one edit per three letters, at least one. Of
// equally close candidates the first in alphabetical order is returned.
func Nearest(name string, candidates []string) string {
	lower := []rune(strings.ToLower(name))
	limit := max(1, len(lower)/3)
	sorted := slices.Clone(candidates)
	slices.Sort(sorted)
	best, bestDist := "", limit+1
	for _, c := range sorted {
		if d := distance(lower, []rune(strings.ToLower(c)), bestDist); d < bestDist {
			best, bestDist = c, d
		}
	}
	return best
}

// DidYouMean returns a hint that names the nearest candidate, or the empty
// string if none is close.
func DidYouMean(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return fmt.Sprintf("did you mean %s?", n)
	}
	return ""
}

// distance is the edit distance with swaps of neighbours; it may return any
// number of at least limit once the true distance reaches limit.
func distance(a, b []rune, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	prev2 := make([]int, len(b)+1)
	prev := make([]int, len(b)+1)
	cur := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, prev2[j-2]+1)
			}
			cur[j] = d
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
