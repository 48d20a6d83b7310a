package parser

import (
	"strings"
	"testing"
)

func testMask(key, value string) string {
	if strings.Contains(key, "password") {
		return "***"
	}
	return strings.ReplaceAll(value, "me:pw@", "***@")
}

func TestMask(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"SELECT 'a' = 'b', password FROM t", ""},
		{"CREATE TABLE t (a INT) WITH ('connector' = 'x', 'password' = 'it''s', 'c' = 'd')", "CREATE TABLE t (a INT) WITH ('connector' = 'x', 'password' = '***', 'c' = 'd')"},
		{"WITH ('a.password'='b','url'='http://me:pw@host/p')", "WITH ('a.password'='***','url'='http://***@host/p')"},
		{"SET 'x.password' = 'b'; SELECT 1", "SET 'x.password' = '***'; SELECT 1"},
		{"SET x.password = b", "SET x.password = '***'"},
		{"SET x.password='b'", "SET x.password='***'"},
		{"SET other = b", ""},
		{"SELECT * FROM t /*+ OPTIONS('password'='b', 'k'='v') */ AS u", "SELECT * FROM t /*+ OPTIONS('password'='***', 'k'='v') */ AS u"},
		{"/* 'password' = 'b' */ SELECT 1 -- 'password' = 'b'", "/* 'password' = '***' */ SELECT 1 -- 'password' = '***'"},
		{"WITH (\n  -- 'password' = 'b',\n 'k' = 'v')", "WITH (\n  -- 'password' = '***',\n 'k' = 'v')"},
		{"SELECT 1 -- don't", ""},
		// Wrong texts.
		{"WITH ('password' 'b')", "WITH ('password' '***')"},
		{"WITH ('password' = b)", "WITH ('password' = '***')"},
		{"WITH ('password' = 'b", "WITH ('password' = '***'"},
		{"SELECT * FROM t /*+ OPTIONS('password'='b'", "SELECT * FROM t /*+ OPTIONS('password'='***'"},
		{"ALTER TABLE t SET ('password' = U&'b')", "ALTER TABLE t SET ('password' = '***')"},
	} {
		want := x.want
		if want == "" {
			want = x.text
		}
		if got := Mask(x.text, testMask); got != want {
			t.Errorf("%s:\n got %s\nwant %s", x.text, got, want)
		}
	}
}

func TestMaskAt(t *testing.T) {
	text := "WITH ('password' = 'longer', 'k' = 'v')"
	for _, x := range []struct{ mark, want string }{{"'password", "'password"}, {"'longer", "'***"}, {"nger", "'***"}, {"'k'", "'k'"}, {"v'", "v'"}} {
		got, at := MaskAt(text, strings.Index(text, x.mark), testMask)
		if !strings.HasPrefix(got[at:], x.want) {
			t.Errorf("%s: at %q", x.mark, got[at:])
		}
	}
}

func TestScrub(t *testing.T) {
	src := "CREATE TABLE t (a INT) WITH ('password' = 'hunter2', 'b.password' = 'x', 'url' = 'http://me:pw@host')"
	got := Scrub("cannot use hunter2 with x at http://me:pw@host", src, testMask)
	if got != "cannot use *** with x at http://***@host" {
		t.Error(got)
	}
}
