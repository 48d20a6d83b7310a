package lex

import (
	"fmt"
	"strings"
	"testing"
)

func show(src string) string {
	var b strings.Builder
	for _, t := range Lex(src) {
		if t.Kind == Bad {
			fmt.Fprintf(&b, "!%d ", t.Pos)
		} else if t.Kind != EOF {
			fmt.Fprintf(&b, "%d:%s ", t.Kind, t.Text)
		}
	}
	return strings.TrimSpace(b.String())
}

func TestLex(t *testing.T) {
	for src, want := range map[string]string{
		"a-- x\nb // y\n/* z */ c": "1:a 1:b 1:c",
		"`a``b` 'it''s' x'0f'":     "2:a`b 3:it's 4:0f",
		"1 1.5 .5 5. 1e3 1..2":     "5:1 6:1.5 6:.5 6:5. 7:1e3 5:1 8:.. 5:2",
		"a<=b<>c||d=>e!=f":         "1:a 8:<= 1:b 8:<> 1:c 8:|| 1:d 8:=> 1:e 8:!= 1:f",
		"/*+ A(b) */":              "9: A(b) ",
		"SET a.b = c//d; x":        "10:SET a.b = c//d 8:; 1:x",
		"x SET a=b":                "1:x 1:SET 1:a 8:= 1:b",
		"SET 'a' = 'b'":            "1:SET 3:a 8:= 3:b",
		"RESET a":                  "10:RESET a",
		"E'a\\tb\\101' e'\\q'":     "3:a\tbA 3:q",
		"'open":                    "!0",
		"/* open":                  "!0",
		"`a\nb`":                   "!0 1:b !4",
		"a \"b\" c":                "1:a !2 1:c",
		"1.5e":                     "6:1.5 1:e",
		"\xff":                     "!0",
	} {
		if got := show(src); got != strings.TrimSpace(want) {
			t.Errorf("%q: %s, want %s", src, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	src := ";a;EXPLAIN STATEMENT SET BEGIN b; c; END;BEGIN STATEMENT SET; d; END"
	var got []string
	for _, s := range Split(Lex(src)) {
		got = append(got, src[s.Start:s.End])
	}
	if want := "a|EXPLAIN STATEMENT SET BEGIN b; c; END|BEGIN STATEMENT SET|d|END"; strings.Join(got, "|") != want {
		t.Errorf("%q", got)
	}
}

func TestCursorFailureSticks(t *testing.T) {
	c := NewCursor("a b", Lex("a b"))
	c.Expect("A", "C")
	c.Fail("syntax", 0, "later")
	if !c.AtEnd() || c.Err() == nil || !strings.Contains(c.Err().Error(), "expected C but found 'b' at line 1, column 3") {
		t.Error(c.Err())
	}
}

func TestMatchParen(t *testing.T) {
	src := "(a [b] (c)) ("
	c := NewCursor(src, Lex(src))
	for n, want := range map[int]int{0: 9, 2: 5, 5: 8, 9: -1, 1: -1, 50: -1} {
		if got := c.MatchParen(n); got != want {
			t.Errorf("MatchParen(%d) = %d, want %d", n, got, want)
		}
	}
}
