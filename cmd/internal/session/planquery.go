package session

import (
	"millrace/planner/plan"
	"millrace/sql/ast"
	"millrace/sql/parser"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// PlanQuery plans a query that was parsed from source, without running it, with the given options on top of the session's own. The plan
// returns its rows to a client (its sink has the connector "collect"); the schema is that of the rows. For callers that run plans themselves.
func (s *Session) PlanQuery(source string, q *ast.QueryStmt, config map[string]string) (*plan.Graph, types.Schema, error) {
	if err := s.ready(config); err != nil {
		return nil, nil, sqlerr.At(err, source)
	}
	g, schema, err := s.planner(config).PlanQuery(q.Query)
	return g, schema, sqlerr.At(err, source)
}

// PlanInsert plans an INSERT, without running it, with the given options on top of the session's own.
func (s *Session) PlanInsert(statement string, config map[string]string) (*plan.Graph, error) {
	st, err := parser.ParseStatement(statement)
	if err != nil {
		return nil, s.explained(err, statement)
	}
	x, ok := st.(*ast.Insert)
	if !ok {
		return nil, s.explained(sqlerr.New(sqlerr.Validation, st.Pos(), "an INSERT is expected"), statement)
	}
	if err := s.ready(config); err != nil {
		return nil, s.explained(err, statement)
	}
	g, err := s.planner(config).PlanInserts([]*ast.Insert{x})
	return g, sqlerr.At(err, statement)
}
