package text

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

func null(b []byte, ok bool) string {
	if !ok {
		return "NULL"
	}
	return string(b)
}

// The vectors are recorded in expressions/string/substring.
func TestSubstring(t *testing.T) {
	for _, tt := range []struct {
		s        string
		pos, n   int
		rest, of string
	}{
		{"hello", 2, 3, "ello", "ell"},
		{"hello", 0, 2, "hello", "he"},
		{"hello", -3, 2, "llo", "ll"},
		{"hello", -5, 10, "hello", "hello"},
		{"hello", -6, 3, "", ""},
		{"hello", 6, 1, "", ""},
		{"hello", 5, 0, "o", ""},
		{"hello", 3, -1, "llo", "NULL"},
		{"", 1, 1, "", ""},
		{"a😀é中b", 2, 2, "😀é中b", "😀é"},
		{"a😀é中b", -3, 2, "é中b", "é中"},
		{"hello", 2147483647, 1, "", ""},
		{"hello", 2, 2147483647, "ello", "ello"},
		{"hello", -2147483648, 3, "", ""},
		{"hello", -1, 1, "o", "o"},
		{"hello", 1, -2147483648, "hello", "NULL"},
	} {
		if got := string(Substring([]byte(tt.s), tt.pos)); got != tt.rest {
			t.Errorf("Substring(%q, %d) = %q, want %q", tt.s, tt.pos, got, tt.rest)
		}
		if got := null(SubstringLen([]byte(tt.s), tt.pos, tt.n)); got != tt.of {
			t.Errorf("SubstringLen(%q, %d, %d) = %q, want %q", tt.s, tt.pos, tt.n, got, tt.of)
		}
	}
	for _, tt := range []struct {
		s           string
		n           int
		left, right string
	}{{"hello", 2, "he", "lo"}, {"hello", -1, "", ""}, {"hello", 99, "hello", "hello"}, {"😀é", 1, "😀", "é"}, {"", 1, "", ""}} {
		if got := string(Left([]byte(tt.s), tt.n)); got != tt.left {
			t.Errorf("Left(%q, %d) = %q", tt.s, tt.n, got)
		}
		if got := string(Right([]byte(tt.s), tt.n)); got != tt.right {
			t.Errorf("Right(%q, %d) = %q", tt.s, tt.n, got)
		}
	}
	if got := string(AppendChar(nil, []byte("ü😀"), 4)); got != "ü😀  " {
		t.Errorf("AppendChar = %q", got)
	}
}

// The vectors are recorded in expressions/string/position.
func TestPosition(t *testing.T) {
	for _, tt := range []struct {
		s, n string
		want [7]int // from 1, 2, 3, 5, 100, 0, -1
	}{
		{"banana", "an", [7]int{2, 2, 4, 0, 0, 2, 2}},
		{"x😀y😀", "y", [7]int{3, 3, 3, 0, 0, 3, 3}},
		{"aaaa", "aa", [7]int{1, 2, 3, 0, 0, 1, 1}},
		{"éèé", "é", [7]int{1, 3, 3, 0, 0, 1, 1}},
		{"banana", "", [7]int{1, 1, 1, 1, 1, 1, 1}},
		{"", "a", [7]int{}},
		{"x😀y😀", "😀", [7]int{2, 2, 4, 0, 0, 2, 2}},
	} {
		for i, from := range []int{1, 2, 3, 5, 100, 0, -1} {
			if got := PositionFrom([]byte(tt.n), []byte(tt.s), from); got != tt.want[i] {
				t.Errorf("LOCATE(%q, %q, %d) = %d, want %d", tt.n, tt.s, from, got, tt.want[i])
			}
		}
		if got := Position([]byte(tt.n), []byte(tt.s)); got != tt.want[0] {
			t.Errorf("POSITION(%q IN %q) = %d", tt.n, tt.s, got)
		}
	}
	for _, tt := range []struct {
		s, n       string
		start, nth int
		want       int
	}{
		{"banana", "a", 1, 2, 4}, {"banana", "a", -1, 1, 6}, {"banana", "a", -1, 2, 4}, {"banana", "a", 0, 1, 0}, {"aaa", "aa", 1, 2, 2}, {"banana", "a", 100, 1, 0}, {"banana", "x", -1, 1, 0},
	} {
		if got := Instr([]byte(tt.s), []byte(tt.n), tt.start, tt.nth); got != tt.want {
			t.Errorf("INSTR(%q, %q, %d, %d) = %d, want %d", tt.s, tt.n, tt.start, tt.nth, got, tt.want)
		}
	}
}

// The vectors are recorded in expressions/string/trim.
func TestTrim(t *testing.T) {
	for _, tt := range []struct{ s, chars, both, left, right string }{
		{"  ab  ", " ", "ab", "ab  ", "  ab"},
		{"xyabyx", "xy", "ab", "abyx", "xyab"},
		{"", "x", "", "", ""},
		{"aaa", "a", "", "", ""},
		{"abc", "", "abc", "abc", "abc"},
		{"😀é😀", "😀", "é", "é😀", "😀é"},
		{"\u00a0ab\u3000", "\u00a0\u3000", "ab", "ab\u3000", "\u00a0ab"},
		{"  a b  ", "b ", "a", "a b  ", "  a"},
		{"éaé", "é", "a", "aé", "éa"},
	} {
		s, c := []byte(tt.s), []byte(tt.chars)
		if got := [3]string{string(Trim(s, c)), string(TrimLeft(s, c)), string(TrimRight(s, c))}; got != [3]string{tt.both, tt.left, tt.right} {
			t.Errorf("trim %q by %q = %q", tt.s, tt.chars, got)
		}
	}
}

// The vectors are recorded in expressions/string/basic.
func TestCase(t *testing.T) {
	for _, tt := range []struct{ s, upper, lower string }{
		{"Straße", "STRASSE", "straße"},
		{"ﬁ", "FI", "ﬁ"},
		{"é😀", "É😀", "é😀"},
		{"İIıi", "İIII", "i̇iıi"},
		{"ΣΑΣ", "ΣΑΣ", "σας"},
		{"ß", "SS", "ß"},
		{"ǆ", "Ǆ", "ǆ"},
		{"𝐀𝐁", "𝐀𝐁", "𝐀𝐁"},
		{"foo-bar 1st", "FOO-BAR 1ST", "foo-bar 1st"},
	} {
		if got := string(AppendUpper(nil, []byte(tt.s))); got != tt.upper {
			t.Errorf("UPPER(%q) = %q", tt.s, got)
		}
		if got := string(AppendLower([]byte("<"), []byte(tt.s))); got != "<"+tt.lower {
			t.Errorf("LOWER(%q) = %q", tt.s, got)
		}
	}
	for s, want := range map[string]string{
		"foo-bar_baz 1st 2nd": "Foo-Bar_Baz 1st 2nd", "Straße": "StraßE", "İIıi": "İIıI", "o'neil mc-donald": "O'Neil Mc-Donald", "a1b c2d 3x": "A1b C2d 3x",
		"élan ÉLAN": "éLan ÉLan", "ñandú señor": "ñAndú SeñOr", "x😀y z": "X😀Y Z", "HELLO wORLD": "Hello World",
	} {
		if got := string(AppendInitcap(nil, []byte(s))); got != want {
			t.Errorf("INITCAP(%q) = %q, want %q", s, got, want)
		}
	}
	if got := string(AppendReverse(nil, []byte("é😀a"))); got != "a😀é" {
		t.Errorf("REVERSE = %q", got)
	}
	if got := string(AppendRepeat(nil, []byte("ab"), 2)) + string(AppendRepeat(nil, []byte("x"), -1)); got != "abab" {
		t.Errorf("REPEAT = %q", got)
	}
	for s, want := range map[string]int32{"abc": 96354, "": 0, "é": 233} {
		if got := HashCode([]byte(s)); got != want {
			t.Errorf("HASH_CODE(%q) = %d", s, got)
		}
	}
}

// The vectors are recorded in expressions/string/replace, pad, split, ascii-chr.
func TestBuild(t *testing.T) {
	for _, tt := range []struct{ s, from, to, want string }{
		{"hello world", "o", "0", "hell0 w0rld"},
		{"hello", "l", "", "heo"},
		{"abcabc", "abc", "AB", "ABAB"},
		{"abc", "aa", "xy", "xbc"},
		{"x😀y", "😀", "é", "xéy"},
		{"www.apache.org", "wapcheorg", " APCHEcom", "   .APACHE.com"},
		{"x😀é", "😀é", "ab", "xab"},
		{"abc", "ab", "😀é", "😀éc"},
		{"hello", "", "x", "hello"},
	} {
		if got := string(AppendTranslate(nil, []byte(tt.s), []byte(tt.from), []byte(tt.to))); got != tt.want {
			t.Errorf("TRANSLATE(%q, %q, %q) = %q", tt.s, tt.from, tt.to, got)
		}
	}
	for _, tt := range []struct{ s, from, to, want string }{
		{"hello world", "o", "0", "hell0 w0rld"}, {"aaa", "aa", "b", "ba"}, {"hello", "", "-", "hello"}, {"a$b", "$", "$1", "a$1b"}, {"abcabc", "abc", "abcabc", "abcabcabcabc"},
	} {
		if got := string(AppendReplace(nil, []byte(tt.s), []byte(tt.from), []byte(tt.to))); got != tt.want {
			t.Errorf("REPLACE(%q, %q, %q) = %q", tt.s, tt.from, tt.to, got)
		}
	}
}

// The vectors are recorded as those of TestBuild.
func TestOverlayAndPad(t *testing.T) {
	for _, tt := range []struct {
		s, r   string
		pos, n int
		want   string
	}{
		{"abcdef", "XX", 2, 4, "aXXf"},
		{"abc", "", 2, 1, "ac"},
		{"abc", "Z", 1, 0, "Z"},
		{"abcdef", "XY", 0, 2, "abcdef"},
		{"abcdef", "XY", 7, 1, "abcdef"},
		{"abcdef", "XY", 6, 1, "abcdeXY"},
		{"a😀c😀e", "é", 2, 2, "aé😀e"},
		{"abcdef", "XY", 1, 2147483647, "XY"},
	} {
		if got := string(AppendOverlay(nil, []byte(tt.s), []byte(tt.r), tt.pos, tt.n)); got != tt.want {
			t.Errorf("OVERLAY(%q, %q, %d, %d) = %q, want %q", tt.s, tt.r, tt.pos, tt.n, got, tt.want)
		}
	}
	for _, tt := range []struct {
		s, r string
		pos  int
		want string
	}{{"abcdef", "XX", 2, "aXXdef"}, {"ab  ", "Z", 4, "ab Z"}, {"xxxxxtest", "xxxx", 6, "xxxxxxxxx"}, {"a😀c", "é", 2, "aé?c"}} {
		if got := string(AppendOverlayAll(nil, []byte(tt.s), []byte(tt.r), tt.pos)); got != tt.want {
			t.Errorf("OVERLAY(%q, %q, %d) = %q, want %q", tt.s, tt.r, tt.pos, got, tt.want)
		}
	}
	for _, tt := range []struct {
		s           string
		n           int
		pad         string
		left, right string
	}{
		{"hi", 5, "*", "***hi", "hi***"},
		{"hi", 5, "ab", "abahi", "hiaba"},
		{"hello", 3, "*", "hel", "hel"},
		{"hi", 0, "*", "", ""},
		{"hi", -1, "*", "NULL", "NULL"},
		{"hi", 5, "", "NULL", "NULL"},
		{"", 3, "x", "xxx", "xxx"},
		{"😀", 4, "é", "éé😀", "😀éé"},
		{"a😀b", 2, "x", "a?", "a?"},
		{"hi", 7, "abc", "abcabhi", "hiabcab"},
		{"中文", 5, "-", "---中文", "中文---"},
	} {
		if got := null(AppendPadLeft(nil, []byte(tt.s), tt.n, []byte(tt.pad))); got != tt.left {
			t.Errorf("LPAD(%q, %d, %q) = %q", tt.s, tt.n, tt.pad, got)
		}
		if got := null(AppendPadRight(nil, []byte(tt.s), tt.n, []byte(tt.pad))); got != tt.right {
			t.Errorf("RPAD(%q, %d, %q) = %q", tt.s, tt.n, tt.pad, got)
		}
	}
}

// The vectors are recorded as those of TestBuild.
func TestSplitIndexAndCodes(t *testing.T) {
	for _, tt := range []struct {
		s, d string
		n    int
		want string
	}{
		{"a,b,c", ",", 2, "c"},
		{"a,b,c", ",", 3, "NULL"},
		{"a,b,c", ",", -1, "NULL"},
		{",a,,b,", ",", 0, ""},
		{",a,,b,", ",", 4, ""},
		{",a,,b,", ",", 5, "NULL"},
		{"a||b||c", "||", 1, "b"},
		{"", ",", 0, "NULL"},
		{"abc", "", 0, "abc"},
		{"abc", "", 1, "NULL"},
		{"aaa", "aa", 1, "a"},
		{"abc", "abc", 1, ""},
	} {
		if got := null(SplitIndex([]byte(tt.s), []byte(tt.d), tt.n)); got != tt.want {
			t.Errorf("SPLIT_INDEX(%q, %q, %d) = %q", tt.s, tt.d, tt.n, got)
		}
	}
	for code, want := range map[int]string{44: "a", 0: "NULL", 256: "NULL", 255: "a,b"} {
		if got := null(SplitIndexCode([]byte("a,b"), code, 0)); got != want {
			t.Errorf("SPLIT_INDEX by %d = %q", code, got)
		}
	}
	for n, want := range map[int64]string{97: "a", 233: "é", 353: "a", -1: "", 256: "\x00", 5000000097: "a", 128: "\u0080"} {
		if got := string(AppendChr(nil, n)); got != want {
			t.Errorf("CHR(%d) = %q, want %q", n, got, want)
		}
	}
	if ASCII([]byte("é")) != -61 || ASCII(nil) != 0 || ASCII([]byte("a")) != 97 {
		t.Error("ASCII")
	}
}

// The vectors are recorded in expressions/string/encoding, url, inet and
// hash/digests.
func TestCodec(t *testing.T) {
	for s, want := range map[string]string{"68656c6c6f": "hello", "F": "\x00", "ABC": "\x00\xbc", "xyz": "NULL", "c3a9": "é", "": "", "6G": "NULL", "466C696e6b": "Flink"} {
		if got := null(AppendUnhex(nil, []byte(s))); got != want {
			t.Errorf("UNHEX(%q) = %q", s, got)
		}
	}
	if got := string(AppendHex(nil, []byte("é😀"))); got != "C3A9F09F9880" {
		t.Errorf("HEX = %s", got)
	}
	for s, want := range map[string]string{
		"": "", "YQ==": "a", "aGVsbG8": "hello", "aGVsbG8=": "hello", "Y Q = =": "!illegal base64 character 20", "_-_-": "!illegal base64 character 5f",
		"====": "!input byte array has wrong 4-byte ending unit", "a": "!input byte[] should at least have 2 bytes for base64 bytes",
	} {
		b, err := AppendUnbase64(nil, []byte(s))
		got := string(b)
		if err != nil {
			got = "!" + err.Error()
		}
		if got != want {
			t.Errorf("FROM_BASE64(%q) = %q, want %q", s, got, want)
		}
	}
	for _, tt := range []struct{ s, enc, dec string }{
		{"a b&c=d", "a+b%26c%3Dd", "a b&c=d"},
		{"é😀", "%C3%A9%F0%9F%98%80", "é😀"},
		{"a%2", "a%252", "NULL"},
		{"a%zz", "a%25zz", "NULL"},
		{"%E9", "%25E9", "\ufffd"},
		{"a%2bb", "a%252bb", "a+b"},
		{"AZaz09-_.*~", "AZaz09-_.*%7E", "AZaz09-_.*~"},
		{"%00", "%2500", "\x00"},
	} {
		if got := string(AppendURLEncode(nil, []byte(tt.s))); got != tt.enc {
			t.Errorf("URL_ENCODE(%q) = %q", tt.s, got)
		}
		if got := null(AppendURLDecode([]byte{}, []byte(tt.s))); got != tt.dec {
			t.Errorf("URL_DECODE(%q) = %q", tt.s, got)
		}
	}
	if got := string(AppendMD5(nil, []byte("hello"))); got != "5d41402abc4b2a76b9719d911017c592" {
		t.Errorf("MD5 = %s", got)
	}
	if got := string(AppendSHA1(nil, []byte("hello"))); got != "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" {
		t.Errorf("SHA1 = %s", got)
	}
	for bits, want := range map[int]string{224: "ea09ae9c", 256: "2cf24dba", 384: "59e17487", 512: "9b71d224", 0: "NULL"} {
		if got := null(AppendSHA2(nil, []byte("hello"), bits)); !strings.HasPrefix(got, want) {
			t.Errorf("SHA2(%d) = %s", bits, got)
		}
	}
	for s, want := range map[string]int64{
		"127.0.0.1": 2130706433, "256.0.0.1": -1, "": -1, "10.1": 167772161, "10.1.2": 167837698, "10": 10, "1.2.3.4.5": -1, "010.001.000.008": 167837704,
		" 1.2.3.4": -1, "1..2.3": -1, "1.2.3.": -1, "4294967295": -1, "127.65535": -1, "127.1.256": -1, "1.2.3.+4": -1, "255.255.255.255": 4294967295,
	} {
		v, ok := ParseIPv4([]byte(s))
		if !ok {
			v = -1
		}
		if v != want {
			t.Errorf("INET_ATON(%q) = %d, want %d", s, v, want)
		}
	}
	if got := null(AppendIPv4(nil, 3232235786)) + null(AppendIPv4(nil, -1)); got != "192.168.1.10NULL" {
		t.Errorf("INET_NTOA = %s", got)
	}
}

// The vectors are recorded in expressions/string/encoding.
func TestCharset(t *testing.T) {
	for _, tt := range []struct{ name, s, back string }{
		{"UTF-8", "é😀中", "é😀中"}, {"US-ASCII", "é😀中", "???"}, {"ISO-8859-1", "é😀中", "é??"}, {"UTF-16", "é😀中", "é😀中"}, {"UTF-16LE", "é😀", "é😀"}, {"windows-1252", "é", "é"},
	} {
		c, err := LoadCharset(tt.name)
		if err != nil {
			t.Errorf("LoadCharset(%s): %v", tt.name, err)
			continue
		}
		if got := string(c.AppendDecode(nil, c.AppendEncode(nil, []byte(tt.s)))); got != tt.back {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.back)
		}
	}
	for _, tt := range []struct{ name, bytes, want string }{
		{"UTF-8", "\xc3\x28", "\ufffd("},
		{"UTF-8", "\xe9", "\ufffd"},
		{"US-ASCII", "\x80", "\ufffd"},
		{"UTF-16", "\x00a", "a"},
		{"UTF-16", "\xfe\xff\x00a", "a"},
		{"UTF-16", "\xff\xfea\x00", "a"},
		{"UTF-8", "\xf0\x9f\x98", "\ufffd"},
		{"ISO-8859-15", "\xa4", "€"},
	} {
		c, err := LoadCharset(tt.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(c.AppendDecode(nil, []byte(tt.bytes))); got != tt.want {
			t.Errorf("DECODE(%q, %s) = %q, want %q", tt.bytes, tt.name, got, tt.want)
		}
	}
	if _, err := LoadCharset("NOPE"); err == nil {
		t.Error("character set NOPE exists")
	}
}

// The vectors are recorded in expressions/string/url.
func TestURL(t *testing.T) {
	for _, tt := range []struct {
		u    string
		want [8]string
	}{
		{"http://user:pw@example.com:8080/p1/p2.php?k1=v1&k2=v2#Ref1", [8]string{"example.com", "/p1/p2.php", "k1=v1&k2=v2", "Ref1", "http", "user:pw@example.com:8080", "/p1/p2.php?k1=v1&k2=v2", "user:pw"}},
		{"https://example.com", [8]string{"example.com", "", "NULL", "NULL", "https", "example.com", "", "NULL"}},
		{"https://example.com/a?", [8]string{"example.com", "/a", "", "NULL", "https", "example.com", "/a?", "NULL"}},
		{"https://example.com?x=1", [8]string{"example.com", "", "x=1", "NULL", "https", "example.com", "?x=1", "NULL"}},
		{"https://example.com/a#", [8]string{"example.com", "/a", "NULL", "", "https", "example.com", "/a", "NULL"}},
		{"mailto:x@y.z", [8]string{"", "x@y.z", "NULL", "NULL", "mailto", "NULL", "x@y.z", "NULL"}},
		{"HTTP://EXAMPLE.com/P?Q=R", [8]string{"EXAMPLE.com", "/P", "Q=R", "NULL", "http", "EXAMPLE.com", "/P?Q=R", "NULL"}},
		{"http://[::1]:80/x", [8]string{"[::1]", "/x", "NULL", "NULL", "http", "[::1]:80", "/x", "NULL"}},
		{"file:///var/a.txt", [8]string{"", "/var/a.txt", "NULL", "NULL", "file", "", "/var/a.txt", "NULL"}},
		{"jdbc:mysql://h/d", [8]string{"NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"}},
		{"no url", [8]string{"NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"}},
		{"http://例え.jp/ä", [8]string{"例え.jp", "/ä", "NULL", "NULL", "http", "例え.jp", "/ä", "NULL"}},
	} {
		for part := URLHost; part <= URLUserInfo; part++ {
			if got := null(ExtractURL([]byte(tt.u), part)); got != tt.want[part] {
				t.Errorf("part %d of %s = %q, want %q", part, tt.u, got, tt.want[part])
			}
		}
	}
	for _, tt := range []struct{ u, key, want string }{
		{"http://h/p?a=1&a=2&b=&c&=d", "a", "1"},
		{"http://h/p?a=1&a=2&b=&c&=d", "b", ""},
		{"http://h/p?a=1&a=2&b=&c&=d", "c", "NULL"},
		{"http://h/p?a=1&a=2&b=&c&=d", "", "d"},
		{"http://h/p?ab=1&b=2", "b", "2"},
		{"http://h/p?q=a%20b+c&é=1", "é", "1"},
		{"http://h/p?k1=1", "k.", "NULL"},
		{"https://example.com", "a", "NULL"},
	} {
		if got := null(ExtractURLQuery([]byte(tt.u), []byte(tt.key))); got != tt.want {
			t.Errorf("query %q of %s = %q", tt.key, tt.u, got)
		}
	}
}

// The vectors are recorded in expressions/comparison/like.
func TestLike(t *testing.T) {
	texts := []string{"abc", "ABC", "", "a%c", "a_c", `a\c`, "é😀x", "aaa", " abc ", "a.c", "abc\ndef"}
	for pattern, want := range map[string]string{ // T or f for each text
		"a%": "TffTTTfTfTT", "%": "TTTTTTTTTTT", "_b_": "Tffffffffff", "": "ffTffffffff", "%c%": "TffTTTffTTT", `a\c`: "fffffTfffff", "%a%a%": "fffffffTfff",
		"_😀_": "ffffffTffff", "___": "TTfTTTTTfTf", "é%": "ffffffTffff", "%x": "ffffffTffff", "a%c": "TffTTTfffTf",
	} {
		l := CompileLike([]byte(pattern))
		for i, s := range texts {
			if got := l.Match([]byte(s)); got != (want[i] == 'T') {
				t.Errorf("%q LIKE %q = %v", s, pattern, got)
			}
		}
	}
	for _, tt := range []struct {
		s, pattern string
		want       bool
	}{
		{"a%c", "a!%c", true}, {"abc", "a!%c", false}, {"a_c", "a!_c", true}, {"a!c", "a!!c", true}, {"a%c", "%!%%", true}, {"abc", "%!%%", false}, {"abc", "a%c", true},
	} {
		l, err := CompileLikeEscape([]byte(tt.pattern), []byte("!"))
		if err != nil {
			t.Errorf("pattern %q: %v", tt.pattern, err)
			continue
		}
		if got := l.Match([]byte(tt.s)); got != tt.want {
			t.Errorf("%q LIKE %q ESCAPE '!' = %v", tt.s, tt.pattern, got)
		}
	}
	for _, tt := range []struct{ pattern, escape, want string }{
		{"a!bc", "!", "invalid escape sequence 'a!bc', 1"}, {"abc!", "!", "invalid escape sequence 'abc!', 3"}, {"a!!%", "!!", "invalid escape character '!!'"},
	} {
		if _, err := CompileLikeEscape([]byte(tt.pattern), []byte(tt.escape)); err == nil || err.Error() != tt.want {
			t.Errorf("%q: %v", tt.pattern, err)
		}
	}
}

func likeByRegexp(pattern, s string) bool {
	var b strings.Builder
	b.WriteString(`\A(?s:`)
	for _, r := range pattern {
		switch r {
		case '%':
			b.WriteString(".*")
		case '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString(`)\z`)
	return regexp.MustCompile(b.String()).MatchString(s)
}

func TestLikeAgainstRegexp(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	alphabet := []rune("ab%_é")
	random := func(n int, letters []rune) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteRune(letters[r.IntN(len(letters))])
		}
		return b.String()
	}
	for range 20000 {
		pattern, s := random(8, alphabet), random(10, []rune("abé"))
		if got, want := CompileLike([]byte(pattern)).Match([]byte(s)), likeByRegexp(pattern, s); got != want {
			t.Fatalf("%q LIKE %q = %v", s, pattern, got)
		}
	}
}

// The vectors are recorded in expressions/comparison/similar.
func TestSimilar(t *testing.T) {
	for _, tt := range []struct {
		pattern, escape, yes, no string
	}{
		{"a_c", "", "abc a%c a.c", "ABC aaa"},
		{"abc|ABC", "", "abc ABC", "aaa"},
		{"(a|b|c)*", "", "abc aaa", "ABC a1"},
		{"a{3}", "", "aaa", "a1 abc"},
		{"[^a-z]+", "", "ABC é😀", "abc x-1"},
		{"[a-zA-Z]{3}", "", "abc ABC aaa", "a1"},
		{"[a-c]%", "", "abc a%c a1 a+b", "ABC x-1"},
		{"a.c", "", "abc a%c a.c", "aaa"},
		{"^abc$", "", "^abc$", "abc"},
		{`a\%c`, `\`, "a%c", "abc"},
		{"a!+b", "!", "a+b", "aab"},
		{`a\d`, "", `a\d`, "a1"},
		{"[[:ALPHA:]]+", "", "abc", "a1"},
		{"[[:digit:]x]+", "", "1x2", "a"},
	} {
		s, err := CompileSimilar([]byte(tt.pattern), []byte(tt.escape))
		if err != nil {
			t.Errorf("pattern %q: %v", tt.pattern, err)
			continue
		}
		for text := range strings.FieldsSeq(tt.yes) {
			if !s.Match([]byte(text)) {
				t.Errorf("%q SIMILAR TO %q is false", text, tt.pattern)
			}
		}
		for text := range strings.FieldsSeq(tt.no) {
			if s.Match([]byte(text)) {
				t.Errorf("%q SIMILAR TO %q is true", text, tt.pattern)
			}
		}
	}
	for _, pattern := range []string{"(abc", "[abc"} {
		if _, err := CompileSimilar([]byte(pattern), nil); err == nil {
			t.Errorf("pattern %q compiles", pattern)
		}
	}
}

// The kinds follow the reference of IS_ALPHA, IS_DIGIT and IS_DECIMAL.
func TestKinds(t *testing.T) {
	for s, want := range map[string][3]bool{
		"abc": {true, false, false}, "123": {false, true, true}, "": {}, "é": {true, false, false}, "𝐀": {}, "-12": {false, false, true}, "1.5": {false, false, true}, "NaN": {true, false, true},
		"1d": {false, false, true}, " 12": {false, false, true}, "٣": {false, true, true}, "12a": {},
	} {
		if got := [3]bool{IsAlpha([]byte(s)), IsDigit([]byte(s)), IsDecimal([]byte(s))}; got != want {
			t.Errorf("%q is %v, want %v", s, got, want)
		}
	}
}

func BenchmarkText(b *testing.B) {
	s := []byte("https://www.nexmark.com/wxi/fsj/uts/item.htm?query=1&channel_id=123456")
	like := map[string]*Like{"prefix": CompileLike([]byte("https%")), "contains": CompileLike([]byte("%channel%")), "general": CompileLike([]byte("%item_htm%id=%"))}
	var buf []byte
	for name, l := range like {
		b.Run("like/"+name, func(b *testing.B) {
			for b.Loop() {
				l.Match(s)
			}
		})
	}
	for _, bb := range []struct {
		name string
		f    func()
	}{
		{"length", func() { Length(s) }},
		{"substring", func() { SubstringLen(s, 9, 10) }},
		{"upper", func() { buf = AppendUpper(buf[:0], s) }},
		{"split", func() { SplitIndex(s, []byte("/"), 3) }},
		{"replace", func() { buf = AppendReplace(buf[:0], s, []byte("/"), []byte("::")) }},
		{"md5", func() { buf = AppendMD5(buf[:0], s) }},
		{"url", func() { ExtractURLQuery(s, []byte("channel_id")) }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.f()
			}
		})
	}
}
