package jobmanager

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"millrace/connectors"
	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/job"
)

func TestAligned(t *testing.T) {
	var g aligned
	add := func(vertex, parallelism int, group, drift string) {
		t.Helper()
		o := map[string]string{}
		if group != "" {
			o[connectors.OptionAlignGroup], o[connectors.OptionAlignDrift] = group, drift
		}
		if err := g.add(&plan.Source{Options: o}, job.Vertex{ID: vertex, Parallelism: parallelism}); err != nil {
			t.Fatal(err)
		}
	}
	add(0, 2, "a", "1 s")
	add(1, 1, "a", "3 s")
	add(2, 1, "b", "1 s")
	add(3, 1, "", "")
	g.began = 1000
	now := g.began + alignGrace
	at := func(vertex, subtask int, time int64, idle bool) string {
		var out []string
		for _, h := range g.note(job.SourceTime{Task: job.TaskID{Vertex: vertex, Subtask: subtask}, Time: time, Idle: idle}, now) {
			limit := fmt.Sprint(h.limit)
			if h.limit == operators.MaxWatermark {
				limit = "any"
			}
			out = append(out, h.task.String()+":"+limit)
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	for i, x := range []struct {
		vertex, subtask int
		time            int64
		idle            bool
		want            string
	}{
		{0, 0, 5000, false, "v0/0:6000 v0/1:6000 v1/0:8000"}, // those that are not known hold nobody back
		{1, 0, 9000, false, ""},
		{0, 1, 2000, false, "v0/0:3000 v0/1:3000 v1/0:5000"},
		{2, 0, 1, false, "v2/0:1001"}, // another group
		{3, 0, 1, false, ""},          // no group
		{0, 1, 7000, false, "v0/0:6000 v0/1:6000 v1/0:8000"},
		{0, 0, 5500, true, "v0/0:8000 v0/1:8000 v1/0:10000"},
		{0, 1, 0, true, "v0/0:10000 v0/1:10000 v1/0:12000"},
		{1, 0, 0, true, "v0/0:any v0/1:any v1/0:any"}, // all are idle
		{0, 0, -5, false, "v0/0:995 v0/1:995 v1/0:2995"},
	} {
		if got := at(x.vertex, x.subtask, x.time, x.idle); got != x.want {
			t.Errorf("%d: got %q, want %q", i, got, x.want)
		}
	}
	// At the beginning the limit does not rise before all have said something.
	add(4, 1, "c", "1 s")
	add(5, 2, "c", "1 s")
	now = g.began
	for i, x := range []struct {
		vertex, subtask int
		time            int64
		idle            bool
		want            string
	}{
		{4, 0, 5000, false, "v4/0:6000 v5/0:6000 v5/1:6000"},
		{4, 0, 6000, false, ""},
		{5, 0, 4000, false, "v4/0:5000 v5/0:5000 v5/1:5000"},
		{5, 0, 4500, false, ""},
		{5, 1, 0, true, "v4/0:5500 v5/0:5500 v5/1:5500"},
	} {
		if got := at(x.vertex, x.subtask, x.time, x.idle); got != x.want {
			t.Errorf("%d: got %q, want %q", i, got, x.want)
		}
	}
	add(6, 2, "d", "1 s")
	if got := at(6, 0, 1000, false); got != "v6/0:2000 v6/1:2000" {
		t.Error(got)
	}
	if now += alignGrace; at(6, 0, 2000, false) != "v6/0:3000 v6/1:3000" {
		t.Error("those that say nothing hold others back for ever")
	}
}

func TestAlignmentOptions(t *testing.T) {
	for _, x := range []struct{ group, drift, every, want string }{
		{"", "", "", ""},
		{"g", "1 s", "", ""},
		{"", "1 s", "", ""},
		{"g", "", "", "option 'scan.watermark.alignment.group' needs the option 'scan.watermark.alignment.max-drift'"},
		{"g", "x", "", "option 'scan.watermark.alignment.max-drift' = 'x': "},
		{"g", "1 s", "0 s", "option 'scan.watermark.alignment.update-interval' = '0 s': it must be at least 1 ms"},
	} {
		o := map[string]string{}
		for k, v := range map[string]string{connectors.OptionAlignGroup: x.group, connectors.OptionAlignDrift: x.drift, connectors.OptionAlignInterval: x.every} {
			if v != "" {
				o[k] = v
			}
		}
		_, err := connectors.ParseAlignment(o)
		if x.want == "" && err != nil || x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)) {
			t.Errorf("%v: %v, want %q", x, err, x.want)
		}
	}
}
