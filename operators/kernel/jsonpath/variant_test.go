package jsonpath

import (
	"errors"
	"testing"
)

func TestVariantText(t *testing.T) {
	for _, c := range []struct{ in, form, text string }{
		{` { "z" : 1 , "a" : [true, null, "é\u00e9\n"] } `, `{"a":[true,null,"éé\n"],"z":1}`, `{"a":[true,null,"éé\n"],"z":1}`},
		{`42`, `42`, `42`},
		{`-0`, `0`, `0`},
		{`-0.0`, `0.0`, `0`},
		{`1.50`, `1.50`, `1.5`},
		{`100.00`, `100.00`, `100`},
		{`1e3`, `1000.0E0`, `1000.0`},
		{`1E-7`, `1.0E-7`, `1.0E-7`},
		{`12345678901234567890`, `12345678901234567890`, `12345678901234567890`},
		{`123456789012345678901234567890123456789012345`, `1.2345678901234567E44`, `1.2345678901234567E44`},
		{`[-1e400]`, `[-1E999]`, `[-Infinity]`},
		{`1 2`, `1`, `1`},
		{`{"a":"x"} tail`, `{"a":"x"}`, `{"a":"x"}`},
	} {
		v, err := ParseVariant(nil, []byte(c.in), false)
		if err != nil || string(v) != c.form {
			t.Errorf("%s: form %s, want %s (%v)", c.in, v, c.form, err)
		}
		if got := AppendVariantText(nil, v); string(got) != c.text {
			t.Errorf("%s: text %s, want %s", c.in, got, c.text)
		}
	}
	for _, bad := range []string{``, ` `, `{"a":`, `abc`, `{a:1}`, `[1,]`, `01`, `NaN`, `"\x"`} {
		if v, err := ParseVariant(nil, []byte(bad), false); err == nil {
			t.Errorf("%s: parsed as %s", bad, v)
		}
	}
	if _, err := ParseVariant(nil, []byte(`{"a":1,"a":2}`), false); !errors.Is(err, ErrDuplicateKey) {
		t.Errorf("duplicate key: %v", err)
	}
	if v, err := ParseVariant(nil, []byte(`{"a":1,"a":2}`), true); err != nil || string(v) != `{"a":2}` {
		t.Errorf("last wins: %s, %v", v, err)
	}
}

func TestVariantAccess(t *testing.T) {
	v, err := ParseVariant(nil, []byte(`{"a":[1,"x",{"b":null}],"é":2}`), false)
	if err != nil {
		t.Fatal(err)
	}
	a, err := VariantMember(v, []byte("a"))
	if err != nil || string(a) != `[1,"x",{"b":null}]` {
		t.Fatalf("a: %s, %v", a, err)
	}
	if x, _ := VariantMember(v, []byte("é")); string(x) != "2" {
		t.Errorf("é: %s", x)
	}
	if x, err := VariantMember(v, []byte("zz")); x != nil || err != nil {
		t.Errorf("zz: %s, %v", x, err)
	}
	for i, want := range map[int64]string{-1: "", 0: "", 1: "1", 2: `"x"`, 3: `{"b":null}`, 4: ""} {
		if x, err := VariantElement(a, i); string(x) != want || err != nil {
			t.Errorf("element %d: %s, %v", i, x, err)
		}
	}
	if _, err := VariantMember(a, []byte("a")); err == nil {
		t.Error("a member of an array")
	}
	if _, err := VariantElement(v, 1); err == nil {
		t.Error("an element of an object")
	}
}

func BenchmarkParseVariant(b *testing.B) {
	text := []byte(`{"id":12345,"name":"a name of some length","price":12.50,"tags":["x","y"],"at":{"lat":1.5e2,"lon":-3}}`)
	b.SetBytes(int64(len(text)))
	var buf []byte
	for b.Loop() {
		buf, _ = ParseVariant(buf[:0], text, false)
	}
}
