package jsonpath

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"millrace/operators/kernel/number"
)

// Path is a compiled SQL/JSON path.
type Path struct {
	lax      bool
	definite bool
	steps    []step
	function string // length, sum, min, max, avg: the last step
}

type stepKind uint8

const (
	stepNames stepKind = iota
	stepIndexes
	stepSlice
	stepAll
	stepDeep // every value below; the next step applies to each
)

type step struct {
	kind     stepKind
	names    []string
	indexes  []int
	from, to int
	open     bool // slice without end
}

// Compile parses a path: an optional mode (lax or strict), then $ (which may be left out) and steps:
// .name, ['name'], [0], [-1], [0,1], [0:2], [*], .*, ..name and a function at the
// end. Filters are not supported yet.
func Compile(path []byte) (*Path, error) {
	src := string(path)
	p := &Path{definite: true}
	if mode, rest, ok := strings.Cut(src, " "); ok {
		switch strings.ToLower(mode) {
		case "lax":
			p.lax = true
			src = strings.TrimLeft(rest, " ")
		case "strict":
			src = strings.TrimLeft(rest, " ")
		}
	}
	if src == "" {
		return nil, errors.New("the path is empty")
	}
	if src[0] != '$' {
		src = "$." + src
	}
	for rest := src[1:]; rest != ""; {
		next, err := p.step(rest)
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", path, err)
		}
		rest = next
	}
	if n := len(p.steps); n > 0 && p.steps[n-1].kind == stepDeep {
		return nil, fmt.Errorf("path %q must not end with a '..'", path)
	}
	return p, nil
}

// Lax reports whether the path is in lax mode.
func (p *Path) Lax() bool { return p.lax }

// step parses one step and returns what follows.
func (p *Path) step(t string) (string, error) {
	switch {
	case strings.HasPrefix(t, ".."):
		p.steps = append(p.steps, step{kind: stepDeep})
		p.definite = false
		if strings.HasPrefix(t, "..[") || t == ".." {
			return t[2:], nil
		}
		return p.step(t[1:])
	case t[0] == '.':
		return p.member(t[1:])
	case t[0] == '[':
		return p.bracket(t[1:])
	}
	return "", fmt.Errorf("unexpected %q", t)
}

func (p *Path) member(t string) (string, error) {
	if strings.HasPrefix(t, "[") {
		return p.bracket(t[1:])
	}
	end := strings.IndexAny(t, ".[( ")
	if end < 0 {
		end = len(t)
	}
	name, rest := t[:end], t[end:]
	if name == "" || strings.HasPrefix(rest, " ") {
		return "", errors.New("member name is missing or holds a blank")
	}
	if strings.HasPrefix(rest, "(") {
		switch name {
		case "length", "size", "sum", "min", "max", "avg":
		default:
			return "", fmt.Errorf("function %q is not supported yet", name)
		}
		if rest != "()" {
			return "", fmt.Errorf("function %q must be the last step and has no arguments", name)
		}
		p.function = name
		return "", nil
	}
	if name == "*" {
		p.steps = append(p.steps, step{kind: stepAll})
		p.definite = false
		return rest, nil
	}
	p.steps = append(p.steps, step{kind: stepNames, names: []string{name}})
	return rest, nil
}

func (p *Path) bracket(t string) (string, error) {
	t = strings.TrimLeft(t, " ")
	if t == "" {
		return "", errors.New("bracket is not closed")
	}
	switch t[0] {
	case '\'', '"':
		return p.quotedNames(t)
	case '?':
		return "", errors.New("filter is not supported yet")
	}
	end := strings.IndexByte(t, ']')
	if end < 0 {
		return "", errors.New("bracket is not closed")
	}
	inner, rest := strings.TrimSpace(t[:end]), t[end+1:]
	if inner == "*" {
		p.steps = append(p.steps, step{kind: stepAll})
		p.definite = false
		return rest, nil
	}
	if from, to, ok := strings.Cut(inner, ":"); ok {
		return rest, p.slice(from, to)
	}
	s := step{kind: stepIndexes}
	for f := range strings.SplitSeq(inner, ",") {
		v, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil {
			return "", fmt.Errorf("index %q is no number", f)
		}
		s.indexes = append(s.indexes, v)
	}
	p.definite = p.definite && len(s.indexes) == 1
	p.steps = append(p.steps, s)
	return rest, nil
}

func (p *Path) slice(from, to string) error {
	s := step{kind: stepSlice, open: strings.TrimSpace(to) == ""}
	for _, b := range []struct {
		text string
		v    *int
	}{{from, &s.from}, {to, &s.to}} {
		if text := strings.TrimSpace(b.text); text != "" {
			v, err := strconv.Atoi(text)
			if err != nil {
				return fmt.Errorf("slice bound %q is no number", text)
			}
			*b.v = v
		}
	}
	p.definite = false
	p.steps = append(p.steps, s)
	return nil
}

func (p *Path) quotedNames(t string) (string, error) {
	s := step{kind: stepNames}
	for {
		t = strings.TrimLeft(t, " ")
		if t == "" || t[0] != '\'' && t[0] != '"' {
			return "", errors.New("member name is not quoted")
		}
		var name strings.Builder
		i := 1
		for ; i < len(t) && t[i] != t[0]; i++ {
			if t[i] == '\\' && i+1 < len(t) {
				i++
			}
			name.WriteByte(t[i])
		}
		if i >= len(t) {
			return "", errors.New("member name is not closed")
		}
		s.names = append(s.names, name.String())
		t = strings.TrimLeft(t[i+1:], " ")
		if strings.HasPrefix(t, ",") {
			t = t[1:]
			continue
		}
		if !strings.HasPrefix(t, "]") {
			return "", errors.New("bracket is not closed")
		}
		break
	}
	p.definite = p.definite && len(s.names) == 1
	p.steps = append(p.steps, s)
	return t[1:], nil
}

// State says how a search ended.
type State uint8

// The ends of a search.
const (
	Broken   State = iota // the document is no JSON
	NullDoc               // the document is the value null
	Missing               // the path leads nowhere
	One                   // one value, which may be null
	Several               // a path with a wildcard: any number of values
	Computed              // a number that a function of the path computed
)

// Result is what a path finds. Its slices lie in the document, except for a
// computed number.
type Result struct {
	State  State
	Value  []byte   // One, Computed
	Values [][]byte // Several
}

// Find applies the path to a document.
func (p *Path) Find(doc []byte) Result {
	kind, root := Check(doc)
	switch kind {
	case Invalid:
		return Result{State: Broken}
	case Null:
		return Result{State: NullDoc}
	}
	r := Result{State: Several}
	if p.definite {
		v := root
		for i := range p.steps {
			if v = p.steps[i].one(v); v == nil {
				return Result{State: Missing}
			}
		}
		r = Result{State: One, Value: v}
	} else if !p.walk(root, 0, true, &r.Values) {
		if !p.lax {
			return Result{State: Missing}
		}
		r.Values = nil
	}
	if p.function != "" {
		return p.apply(r)
	}
	return r
}

// one applies a definite step; nil is nowhere.
func (s *step) one(v []byte) []byte {
	switch {
	case s.kind == stepNames && v[0] == '{':
		return lookup(v, s.names[0])
	case s.kind == stepIndexes && v[0] == '[':
		return at(v, s.indexes[0])
	}
	return nil
}

func lookup(v []byte, name string) (found []byte) {
	members(v, func(n, value []byte) bool {
		if sameName(n, name) {
			found = value
		}
		return true
	})
	return found
}

func sameName(quoted []byte, name string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == name
	}
	return string(AppendUnescaped(nil, quoted)) == name
}

func at(v []byte, index int) (found []byte) {
	if index < 0 {
		index += size(v)
	}
	if index < 0 {
		return nil
	}
	elements(v, func(i int, e []byte) bool {
		if i == index {
			found = e
			return false
		}
		return true
	})
	return found
}

func size(v []byte) (n int) {
	switch v[0] {
	case '[':
		elements(v, func(int, []byte) bool { n++; return true })
	case '{':
		members(v, func(_, _ []byte) bool { n++; return true })
	}
	return n
}

// walk collects the values of steps[i:] from v. It reports false if a step before
// the first wildcard leads nowhere; behind one such values are left out.
func (p *Path) walk(v []byte, i int, definite bool, out *[][]byte) bool {
	if i == len(p.steps) {
		*out = append(*out, v)
		return true
	}
	s := &p.steps[i]
	next := func(e []byte) bool {
		p.walk(e, i+1, false, out)
		return true
	}
	switch s.kind {
	case stepAll:
		children(v, next)
	case stepDeep:
		p.deep(v, i+1, out)
	case stepSlice:
		if v[0] != '[' {
			return !definite
		}
		s.elements(v, next)
	default:
		if len(s.names)+len(s.indexes) == 1 {
			e := s.one(v)
			if e == nil {
				return !definite
			}
			return p.walk(e, i+1, definite, out)
		}
		for _, name := range s.names {
			if v[0] == '{' {
				if e := lookup(v, name); e != nil {
					next(e)
				}
			}
		}
		if len(s.indexes) > 0 && v[0] != '[' {
			return !definite
		}
		for _, index := range s.indexes {
			if e := at(v, index); e != nil {
				next(e)
			}
		}
	}
	return true
}

func children(v []byte, f func(e []byte) bool) {
	switch v[0] {
	case '[':
		elements(v, func(_ int, e []byte) bool { return f(e) })
	case '{':
		members(v, func(_, e []byte) bool { return f(e) })
	}
}

// deep applies the steps to v and to every value below it.
func (p *Path) deep(v []byte, i int, out *[][]byte) {
	p.walk(v, i, false, out)
	children(v, func(e []byte) bool {
		if e[0] == '{' || e[0] == '[' {
			p.deep(e, i, out)
		}
		return true
	})
}

func (s *step) elements(v []byte, f func(e []byte) bool) {
	n := size(v)
	from, to := s.from, s.to
	if from < 0 {
		from = max(from+n, 0)
	}
	if s.open {
		to = n
	} else if to < 0 {
		to += n
	}
	elements(v, func(i int, e []byte) bool {
		if i >= from && i < to {
			return f(e)
		}
		return true
	})
}

// apply computes the path's function.
func (p *Path) apply(r Result) Result {
	if p.function == "length" || p.function == "size" {
		n := len(r.Values)
		if r.State == One {
			if r.Value[0] != '[' && r.Value[0] != '{' {
				return Result{State: Missing}
			}
			n = size(r.Value)
		}
		return Result{State: Computed, Value: strconv.AppendInt(nil, int64(n), 10)}
	}
	values := r.Values
	if r.State == One {
		if r.Value[0] != '[' {
			return Result{State: Missing}
		}
		elements(r.Value, func(_ int, e []byte) bool {
			values = append(values, e)
			return true
		})
	}
	sum, low, high, n := 0.0, 0.0, 0.0, 0
	for _, v := range values {
		if KindOf(v) != Number {
			continue
		}
		f, _ := number.ParseDouble(v)
		if n == 0 {
			low, high = f, f
		}
		sum, low, high = sum+f, min(low, f), max(high, f)
		n++
	}
	if n == 0 {
		return Result{State: Missing}
	}
	f := map[string]float64{"sum": sum, "min": low, "max": high, "avg": sum / float64(n)}[p.function]
	return Result{State: Computed, Value: number.AppendDouble(nil, f)}
}

// Scalar returns the value that JSON_VALUE takes from the result: a scalar that
// is not null. Everything else is EMPTY in lax mode and an ERROR in strict mode.
func (r Result) Scalar() (value []byte, ok bool) {
	if r.State == Computed {
		return r.Value, true
	}
	if r.State != One {
		return nil, false
	}
	k := KindOf(r.Value)
	return r.Value, k.IsScalar() && k != Null
}

// Wrapper says how JSON_QUERY puts a value into an array.
type Wrapper uint8

// The wrappers.
const (
	WithoutWrapper Wrapper = iota
	ConditionalWrapper
	UnconditionalWrapper
)

// AppendQuery appends what JSON_QUERY gives for the result. ok is false for what
// is EMPTY in lax mode and an ERROR in strict mode: nothing, null, and without a
// wrapper a scalar. As in Flink CONDITIONAL leaves arrays alone and wraps
// everything else.
func (r Result) AppendQuery(dst []byte, w Wrapper) (out []byte, ok bool) {
	switch r.State {
	case Several:
		if w == UnconditionalWrapper {
			dst = append(dst, '[')
		}
		dst = append(dst, '[')
		for i, v := range r.Values {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendCanonical(dst, v)
		}
		if w == UnconditionalWrapper {
			dst = append(dst, ']')
		}
		return append(dst, ']'), true
	case One, Computed:
	default:
		return dst, false
	}
	k := KindOf(r.Value)
	wrap := w == UnconditionalWrapper || w == ConditionalWrapper && k != Array
	if k == Null || !wrap && k.IsScalar() {
		return dst, false
	}
	if wrap {
		dst = append(dst, '[')
	}
	dst = AppendCanonical(dst, r.Value)
	if wrap {
		dst = append(dst, ']')
	}
	return dst, true
}

// Exists answers JSON_EXISTS. failed asks for the answer of ON ERROR: a document
// that is null in both modes, and in strict mode a broken document and a path
// that leads nowhere. A member whose value is null does not exist; a path with a
// wildcard always does.
func (p *Path) Exists(r Result) (exists, failed bool) {
	switch r.State {
	case NullDoc:
		return false, true
	case Broken, Missing:
		return false, !p.lax
	case One:
		return KindOf(r.Value) != Null, false
	}
	return true, false
}
