package jsonpath

import (
	"encoding/json"
	"testing"
)

// The vectors are recorded in expressions/json/is-json.
func TestCheck(t *testing.T) {
	for s, want := range map[string]Kind{
		`{"a":1}`: Object, `[1,2]`: Array, `"x"`: String, `1`: Number, `true`: Bool, `null`: Null, ``: Invalid, ` {} `: Object, `{a:1}`: Invalid, `{"a":1,"a":2}`: Object, `[1,]`: Invalid, `1 2`: Number,
		`01`: Invalid, `1.5e3`: Number, `NaN`: Invalid, `"\u00e9"`: String, `"\x"`: Invalid, "\"a\nb\"": Invalid, `abc`: Invalid, `-0`: Number, `{"a":1} x`: Object, `// c`: Invalid, `.5`: Invalid, `5.`: Invalid,
		`+1`: Invalid, `'x'`: Invalid, `TRUE`: Invalid, `1e400`: Number, ` `: Invalid, `[1 2]`: Invalid, `{"a"}`: Invalid, `"`: Invalid, `broken`: Invalid, `truex`: Invalid, `{"a":{"b":[]}}`: Object, `{`: Invalid, `[`: Invalid, `{"a":`: Invalid,
	} {
		if got, _ := Check([]byte(s)); got != want {
			t.Errorf("%q is %d, want %d", s, got, want)
		}
	}
}

func find(t *testing.T, doc, path string) (Result, *Path) {
	t.Helper()
	p, err := Compile([]byte(path))
	if err != nil {
		return Result{State: Missing}, &Path{}
	}
	return p.Find([]byte(doc)), p
}

// The vectors are recorded in expressions/json/json-value.
func TestValue(t *testing.T) {
	const doc = `{"a":{"b":{"c":7}},"x y":1,"k.l":2,"arr":[10,20,30,[40]],"":5,"o":[{"n":1},{"n":2}],"é":6,"q'":8,"$":9,"n":null,"length":3}`
	for _, tt := range []struct{ doc, path, want string }{
		{`{"a":1}`, "$.a", "1"},
		{`{"a":"x"}`, "$.a", "x"},
		{`{"a":true}`, "$.a", "true"},
		{`{"a":null}`, "$.a", "NULL"},
		{`{"a":1.50}`, "$.a", "1.50"},
		{`{"a":{"b":1}}`, "$.a", "NULL"},
		{`{"a":[1]}`, "$.a", "NULL"},
		{`{}`, "$.a", "NULL"},
		{`{"a":""}`, "$.a", ""},
		{`broken`, "$.a", "NULL"},
		{``, "$.a", "NULL"},
		{`{"a":1e3}`, "$.a", "1E+3"},
		{`{"a":"é😀\n\u00e9"}`, "$.a", "é😀\né"},
		{`{"a":99999999999}`, "$.a", "99999999999"},
		{`[]`, "$.a", "NULL"},
		{`5`, "$.a", "NULL"},
		{`{"a":1,"a":2}`, "$.a", "2"},
		{`{"a":0.1e-7}`, "$.a", "1E-8"},
		{`{"A":3}`, "$.a", "NULL"},
		{`null`, "$.a", "NULL"},
		{`{"a":12345678901234567890.123}`, "$.a", "12345678901234567890.123"},
		{doc, "$.a.b.c", "7"},
		{doc, `$["x y"]`, "1"},
		{doc, "$['k.l']", "2"},
		{doc, "$.arr[0]", "10"},
		{doc, "$.arr[-1]", "NULL"},
		{doc, "$.arr[-2]", "30"},
		{doc, "$.arr[9]", "NULL"},
		{doc, "$.arr[3][0]", "40"},
		{doc, "$.o[1].n", "2"},
		{doc, "$.é", "6"},
		{doc, "$['$']", "9"},
		{doc, "$.arr[1:2]", "NULL"},
		{doc, "$.o[*].n", "NULL"},
		{doc, "$..c", "NULL"},
		{doc, "$.arr.length()", "4"},
		{doc, "$.length", "3"},
		{doc, "$.a.b.c.d", "NULL"},
		{doc, "$.a[0]", "NULL"},
		{doc, "$.arr.x", "NULL"},
		{doc, `$[""]`, "5"},
		{doc, "$. a", "NULL"},
		{doc, " $.a.b.c", "NULL"},
		{doc, "lax  $.a.b.c", "7"},
		{doc, "LAX $.a.b.c", "7"},
		{doc, "$.arr[0,1]", "NULL"},
		{doc, "$.n", "NULL"},
		{doc, "$.A", "NULL"},
		{doc, "$.arr[last]", "NULL"},
		{doc, "$.arr.sum()", "60.0"},
		{doc, "$.a[", "NULL"},
		{doc, "nope $.a", "NULL"},
		{`"str"`, "$", "str"},
		{`3.10`, "$", "3.10"},
		{`[1,2]`, "$[1]", "2"},
		{`{"a":-0}`, "$.a", "0"},
		{`{"a":-0.0}`, "$.a", "0.0"},
	} {
		r, _ := find(t, tt.doc, tt.path)
		got := "NULL"
		if v, ok := r.Scalar(); ok {
			got = string(AppendScalar(nil, v))
		}
		if got != tt.want {
			t.Errorf("JSON_VALUE(%s, %s) = %s, want %s", tt.doc, tt.path, got, tt.want)
		}
	}
}

// The vectors are recorded in expressions/json/json-query.
func TestQuery(t *testing.T) {
	for _, tt := range []struct{ doc, path, without, conditional, unconditional string }{
		{`{"a":1}`, "$.a", "NULL", "[1]", "[1]"},
		{`{"a":[]}`, "$.a", "[]", "[]", "[[]]"},
		{`[{"a":1},{"a":2}]`, "$.a", "NULL", "NULL", "NULL"},
		{`{"a":"é😀\u00e9/"}`, "$.a", "NULL", `["é😀é/"]`, `["é😀é/"]`},
		{`{"a":1.50e2}`, "$.a", "NULL", "[150]", "[150]"},
		{`{"a":[true,1.50,{"z":1,"y":2}]}`, "$.a", `[true,1.50,{"y":2,"z":1}]`, `[true,1.50,{"y":2,"z":1}]`, `[[true,1.50,{"y":2,"z":1}]]`},
		{`{"a":{"b": 1, "c":[ ]}}`, "$.a", `{"b":1,"c":[]}`, `[{"b":1,"c":[]}]`, `[{"b":1,"c":[]}]`},
		{`{"a":[1, "x", null]}`, "$.a", `[1,"x",null]`, `[1,"x",null]`, `[[1,"x",null]]`},
		{`{"a":null}`, "$.a", "NULL", "NULL", "NULL"},
		{`broken`, "$.a", "NULL", "NULL", "NULL"},
	} {
		r, _ := find(t, tt.doc, tt.path)
		for w, want := range map[Wrapper]string{WithoutWrapper: tt.without, ConditionalWrapper: tt.conditional, UnconditionalWrapper: tt.unconditional} {
			got := "NULL"
			if b, ok := r.AppendQuery(nil, w); ok {
				got = string(b)
			}
			if got != want {
				t.Errorf("JSON_QUERY(%s, %s) with wrapper %d = %s, want %s", tt.doc, tt.path, w, got, want)
			}
		}
	}
	for _, tt := range []struct{ doc, path, want string }{
		{`[1,2,3]`, "$[0:2]", "[1,2]"},
		{`[1,2,3]`, "$[-2:]", "[2,3]"},
		{`{"a":[{"n":1},{"n":2},{}]}`, "$.a[*].n", "[1,2]"},
		{`{"a":1,"b":2}`, "$.*", "[1,2]"},
		{`{"a":{"n":1},"b":{"n":2}}`, "$..n", "[1,2]"},
		{`{"a":1}`, "$.x[*]", "NULL"},
		{`{"a":1}`, "$..x", "[]"},
		{`[[1,2],[3]]`, "$[*][0]", "[1,3]"},
		{`{"b":1,"a":1,"b":2}`, "$", `{"a":1,"b":2}`},
	} {
		r, _ := find(t, tt.doc, tt.path)
		got := "NULL"
		if b, ok := r.AppendQuery(nil, WithoutWrapper); ok {
			got = string(b)
		}
		if got != tt.want {
			t.Errorf("JSON_QUERY(%s, %s) = %s, want %s", tt.doc, tt.path, got, tt.want)
		}
	}
}

// The vectors are recorded in expressions/json/is-json.
func TestExists(t *testing.T) {
	docs := []string{`{"a":1,"b":null,"c":{"d":[1,2,{"e":3}]}}`, `{"a":[]}`, `[{"a":1},{"a":2}]`, `{}`, `broken`, ``, `5`, `{"c":{"d":[]}}`, `{"a":{"a":1}}`, `null`}
	for path, want := range map[string]string{ // T, f, or e where ON ERROR answers
		"$": "TTTTeeTTTe", "$.a": "TTeeeeeeTe", "$.b": "feeeeeeeee", "$.c.d[0]": "Teeeeeeeee", "$.c.d[2].e": "Teeeeeeeee", "$[0]": "eeTeeeeeee", "$[*].a": "TTTTeeTTTe", "$..e": "TTTTeeTTTe",
		"lax $.a": "TTffffffTe", "lax $.x.y": "fffffffffe", "$.*": "TTTTeeTTTe", "$.c.*": "TeeeeeeTee", "$.c.d[*].e": "TeeeeeeTee", `$["a"]`: "TTeeeeeeTe",
	} {
		for i, doc := range docs {
			r, p := find(t, doc, path)
			got := byte('f')
			exists, failed := p.Exists(r)
			switch {
			case failed:
				got = 'e'
			case exists:
				got = 'T'
			}
			if got != want[i] {
				t.Errorf("JSON_EXISTS(%s, %s) = %c, want %c", doc, path, got, want[i])
			}
		}
	}
	for _, path := range []string{"", "$.a[", "$[?(@.a > 1)]", "$.", "$..", "$.a.foo()", "$['a"} {
		if _, err := Compile([]byte(path)); err == nil {
			t.Errorf("path %q compiles", path)
		}
	}
}

// The vectors are recorded in expressions/json/is-json and json-construct.
func TestQuote(t *testing.T) {
	for _, tt := range []struct{ s, quoted, unquoted string }{
		{`{"a":1}`, `"{\"a\":1}"`, `{"a":1}`},
		{`"\u00e9"`, `"\"\\u00e9\""`, "é"},
		{`"\x"`, `"\"\\x\""`, `"\x"`},
		{"\"a\nb\"", `"\"a\nb\""`, "\"a\nb\""},
		{`// c`, `"\/\/ c"`, `// c`},
		{`"é😀"`, `"\"\u00e9\u1f600\ude00\""`, "é😀"},
		{``, `""`, ``},
		{`"\u12"`, `"\"\\u12\""`, `"\u12"`},
		{`"unterminated`, `"\"unterminated"`, `"unterminated`},
		{`""`, `"\"\""`, ``},
		{`"a"b"`, `"\"a\"b\""`, `a"b`},
		{`  "a"  `, `"  \"a\"  "`, `  "a"  `},
		{`"\ud83d\ude00"`, `"\"\\ud83d\\ude00\""`, "😀"},
		{"nul\x00del\x7f", "\"nul\x00del\x7f\"", "nul\x00del\x7f"},
		{`"\u1f600\ude00"`, `"\"\\u1f600\\ude00\""`, "ὠ0?"},
		{`"`, `"\""`, `"`},
	} {
		if got := string(AppendQuoted(nil, []byte(tt.s))); got != tt.quoted {
			t.Errorf("JSON_QUOTE(%s) = %s, want %s", tt.s, got, tt.quoted)
		}
		if got := string(AppendUnquoted(nil, []byte(tt.s))); got != tt.unquoted {
			t.Errorf("JSON_UNQUOTE(%s) = %q, want %q", tt.s, got, tt.unquoted)
		}
	}
	for v, want := range map[float64]string{1.5: "1.5", 1e10: "1.0E+10", 1e-7: "1.0E-7", 100: "100.0", 0.1: "0.1", 1.0000000116860974e-7: "1.0000000116860974E-7"} {
		if got := string(AppendDouble(nil, v)); got != want {
			t.Errorf("double %v = %s, want %s", v, got, want)
		}
	}
	if got := string(AppendString(nil, []byte("q\"b\\n/é\x01\t"))); got != `"q\"b\\n/é\u0001\t"` {
		t.Errorf("AppendString = %s", got)
	}
}

func FuzzDocument(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":"x\u00e9"}]}`, `[[],{},"",-1.5e3]`, `"\ud83d"`, `{"a":1}x`} {
		f.Add(s, "$..a[*]")
	}
	f.Fuzz(func(t *testing.T, doc, path string) {
		k, v := Check([]byte(doc))
		if valid := json.Valid([]byte(doc)); valid && k == Invalid {
			t.Fatalf("%q is valid", doc)
		}
		if k != Invalid {
			if !json.Valid(v) {
				t.Fatalf("%q is not valid", v)
			}
			if out := AppendCanonical(nil, v); !json.Valid(out) {
				t.Fatalf("%q written as %q", v, out)
			}
		}
		AppendUnquoted(nil, AppendQuoted(nil, []byte(doc)))
		AppendUnquoted(nil, []byte(doc))
		if p, err := Compile([]byte(path)); err == nil {
			r := p.Find([]byte(doc))
			r.AppendQuery(nil, ConditionalWrapper)
			p.Exists(r)
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	doc := []byte(`{"id":12345,"name":"some name","nested":{"list":[1,2,3],"price":12.50},"tail":"the rest of the document"}`)
	p, err := Compile([]byte("$.nested.price"))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("check", func(b *testing.B) {
		b.SetBytes(int64(len(doc)))
		for b.Loop() {
			Check(doc)
		}
	})
	b.Run("value", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.Find(doc)
		}
	})
}
