package session

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strings"
	"sync"
	"time"

	"millrace/connectors"
	"millrace/operators/vector"
	"millrace/planner"
	"millrace/planner/plan"
	"millrace/runtime/gateway"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
)

// Env is what all sessions of a process share.
type Env struct {
	Cluster *minicluster.Cluster
	// Connectors are what the planner asks.
	Connectors planner.Connectors
	// Settings are options of the process; those of a session come on top.
	Settings map[string]string
	Log      *slog.Logger
	// Submit, if not nil, changes how a job that inserts is submitted: where it is restored from, for example.
	Submit func(ctx context.Context, g *plan.Graph) (minicluster.SubmitOptions, error)
}

// Session is one session. See the package documentation for its use by goroutines.
type Session struct {
	env   *Env
	store *catalog.Store
	pool  *vector.Pool

	mu      sync.Mutex // guards options, current
	options map[string]string
	current catalog.Session

	// set collects INSERTs between BEGIN STATEMENT SET and END; nil outside.
	set *[]*ast.Insert
	// source is the text of the statement that is being executed.
	source string

	queries sync.Map // job ids of running SELECTs
}

// New opens a session with its own catalog.
func New(env *Env, properties map[string]string) *Session {
	if env.Log == nil {
		env.Log = slog.New(slog.DiscardHandler)
	}
	s := &Session{env: env, options: maps.Clone(properties), pool: vector.NewPool(0)}
	if s.options == nil {
		s.options = map[string]string{}
	}
	all := s.effective(nil)
	name := func(key, def string) string {
		if v := all[key]; v != "" {
			return v
		}
		return def
	}
	s.store = catalog.New(name("table.builtin-catalog-name", "default_catalog"), name("table.builtin-database-name", "default_database"))
	s.current = s.store.Default()
	return s
}

// zone is the session's time zone; UTC if the option is wrong, which statements that need it refuse.
func (s *Session) zone() *time.Location {
	z, err := parseZone(s.effective(nil)["table.local-time-zone"])
	if err != nil {
		return time.UTC
	}
	return z
}

// Execute runs one statement. See gateway.Session.
func (s *Session) Execute(ctx context.Context, statement string, config map[string]string) (*gateway.Result, error) {
	st, err := parser.ParseStatement(statement)
	if err != nil {
		return nil, s.explained(err, statement)
	}
	r, err := s.Run(ctx, statement, st, config)
	if err != nil {
		return nil, s.explained(err, statement)
	}
	return r, nil
}

// Run executes a statement that was parsed from source already.
func (s *Session) Run(ctx context.Context, source string, st ast.Stmt, config map[string]string) (*gateway.Result, error) {
	s.source = source
	if s.set != nil {
		return s.inSet(ctx, st, config)
	}
	r, err := s.dispatch(ctx, st, config)
	return r, sqlerr.At(err, source)
}

// inSet handles a statement between BEGIN STATEMENT SET and END.
func (s *Session) inSet(ctx context.Context, st ast.Stmt, config map[string]string) (*gateway.Result, error) {
	switch x := st.(type) {
	case *ast.Insert:
		if err := s.checkInsert(x); err != nil {
			return nil, sqlerr.At(err, s.source)
		}
		*s.set = append(*s.set, x)
		return s.ok(), nil
	case *ast.EndStatementSet:
		set := *s.set
		s.set = nil
		if len(set) == 0 {
			return s.ok(), nil
		}
		r, err := s.insert(ctx, set, config)
		return r, sqlerr.At(err, s.source)
	default:
		return nil, sqlerr.At(sqlerr.New(sqlerr.Validation, st.Pos(),
			"only INSERT statements and END are allowed between BEGIN STATEMENT SET and END"), s.source)
	}
}

// Configure runs a statement that only changes the session. See gateway.Session.
func (s *Session) Configure(ctx context.Context, statement string) error {
	st, err := parser.ParseStatement(statement)
	if err != nil {
		return s.explained(err, statement)
	}
	switch st.(type) {
	case *ast.Set, *ast.Reset, *ast.Use, *ast.CreateTable, *ast.CreateView, *ast.CreateDatabase, *ast.CreateCatalog, *ast.CreateFunction,
		*ast.AlterFunction, *ast.CreateModel, *ast.CreateConnection, *ast.Drop, *ast.Alter, *ast.LoadModule, *ast.UnloadModule, *ast.AddJar:
		_, err := s.Run(ctx, statement, st, nil)
		if err != nil {
			return s.explained(err, statement)
		}
		return nil
	}
	switch st.(type) {
	case *ast.QueryStmt, *ast.Insert, *ast.StatementSet:
		if err := s.Check(statement, st); err != nil {
			return s.explained(err, statement)
		}
	}
	return s.explained(sqlerr.New(sqlerr.Unsupported, st.Pos(), "unsupported statement for configuring session: %s", statement), statement)
}

// Close ends the session and cancels its queries.
func (s *Session) Close() {
	s.queries.Range(func(id, _ any) bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := s.env.Cluster.Cancel(ctx, id.(job.ID)); err != nil {
			s.env.Log.Debug("query was over", "job", id, "error", err)
		}
		return true
	})
}

// dispatch does a statement.
func (s *Session) dispatch(ctx context.Context, st ast.Stmt, config map[string]string) (*gateway.Result, error) {
	switch x := st.(type) {
	case *ast.QueryStmt:
		return s.query(ctx, x.Query, config)
	case *ast.Execute:
		return s.dispatch(ctx, x.Stmt, config)
	case *ast.Insert:
		return s.insert(ctx, []*ast.Insert{x}, config)
	case *ast.StatementSet:
		return s.insert(ctx, x.Inserts, config)
	case *ast.BeginStatementSet:
		s.set = &[]*ast.Insert{}
		return s.ok(), nil
	case *ast.EndStatementSet:
		return nil, sqlerr.New(sqlerr.Validation, st.Pos(), "END without BEGIN STATEMENT SET")
	case *ast.Explain:
		return s.explain(ctx, x, config)
	case *ast.CompilePlan:
		return s.compilePlan(ctx, x, config)
	case *ast.ExecutePlan:
		return s.executePlan(ctx, x, config)
	case *ast.Show:
		return s.show(x)
	case *ast.Describe:
		return s.describe(x)
	case *ast.Set, *ast.Reset, *ast.Use, *ast.LoadModule, *ast.UnloadModule, *ast.AddJar, *ast.RemoveJar:
		return s.configure(x)
	case *ast.StopJob:
		return s.stopJob(ctx, x)
	case *ast.Truncate, *ast.Update, *ast.Delete:
		return nil, s.modify(x, config)
	case *ast.Alter:
		if x.Object == ast.MaterializedTableObject {
			return s.done(s.materialized(x.Path, x.IfExists))
		}
	case *ast.Drop:
		if x.Object == ast.MaterializedTableObject {
			return s.done(s.materialized(x.Path, x.IfExists))
		}
	}
	return s.define(ctx, st, config)
}

// done is the answer of a statement without content, or its error.
func (s *Session) done(err error) (*gateway.Result, error) {
	if err != nil {
		return nil, err
	}
	return s.ok(), nil
}

// configure does statements about the session itself.
func (s *Session) configure(st ast.Stmt) (*gateway.Result, error) {
	switch x := st.(type) {
	case *ast.Set:
		return s.setOption(x)
	case *ast.Reset:
		s.mu.Lock()
		defer s.mu.Unlock()
		if x.HasKey {
			delete(s.options, x.Key)
		} else {
			clear(s.options)
		}
	case *ast.Use:
		if err := s.use(x); err != nil {
			return nil, err
		}
	case *ast.LoadModule:
		if x.Name.Name == "core" {
			return nil, sqlerr.New(sqlerr.Exists, x.Name.Pos(), "module 'core' is loaded already")
		}
		return nil, sqlerr.New(sqlerr.UnknownName, x.Name.Pos(), "module '%s' does not exist; there is 'core'", x.Name.Name)
	case *ast.UnloadModule:
		if x.Name.Name != "core" {
			return nil, sqlerr.New(sqlerr.UnknownName, x.Name.Pos(), "no module with name '%s' exists; there is 'core'", x.Name.Name)
		}
		return nil, sqlerr.New(sqlerr.Unsupported, x.Name.Pos(), "module 'core' cannot be unloaded: it holds the built-in functions")
	case *ast.AddJar:
		if _, err := os.Stat(strings.TrimPrefix(x.Path, "file://")); err != nil {
			return nil, sqlerr.New(sqlerr.UnknownName, x.Pos(), "JAR file '%s' not found", x.Path)
		}
		return nil, sqlerr.New(sqlerr.Unsupported, x.Pos(), "JAR files are not supported: functions and connectors are built in")
	case *ast.RemoveJar:
		return nil, sqlerr.New(sqlerr.Unsupported, x.Pos(), "REMOVE JAR is not supported: there are no JAR files; functions and connectors are built in")
	}
	return s.ok(), nil
}

func (s *Session) setOption(x *ast.Set) (*gateway.Result, error) {
	if !x.HasKey {
		all := s.Properties()
		var rows [][]any
		for _, k := range sorted(all) {
			rows = append(rows, []any{k, connectors.Masked(k, all[k])})
		}
		return s.table(keyValueSchema(), rows), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.setValue(x.Pos(), x.Key, x.Value); err != nil {
		return nil, err
	}
	return s.ok(), nil
}

func (s *Session) use(x *ast.Use) error {
	var cur catalog.Session
	var err error
	switch x.Kind {
	case ast.UseCatalog:
		if x.Path.Last() == s.current.Catalog {
			return nil // the database stays
		}
		cur, err = s.store.UseCatalog(x.Path.Parts[0])
	case ast.UseModules:
		for _, m := range x.Modules {
			if m.Name != "core" {
				return sqlerr.New(sqlerr.UnknownName, m.Pos(), "module '%s' is not loaded; there is 'core'", m.Name)
			}
		}
		return nil
	default:
		cur, err = s.store.UseDatabase(s.current, x.Path)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = cur
	return nil
}

// stopJob does STOP JOB.
func (s *Session) stopJob(ctx context.Context, x *ast.StopJob) (*gateway.Result, error) {
	id, err := job.ParseID(x.JobID)
	if err != nil {
		return nil, sqlerr.New(sqlerr.Validation, x.Pos(), "%v", err)
	}
	if st, err := s.env.Cluster.Status(ctx, id); err == nil && (st.State == job.Finished || st.State == job.Failed) {
		return nil, fmt.Errorf("stop job %s: job is %s", id, st.State)
	}
	if !x.WithSavepoint {
		if err := s.env.Cluster.Cancel(ctx, id); err != nil {
			return nil, fmt.Errorf("stop job %s: %w", id, err)
		}
		return s.ok(), nil
	}
	path, err := s.env.Cluster.Stop(ctx, id, s.effective(nil)["execution.checkpointing.savepoint-dir"], x.Drain)
	if err != nil {
		return nil, fmt.Errorf("stop job %s with savepoint: %w", id, err)
	}
	if rest, ok := strings.CutPrefix(path, "file:///"); ok {
		path = "file:/" + rest // as Flink writes paths; both forms are read
	}
	return s.text("savepoint path", path), nil
}
