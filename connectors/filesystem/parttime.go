package filesystem

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/civil"
)

// extractor finds the time of a partition.
type extractor struct {
	pattern string
	columns []string // longest name first, so that $day does not hide $days
	first   string   // the first partition column
	form    []field  // nil: yyyy-MM-dd HH:mm:ss, or a date
	text    string   // of form
}

// newExtractor reads the options. The pattern names partition columns as $column; without one it is the first column.
func newExtractor(pattern, formatter string, columns []string) (x extractor, err error) {
	x = extractor{pattern: pattern, text: formatter, columns: slices.Clone(columns)}
	if len(columns) > 0 {
		x.first = columns[0]
	}
	slices.SortStableFunc(x.columns, func(a, b string) int { return len(b) - len(a) })
	if formatter != "" {
		if x.form, err = parseForm(formatter); err != nil {
			return x, fmt.Errorf("option 'partition.time-extractor.timestamp-formatter' = '%s': %w", formatter, err)
		}
	}
	rest := pattern
	for _, n := range x.columns {
		rest = strings.ReplaceAll(rest, "$"+n, "")
	}
	if strings.Contains(rest, "$") {
		return x, fmt.Errorf("option 'partition.time-extractor.timestamp-pattern' = '%s': $ stands before a partition column; there are %s", pattern, strings.Join(columns, ", "))
	}
	return x, nil
}

// time is the event time in milliseconds for which a partition stands, as if its zone were UTC.
func (x *extractor) time(values map[string]string) (int64, error) {
	text := x.pattern
	if text == "" {
		text = values[x.first]
	}
	for _, n := range x.columns {
		text = strings.ReplaceAll(text, "$"+n, values[n])
	}
	if x.form != nil {
		ms, ok := readForm(x.form, text)
		if !ok {
			return 0, fmt.Errorf("partition time %q is not of the form %q", text, x.text)
		}
		return ms, nil
	}
	if ts, ok := civil.ParseTimestamp([]byte(text)); ok {
		return ts.Millis, nil
	}
	if d, ok := scalar.ParseJDBCDate([]byte(text)); ok {
		return civil.JoinDay(d, 0), nil
	}
	return 0, fmt.Errorf("partition time %q is no timestamp of the form yyyy-MM-dd HH:mm:ss or date", text)
}

// field is a number of a form, or characters that stand for themselves.
type field struct {
	letter  byte // y, M, d, H, m, s, S; 0: literal
	width   int
	exact   bool // digits of the number: width, not width or more
	literal string
}

// parseForm reads a form as Java's DateTimeFormatter has it, but for names of months and days, eras and zones.
func parseForm(form string) (out []field, err error) {
	literal := func(s string) {
		if n := len(out); n > 0 && out[n-1].letter == 0 {
			out[n-1].literal += s
			return
		}
		out = append(out, field{literal: s})
	}
	for i := 0; i < len(form); {
		c := form[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(form[i+1:], '\'')
			if end < 0 {
				return nil, errors.New("a ' has no other")
			}
			if end == 0 {
				literal("'")
			} else {
				literal(form[i+1 : i+1+end])
			}
			i += end + 2
			continue
		case c == '[' || c == ']' || c == '{' || c == '}' || c == '#':
			return nil, fmt.Errorf("'%c' is not supported", c)
		case (c < 'a' || c > 'z') && (c < 'A' || c > 'Z'):
			literal(string(c))
			i++
			continue
		}
		n := 1
		for i+n < len(form) && form[i+n] == c {
			n++
		}
		i += n
		if c == 'u' {
			c = 'y'
		}
		if !strings.ContainsRune("yMdHmsS", rune(c)) || c != 'y' && c != 'S' && n > 2 {
			return nil, fmt.Errorf("%q is not supported; there are y, M, d, H, m, s and S for numbers", form[i-n:i])
		}
		out = append(out, field{letter: c, width: n})
	}
	// A number of one letter takes the digits that are there, unless another number follows at once.
	for i := range out {
		next := i+1 < len(out) && out[i+1].letter != 0
		out[i].exact = out[i].width > 1 || next || out[i].letter == 'S'
		if out[i].letter == 'y' && out[i].width >= 4 && !next {
			out[i].exact = false
		}
	}
	return out, nil
}

// readForm reads a text that has a form, in whole.
func readForm(form []field, text string) (ms int64, ok bool) {
	parts := map[byte]int{'y': 1970, 'M': 1, 'd': 1}
	for _, f := range form {
		if f.letter == 0 {
			if text, ok = strings.CutPrefix(text, f.literal); !ok {
				return 0, false
			}
			continue
		}
		n := 0
		for n < len(text) && text[n] >= '0' && text[n] <= '9' && (n < f.width || !f.exact) {
			n++
		}
		if n < f.width {
			return 0, false
		}
		v, err := strconv.Atoi(text[:n])
		if err != nil {
			return 0, false
		}
		text = text[n:]
		switch {
		case f.letter == 'y' && f.width == 2:
			v += 2000
		case f.letter == 'S':
			for ; n < 3; n++ {
				v *= 10
			}
			for ; n > 3; n-- {
				v /= 10
			}
		}
		parts[f.letter] = v
	}
	y, m, d := parts['y'], parts['M'], parts['d']
	if text != "" || y > 9999 || m < 1 || m > 12 || d < 1 || d > civil.DaysInMonth(y, m) || parts['H'] > 23 || parts['m'] > 59 || parts['s'] > 59 {
		return 0, false
	}
	return civil.JoinDay(civil.Days(y, m, d), 0) + int64(parts['H'])*3_600_000 + int64(parts['m'])*60_000 + int64(parts['s'])*1000 + int64(parts['S']), true
}
