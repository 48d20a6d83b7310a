package jregex

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
)

// quoteText writes text as the recorded file does; nil is ~.
func quoteText(b []byte) string {
	if b == nil {
		return "~"
	}
	var o strings.Builder
	o.WriteByte('"')
	for _, u := range utf16.Encode([]rune(string(b))) {
		switch {
		case u == '"' || u == '\\':
			o.WriteByte('\\')
			o.WriteByte(byte(u))
		case u < 32 || u > 126:
			fmt.Fprintf(&o, "\\u%04x", u)
		default:
			o.WriteByte(byte(u))
		}
	}
	o.WriteByte('"')
	return o.String()
}

func unquoteText(t *testing.T, s string) string {
	t.Helper()
	s = s[1 : len(s)-1]
	var u []uint16
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			u = append(u, uint16(s[i]))
		case s[i+1] == 'u':
			var v uint16
			if _, err := fmt.Sscanf(s[i+2:i+6], "%x", &v); err != nil {
				t.Fatal(err)
			}
			u = append(u, v)
			i += 5
		default:
			u = append(u, uint16(s[i+1]))
			i++
		}
	}
	return string(utf16.Decode(u))
}

func TestAgainstJava(t *testing.T) {
	data, err := os.ReadFile("testdata/java17.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		if line[0] == '#' {
			continue
		}
		f := strings.Split(line, "\t")
		r, err := Compile([]byte(unquoteText(t, f[0])))
		if f[1] == "ERR" {
			if err == nil {
				t.Errorf("pattern %s compiles", f[0])
			}
			continue
		}
		if err != nil {
			t.Errorf("pattern %s: %v", f[0], err)
			continue
		}
		s := []byte(unquoteText(t, f[1]))
		var o strings.Builder
		r.Each(s, func(caps []int) bool {
			for g := range r.Groups() + 1 {
				var part []byte
				if caps[2*g] >= 0 {
					part = append([]byte{}, s[caps[2*g]:caps[2*g+1]]...)
				}
				o.WriteString(quoteText(part) + ",")
			}
			o.WriteByte(';')
			return true
		})
		if o.String() != f[2] {
			t.Errorf("%s on %s: %s, want %s", f[0], f[1], o.String(), f[2])
		}
		for i, limit := range []int{0, 2} {
			o.Reset()
			r.Split(s, limit, func(piece []byte) bool {
				o.WriteString(quoteText(append([]byte{}, piece...)) + ",")
				return true
			})
			if o.String() != f[3+i] {
				t.Errorf("split %s by %s, limit %d: %s, want %s", f[1], f[0], limit, o.String(), f[3+i])
			}
		}
		if got := r.Match(s); got != (f[2] != "") {
			t.Errorf("match of %s on %s is %v", f[0], f[1], got)
		}
	}
}

// The vectors are recorded in expressions/string/regexp.
func TestFunctions(t *testing.T) {
	for _, tt := range []struct {
		s, p     string
		count    int
		extract  string
		replaced string
	}{
		{"foobar", "o+", 1, "oo", "f-bar"},
		{"aaa", "aa", 1, "aa", "-a"},
		{"a1b22c333", "[0-9]+", 3, "1", "a-b-c-"},
		{"é😀é", "é", 2, "é", "-😀-"},
		{"é😀é", ".", 3, "é", "---"},
		{"foobar", "(o)(x)?", 2, "o", "f--bar"},
		{"foobar", "", 7, "", "-f-o-o-b-a-r-"},
		{"", "", 1, "", "-"},
		{"", "a", 0, "NULL", ""},
		{"abab", "(a)(b)", 2, "ab", "--"},
		{"foobar", "(.)\\1", 1, "oo", "f-bar"},
	} {
		r, err := Compile([]byte(tt.p))
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Count([]byte(tt.s)); got != tt.count {
			t.Errorf("count of %q in %q = %d", tt.p, tt.s, got)
		}
		got := "NULL"
		if b, ok := r.Extract([]byte(tt.s), 0); ok {
			got = string(b)
		}
		if got != tt.extract {
			t.Errorf("extract %q from %q = %q", tt.p, tt.s, got)
		}
		if got := string(r.AppendReplace(nil, []byte(tt.s), []byte("-"))); got != tt.replaced {
			t.Errorf("replace %q in %q = %q", tt.p, tt.s, got)
		}
	}
	r, err := Compile([]byte("(&|^)channel_id=([^&]*)"))
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]string{"channel_id=5&x": "5", "a?b&channel_id=77": "77", "xchannel_id=5": "NULL", "a&channel_id=": "", "": "NULL", "xchannel_id=1&channel_id=2&": "2"} {
		got := "NULL"
		if b, ok := r.Extract([]byte(s), 2); ok {
			got = string(b)
		}
		if got != want {
			t.Errorf("channel of %q = %q, want %q", s, got, want)
		}
	}
	if _, ok := r.Extract([]byte("channel_id=5"), 3); ok {
		t.Error("group 3 exists")
	}
}

func TestBudget(t *testing.T) {
	r, err := Compile([]byte(`(\w*)*\1x`))
	if err != nil {
		t.Fatal(err)
	}
	if r.Match([]byte(strings.Repeat("a", 30) + "!")) {
		t.Error("matches")
	}
}

func FuzzCompile(f *testing.F) {
	for _, p := range []string{`(a|b*)*c`, `[a&&[^b]]\p{Lu}`, `(?<=x)\k<n>`, `\Qa\E{2,3}+`, `(?ix) a # b`} {
		f.Add(p, "abcx")
	}
	f.Fuzz(func(_ *testing.T, pattern, text string) {
		if len(pattern) > 40 || len(text) > 20 || strings.ContainsAny(pattern, "{") {
			return
		}
		r, err := Compile([]byte(pattern))
		if err != nil {
			return
		}
		r.Count([]byte(text))
		r.Split([]byte(text), 0, func([]byte) bool { return true })
	})
}

func BenchmarkRegex(b *testing.B) {
	s := []byte("https://www.nexmark.com/wxi/fsj/uts/item.htm?query=1&channel_id=123456")
	for _, p := range []string{"(&|^)channel_id=([^&]*)", "channel_id", "[a-z]+=([0-9]+)$", `(.)\1`} {
		r, err := Compile([]byte(p))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(p, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Extract(s, 0)
			}
		})
	}
}
