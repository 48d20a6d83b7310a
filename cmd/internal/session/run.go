package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"millrace/cmd/internal/thrown"
	"millrace/operators"
	"millrace/operators/eval"
	"millrace/planner"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/runtime/collect"
	"millrace/runtime/gateway"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
	"millrace/sql/ast"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// planner returns a planner for the current state of the session, with the given options on top of its own.
func (s *Session) planner(config map[string]string) *planner.Planner {
	return planner.New(s.plannerConfig(config))
}

func (s *Session) plannerConfig(config map[string]string) planner.Config {
	settings := s.effective(config)
	zone, err := parseZone(settings["table.local-time-zone"])
	if err != nil {
		zone = time.UTC
	}
	return planner.Config{
		Catalog: s.store, Session: s.current, Connectors: s.env.Connectors, Settings: settings, Zone: zone,
		Fold: func(e *expr.Expr) (*expr.Expr, error) { return eval.Fold(e, zone) },
	}
}

// ready refuses statements that need an option which is wrong.
func (s *Session) ready(config map[string]string) error {
	settings := s.effective(config)
	if _, err := parseZone(settings["table.local-time-zone"]); err != nil {
		return sqlerr.New(sqlerr.InvalidOption, -1, "option 'table.local-time-zone': %v", err)
	}
	if _, err := job.Settings(settings).Millis("table.exec.state.ttl", 0); err != nil {
		return sqlerr.New(sqlerr.InvalidOption, -1, "%v", err)
	}
	return nil
}

// query submits a SELECT.
func (s *Session) query(ctx context.Context, q *ast.Query, config map[string]string) (*gateway.Result, error) {
	if err := s.ready(config); err != nil {
		return nil, err
	}
	g, schema, err := s.planner(config).PlanQuery(q)
	if err != nil {
		return nil, err
	}
	id, err := s.env.Cluster.Submit(ctx, g, minicluster.SubmitOptions{})
	if err != nil {
		return nil, fmt.Errorf("query: %w", err)
	}
	results := s.env.Cluster.Results(id)
	s.queries.Store(id, true)
	return &gateway.Result{
		Schema: schema, Query: true, Content: true, JobID: string(id), Zone: s.zone(),
		Style: gateway.Style{Legacy: strings.EqualFold(s.effective(config)["table.exec.legacy-cast-behaviour"], "ENABLED")},
		Rows:  &queryRows{s: s, id: id, results: results},
	}, nil
}

// queryRows are the rows of a running query.
type queryRows struct {
	s       *Session
	id      job.ID
	results *collect.Results
	done    bool
}

// Next implements gateway.Rows.
func (r *queryRows) Next(ctx context.Context, maxRows int) ([]*operators.Batch, bool, error) {
	batches, done, err := r.results.Next(ctx, maxRows)
	if done {
		r.done = true
		r.s.queries.Delete(r.id)
	}
	if err != nil && ctx.Err() == nil {
		err = thrown.Job(err, string(r.id))
	}
	return batches, done, err
}

// Close cancels the query if it still runs.
func (r *queryRows) Close() {
	if !r.done {
		if err := r.s.cancel(r.id); err != nil {
			r.s.env.Log.Debug("query was over", "job", r.id, "error", err)
		}
	}
	r.results.Close()
	r.s.queries.Delete(r.id)
}

// cancel cancels a job, whatever became of the statement that it belongs to.
func (s *Session) cancel(id job.ID) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return s.env.Cluster.Cancel(ctx, id)
}

// checkInsert plans an INSERT without running it, so that its errors show at once.
func (s *Session) checkInsert(x *ast.Insert) error {
	_, err := s.planner(nil).PlanInserts([]*ast.Insert{x})
	return err
}

// insert submits INSERTs as one job.
func (s *Session) insert(ctx context.Context, inserts []*ast.Insert, config map[string]string) (*gateway.Result, error) {
	if err := s.ready(config); err != nil {
		return nil, err
	}
	g, err := s.planner(config).PlanInserts(inserts)
	if err != nil {
		return nil, err
	}
	return s.submit(ctx, g, config)
}

// submit runs a plan that inserts; with table.dml-sync it waits for the end.
func (s *Session) submit(ctx context.Context, g *plan.Graph, config map[string]string) (*gateway.Result, error) {
	settings := s.effective(config)
	if err := s.env.Cluster.Probe(ctx, g); err != nil {
		return nil, fmt.Errorf("job %s: %w", g.Name, err)
	}
	var o minicluster.SubmitOptions
	var err error
	if s.env.Submit != nil {
		if o, err = s.env.Submit(ctx, g); err != nil {
			return nil, err
		}
	}
	id, err := s.env.Cluster.Submit(ctx, g, o)
	if err != nil {
		return nil, fmt.Errorf("job %s: %w", g.Name, err)
	}
	if strings.EqualFold(settings["table.dml-sync"], "true") {
		st, err := s.env.Cluster.Wait(ctx, id)
		if err != nil { // who gives up waiting gives up the job
			return nil, errors.Join(fmt.Errorf("job %s: %w", id, err), s.cancel(id)) //nolint:contextcheck // ctx has ended
		}
		if st.State == job.Failed {
			return nil, thrown.Job(errors.New(st.Failure), string(id))
		}
	}
	r := s.table(types.Schema{{Name: "job id", Type: types.StringType()}}, [][]any{{string(id)}})
	r.JobID = string(id)
	return r, nil
}

// explain executes EXPLAIN.
func (s *Session) explain(ctx context.Context, x *ast.Explain, config map[string]string) (*gateway.Result, error) {
	cfg := s.plannerConfig(config)
	cfg.Splits = s.splits(ctx, cfg.Settings)
	text, err := planner.New(cfg).Explain(x.Stmt, x.Details)
	if err != nil {
		return nil, err
	}
	return s.text("result", text), nil
}

// planFile turns the URI of a plan into a path.
func planFile(pos int, uri string) (string, error) {
	path := strings.TrimPrefix(strings.TrimPrefix(uri, "file:"), "//")
	if strings.Contains(path, "://") {
		return "", sqlerr.New(sqlerr.Unsupported, pos, "plan '%s': only files of the local machine (file://…) are supported", uri)
	}
	return path, nil
}

// compilePlan executes COMPILE PLAN and COMPILE AND EXECUTE PLAN.
func (s *Session) compilePlan(ctx context.Context, x *ast.CompilePlan, config map[string]string) (*gateway.Result, error) {
	path, err := planFile(x.Pos(), x.URI)
	if err != nil {
		return nil, err
	}
	var inserts []*ast.Insert
	switch st := x.Stmt.(type) {
	case *ast.Insert:
		inserts = []*ast.Insert{st}
	case *ast.StatementSet:
		inserts = st.Inserts
	}
	g, err := s.planner(config).PlanInserts(inserts)
	if err != nil {
		return nil, err
	}
	_, statErr := os.Stat(path)
	exists := statErr == nil
	force := strings.EqualFold(s.effective(config)["table.plan.force-recompile"], "true")
	switch {
	case exists && !force && !x.IfNotExists && !x.Execute:
		return nil, sqlerr.New(sqlerr.Exists, x.Pos(), "plan file '%s' exists; remove it, or set 'table.plan.force-recompile' to true", x.URI)
	case exists && !force:
	default:
		if err := writePlan(path, g); err != nil {
			return nil, err
		}
	}
	if !x.Execute {
		return s.ok(), nil
	}
	return s.runPlan(ctx, path, config)
}

// executePlan executes EXECUTE PLAN.
func (s *Session) executePlan(ctx context.Context, x *ast.ExecutePlan, config map[string]string) (*gateway.Result, error) {
	path, err := planFile(x.Pos(), x.URI)
	if err != nil {
		return nil, err
	}
	return s.runPlan(ctx, path, config)
}

func (s *Session) runPlan(ctx context.Context, path string, config map[string]string) (*gateway.Result, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	g, err := plan.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s.submit(ctx, g, config)
}

// Check plans a statement without running it and returns what is wrong with it. Statements that define something are executed instead: what
// follows needs them.
func (s *Session) Check(source string, st ast.Stmt) error {
	s.source = source
	var err error
	switch x := st.(type) {
	case *ast.QueryStmt:
		_, _, err = s.planner(nil).PlanQuery(x.Query)
	case *ast.Insert:
		_, err = s.planner(nil).PlanInserts([]*ast.Insert{x})
	case *ast.StatementSet:
		_, err = s.planner(nil).PlanInserts(x.Inserts)
	case *ast.Execute:
		return s.Check(source, x.Stmt)
	case *ast.Explain:
		return s.Check(source, x.Stmt)
	case *ast.CompilePlan:
		return s.Check(source, x.Stmt)
	case *ast.Show:
		_, err = s.show(x)
	case *ast.Describe:
		_, err = s.describe(x)
	}
	return sqlerr.At(err, source)
}
