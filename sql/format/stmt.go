package format

import "millrace/sql/ast"

func (p *printer) stmt(s ast.Stmt) {
	switch n := s.(type) {
	case *ast.QueryStmt:
		p.query(n.Query)
	case *ast.Insert:
		p.insert(n)
	case *ast.StatementSet:
		p.put("EXECUTE ")
		p.set(n)
	case *ast.BeginStatementSet:
		p.put("BEGIN STATEMENT SET")
	case *ast.EndStatementSet:
		p.put("END")
	case *ast.Execute:
		p.put("EXECUTE ")
		p.inner(n.Stmt)
	case *ast.Update:
		p.put("UPDATE ")
		p.path(n.Table)
		p.alias(n.Alias)
		p.put(" SET ")
		p.list(len(n.Sets), func(i int) {
			p.path(n.Sets[i].Column)
			p.put(" = ")
			p.expr(n.Sets[i].X)
		})
		p.clause(" WHERE ", n.Where)
	case *ast.Delete:
		p.put("DELETE FROM ")
		p.path(n.Table)
		p.alias(n.Alias)
		p.clause(" WHERE ", n.Where)
	case *ast.Truncate:
		p.put("TRUNCATE TABLE ")
		p.path(n.Table)
	case *ast.CallStmt:
		p.put("CALL ")
		p.call(n.Call)
	case *ast.CompilePlan:
		p.put("COMPILE ")
		p.word(n.Execute, "AND EXECUTE ")
		p.put("PLAN ", String(n.URI))
		p.word(n.IfNotExists, " IF NOT EXISTS")
		p.put(" FOR ")
		p.inner(n.Stmt)
	case *ast.ExecutePlan:
		p.put("EXECUTE PLAN ", String(n.URI))
	case *ast.Explain:
		p.put("EXPLAIN ")
		p.word(n.PlanFor, "PLAN FOR ")
		p.list(len(n.Details), func(i int) { p.put(n.Details[i].String()) })
		p.word(len(n.Details) > 0, " ")
		p.inner(n.Stmt)
	default:
		p.ddl(s)
	}
}

// inner writes a statement within another, where a statement set has no EXECUTE.
func (p *printer) inner(s ast.Stmt) {
	if set, ok := s.(*ast.StatementSet); ok {
		p.set(set)
		return
	}
	p.stmt(s)
}

func (p *printer) set(n *ast.StatementSet) {
	p.put("STATEMENT SET BEGIN ")
	for _, i := range n.Inserts {
		p.insert(i)
		p.put("; ")
	}
	p.put("END")
}

func (p *printer) alias(id *ast.Ident) {
	if id != nil {
		p.put(" AS ", Ident(id.Name))
	}
}

func (p *printer) insert(n *ast.Insert) {
	switch {
	case n.Upsert:
		p.put("UPSERT INTO ")
	case n.Overwrite:
		p.put("INSERT OVERWRITE ")
	default:
		p.put("INSERT INTO ")
	}
	p.path(n.Table)
	p.hints(n.Hints)
	if n.Partition != nil {
		p.put(" ")
		p.partition(n.Partition)
	}
	if n.Columns != nil {
		p.put(" ")
		p.paths(n.Columns)
	}
	p.put(" ")
	p.query(n.Query)
	p.word(n.Conflict != ast.ConflictUnspecified, " ON CONFLICT DO "+n.Conflict.String())
}

func (p *printer) paths(list []ast.Path) {
	p.put("(")
	p.list(len(list), func(i int) { p.path(list[i]) })
	p.put(")")
}

func (p *printer) partition(n *ast.Partition) {
	p.put("PARTITION (")
	p.list(len(n.Values), func(i int) {
		p.put(Ident(n.Values[i].Name.Name))
		if v := n.Values[i].Value; v != nil {
			p.put(" = ")
			p.expr(v)
		}
	})
	p.put(")")
	if n.Options != nil {
		p.put(" WITH ")
		p.options(n.Options)
	}
}
