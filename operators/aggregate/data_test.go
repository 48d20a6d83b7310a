package aggregate

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TestData runs the files of testdata:
//
//	input                       the columns of the input
//	group [keys=(a,b)] [before] [updating] [final] [ttl=N]
//	                            the aggregate calls, one a line
//	run                         rows; "--" ends a batch, "time N" moves the clock, "restart" saves and restores; answers the changes
//	result                      the same, with the folded result under every disguise
func TestData(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var in types.Schema
		var spec plan.GroupAggregate
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "input":
				var err error
				if in, err = optest.ParseSchema(strings.ReplaceAll(d.Input, "\n", " ")); err != nil {
					return "error: " + err.Error()
				}
				return ""
			case "group":
				var err error
				if spec, err = parseGroup(d, in); err != nil {
					return "error: " + err.Error()
				}
				if _, err = NewGroup(&spec, in); err != nil {
					return "error: " + err.Error()
				}
				return ""
			case "run":
				return play(t, d.Input, in, spec)
			case "result":
				return fold(t, d.Input, in, spec)
			default:
				t.Fatalf("command %q", d.Cmd)
				return ""
			}
		})
	})
}

func parseGroup(d *datadriven.TestData, in types.Schema) (plan.GroupAggregate, error) {
	spec := plan.GroupAggregate{UpdateBefore: d.HasArg("before"), InputUpdating: d.HasArg("updating"), Final: d.HasArg("final")}
	for _, arg := range d.CmdArgs {
		switch arg.Key {
		case "keys":
			for _, k := range arg.Vals {
				i := in.Index(k)
				if i < 0 {
					return spec, fmt.Errorf("key %q", k)
				}
				spec.Keys = append(spec.Keys, i)
			}
		case "ttl":
			n, err := strconv.ParseInt(arg.Vals[0], 10, 64)
			if err != nil {
				return spec, err
			}
			spec.TTLMillis = n
		}
	}
	for line := range strings.SplitSeq(strings.TrimSpace(d.Input), "\n") {
		if line == "" {
			continue
		}
		a, err := optest.ParseAgg(line, in)
		if err != nil {
			return spec, err
		}
		spec.Aggs = append(spec.Aggs, a)
	}
	return spec, nil
}

func caseOf(in types.Schema, spec plan.GroupAggregate) *optest.Case {
	c := &optest.Case{Inputs: []types.Schema{in}, New: func() (operators.Operator, error) { return NewGroup(&spec, in) }}
	c.Output = in.Project(spec.Keys).Types()
	for _, a := range spec.Aggs {
		c.Output = append(c.Output, a.Type)
	}
	if len(spec.Keys) > 0 {
		c.Keys = [][]int{spec.Keys}
	}
	if !spec.UpdateBefore && !spec.Final {
		c.Upsert = []int{}
		for i := range spec.Keys {
			c.Upsert = append(c.Upsert, i)
		}
	}
	return c
}

func play(t *testing.T, input string, in types.Schema, spec plan.GroupAggregate) string {
	c := caseOf(in, spec)
	h := optest.NewHarness(t, c, 1)
	defer h.Close()
	var rows []optest.Row
	flush := func() {
		if len(rows) > 0 {
			h.Rows(0, rows, false)
		}
		rows = nil
	}
	for line := range strings.SplitSeq(strings.TrimSpace(input), "\n") {
		switch {
		case line == "--":
			flush()
		case line == "restart":
			flush()
			h.Restart(c, 1, h.Write(h.Snapshots()))
		case strings.HasPrefix(line, "time "):
			flush()
			n, err := strconv.ParseInt(line[5:], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			h.SetTime(n)
		case line != "":
			r, err := optest.ParseRow(line, in)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, r)
		}
	}
	flush()
	h.End()
	if len(h.Changes) == 0 {
		return ""
	}
	return strings.Join(h.Changes, "\n") + "\n"
}

func fold(t *testing.T, input string, in types.Schema, spec plan.GroupAggregate) string {
	c := caseOf(in, spec)
	for line := range strings.SplitSeq(strings.TrimSpace(input), "\n") {
		if line == "" {
			continue
		}
		r, err := optest.ParseRow(line, in)
		if err != nil {
			t.Fatal(err)
		}
		c.Events = append(c.Events, optest.Event{Row: &r})
	}
	h := optest.NewHarness(t, c, 1)
	for _, e := range c.Events {
		h.Rows(0, []optest.Row{*e.Row}, false)
	}
	h.End()
	c.Want = h.Result()
	h.Close()
	c.NoNulls = true
	optest.Run(t, c)
	return strings.Join(c.Want, "\n") + "\n"
}
