package logictest

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"millrace/operators/vector"
	"millrace/sql/ast"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// root is where the cases are.
const root = "../../../testdata/logic"

// TestLogic runs all files under all configurations.
func TestLogic(t *testing.T) {
	var files []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(p, ".test") {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no cases in %s", root)
	}
	for _, cfg := range configs() {
		if cfg.name != "local" && rewriting() {
			continue
		}
		t.Run(cfg.name, func(t *testing.T) {
			for _, p := range files {
				name, err := filepath.Rel(root, p)
				if err != nil {
					t.Fatal(err)
				}
				t.Run(filepath.ToSlash(strings.TrimSuffix(name, ".test")), func(t *testing.T) {
					t.Parallel()
					r := newRun(t, cfg)
					datadriven.RunTest(t, p, func(t *testing.T, d *datadriven.TestData) string {
						r.t = t
						return r.command(d)
					})
				})
			}
		})
	}
}

// rewriting tells whether -rewrite is given.
func rewriting() bool {
	f := flag.Lookup("rewrite")
	return f != nil && f.Value.String() == "true"
}

func (r *run) local() bool { return r.cfg.name == "local" }

// command does one command of a file and returns its answer.
func (r *run) command(d *datadriven.TestData) string {
	r.source = d.Input
	answer, err := r.dispatch(d)
	if err != nil {
		return "error: " + describe(err) + "\n"
	}
	if answer == "" {
		return ""
	}
	return strings.TrimSuffix(answer, "\n") + "\n"
}

func (r *run) dispatch(d *datadriven.TestData) (string, error) {
	switch d.Cmd {
	case "exec":
		for _, span := range parser.Split(d.Input) {
			if _, err := r.session.Execute(r.t.Context(), d.Input[span.Start:span.End], nil); err != nil {
				return "", err
			}
		}
		return "", nil
	case "feed":
		if len(d.CmdArgs) != 1 {
			return "", errors.New("feed wants the name of a table")
		}
		return "", r.feeds.set(d.CmdArgs[0].Key, d.Input)
	case "query":
		return r.query(d)
	case "insert":
		return r.insert(d)
	case "changelog":
		if !r.local() {
			return d.Expected, nil
		}
		r.feeds.byRow(true)
		defer r.feeds.byRow(false)
		schema, changes, err := r.rows(d.Input, nil)
		if err != nil {
			return "", err
		}
		return header(schema) + listed(changes, true), nil
	case "error":
		if !r.local() {
			return d.Expected, nil
		}
		return r.wrong(d.Input), nil
	case "plan":
		if !r.local() {
			return d.Expected, nil
		}
		return r.plan(d.Input)
	default:
		return "", fmt.Errorf("unknown command %q", d.Cmd)
	}
}

func (r *run) query(d *datadriven.TestData) (string, error) {
	var config map[string]string
	if d.HasArg("batch") {
		config = map[string]string{"execution.runtime-mode": "batch"}
	}
	schema, changes, err := r.rows(d.Input, config)
	if err != nil {
		return "", err
	}
	if d.HasArg("ordered") {
		return header(schema) + listed(changes, false), nil
	}
	net, err := fold(changes)
	if err != nil {
		return "", err
	}
	return header(schema) + strings.Join(net, "\n"), nil
}

// results is the name of the ledger that takes the rows of queries.
const results = "results"

// rows runs a query and returns its changes.
func (r *run) rows(text string, config map[string]string) (types.Schema, []change, error) {
	st, err := parser.ParseStatement(text)
	if err != nil {
		return nil, nil, sqlerr.At(err, text)
	}
	q, ok := st.(*ast.QueryStmt)
	if r.local() || !ok {
		return r.client(text, config)
	}
	g, schema, err := r.session.PlanQuery(text, q, config)
	if err != nil {
		return nil, nil, err
	}
	toLedger(g, results)
	r.feeds.reset(results)
	if err := r.execute(g); err != nil {
		return nil, nil, err
	}
	return schema, r.feeds.committed(results), nil
}

// client runs a statement as clients do.
func (r *run) client(text string, config map[string]string) (types.Schema, []change, error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), limit)
	defer cancel()
	res, err := r.session.Execute(ctx, text, config)
	if err != nil {
		return nil, nil, err
	}
	defer res.Rows.Close()
	var changes []change
	for {
		batches, done, err := res.Rows.Next(ctx, 0)
		if err != nil {
			return nil, nil, err
		}
		for _, b := range batches {
			changes = appendChanges(changes, b, res.Zone)
			b.Release()
		}
		if done {
			return res.Schema, changes, nil
		}
	}
}

// insert runs an INSERT into a table of the connector feed.
func (r *run) insert(d *datadriven.TestData) (string, error) {
	if len(d.CmdArgs) != 1 {
		return "", errors.New("insert wants the name of a table")
	}
	g, err := r.session.PlanInsert(d.Input, nil)
	if err != nil {
		return "", err
	}
	s := sinkOf(g)
	r.feeds.reset(s.Table)
	if err := r.execute(g); err != nil {
		return "", err
	}
	done := fold
	if len(s.Key) > 0 && !strings.Contains(s.Options["sink.changelog"], "UB") {
		done = upserted
	}
	net, err := done(r.feeds.committed(s.Table))
	if err != nil {
		return "", err
	}
	return header(s.Schema) + strings.Join(net, "\n"), nil
}

// wrong runs a statement that must fail.
func (r *run) wrong(text string) string {
	_, changes, err := r.client(text, map[string]string{"table.dml-sync": "true"})
	if err == nil {
		return fmt.Sprintf("no error, but %d rows\n%s", len(changes), listed(changes, true))
	}
	return describe(err)
}

func (r *run) plan(text string) (string, error) {
	_, changes, err := r.client("EXPLAIN "+text, nil)
	if err != nil {
		return "", err
	}
	out := listed(changes, false)
	out = strings.Trim(strings.ReplaceAll(out, `\n`, "\n"), "\"\n")
	return strings.ReplaceAll(out, `""`, `"`), nil
}

// describe is code, line:column and message of an error.
func describe(err error) string {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		text, _, _ := strings.Cut(err.Error(), "\n")
		return "runtime " + operatorName.ReplaceAllString(text, "")
	}
	line, column := e.LineColumn()
	s := fmt.Sprintf("%s %d:%d %s", e.Code, line, column, e.Message())
	if e.Hint != "" {
		s += "\nhint: " + e.Hint
	}
	return s
}

// operatorName is what tells where a job has failed.
var operatorName = regexp.MustCompile(`^operator "(?:[^"\\]|\\.)*": `)

func errorIsCrash(err error) bool { return strings.Contains(err.Error(), errCrash.Error()) }

// header is the names and types of columns.
func header(schema types.Schema) string {
	var parts []string
	for _, f := range schema {
		parts = append(parts, f.Name+" "+f.Type.String())
	}
	return strings.Join(parts, ", ") + "\n"
}

// listed is one change per line.
func listed(changes []change, kinds bool) string {
	var b strings.Builder
	for _, c := range changes {
		if kinds {
			b.WriteString(c.Kind.String() + " ")
		}
		b.WriteString(c.Text + "\n")
	}
	return b.String()
}

// fold returns the net rows, sorted. A row that is taken away before it was there is an error.
func fold(changes []change) ([]string, error) {
	count := map[string]int{}
	for i, c := range changes {
		if c.Kind.IsAdd() {
			count[c.Text]++
			continue
		}
		if count[c.Text]--; count[c.Text] < 0 {
			return nil, fmt.Errorf("change %d, %s %s, takes away a row that is not there:\n%s", i+1, c.Kind, c.Text, listed(changes, true))
		}
	}
	var net []string
	for text, n := range count {
		for range n {
			net = append(net, text)
		}
	}
	slices.SortFunc(net, compareRows)
	return net, nil
}

// upserted returns the last row of each key, sorted. -U must not come.
func upserted(changes []change) ([]string, error) {
	last := map[string]string{}
	for i, c := range changes {
		switch _, ok := last[c.Key]; {
		case c.Kind.IsAdd():
			last[c.Key] = c.Text
		case c.Kind == vector.UpdateBefore:
			return nil, fmt.Errorf("change %d, %s %s, in a sink of upserts:\n%s", i+1, c.Kind, c.Text, listed(changes, true))
		case !ok:
			return nil, fmt.Errorf("change %d, %s %s, deletes a key that is not there:\n%s", i+1, c.Kind, c.Text, listed(changes, true))
		default:
			delete(last, c.Key)
		}
	}
	return slices.SortedFunc(maps.Values(last), compareRows), nil
}

// compareRows orders rows by field, numbers as numbers.
func compareRows(a, b string) int {
	x, y := strings.Split(a, ","), strings.Split(b, ",")
	for i := range min(len(x), len(y)) {
		n, err1 := strconv.ParseFloat(x[i], 64)
		m, err2 := strconv.ParseFloat(y[i], 64)
		if err1 == nil && err2 == nil && n != m {
			return cmp.Compare(n, m)
		}
		if (err1 != nil || err2 != nil) && x[i] != y[i] {
			return cmp.Compare(x[i], y[i])
		}
	}
	return cmp.Compare(a, b)
}
