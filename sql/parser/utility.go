package parser

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/dialect"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// utility reads the statements that neither define nor move data.
func (p *parser) utility(t lex.Token) ast.Stmt {
	switch t.Upper {
	case "SHOW":
		return p.show()
	case "DESCRIBE", "DESC":
		return p.describe()
	case "USE":
		return p.use()
	case "SET", "RESET":
		return p.set()
	case "LOAD", "UNLOAD":
		return p.module()
	case "ADD", "REMOVE":
		p.c.Next()
		p.c.Expect("JAR")
		path := dialect.StringText(p.c, "a path in quotes")
		if t.Is("ADD") {
			return &ast.AddJar{Span: p.span(t.Pos), Path: path}
		}
		return &ast.RemoveJar{Span: p.span(t.Pos), Path: path}
	case "TRUNCATE":
		p.c.Next()
		p.c.Expect("TABLE")
		path := dialect.Path(p.c)
		return &ast.Truncate{Span: p.span(t.Pos), Table: path}
	case "CALL":
		p.c.Next()
		call := dialect.Call(p.c)
		return &ast.CallStmt{Span: p.span(t.Pos), Call: call}
	case "ANALYZE":
		return p.analyze()
	case "STOP":
		return p.stop()
	}
	p.c.FailExpected("a statement")
	return nil
}

func (p *parser) set() ast.Stmt {
	t := p.c.Next()
	has := !p.c.AtEnd()
	key, value := "", ""
	if has {
		key = dialect.StringText(p.c, "a key in quotes")
		if t.Is("SET") {
			p.c.Expect("=")
			value = dialect.StringText(p.c, "a value in quotes")
		}
	}
	if t.Is("SET") {
		return &ast.Set{Span: p.span(t.Pos), HasKey: has, Key: key, Value: value}
	}
	return &ast.Reset{Span: p.span(t.Pos), HasKey: has, Key: key}
}

func (p *parser) module() ast.Stmt {
	t := p.c.Next()
	p.c.Expect("MODULE")
	id, _ := dialect.Ident(p.c, "a module name (an identifier)")
	if t.Is("UNLOAD") {
		return &ast.UnloadModule{Span: p.span(t.Pos), Name: id}
	}
	n := &ast.LoadModule{Name: id}
	if p.c.Accept("WITH") {
		n.Options = p.options()
	}
	n.Span = p.span(t.Pos)
	return n
}

func (p *parser) use() ast.Stmt {
	n := &ast.Use{}
	start := p.c.Next().Pos
	switch {
	case p.c.Accept("CATALOG"):
		n.Kind = ast.UseCatalog
		id, _ := dialect.Ident(p.c, "a catalog name (an identifier)")
		n.Path = ast.Path{At: id.At, Parts: []ast.Ident{id}}
	case p.c.Accept("MODULES"):
		n.Kind = ast.UseModules
		for !p.c.Failed() {
			id, _ := dialect.Ident(p.c, "a module name (an identifier)")
			n.Modules = append(n.Modules, id)
			if !p.c.Accept(",") {
				break
			}
		}
	default:
		n.Path = dialect.Path(p.c)
	}
	n.Span = p.span(start)
	return n
}

func (p *parser) analyze() ast.Stmt {
	start := p.c.Next().Pos
	p.c.Expect("TABLE")
	n := &ast.Analyze{Table: dialect.Path(p.c)}
	if p.c.At("PARTITION") {
		part := p.partition()
		n.Partition = &part
	}
	p.c.Expect("COMPUTE", "STATISTICS")
	if p.c.Accept("FOR") {
		if p.c.Accept("ALL", "COLUMNS") {
			n.AllColumns = true
		} else {
			p.c.Expect("COLUMNS")
			for !p.c.Failed() {
				id, _ := dialect.Ident(p.c, "a column name (an identifier)")
				n.Columns = append(n.Columns, id)
				if !p.c.Accept(",") {
					break
				}
			}
		}
	}
	n.Span = p.span(start)
	return n
}

func (p *parser) stop() ast.Stmt {
	start := p.c.Next().Pos
	p.c.Expect("JOB")
	n := &ast.StopJob{JobID: dialect.StringText(p.c, "a job id in quotes")}
	n.WithSavepoint = p.c.Accept("WITH", "SAVEPOINT")
	pos := p.c.Pos()
	n.Drain = p.c.Accept("WITH", "DRAIN")
	if n.Drain && !n.WithSavepoint {
		p.fail(sqlerr.Validation, pos, "WITH DRAIN needs WITH SAVEPOINT")
	}
	n.Span = p.span(start)
	return n
}

func (p *parser) describe() ast.Stmt {
	start := p.c.Next().Pos
	n := &ast.Describe{}
	objects := map[string]ast.ObjectKind{
		"CATALOG": ast.CatalogObject, "DATABASE": ast.DatabaseObject, "FUNCTION": ast.FunctionObject, "MODEL": ast.ModelObject,
		"CONNECTION": ast.ConnectionObject, "JOB": ast.JobObject,
	}
	t, next := p.c.Peek(), p.c.PeekAt(1)
	k, ok := objects[t.Upper]
	switch {
	case ok && k == ast.JobObject && next.Kind == lex.String:
		p.c.Next()
		n.Object = k
		n.JobID = dialect.StringText(p.c, "a job id in quotes")
	case ok && k != ast.JobObject && (next.IsIdent() || next.Is("EXTENDED")):
		p.c.Next()
		n.Object = k
		n.Extended = p.c.Accept("EXTENDED")
		n.Path = dialect.Path(p.c)
	default:
		n.Extended = p.c.Accept("EXTENDED")
		n.Path = dialect.Path(p.c)
	}
	n.Span = p.span(start)
	return n
}
