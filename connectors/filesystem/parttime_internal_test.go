package filesystem

import (
	"strings"
	"testing"
	"time"
)

func TestExtractor(t *testing.T) {
	at := func(s string) int64 {
		x, err := time.Parse("2006-01-02 15:04:05.000", s)
		if err != nil {
			t.Fatal(err)
		}
		return x.UnixMilli()
	}
	for _, c := range []struct {
		pattern, form, values string
		want                  string // "" for an error
	}{
		{"", "", "2024-02-03", "2024-02-03 00:00:00.000"},
		{"", "", "2024-02-03 04:05:06", "2024-02-03 04:05:06.000"},
		{"$dt", "", "2024-2-3", "2024-02-03 00:00:00.000"},
		{"$dt $hour:00:00", "", "2024-02-03 7", "2024-02-03 07:00:00.000"},
		{"$dt $hour:00:00", "", "2024-02-03 07", "2024-02-03 07:00:00.000"},
		{"$dt$hour", "yyyyMMddHH", "20240203 23", "2024-02-03 23:00:00.000"},
		{"$dt", "yyyyMMdd", "20240203", "2024-02-03 00:00:00.000"},
		{"$dt", "dd/MM/yyyy", "03/02/2024", "2024-02-03 00:00:00.000"},
		{"$dt", "d.M.yy", "3.2.24", "2024-02-03 00:00:00.000"},
		{"$dt", "yyyy-MM-dd'T'HH:mm:ss.SSS", "2024-02-03T04:05:06.789", "2024-02-03 04:05:06.789"},
		{"$dt", "uuuu''MM", "2024'02", "2024-02-01 00:00:00.000"},
		{"$dt", "yyyy-MM-dd HH:mm:ss", "2024-02-03 04:05:06", "2024-02-03 04:05:06.000"},
		{"$dt", "yyyyMMdd", "20240230", ""},
		{"$dt", "yyyyMMdd", "2024023", ""},
		{"$dt", "yyyyMMdd", "202402034", ""},
		{"$dt", "HH", "24", ""},
		{"", "", "yesterday", ""},
		{"", "", "__DEFAULT_PARTITION__", ""},
	} {
		x, err := newExtractor(c.pattern, c.form, []string{"dt", "hour"})
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]string{"dt": c.values}
		if strings.Contains(c.pattern, "$hour") {
			dt, hour, _ := strings.Cut(c.values, " ")
			values = map[string]string{"dt": dt, "hour": hour}
		}
		got, err := x.time(values)
		switch {
		case c.want == "" && (err == nil || !strings.Contains(err.Error(), "partition time ")):
			t.Errorf("%+v: %d, %v", c, got, err)
		case c.want != "" && (err != nil || got != at(c.want)):
			t.Errorf("%+v: %s, %v", c, time.UnixMilli(got).UTC(), err)
		}
	}
	for _, c := range [][2]string{{"$day", ""}, {"$dt $x:00", ""}, {"", "yyyy-MMM"}, {"", "yyyy-MM-dd z"}, {"", "yyyy'"}, {"", "yyyy[MM]"}, {"", "EEE"}} {
		if _, err := newExtractor(c[0], c[1], []string{"dt"}); err == nil || !strings.Contains(err.Error(), "option 'partition.time-extractor.timestamp-") {
			t.Errorf("%q: %v", c, err)
		}
	}
}
