package parser

import (
	"millrace/sql/ast"
	"millrace/sql/parser/internal/dialect"
	"millrace/sql/parser/internal/lex"
	"millrace/sql/sqlerr"
)

// create reads CREATE … and REPLACE TABLE.
func (p *parser) create() ast.Stmt {
	start := p.c.Pos()
	or := p.c.Accept("CREATE", "OR", "REPLACE")
	if or || p.c.Accept("REPLACE") {
		temp := p.c.Accept("TEMPORARY")
		system := temp && p.c.Accept("SYSTEM")
		if or && p.c.Accept("FUNCTION") {
			f := p.createFunction(start, temp, system)
			f.OrReplace = true
			return f
		}
		p.c.Expect("TABLE")
		n := p.createTable(start, temp)
		n.Replace, n.OrReplace = true, or
		if n.As == nil && !or && !p.c.Failed() {
			p.c.FailExpected("AS and a query")
		}
		return n
	}
	p.c.Next()
	if p.c.Accept("OR", "ALTER") {
		p.c.Expect("MATERIALIZED", "TABLE")
		return p.createMaterialized(start, true)
	}
	temp := p.c.Accept("TEMPORARY")
	system := temp && p.c.Accept("SYSTEM")
	t := p.c.Peek()
	switch {
	case t.Is("TABLE") && !system:
		p.c.Next()
		return p.createTable(start, temp)
	case t.Is("VIEW") && !system:
		p.c.Next()
		return p.createView(start, temp)
	case t.Is("FUNCTION"):
		p.c.Next()
		return p.createFunction(start, temp, system)
	case t.Is("MODEL") && !system:
		p.c.Next()
		return p.createModel(start, temp)
	case t.Is("CONNECTION"):
		p.c.Next()
		n := &ast.CreateConnection{Temporary: temp, System: system, IfNotExists: p.ifNotExists()}
		n.Path = dialect.Path(p.c)
		n.Comment = p.comment()
		p.c.Expect("WITH")
		n.Options = p.options()
		n.Span = p.span(start)
		return n
	case temp:
		p.c.FailExpected("TABLE, VIEW, FUNCTION, MODEL or CONNECTION")
		return nil
	}
	switch {
	case p.c.Accept("MATERIALIZED"):
		p.c.Expect("TABLE")
		return p.createMaterialized(start, false)
	case p.c.Accept("DATABASE"):
		n := &ast.CreateDatabase{IfNotExists: p.ifNotExists()}
		n.Path = dialect.Path(p.c)
		n.Comment = p.comment()
		n.Options = p.with()
		n.Span = p.span(start)
		return n
	case p.c.Accept("CATALOG"):
		n := &ast.CreateCatalog{IfNotExists: p.ifNotExists()}
		n.Name, _ = dialect.Ident(p.c, "a catalog name (an identifier)")
		n.Comment = p.comment()
		n.Options = p.with()
		n.Span = p.span(start)
		return n
	}
	p.c.FailExpected("TABLE, VIEW, DATABASE, CATALOG, FUNCTION, MODEL, CONNECTION or MATERIALIZED TABLE")
	return nil
}

func (p *parser) ifNotExists() bool { return p.c.Accept("IF", "NOT", "EXISTS") }
func (p *parser) ifExists() bool    { return p.c.Accept("IF", "EXISTS") }

// comment reads COMMENT 'text'.
func (p *parser) comment() *string {
	if !p.c.Accept("COMMENT") {
		return nil
	}
	s := dialect.StringText(p.c, "a string literal")
	return &s
}

// with reads an optional WITH (…).
func (p *parser) with() []ast.Option {
	if !p.c.Accept("WITH") {
		return nil
	}
	return p.options()
}

// options reads ( 'k' = 'v', … ), which may be empty.
func (p *parser) options() []ast.Option {
	out := []ast.Option{}
	p.c.Expect("(")
	if p.c.Accept(")") {
		return out
	}
	for !p.c.Failed() {
		o := ast.Option{At: ast.At(p.c.Pos())}
		o.Key = dialect.StringText(p.c, "an option key in quotes")
		p.c.Expect("=")
		o.Value = dialect.StringText(p.c, "an option value in quotes")
		out = append(out, o)
		if !p.c.Accept(",") {
			break
		}
	}
	p.c.Expect(")")
	return out
}

func (p *parser) createTable(start int, temp bool) *ast.CreateTable {
	n := &ast.CreateTable{Temporary: temp, IfNotExists: p.ifNotExists()}
	n.Path = dialect.Path(p.c)
	if p.c.At("(") {
		n.Schema = p.schema(true)
	}
	n.Comment = p.comment()
	n.Distribution = p.distribution()
	n.PartitionedBy = p.partitionedBy()
	n.Options = p.with()
	if p.c.At("LIKE") {
		n.Like = p.like()
	}
	if n.Like == nil && p.c.Accept("AS") {
		n.As = dialect.Query(p.c)
	}
	n.Span = p.span(start)
	return n
}

func (p *parser) partitionedBy() []ast.Ident {
	if !p.c.Accept("PARTITIONED", "BY") {
		return nil
	}
	if p.c.Accept("(", ")") {
		return []ast.Ident{}
	}
	return dialect.Idents(p.c)
}

// distribution reads DISTRIBUTED BY … INTO n BUCKETS.
func (p *parser) distribution() *ast.Distribution {
	pos := p.c.Pos()
	if !p.c.Accept("DISTRIBUTED") {
		return nil
	}
	return p.distributionTail(pos)
}

func (p *parser) distributionTail(pos int) *ast.Distribution {
	d := &ast.Distribution{At: ast.At(pos)}
	if p.c.Accept("BY") {
		switch {
		case p.c.Accept("HASH"):
			d.Kind = ast.HashDistribution
		case p.c.Accept("RANGE"):
			d.Kind = ast.RangeDistribution
		case p.c.Peek().IsIdent():
			p.c.FailExpected("HASH, RANGE or '('")
		}
		d.Columns = dialect.Idents(p.c)
		if !p.c.At("INTO") {
			return d
		}
	}
	p.c.Expect("INTO")
	t := p.c.Peek()
	if t.Kind != lex.Integer {
		p.c.FailExpected("a number of buckets")
		return d
	}
	p.c.Next()
	d.Buckets = t.Text
	p.c.Expect("BUCKETS")
	return d
}

// like reads LIKE path [( options )].
func (p *parser) like() *ast.LikeClause {
	n := &ast.LikeClause{At: ast.At(p.c.Next().Pos)}
	n.Source = dialect.Path(p.c)
	if !p.c.Accept("(") {
		return n
	}
	for !p.c.Failed() && !p.c.Accept(")") {
		o := ast.LikeOption{At: ast.At(p.c.Pos())}
		switch {
		case p.c.Accept("INCLUDING"):
		case p.c.Accept("EXCLUDING"):
			o.Strategy = ast.Excluding
		case p.c.Accept("OVERWRITING"):
			o.Strategy = ast.Overwriting
		default:
			p.c.FailExpected("INCLUDING, EXCLUDING or OVERWRITING")
			return n
		}
		found := false
		for f := ast.LikeAll; f <= ast.LikeWatermarks && !found; f++ {
			if p.c.At(f.String()) {
				found = true
				o.Feature = f
			}
		}
		whole := o.Feature == ast.LikeAll || o.Feature == ast.LikeConstraints || o.Feature == ast.LikeDistribution || o.Feature == ast.LikePartitions
		if !found || o.Strategy == ast.Overwriting && whole {
			p.c.FailExpected("a LIKE feature")
			return n
		}
		p.c.Next()
		n.Options = append(n.Options, o)
	}
	return n
}

func (p *parser) createView(start int, temp bool) ast.Stmt {
	n := &ast.CreateView{Temporary: temp, IfNotExists: p.ifNotExists()}
	n.Path = dialect.Path(p.c)
	if p.c.At("(") {
		n.Columns = dialect.Idents(p.c)
	}
	n.Comment = p.comment()
	p.c.Expect("AS")
	n.Query = dialect.Query(p.c)
	n.Span = p.span(start)
	return n
}

func (p *parser) createFunction(start int, temp, system bool) *ast.CreateFunction {
	n := &ast.CreateFunction{Temporary: temp, System: system, IfNotExists: p.ifNotExists()}
	n.Path = dialect.Path(p.c)
	if system && len(n.Path.Parts) > 1 {
		p.fail(sqlerr.Syntax, n.Path.Parts[1].Pos(), "a temporary system function has no catalog or database")
	}
	p.c.Expect("AS")
	n.Identifier = dialect.StringText(p.c, "a function identifier in quotes")
	n.Language = p.language()
	if p.c.Accept("USING") {
		for !p.c.Failed() {
			if !p.c.AtAny("JAR", "ARTIFACT", "FILE", "ARCHIVE") {
				p.c.FailExpected("JAR or ARTIFACT")
				break
			}
			r := ast.Resource{Kind: p.c.Next().Upper}
			r.URI = dialect.StringText(p.c, "a path in quotes")
			n.Resources = append(n.Resources, r)
			if !p.c.Accept(",") {
				break
			}
		}
	}
	n.Options = p.with()
	n.Span = p.span(start)
	return n
}

func (p *parser) language() string {
	if !p.c.Accept("LANGUAGE") {
		return ""
	}
	if !p.c.AtAny("JAVA", "SCALA", "PYTHON") {
		p.c.FailExpected("JAVA, SCALA or PYTHON")
		return ""
	}
	return p.c.Next().Upper
}

func (p *parser) createModel(start int, temp bool) ast.Stmt {
	n := &ast.CreateModel{Temporary: temp, IfNotExists: p.ifNotExists()}
	n.Path = dialect.Path(p.c)
	if p.c.Accept("INPUT") {
		n.Input = p.modelColumns()
	}
	if p.c.Accept("OUTPUT") {
		n.Output = p.modelColumns()
	}
	n.Comment = p.comment()
	n.Options = p.with()
	if p.c.Accept("AS") {
		n.As = dialect.Query(p.c)
	}
	n.Span = p.span(start)
	return n
}

func (p *parser) modelColumns() []*ast.Column {
	var out []*ast.Column
	p.c.Expect("(")
	for !p.c.Failed() {
		c := &ast.Column{At: ast.At(p.c.Pos())}
		c.Name, _ = dialect.Ident(p.c, "a column name (an identifier)")
		c.Type = dialect.Type(p.c)
		c.Comment = p.comment()
		out = append(out, c)
		if !p.c.Accept(",") {
			break
		}
	}
	p.c.Expect(")")
	return out
}

func (p *parser) createMaterialized(start int, orAlter bool) ast.Stmt {
	n := &ast.CreateMaterializedTable{OrAlter: orAlter, IfNotExists: p.ifNotExists()}
	n.Path = dialect.Path(p.c)
	if p.c.At("(") {
		n.Schema = p.schema(true)
	}
	n.Comment = p.comment()
	n.Distribution = p.distribution()
	n.PartitionedBy = p.partitionedBy()
	n.Options = p.with()
	if p.c.At("START_MODE") {
		n.StartMode = p.startMode()
	}
	if p.c.Accept("FRESHNESS") {
		p.c.Expect("=")
		if !p.c.At("INTERVAL") {
			p.c.FailExpected("INTERVAL")
		} else if l := dialect.Literal(p.c); l != nil {
			n.Freshness = l
		}
	}
	if p.c.Accept("REFRESH_MODE") {
		p.c.Expect("=")
		if !p.c.AtAny("FULL", "CONTINUOUS") {
			p.c.FailExpected("FULL or CONTINUOUS")
		}
		n.RefreshMode = p.c.Next().Upper
	}
	p.c.Expect("AS")
	n.Query = dialect.Query(p.c)
	n.Span = p.span(start)
	return n
}

func (p *parser) startMode() *ast.StartMode {
	p.c.Next()
	p.c.Expect("=")
	t := p.c.Peek()
	n := &ast.StartMode{At: ast.At(t.Pos), Mode: t.Upper}
	switch t.Upper {
	case "FROM_BEGINNING", "FROM_NOW", "FROM_TIMESTAMP", "RESUME_OR_FROM_BEGINNING", "RESUME_OR_FROM_NOW", "RESUME_OR_FROM_TIMESTAMP":
		p.c.Next()
	default:
		p.c.FailExpected("FROM_BEGINNING, FROM_NOW or FROM_TIMESTAMP")
	}
	if p.c.Accept("(") {
		n.Arg = dialect.Expr(p.c)
		p.c.Expect(")")
	}
	return n
}

func (p *parser) drop() ast.Stmt {
	start := p.c.Next().Pos
	n := &ast.Drop{}
	n.Temporary = p.c.Accept("TEMPORARY")
	n.System = n.Temporary && p.c.Accept("SYSTEM")
	switch {
	case !n.System && p.c.Accept("TABLE"):
		n.Object = ast.TableObject
	case !n.System && p.c.Accept("VIEW"):
		n.Object = ast.ViewObject
	case p.c.Accept("FUNCTION"):
		n.Object = ast.FunctionObject
	case !n.System && p.c.Accept("MODEL"):
		n.Object = ast.ModelObject
	case p.c.Accept("CONNECTION"):
		n.Object = ast.ConnectionObject
	case !n.Temporary && p.c.Accept("MATERIALIZED", "TABLE"):
		n.Object = ast.MaterializedTableObject
	case !n.Temporary && p.c.Accept("DATABASE"):
		n.Object = ast.DatabaseObject
	case !n.Temporary && p.c.Accept("CATALOG"):
		n.Object = ast.CatalogObject
	default:
		p.c.FailExpected("TABLE, VIEW, DATABASE, CATALOG, FUNCTION, MODEL, CONNECTION or MATERIALIZED TABLE")
		return nil
	}
	n.IfExists = p.ifExists()
	n.Path = dialect.Path(p.c)
	if n.Object == ast.DatabaseObject {
		n.Cascade = p.c.Accept("CASCADE")
		n.Restrict = !n.Cascade && p.c.Accept("RESTRICT")
	}
	n.Span = p.span(start)
	return n
}
