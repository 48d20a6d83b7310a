package ast

// QueryStmt is a query as a statement.
type QueryStmt struct {
	Span
	Query *Query
}

// Insert is INSERT INTO, INSERT OVERWRITE and UPSERT INTO.
type Insert struct {
	Span
	Upsert, Overwrite bool
	Table             Path
	// Hints are the hints after the table's name.
	Hints []Hint
	// Partition is the static partition; optional.
	Partition *Partition
	// Columns is the column list; a part may be a path into a row; optional.
	Columns []Path
	Query   *Query
	// Conflict is ON CONFLICT DO …
	Conflict Conflict
}

// Conflict is the action of ON CONFLICT.
type Conflict uint8

// The actions.
const (
	ConflictUnspecified Conflict = iota
	ConflictError
	ConflictNothing
	ConflictDeduplicate
)

// String returns the keyword.
func (c Conflict) String() string {
	return [...]string{"", "ERROR", "NOTHING", "DEDUPLICATE"}[c]
}

// StatementSet is [EXECUTE] STATEMENT SET BEGIN … END. Inside EXPLAIN and
// COMPILE PLAN the word EXECUTE is missing.
type StatementSet struct {
	Span
	Inserts []*Insert
}

// BeginStatementSet is BEGIN STATEMENT SET, the first half of the older form.
type BeginStatementSet struct{ Span }

// EndStatementSet is END, the second half of the older form.
type EndStatementSet struct{ Span }

// Execute is EXECUTE INSERT … or EXECUTE query. (EXECUTE STATEMENT SET is a
// StatementSet, EXECUTE PLAN an ExecutePlan.)
type Execute struct {
	Span
	// Stmt is an *Insert, a *QueryStmt or, within EXPLAIN, a *StatementSet.
	Stmt Stmt
}

// Update is UPDATE t SET c = e, … [WHERE …].
type Update struct {
	Span
	Table Path
	Alias *Ident // optional
	Sets  []Assignment
	Where Expr // optional
}

// Assignment is one c = e of UPDATE.
type Assignment struct {
	Column Path
	X      Expr
}

// Delete is DELETE FROM t [WHERE …].
type Delete struct {
	Span
	Table Path
	Alias *Ident // optional
	Where Expr   // optional
}

// Truncate is TRUNCATE TABLE t.
type Truncate struct {
	Span
	Table Path
}

// CallStmt is CALL proc(args).
type CallStmt struct {
	Span
	Call *Call
}

// CompilePlan is COMPILE PLAN 'uri' FOR … and, with Execute, COMPILE AND
// EXECUTE PLAN.
type CompilePlan struct {
	Span
	// Execute is true for COMPILE AND EXECUTE.
	Execute     bool
	URI         string
	IfNotExists bool
	// Stmt is an *Insert or a *StatementSet.
	Stmt Stmt
}

// ExecutePlan is EXECUTE PLAN 'uri'.
type ExecutePlan struct {
	Span
	URI string
}

// ExplainDetail is one of the details of EXPLAIN.
type ExplainDetail uint8

// The details.
const (
	EstimatedCost ExplainDetail = iota
	ChangelogMode
	PlanAdvice
	JSONExecutionPlan
)

// String returns the keyword.
func (d ExplainDetail) String() string {
	return [...]string{"ESTIMATED_COST", "CHANGELOG_MODE", "PLAN_ADVICE", "JSON_EXECUTION_PLAN"}[d]
}

// Explain is EXPLAIN.
type Explain struct {
	Span
	// PlanFor is true for EXPLAIN PLAN FOR; then there are no details.
	PlanFor bool
	Details []ExplainDetail
	// Stmt is what to explain.
	Stmt Stmt
}

func (*QueryStmt) stmtNode()         {}
func (*Insert) stmtNode()            {}
func (*StatementSet) stmtNode()      {}
func (*BeginStatementSet) stmtNode() {}
func (*EndStatementSet) stmtNode()   {}
func (*Execute) stmtNode()           {}
func (*Update) stmtNode()            {}
func (*Delete) stmtNode()            {}
func (*Truncate) stmtNode()          {}
func (*CallStmt) stmtNode()          {}
func (*CompilePlan) stmtNode()       {}
func (*ExecutePlan) stmtNode()       {}
func (*Explain) stmtNode()           {}
