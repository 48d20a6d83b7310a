package sqlerr

import (
	"errors"
	"fmt"
	"testing"
)

func TestPosition(t *testing.T) {
	for _, tc := range []struct {
		src          string
		pos, ln, col int
	}{
		{"abc", 0, 1, 1},
		{"abc", 3, 1, 4},
		{"abc", 99, 1, 4},
		{"a\nb", 2, 2, 1},
		{"a\r\nb", 3, 2, 1},
		{"a\rb", 2, 2, 1},
		{"é x", 3, 1, 3},
		{"\n\n", 2, 3, 1},
		{"", 0, 1, 1},
		{"a\r\nb", 2, 1, 3},
	} {
		if l, c := Position(tc.src, tc.pos); l != tc.ln || c != tc.col {
			t.Errorf("Position(%q, %d) = %d, %d; want %d, %d", tc.src, tc.pos, l, c, tc.ln, tc.col)
		}
	}
}

func TestCaret(t *testing.T) {
	e := New(Syntax, 10, "unexpected %q", "FROM").WithHint("write a select item")
	if got := e.Error(); got != `unexpected "FROM"` {
		t.Errorf("without a text: %s", got)
	}
	err := At(fmt.Errorf("statement 1: %w", e), "SELECT\n\té FROM t")
	if CodeOf(err) != Syntax {
		t.Errorf("code %q", CodeOf(err))
	}
	want := "unexpected \"FROM\" at line 2, column 3\n  \té FROM t\n  \t ^\nhint: write a select item"
	var got string
	if e, ok := errors.AsType[*Error](err); ok {
		got = e.Caret()
	}
	if got != want {
		t.Errorf("caret:\n%s\nwant:\n%s", got, want)
	}
}

// TestPlaceInView: an error in a view names both places, in either order of filling in.
func TestPlaceInView(t *testing.T) {
	statement := "SELECT *\nFROM w"
	use := &Place{Pos: 14}
	inW := &Place{Pos: 31, Src: "CREATE VIEW w AS SELECT 1 FROM v", In: "view `w`", Outer: use}
	inV := Place{Pos: 24, Src: "CREATE VIEW v AS SELECT x", In: "view `v`", Outer: inW}
	want := "no x in view `v` at line 1, column 25, used in view `w` at line 1, column 32, used at line 2, column 6"
	for _, err := range []error{NewAt(&inV, UnknownName, "no %s", "x"), Inside(New(UnknownName, 24, "no x"), inV)} {
		e, ok := errors.AsType[*Error](At(err, statement))
		if !ok || e.Error() != want {
			t.Errorf("got  %s\nwant %s", e, want)
		}
		if l, c := e.LineColumn(); l != 2 || c != 6 || e.Message() != want[:len(want)-len(", used at line 2, column 6")] {
			t.Errorf("%d:%d %s", l, c, e.Message())
		}
		lines := "\n  CREATE VIEW v AS SELECT x\n                          ^\n  CREATE VIEW w AS SELECT 1 FROM v\n                                 ^\n  FROM w\n       ^"
		if got := e.Caret(); got != want+lines {
			t.Errorf("caret:\n%s", got)
		}
		if again := At(e, "other").Error(); again != want {
			t.Errorf("a text given again: %s", again)
		}
	}
	// Without a position in the view, or any place at all.
	if got := At(Inside(New(Type, -1, "bad"), inV), statement).Error(); got != "bad in view `v`, used"+want[len("no x in view `v` at line 1, column 25, used"):] {
		t.Error(got)
	}
	if got := At(NewAt(nil, Type, "bad"), statement).Error(); got != "bad" {
		t.Error(got)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"orders", "order_items", "customers", "bid", "person"}
	for name, want := range map[string]string{
		"ordres": "orders", "Orders": "orders", "costumers": "customers", "bit": "bid",
		"xyz": "", "prson": "person", "": "", "zzzzzz": "",
	} {
		if got := Nearest(name, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
	if got := DidYouMean("ordres", names); got != "did you mean orders?" {
		t.Errorf("hint %q", got)
	}
}
