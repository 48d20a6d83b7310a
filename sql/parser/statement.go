package parser

import (
	"strings"

	"millrace/sql/ast"
	"millrace/sql/parser/internal/dialect"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// maxStatementDepth bounds EXPLAIN EXPLAIN … and the like.
const maxStatementDepth = 20

// statement reads any statement.
func (p *parser) statement() ast.Stmt {
	t := p.c.Peek()
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxStatementDepth {
		p.fail(sqlerr.Unsupported, t.Pos, "statements nested deeper than %d levels", maxStatementDepth)
		return nil
	}
	if t.Kind == lex.Legacy {
		return p.legacy()
	}
	switch t.Upper {
	case "SELECT", "WITH", "VALUES", "(", "TABLE":
		q := dialect.Query(p.c)
		return &ast.QueryStmt{Span: p.span(t.Pos), Query: q}
	case "INSERT", "UPSERT":
		return p.insert()
	case "CREATE", "REPLACE":
		return p.create()
	case "ALTER":
		return p.alter()
	case "DROP":
		return p.drop()
	case "UPDATE":
		return p.update()
	case "DELETE":
		return p.delete()
	case "EXECUTE":
		return p.execute()
	case "EXPLAIN":
		return p.explain()
	case "COMPILE":
		return p.compile()
	case "BEGIN":
		p.c.Next()
		p.c.Expect("STATEMENT", "SET")
		return &ast.BeginStatementSet{Span: p.span(t.Pos)}
	case "END":
		p.c.Next()
		return &ast.EndStatementSet{Span: p.span(t.Pos)}
	}
	return p.utility(t)
}

func (p *parser) insert() ast.Stmt {
	start := p.c.Pos()
	n := &ast.Insert{Upsert: p.c.At("UPSERT")}
	p.c.Next()
	if !n.Upsert && p.c.Accept("OVERWRITE") {
		n.Overwrite = true
	} else if !p.c.Accept("INTO") {
		p.c.FailExpected("INTO or OVERWRITE")
	}
	n.Table = dialect.Path(p.c)
	n.Hints = dialect.Hints(p.c)
	if p.c.At("PARTITION") {
		part := p.partition()
		n.Partition = &part
	}
	if p.c.At("(") && !p.queryAhead() {
		n.Columns = p.paths()
	}
	if p.c.At("VALUE") {
		p.fail(sqlerr.Syntax, p.c.Pos(), "expected a query but found '%s' (write VALUES)", p.c.Peek().Text)
	}
	n.Query = dialect.Query(p.c)
	if p.c.Accept("ON") {
		p.c.Expect("CONFLICT", "DO")
		switch {
		case p.c.Accept("ERROR"):
			n.Conflict = ast.ConflictError
		case p.c.Accept("NOTHING"):
			n.Conflict = ast.ConflictNothing
		case p.c.Accept("DEDUPLICATE"):
			n.Conflict = ast.ConflictDeduplicate
		default:
			p.c.FailExpected("ERROR, NOTHING or DEDUPLICATE")
		}
	}
	n.Span = p.span(start)
	return n
}

// queryAhead reports whether a parenthesis opens a query.
func (p *parser) queryAhead() bool {
	n := 0
	for p.c.PeekAt(n).Is("(") {
		n++
	}
	return p.c.PeekAt(n).AnyOf("SELECT", "WITH", "VALUES", "TABLE")
}

// paths reads ( a, b.c, … ).
func (p *parser) paths() []ast.Path {
	var out []ast.Path
	p.c.Expect("(")
	for !p.c.Failed() {
		out = append(out, dialect.Path(p.c))
		if !p.c.Accept(",") {
			break
		}
	}
	p.c.Expect(")")
	return out
}

// partition reads PARTITION (k = v, …).
func (p *parser) partition() ast.Partition {
	part := ast.Partition{At: ast.At(p.c.Pos())}
	p.c.Expect("PARTITION", "(")
	for !p.c.Failed() {
		id, _ := dialect.Ident(p.c, "a partition column (an identifier)")
		v := ast.PartitionValue{Name: id}
		if p.c.Accept("=") {
			if l := dialect.Literal(p.c); l != nil {
				v.Value = l
			}
		}
		part.Values = append(part.Values, v)
		if !p.c.Accept(",") {
			break
		}
	}
	p.c.Expect(")")
	return part
}

func (p *parser) update() ast.Stmt {
	start := p.c.Next().Pos
	n := &ast.Update{Table: dialect.Path(p.c), Alias: p.alias()}
	p.c.Expect("SET")
	for !p.c.Failed() {
		a := ast.Assignment{Column: dialect.Path(p.c)}
		p.c.Expect("=")
		a.X = dialect.Expr(p.c)
		n.Sets = append(n.Sets, a)
		if !p.c.Accept(",") {
			break
		}
	}
	if p.c.Accept("WHERE") {
		n.Where = dialect.Expr(p.c)
	}
	n.Span = p.span(start)
	return n
}

func (p *parser) alias() *ast.Ident {
	if !p.c.Accept("AS") && !p.c.Peek().IsIdent() {
		return nil
	}
	id, ok := dialect.Ident(p.c, "an alias")
	if !ok {
		return nil
	}
	return &id
}

func (p *parser) delete() ast.Stmt {
	start := p.c.Next().Pos
	p.c.Expect("FROM")
	n := &ast.Delete{Table: dialect.Path(p.c), Alias: p.alias()}
	if p.c.Accept("WHERE") {
		n.Where = dialect.Expr(p.c)
	}
	n.Span = p.span(start)
	return n
}

// execute reads EXECUTE STATEMENT SET, EXECUTE PLAN, EXECUTE insert or query.
func (p *parser) execute() ast.Stmt {
	start := p.c.Next().Pos
	switch {
	case p.c.At("STATEMENT"):
		s := p.statementSet()
		s.Span = p.span(start)
		return s
	case p.c.Accept("PLAN"):
		uri := dialect.StringText(p.c, "a plan file in quotes")
		return &ast.ExecutePlan{Span: p.span(start), URI: uri}
	case p.c.AtAny("INSERT", "UPSERT"):
		in := p.insert()
		return &ast.Execute{Span: p.span(start), Stmt: in}
	case p.c.AtAny("SELECT", "WITH", "VALUES", "(", "TABLE"):
		pos := p.c.Pos()
		q := dialect.Query(p.c)
		return &ast.Execute{Span: p.span(start), Stmt: &ast.QueryStmt{Span: p.span(pos), Query: q}}
	}
	p.c.FailExpected("STATEMENT SET, PLAN, INSERT or a query")
	return nil
}

// statementSet reads STATEMENT SET BEGIN insert; … END.
func (p *parser) statementSet() *ast.StatementSet {
	n := &ast.StatementSet{}
	start := p.c.Pos()
	p.c.Expect("STATEMENT", "SET", "BEGIN")
	for !p.c.Failed() {
		if !p.c.AtAny("INSERT", "UPSERT") {
			p.c.FailExpected("INSERT")
			break
		}
		if in, ok := p.insert().(*ast.Insert); ok {
			n.Inserts = append(n.Inserts, in)
		}
		p.c.Expect(";")
		if p.c.Accept("END") {
			break
		}
	}
	n.Span = p.span(start)
	return n
}

func (p *parser) explain() ast.Stmt {
	start := p.c.Next().Pos
	n := &ast.Explain{}
	if p.c.Accept("PLAN", "FOR") {
		n.PlanFor = true
	} else {
		n.Details = p.explainDetails()
	}
	pos := p.c.Pos()
	switch {
	case p.c.At("STATEMENT"):
		n.Stmt = p.statementSet()
	case p.c.At("CREATE") || p.c.At("REPLACE") || p.c.At("ALTER"):
		n.Stmt = p.statement()
		if !p.c.Failed() && !hasQuery(n.Stmt) {
			p.fail(sqlerr.Syntax, pos, "EXPLAIN needs a statement with a query")
		}
	case p.c.AtAny("SELECT", "WITH", "VALUES", "(", "TABLE", "INSERT", "UPSERT", "EXECUTE", "UPDATE", "DELETE"):
		n.Stmt = p.statement()
	default:
		p.c.FailExpected("a query, INSERT or STATEMENT SET")
	}
	n.Span = p.span(start)
	return n
}

// hasQuery reports whether a DDL statement holds a query to explain.
func hasQuery(s ast.Stmt) bool {
	switch n := s.(type) {
	case *ast.CreateTable:
		return n.As != nil
	case *ast.CreateMaterializedTable:
		return true
	case *ast.Alter:
		_, ok := n.Action.(*ast.AlterQuery)
		return ok && n.Object == ast.MaterializedTableObject
	}
	return false
}

func (p *parser) explainDetails() []ast.ExplainDetail {
	var out []ast.ExplainDetail
	seen := map[ast.ExplainDetail]bool{}
	for {
		t := p.c.Peek()
		found := false
		for _, d := range []ast.ExplainDetail{ast.EstimatedCost, ast.ChangelogMode, ast.PlanAdvice, ast.JSONExecutionPlan} {
			if t.Is(d.String()) {
				if seen[d] {
					p.fail(sqlerr.Validation, t.Pos, "duplicate EXPLAIN detail %s", d)
				}
				seen[d] = true
				p.c.Next()
				out = append(out, d)
				found = true
			}
		}
		if !found {
			if len(out) > 0 {
				p.c.FailExpected("an EXPLAIN detail")
			}
			return out
		}
		if !p.c.Accept(",") {
			return out
		}
	}
}

// compile reads COMPILE PLAN and COMPILE AND EXECUTE PLAN.
func (p *parser) compile() ast.Stmt {
	start := p.c.Next().Pos
	n := &ast.CompilePlan{Execute: p.c.Accept("AND", "EXECUTE")}
	p.c.Expect("PLAN")
	n.URI = dialect.StringText(p.c, "a plan file in quotes")
	if !n.Execute {
		n.IfNotExists = p.c.Accept("IF", "NOT", "EXISTS")
	}
	p.c.Expect("FOR")
	switch {
	case p.c.At("STATEMENT"):
		n.Stmt = p.statementSet()
	case p.c.AtAny("INSERT", "UPSERT"):
		n.Stmt = p.insert()
	default:
		p.c.FailExpected("INSERT or STATEMENT SET")
	}
	n.Span = p.span(start)
	return n
}

// legacy reads SET k = v and RESET k without quotes, which the lexer has found.
func (p *parser) legacy() ast.Stmt {
	t := p.c.Next()
	sp := ast.Span{Start: t.Pos, End: t.End}
	word, rest, _ := strings.Cut(strings.Map(blank, t.Text), " ")
	rest = strings.TrimSpace(rest)
	if strings.EqualFold(word, "RESET") {
		return &ast.Reset{Span: sp, HasKey: true, Key: rest, Legacy: true}
	}
	// The value keeps its blanks: cut it from the text as written.
	raw := strings.TrimSpace(t.Text[len("SET"):])
	key, value, _ := strings.Cut(raw, "=")
	value = strings.TrimSpace(value)
	if len(value) >= 2 && value[0] == '\'' {
		value = value[1 : len(value)-1]
	}
	return &ast.Set{Span: sp, HasKey: true, Key: strings.TrimSpace(key), Value: value, Legacy: true}
}

func blank(r rune) rune {
	if strings.ContainsRune("\t\r\n\f", r) {
		return ' '
	}
	return r
}
