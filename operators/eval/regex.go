package eval

import (
	"unicode/utf8"

	"millrace/operators/kernel/jregex"
	"millrace/operators/vector"
	"millrace/planner/expr"
)

// registerRegex registers the functions of Java's regular expressions. A pattern that does not compile gives NULL, REGEXP gives FALSE.
func registerRegex(r registry) {
	r.bools(traits{}, regexOf(func(re *jregex.Regex) boolFunc {
		return func(a []arg, i int) (bool, error) { return re.Match(a[0].bytes(i)), nil }
	}, func([]arg, int) (bool, error) { return false, nil }), "REGEXP")
	noInt := func([]arg, int) (int64, error) { return 0, errNull }
	r.ints(traits{}, regexOf(func(re *jregex.Regex) intFunc {
		return func(a []arg, i int) (int64, error) { return int64(re.Count(a[0].bytes(i))), nil }
	}, noInt), "REGEXP_COUNT")
	r.ints(traits{}, regexOf(func(re *jregex.Regex) intFunc {
		caps := make([]int, re.CapsLen())
		return func(a []arg, i int) (int64, error) {
			s := a[0].bytes(i)
			if !re.Find(s, 0, caps) {
				return 0, nil
			}
			return int64(units(s[:caps[0]]) + 1), nil
		}
	}, noInt), "REGEXP_INSTR")
	noText := func(_ []arg, _ int, dst []byte) ([]byte, error) { return dst, errNull }
	memo := traits{memo: true}
	r.texts(memo, regexOf(regexExtract, noText), "REGEXP_EXTRACT", "REGEXP_SUBSTR")
	r.texts(memo, regexOf(func(re *jregex.Regex) textFunc {
		return func(a []arg, i int, dst []byte) ([]byte, error) {
			return re.AppendReplace(dst, a[0].bytes(i), a[2].bytes(i)), nil
		}
	}, noText), "REGEXP_REPLACE")
	r.build(traits{}, regexExtractAll, "REGEXP_EXTRACT_ALL")
	r.build(traits{fails: true}, textToMap, "STR_TO_MAP")
}

// regexOf makes a function of a text and a pattern (argument 1): for a constant pattern what of makes of it, for others what it makes of
// the last pattern seen. Where a pattern does not compile, bad answers; REGEXP answers FALSE for the empty pattern too.
func regexOf[F any](of func(re *jregex.Regex) F, bad F) maker[F] {
	return func(_ *compiler, e *expr.Expr, args []*node) (F, error) {
		choose := func(p []byte) F {
			re, err := jregex.Compile(p)
			if err != nil || e.Func == "REGEXP" && len(p) == 0 {
				return bad
			}
			return of(re)
		}
		if k := args[1].konst; k != nil && !k.IsNull(0) {
			return choose(k.Bytes(0)), nil
		}
		ps := &patterns[F]{compile: func(p string) (*F, error) { f := choose([]byte(p)); return &f, nil }}
		return byPattern(ps), nil
	}
}

// byPattern is a row-wise function that goes to the one of the row's pattern.
func byPattern[F any](ps *patterns[F]) F {
	var out any
	switch p := any(ps).(type) {
	case *patterns[boolFunc]:
		out = boolFunc(func(a []arg, i int) (bool, error) { f, _ := p.get(a[1].bytes(i)); return (*f)(a, i) })
	case *patterns[intFunc]:
		out = intFunc(func(a []arg, i int) (int64, error) { f, _ := p.get(a[1].bytes(i)); return (*f)(a, i) })
	case *patterns[textFunc]:
		out = textFunc(func(a []arg, i int, dst []byte) ([]byte, error) { f, _ := p.get(a[1].bytes(i)); return (*f)(a, i, dst) })
	}
	return out.(F)
}

// regexExtract is REGEXP_EXTRACT(text, pattern [, group]) and REGEXP_SUBSTR.
func regexExtract(re *jregex.Regex) textFunc {
	return func(a []arg, i int, dst []byte) ([]byte, error) {
		group := 0
		if len(a) > 2 {
			group = clampInt(a[2].int(i))
		}
		part, ok := re.Extract(a[0].bytes(i), group)
		if !ok {
			return dst, errNull
		}
		return append(dst, part...), nil
	}
}

// units counts the UTF-16 units of a text.
func units(s []byte) int {
	n := 0
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		n++
		if r > 0xFFFF {
			n++
		}
		s = s[size:]
	}
	return n
}

// regexExtractAll is REGEXP_EXTRACT_ALL(text, pattern [, group]); the group is 1 if it is not said.
func regexExtractAll(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	group := 1
	if len(a) > 2 {
		group = clampInt(a[2].int(i))
	}
	re, err := jregex.Compile(a[1].bytes(i))
	if err != nil || group < 0 || group > re.Groups() {
		return errNull
	}
	s := a[0].bytes(i)
	re.Each(s, func(caps []int) bool {
		if caps[2*group] < 0 {
			b.Children[0].AppendNull()
		} else {
			b.Children[0].AppendBytes(s[caps[2*group]:caps[2*group+1]])
		}
		return true
	})
	b.EndList()
	return nil
}

// textToMap is STR_TO_MAP(text [, pair delimiter, key delimiter]), both regular expressions; the last of equal keys counts.
func textToMap(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	pair, key := []byte(","), []byte("=")
	if len(a) > 2 {
		pair, key = a[1].bytes(i), a[2].bytes(i)
	}
	pairs, err := jregex.Compile(pair)
	if err != nil {
		return err
	}
	keys, err := jregex.Compile(key)
	if err != nil {
		return err
	}
	s := a[0].bytes(i)
	var entries [][2][]byte
	pairs.Split(s, 0, func(piece []byte) bool {
		if len(s) == 0 {
			return false
		}
		var kv [2][]byte
		n := 0
		keys.Split(piece, 2, func(part []byte) bool {
			kv[n] = append([]byte{}, part...)
			n++
			return n < 2
		})
		for k := range entries {
			if string(entries[k][0]) == string(kv[0]) {
				entries[k][1] = kv[1]
				return true
			}
		}
		entries = append(entries, kv)
		return true
	})
	for _, kv := range entries {
		b.Children[0].AppendBytes(kv[0])
		if kv[1] == nil {
			b.Children[1].AppendNull()
		} else {
			b.Children[1].AppendBytes(kv[1])
		}
	}
	b.EndList()
	return nil
}
