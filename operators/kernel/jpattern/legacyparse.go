package jpattern

import (
	"fmt"
	"time"

	"millrace/operators/kernel/civil"
)

// TwoDigitStart is the first year that two digits can mean: SimpleDateFormat
// puts its window from 80 years before the present to 20 years after; it is
// fixed here so that the same text always gives the same value.
const TwoDigitStart = 1946

// appendZoneName prints the zone's abbreviation, or GMT and the offset.
func appendZoneName(dst []byte, z *civil.Zone, millis int64) []byte {
	name, off := time.UnixMilli(millis).In(z.Location()).Zone()
	if name != "" && name[0] != '+' && name[0] != '-' && name[0] >= 'A' {
		return append(dst, name...)
	}
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	dst = append(dst, 'G', 'M', 'T', sign)
	dst = appendPadded(dst, off/3600, 2)
	dst = append(dst, ':')
	return appendPadded(dst, off/60%60, 2)
}

// CanParse returns an error if the pattern has a letter that is only printed.
func (l *Legacy) CanParse() error {
	for _, it := range l.items {
		switch it.letter {
		case 'w', 'W', 'F', 'Y', 'u':
			return fmt.Errorf("reading pattern letter %q is not supported yet", string(it.letter))
		}
	}
	return nil
}

// legacyFields are the calendar fields that a text sets.
type legacyFields struct {
	year, month, day, yday int
	hour, minute, second   int
	milli, half            int
	bc, byYearDay, halved  bool
	offset                 int // seconds, if zoned
	zoned                  bool
}

// Parse reads the start of text on the clock of the zone and returns an instant
// in milliseconds. What follows the pattern is ignored; fields may be out of
// range and carry over; blanks before a field are skipped. The pattern must pass
// CanParse.
func (l *Legacy) Parse(text []byte, z *civil.Zone) (millis int64, ok bool) {
	f := legacyFields{year: 1970, month: 1, day: 1}
	pos := 0
	for i := range l.items {
		it := &l.items[i]
		if it.letter == 0 {
			end := pos + len(it.text)
			if end > len(text) || string(text[pos:end]) != it.text {
				return 0, false
			}
			pos = end
			continue
		}
		abut := i+1 < len(l.items) && l.items[i+1].numeric()
		if pos, ok = f.read(it, text, pos, abut); !ok {
			return 0, false
		}
	}
	local := f.local()
	if f.zoned {
		return local - int64(f.offset)*1000, true
	}
	return z.ToInstantLegacy(local), true
}

// numeric reports whether the field is read as digits, so that the one before it
// keeps to its width.
func (it *item) numeric() bool {
	switch it.letter {
	case 0, 'G', 'E', 'a', 'z', 'Z', 'X':
		return false
	case 'M', 'L':
		return it.count <= 2
	}
	return true
}

// read takes one field at pos and returns the position after it.
func (f *legacyFields) read(it *item, text []byte, pos int, abut bool) (int, bool) {
	start := pos
	for pos < len(text) && (text[pos] == ' ' || text[pos] == '\t') {
		pos++
	}
	if pos >= len(text) {
		return 0, false
	}
	if !it.numeric() {
		return f.readName(it, text, pos)
	}
	end := len(text)
	if abut {
		if end = start + it.count; end > len(text) {
			return 0, false
		}
		if pos >= end {
			return 0, false
		}
	}
	v, next, ok := readInt(text[:end], pos)
	if !ok {
		return 0, false
	}
	switch it.letter {
	case 'y':
		if it.count <= 2 && next-pos == 2 && text[pos] != '-' {
			v += TwoDigitStart / 100 * 100
			if v < TwoDigitStart {
				v += 100
			}
		}
		f.year = v
	case 'M', 'L':
		f.month, f.byYearDay = v, false
	case 'd':
		f.day, f.byYearDay = v, false
	case 'D':
		f.yday, f.byYearDay = v, true
	case 'H':
		f.hour, f.halved = v, false
	case 'k':
		if v == 24 {
			v = 0
		}
		f.hour, f.halved = v, false
	case 'h', 'K':
		if v == 12 && it.letter == 'h' {
			v = 0
		}
		f.hour, f.halved = v, true
	case 'm':
		f.minute = v
	case 's':
		f.second = v
	case 'S':
		f.milli = v
	}
	return next, true
}

// readInt reads an optional minus and digits.
func readInt(t []byte, pos int) (v, next int, ok bool) {
	negative := t[pos] == '-'
	if negative {
		pos++
	}
	start := pos
	for pos < len(t) && t[pos] >= '0' && t[pos] <= '9' {
		if v < 1e8 {
			v = v*10 + int(t[pos]-'0')
		}
		pos++
	}
	if negative {
		v = -v
	}
	return v, pos, pos > start
}

func (f *legacyFields) readName(it *item, text []byte, pos int) (int, bool) {
	t := text[pos:]
	var index, size int
	switch it.letter {
	case 'M', 'L':
		if index, size = matchName(t, monthNames[:], 0, true); index < 0 {
			index, size = matchName(t, monthNames[:], 3, true)
		}
		f.month = index + 1
	case 'E':
		if index, size = matchName(t, dayNames[:], 0, true); index < 0 {
			index, size = matchName(t, dayNames[:], 3, true)
		}
	case 'a':
		index, size = matchName(t, []string{"AM", "PM"}, 0, true)
		f.half = index
	case 'G':
		index, size = matchName(t, []string{"AD", "BC"}, 0, true)
		f.bc = index == 1
	default:
		return f.readZone(it.letter, text, pos)
	}
	return pos + size, index >= 0
}

// readZone reads an offset, GMT with or without one, or the abbreviation of a
// zone.
func (f *legacyFields) readZone(letter byte, text []byte, pos int) (int, bool) {
	t := text[pos:]
	if letter != 'X' && len(t) >= 3 && equalName(t[:3], "GMT", true) {
		t = t[3:]
		pos += 3
		f.zoned, f.offset = true, 0
		if len(t) == 0 || t[0] != '+' && t[0] != '-' {
			return pos, true
		}
	}
	if off, size, ok := readOffset(t); ok && (t[0] != 'Z' || letter == 'X') {
		f.zoned, f.offset = true, off
		return pos + size, true
	}
	if letter == 'X' {
		return 0, false
	}
	n := 0
	for n < len(t) && t[n]|0x20 >= 'a' && t[n]|0x20 <= 'z' {
		n++
	}
	off, ok := abbreviation(string(t[:n]))
	f.zoned, f.offset = true, off
	return pos + n, ok
}

// abbreviation returns the offset of the zone names that mail and logs use.
func abbreviation(name string) (seconds int, ok bool) {
	hours := 0
	switch name {
	case "UTC", "UT", "WET":
	case "EST":
		hours = -5
	case "EDT":
		hours = -4
	case "CST":
		hours = -6
	case "CDT":
		hours = -5
	case "MST":
		hours = -7
	case "MDT":
		hours = -6
	case "PST":
		hours = -8
	case "PDT":
		hours = -7
	case "CET", "BST", "WEST":
		hours = 1
	case "CEST", "EET":
		hours = 2
	case "EEST", "MSK":
		hours = 3
	case "JST":
		hours = 9
	default:
		return 0, false
	}
	return hours * 3600, true
}

// local makes wall clock milliseconds of the fields, carrying over.
func (f *legacyFields) local() int64 {
	y := f.year
	if f.bc {
		y = 1 - y
	}
	var days int32
	if f.byYearDay {
		days = hybridDays(y, 1, 1) + int32(f.yday-1)
	} else {
		days = hybridDays(y, f.month, f.day)
	}
	hour := f.hour
	if f.halved {
		hour += f.half * 12
	}
	s := (int64(hour)*60+int64(f.minute))*60 + int64(f.second)
	return civil.JoinDay(days, 0) + s*1000 + int64(f.milli)
}
