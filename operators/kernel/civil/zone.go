package civil

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Zone converts between instants and wall clock time in one time zone. It keeps
// the last period of constant offset, so runs of nearby values are fast; it
// belongs to one goroutine.
type Zone struct {
	loc        *time.Location
	start, end int64 // the cached period in epoch seconds: start <= s < end
	offset     int64 // seconds east of UTC in it
}

// NewZone returns a Zone for a location; nil means UTC.
func NewZone(loc *time.Location) *Zone {
	if loc == nil {
		loc = time.UTC
	}
	return &Zone{loc: loc}
}

// Location returns the zone's location.
func (z *Zone) Location() *time.Location { return z.loc }

// OffsetAt returns the seconds east of UTC at an instant in epoch seconds.
func (z *Zone) OffsetAt(sec int64) int64 {
	if sec < z.start || sec >= z.end {
		z.fill(sec)
	}
	return z.offset
}

func (z *Zone) fill(sec int64) {
	t := time.Unix(sec, 0).In(z.loc)
	_, off := t.Zone()
	z.offset = int64(off)
	start, end := t.ZoneBounds()
	z.start, z.end = math.MinInt64, math.MaxInt64
	if !start.IsZero() {
		z.start = start.Unix()
	}
	if !end.IsZero() {
		z.end = end.Unix()
	}
}

// ToLocal converts an instant (milliseconds) to wall clock time.
func (z *Zone) ToLocal(millis int64) int64 {
	return millis + z.OffsetAt(floorDiv(millis, 1000))*1000
}

// ToInstant converts wall clock time (milliseconds) to an instant, as
// java.time does: a time that the clock shows twice is the first of the two, a
// time that it skips is moved on by the length of the gap.
func (z *Zone) ToInstant(millis int64) int64 {
	local := floorDiv(millis, 1000)
	before := z.OffsetAt(local - 86400)
	after := z.OffsetAt(local + 86400)
	if before == after {
		return millis - z.OffsetAt(local-before)*1000
	}
	// The earlier offset is right if it holds at the instant it gives, and it is
	// also what moves a skipped time forward.
	if z.OffsetAt(local-before) == before {
		return millis - before*1000
	}
	if z.OffsetAt(local-after) == after {
		return millis - after*1000
	}
	return millis - before*1000
}

// legacyStart is 1900-01-01: before it java.util.TimeZone knows no transitions.
const legacyStart = -2208988800

// ToLocalLegacy converts as java.util.TimeZone does, which SimpleDateFormat
// uses: before 1900 the standard offset holds instead of local mean time.
func (z *Zone) ToLocalLegacy(millis int64) int64 {
	return millis + z.legacyOffset(floorDiv(millis, 1000))*1000
}

func (z *Zone) legacyOffset(sec int64) int64 {
	if sec >= legacyStart {
		return z.OffsetAt(sec)
	}
	// The zone's raw offset: the standard time of the latest rule.
	return z.standardOffset()
}

func (z *Zone) standardOffset() int64 {
	const year2030 = 1893456000
	a, b := time.Unix(year2030, 0).In(z.loc), time.Unix(year2030+182*86400, 0).In(z.loc)
	if a.IsDST() {
		a = b
	}
	_, off := a.Zone()
	return int64(off)
}

// ToInstantLegacy converts wall clock time as java.util.Calendar does: of two
// moments with the same clock time it takes the later, the one in standard time.
func (z *Zone) ToInstantLegacy(millis int64) int64 {
	local := floorDiv(millis, 1000)
	before := z.legacyOffset(local - 86400)
	after := z.legacyOffset(local + 86400)
	if before == after {
		return millis - z.legacyOffset(local-before)*1000
	}
	if z.legacyOffset(local-after) == after {
		return millis - after*1000
	}
	return millis - before*1000
}

// LoadZone finds a zone by the names that java.time.ZoneId takes: a region, UTC,
// GMT, UT or Z, and offsets such as +05:30, UTC+8 or GMT-08:00.
func LoadZone(name string) (*time.Location, error) {
	switch name {
	case "Z", "UTC", "GMT", "UT", "Etc/UTC", "Etc/GMT":
		return time.UTC, nil
	case "", "Local":
		return nil, fmt.Errorf("time zone %q: unknown name", name)
	}
	rest := name
	for _, prefix := range [...]string{"UTC", "GMT", "UT"} {
		if strings.HasPrefix(name, prefix) {
			rest = name[len(prefix):]
			break
		}
	}
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		sec, ok := parseOffset(rest)
		if !ok {
			return nil, fmt.Errorf("time zone %q: malformed offset", name)
		}
		if sec == 0 {
			return time.UTC, nil
		}
		return time.FixedZone(name, sec), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q: %w", name, err)
	}
	return loc, nil
}

// LoadLegacyZone finds a zone as java.util.TimeZone.getTimeZone does: a region,
// an abbreviation, or GMT with an offset; everything else is GMT.
func LoadLegacyZone(name string) *time.Location {
	if rest, ok := strings.CutPrefix(name, "GMT"); ok && len(rest) > 1 && (rest[0] == '+' || rest[0] == '-') {
		if sec, ok := parseOffset(rest); ok {
			return time.FixedZone(name, sec)
		}
		return time.UTC
	}
	if name == "" || name == "Local" || name[0] == '+' || name[0] == '-' || strings.HasPrefix(name, "UTC+") || strings.HasPrefix(name, "UTC-") {
		return time.UTC
	}
	if region, ok := shortZone(name); ok {
		name = region
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// shortZone maps the abbreviations that Java still knows and the zone database
// does not.
func shortZone(name string) (string, bool) {
	switch name {
	case "PST":
		return "America/Los_Angeles", true
	case "CST":
		return "America/Chicago", true
	case "IST":
		return "Asia/Kolkata", true
	case "JST":
		return "Asia/Tokyo", true
	case "CTT":
		return "Asia/Shanghai", true
	case "ETC":
		return "Europe/Paris", true
	case "AST":
		return "America/Anchorage", true
	case "BST":
		return "Asia/Dhaka", true
	case "AET":
		return "Australia/Sydney", true
	case "VST":
		return "Asia/Ho_Chi_Minh", true
	case "EAT":
		return "Africa/Addis_Ababa", true
	case "ART":
		return "Africa/Cairo", true
	}
	return "", false
}

// parseOffset reads +h, +hh, +hhmm, +hh:mm, +hhmmss or +hh:mm:ss up to 18 hours.
func parseOffset(t string) (seconds int, ok bool) {
	sign := 1
	if t[0] == '-' {
		sign = -1
	}
	t = t[1:]
	var part [3]string
	switch {
	case strings.Contains(t, ":"):
		s := strings.Split(t, ":")
		if len(s) > 3 {
			return 0, false
		}
		copy(part[:], s)
		for _, p := range s[1:] {
			if len(p) != 2 {
				return 0, false
			}
		}
	case len(t) == 1, len(t) == 2:
		part[0] = t
	case len(t) == 3:
		part[0], part[1] = t[:1], t[1:]
	case len(t) == 4:
		part[0], part[1] = t[:2], t[2:]
	case len(t) == 6:
		part[0], part[1], part[2] = t[:2], t[2:4], t[4:]
	default:
		return 0, false
	}
	var v [3]int
	for i, p := range part {
		if p == "" && i > 0 {
			continue
		}
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil || i > 0 && n > 59 {
			return 0, false
		}
		v[i] = int(n)
	}
	seconds = (v[0]*60+v[1])*60 + v[2]
	return sign * seconds, seconds <= 18*3600
}
