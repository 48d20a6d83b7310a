package format

import "millrace/sql/ast"

func (p *printer) ddl(s ast.Stmt) {
	switch n := s.(type) {
	case *ast.CreateTable:
		p.createTable(n)
	case *ast.CreateMaterializedTable:
		p.createMaterialized(n)
	case *ast.CreateView:
		p.create("VIEW", n.Temporary, false, n.IfNotExists, n.Path)
		if len(n.Columns) > 0 {
			p.put(" ")
			p.idents(n.Columns)
		}
		p.comment(n.Comment)
		p.put(" AS ")
		p.query(n.Query)
	case *ast.CreateDatabase:
		p.create("DATABASE", false, false, n.IfNotExists, n.Path)
		p.comment(n.Comment)
		p.with(n.Options)
	case *ast.CreateCatalog:
		p.create("CATALOG", false, false, n.IfNotExists, ast.Path{Parts: []ast.Ident{n.Name}})
		p.comment(n.Comment)
		p.with(n.Options)
	case *ast.CreateFunction:
		kind := "FUNCTION"
		if n.OrReplace {
			p.put("CREATE OR REPLACE ")
			p.word(n.Temporary, "TEMPORARY ")
			p.word(n.System, "SYSTEM ")
			p.put("FUNCTION ")
			p.word(n.IfNotExists, "IF NOT EXISTS ")
			p.path(n.Path)
		} else {
			p.create(kind, n.Temporary, n.System, n.IfNotExists, n.Path)
		}
		p.function(n.Identifier, n.Language)
		if len(n.Resources) > 0 {
			p.put(" USING ")
			p.list(len(n.Resources), func(i int) { p.put(n.Resources[i].Kind, " ", String(n.Resources[i].URI)) })
		}
		p.with(n.Options)
	case *ast.AlterFunction:
		p.put("ALTER ")
		p.word(n.Temporary, "TEMPORARY ")
		p.word(n.System, "SYSTEM ")
		p.put("FUNCTION ")
		p.word(n.IfExists, "IF EXISTS ")
		p.path(n.Path)
		p.function(n.Identifier, n.Language)
	case *ast.CreateModel:
		p.create("MODEL", n.Temporary, false, n.IfNotExists, n.Path)
		p.modelColumns(" INPUT ", n.Input)
		p.modelColumns(" OUTPUT ", n.Output)
		p.comment(n.Comment)
		p.with(n.Options)
		p.as(n.As)
	case *ast.CreateConnection:
		p.create("CONNECTION", n.Temporary, n.System, n.IfNotExists, n.Path)
		p.comment(n.Comment)
		p.with(n.Options)
	case *ast.Drop:
		p.put("DROP ")
		p.word(n.Temporary, "TEMPORARY ")
		p.word(n.System, "SYSTEM ")
		p.put(n.Object.String(), " ")
		p.word(n.IfExists, "IF EXISTS ")
		p.path(n.Path)
		p.word(n.Cascade, " CASCADE")
		p.word(n.Restrict, " RESTRICT")
	case *ast.Alter:
		p.put("ALTER ", n.Object.String(), " ")
		p.word(n.IfExists, "IF EXISTS ")
		p.path(n.Path)
		p.put(" ")
		p.action(n.Action)
	default:
		p.utility(s)
	}
}

func (p *printer) create(kind string, temp, system, ifNot bool, path ast.Path) {
	p.put("CREATE ")
	p.word(temp, "TEMPORARY ")
	p.word(system, "SYSTEM ")
	p.put(kind, " ")
	p.word(ifNot, "IF NOT EXISTS ")
	p.path(path)
}

func (p *printer) with(opts []ast.Option) {
	if opts != nil {
		p.put(" WITH ")
		p.options(opts)
	}
}

func (p *printer) as(q *ast.Query) {
	if q != nil {
		p.put(" AS ")
		p.query(q)
	}
}

func (p *printer) function(id, language string) {
	p.put(" AS ", String(id))
	p.word(language != "", " LANGUAGE "+language)
}

func (p *printer) modelColumns(word string, cols []*ast.Column) {
	if len(cols) > 0 {
		p.put(word, "(")
		p.list(len(cols), func(i int) { p.column(cols[i]) })
		p.put(")")
	}
}

func (p *printer) createTable(n *ast.CreateTable) {
	p.word(!n.Replace || n.OrReplace, "CREATE ")
	p.word(n.OrReplace, "OR ")
	p.word(n.Replace, "REPLACE ")
	p.word(n.Temporary, "TEMPORARY ")
	p.put("TABLE ")
	p.word(n.IfNotExists, "IF NOT EXISTS ")
	p.path(n.Path)
	p.tableBody(n.Schema, n.Comment, n.Distribution, n.PartitionedBy, n.Options)
	if l := n.Like; l != nil {
		p.put(" LIKE ")
		p.path(l.Source)
		if len(l.Options) > 0 {
			p.put(" (")
			for i, o := range l.Options {
				p.word(i > 0, " ")
				p.put(o.Strategy.String(), " ", o.Feature.String())
			}
			p.put(")")
		}
	}
	p.as(n.As)
}

func (p *printer) tableBody(s *ast.Schema, comment *string, d *ast.Distribution, part []ast.Ident, opts []ast.Option) {
	if s != nil {
		p.put(" ")
		p.schema(s)
	}
	p.comment(comment)
	if d != nil {
		p.put(" DISTRIBUTED")
		p.distribution(d)
	}
	if part != nil {
		p.put(" PARTITIONED BY ")
		p.idents(part)
	}
	p.with(opts)
}

func (p *printer) createMaterialized(n *ast.CreateMaterializedTable) {
	p.put("CREATE ")
	p.word(n.OrAlter, "OR ALTER ")
	p.put("MATERIALIZED TABLE ")
	p.word(n.IfNotExists, "IF NOT EXISTS ")
	p.path(n.Path)
	p.tableBody(n.Schema, n.Comment, n.Distribution, n.PartitionedBy, n.Options)
	if m := n.StartMode; m != nil {
		p.put(" START_MODE = ", m.Mode)
		if m.Arg != nil {
			p.put("(")
			p.expr(m.Arg)
			p.put(")")
		}
	}
	p.clause(" FRESHNESS = ", n.Freshness)
	p.word(n.RefreshMode != "", " REFRESH_MODE = "+n.RefreshMode)
	p.as(n.Query)
}

func (p *printer) distribution(d *ast.Distribution) {
	if d.Columns != nil {
		p.put(" BY ")
		p.put([...]string{"", "HASH ", "RANGE "}[d.Kind])
		p.idents(d.Columns)
	}
	p.word(d.Buckets != "", " INTO "+d.Buckets+" BUCKETS")
}

func (p *printer) schema(s *ast.Schema) {
	p.put("(")
	sep := ""
	next := func() { p.put(sep); sep = ", " }
	for _, c := range s.Columns {
		next()
		p.column(c)
	}
	for _, w := range s.Watermarks {
		next()
		p.put("WATERMARK FOR ")
		p.path(w.Column)
		p.put(" AS ")
		p.expr(w.Expr)
	}
	for _, k := range s.Keys {
		next()
		p.key(k)
	}
	p.put(")")
}

func (p *printer) key(k *ast.Key) {
	if k.Name != nil {
		p.put("CONSTRAINT ", Ident(k.Name.Name), " ")
	}
	if k.Unique {
		p.put("UNIQUE")
	} else {
		p.put("PRIMARY KEY")
	}
	if len(k.Columns) > 0 {
		p.put(" ")
		p.idents(k.Columns)
	}
	if k.Enforced != nil {
		p.word(!*k.Enforced, " NOT")
		p.put(" ENFORCED")
	}
}

func (p *printer) column(c *ast.Column) {
	p.put(Ident(c.Name.Name))
	if c.Kind == ast.ComputedColumn {
		p.put(" AS ")
		p.expr(c.Expr)
	}
	if c.Type != nil {
		p.put(" ")
		p.typ(c.Type)
	}
	if c.Kind == ast.MetadataColumn {
		p.put(" METADATA")
		if c.MetadataKey != nil {
			p.put(" FROM ", String(*c.MetadataKey))
		}
		p.word(c.Virtual, " VIRTUAL")
	}
	if c.Key != nil {
		p.put(" ")
		p.key(c.Key)
	}
	p.comment(c.Comment)
	p.word(c.First, " FIRST")
	if c.After != nil {
		p.put(" AFTER ")
		p.path(*c.After)
	}
}

func (p *printer) action(a ast.AlterAction) {
	switch n := a.(type) {
	case *ast.AddColumns:
		p.put("ADD ")
		p.schema(n.Schema)
	case *ast.ModifyColumns:
		p.put("MODIFY ")
		p.schema(n.Schema)
	case *ast.DropColumns:
		p.put("DROP ")
		p.paths(n.Columns)
	case *ast.DropPart:
		p.put("DROP ", n.Part)
		p.word(n.Part == "CONSTRAINT", " "+Ident(n.Constraint.Name))
	case *ast.AddPartitions:
		p.put("ADD")
		p.word(n.IfNotExists, " IF NOT EXISTS")
		for i := range n.Partitions {
			p.put(" ")
			p.partition(&n.Partitions[i])
		}
	case *ast.DropPartitions:
		p.put("DROP ")
		p.word(n.IfExists, "IF EXISTS ")
		p.list(len(n.Partitions), func(i int) { p.partition(&n.Partitions[i]) })
	case *ast.SetDistribution:
		p.put(map[bool]string{false: "ADD", true: "MODIFY"}[n.Modify], " DISTRIBUTION")
		p.distribution(n.Distribution)
	case *ast.RenameColumn:
		p.put("RENAME ")
		p.path(n.From)
		p.put(" TO ", Ident(n.To.Name))
	case *ast.RenameTo:
		p.put("RENAME TO ")
		p.path(n.To)
	case *ast.SetOptions:
		p.put("SET ")
		p.options(n.Options)
	case *ast.ResetOptions:
		p.put("RESET (")
		p.list(len(n.Keys), func(i int) { p.put(String(n.Keys[i])) })
		p.put(")")
	case *ast.SetComment:
		p.put("COMMENT ", String(n.Comment))
	case *ast.AlterQuery:
		p.put("AS ")
		p.query(n.Query)
	case *ast.Suspend:
		p.put("SUSPEND")
	case *ast.Resume:
		p.put("RESUME")
		p.with(n.Options)
	case *ast.Refresh:
		p.put("REFRESH")
		if n.Partition != nil {
			p.put(" ")
			p.partition(n.Partition)
		}
	}
}
