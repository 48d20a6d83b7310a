package wire

import (
	"fmt"
	"strconv"
	"testing"
)

func TestHalve(t *testing.T) {
	var b, rest Builder
	for i := range 5 {
		h := AppendHeader(nil, []byte("h"), nil)
		h = AppendHeader(h, []byte("i"), []byte{byte('0' + i)})
		var value []byte
		if i != 3 {
			value = []byte(fmt.Sprint("v", i))
		}
		b.AppendEncoded(int64(1000-i), []byte(fmt.Sprint("k", i)), value, 2, h)
	}
	ok, err := b.Halve(&rest)
	if !ok || err != nil || b.Count() != 2 || rest.Count() != 3 {
		t.Fatalf("%v %v: %d and %d records", ok, err, b.Count(), rest.Count())
	}
	i := 0
	for _, half := range []*Builder{&b, &rest} {
		at := 0
		for n := range half.Count() {
			var r Record
			next, err := NextRecord(half.records, at, &r)
			if err != nil {
				t.Fatal(err)
			}
			key, value := string(half.records[r.KeyStart:r.KeyEnd]), "null"
			if r.ValueStart >= 0 {
				value = string(half.records[r.ValueStart:r.ValueEnd])
			}
			_, none, at2, err := NextHeader(half.records, r.HeadersStart)
			if err != nil || none != nil {
				t.Errorf("header %q, %v", none, err)
			}
			_, x, _, err := NextHeader(half.records, at2)
			got := fmt.Sprint(half.baseTime+r.TimeDelta, r.OffsetDelta, key, value, r.Headers, string(x), err)
			v := fmt.Sprint("v", i)
			if i == 3 {
				v = "null"
			}
			if want := fmt.Sprint(1000-i, n, fmt.Sprint("k", i), v, 2, strconv.Itoa(i), nil); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			at = next
			i++
		}
	}
	var one, none Builder
	one.AppendEncoded(1, nil, []byte("v"), 0, nil)
	if ok, err := one.Halve(&none); ok || err != nil {
		t.Errorf("one record: %v %v", ok, err)
	}
}
