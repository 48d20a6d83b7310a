package catalog

import (
	"maps"
	"slices"
	"sync"

	"millrace/sql/ast"
	"millrace/sql/sqlerr"
)

// Database is a database of a catalog.
type Database struct {
	Comment *string
	Options map[string]string

	tables      map[string]*Table
	functions   map[string]*Function
	models      map[string]*Model
	connections map[string]*Connection
}

func newDatabase() *Database {
	return &Database{
		Options: map[string]string{}, tables: map[string]*Table{}, functions: map[string]*Function{}, models: map[string]*Model{},
		connections: map[string]*Connection{},
	}
}

// Entry is a catalog.
type Entry struct {
	Comment *string
	Options map[string]string
	// BuiltIn is set for the catalog that a session starts with: it has no description.
	BuiltIn   bool
	databases map[string]*Database
}

// Store holds catalogs and temporary objects. Its methods may be called from any goroutine.
type Store struct {
	builtInCatalog, builtInDatabase string

	mu struct {
		sync.RWMutex
		catalogs  map[string]*Entry
		temporary map[Name]*Table
		functions map[Name]*Function // temporary; system functions have only an object
		models    map[Name]*Model
	}
}

// New makes a store with one catalog and one database; the usual names are default_catalog and default_database.
func New(catalog, database string) *Store {
	s := &Store{builtInCatalog: catalog, builtInDatabase: database}
	s.mu.catalogs = map[string]*Entry{catalog: {BuiltIn: true, Options: map[string]string{}, databases: map[string]*Database{database: newDatabase()}}}
	s.mu.temporary = map[Name]*Table{}
	s.mu.functions = map[Name]*Function{}
	s.mu.models = map[Name]*Model{}
	return s
}

// Default is the session state to start with.
func (s *Store) Default() Session { return Session{s.builtInCatalog, s.builtInDatabase} }

// Qualify completes a path of one to three parts.
func (s *Store) Qualify(cur Session, p ast.Path) (Name, error) {
	parts := p.Strings()
	switch len(parts) {
	case 1:
		return Name{cur.Catalog, cur.Database, parts[0]}, nil
	case 2:
		return Name{cur.Catalog, parts[0], parts[1]}, nil
	case 3:
		return Name{parts[0], parts[1], parts[2]}, nil
	default:
		return Name{}, sqlerr.New(sqlerr.Validation, p.Pos(), "object name %s: there must be 1 to 3 parts", p)
	}
}

// QualifyDatabase completes the name of a database.
func (s *Store) QualifyDatabase(cur Session, p ast.Path) (catalog, database string, err error) {
	parts := p.Strings()
	switch len(parts) {
	case 1:
		return cur.Catalog, parts[0], nil
	case 2:
		return parts[0], parts[1], nil
	default:
		return "", "", sqlerr.New(sqlerr.Validation, p.Pos(), "database name %s: there must be 1 or 2 parts", p)
	}
}

func unknown(pos int, what, name string, candidates []string) error {
	e := sqlerr.New(sqlerr.UnknownName, pos, "%s %s does not exist", what, name)
	if hint := sqlerr.DidYouMean(name, candidates); hint != "" {
		return e.WithHint("%s", hint)
	}
	return e
}

// database finds a database; the caller holds the lock.
func (s *Store) database(pos int, catalog, database string) (*Database, error) {
	c := s.mu.catalogs[catalog]
	if c == nil {
		return nil, unknown(pos, "catalog", catalog, sortedKeys(s.mu.catalogs))
	}
	d := c.databases[database]
	if d == nil {
		e := sqlerr.New(sqlerr.UnknownName, pos, "database %s does not exist in catalog %s", database, catalog)
		if hint := sqlerr.DidYouMean(database, sortedKeys(c.databases)); hint != "" {
			return nil, e.WithHint("%s", hint)
		}
		return nil, e
	}
	return d, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Catalogs lists the catalogs in order.
func (s *Store) Catalogs() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return sortedKeys(s.mu.catalogs)
}

// Catalog returns a copy of the description of a catalog, or nil.
func (s *Store) Catalog(name string) *Entry {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.mu.catalogs[name]
	if c == nil {
		return nil
	}
	e := *c
	e.Options = maps.Clone(c.Options)
	e.databases = nil
	return &e
}

// CreateCatalog adds an in-memory catalog with its default database (option 'default-database', or "default").
func (s *Store) CreateCatalog(st *ast.CreateCatalog) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := st.Name.Name
	if s.mu.catalogs[name] != nil {
		if st.IfNotExists {
			return nil
		}
		return sqlerr.New(sqlerr.Exists, st.Name.Pos(), "catalog %s already exists", name)
	}
	opts := OptionMap(st.Options)
	if err := checkCatalogType(st.Pos(), opts); err != nil {
		return err
	}
	def := opts["default-database"]
	if def == "" {
		def = "default"
	}
	s.mu.catalogs[name] = &Entry{Comment: st.Comment, Options: opts, databases: map[string]*Database{def: newDatabase()}}
	return nil
}

func checkCatalogType(pos int, opts map[string]string) error {
	switch t, ok := opts["type"]; {
	case !ok:
		return sqlerr.New(sqlerr.InvalidOption, pos, "catalog options do not contain the key 'type'").WithHint("the one type is 'generic_in_memory'")
	case t != "generic_in_memory":
		return sqlerr.New(sqlerr.InvalidOption, pos, "there is no catalog type '%s'", t).WithHint("the one type is 'generic_in_memory'")
	}
	for k := range opts {
		if k != "type" && k != "default-database" && k != "property-version" {
			return sqlerr.New(sqlerr.InvalidOption, pos, "option '%s' is not known to catalogs of type generic_in_memory", k)
		}
	}
	return nil
}

// AlterCatalog changes options or comment of a catalog.
func (s *Store) AlterCatalog(name ast.Ident, action ast.AlterAction) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mu.catalogs[name.Name]
	if c == nil {
		return unknown(name.Pos(), "catalog", name.Name, sortedKeys(s.mu.catalogs))
	}
	opts := maps.Clone(c.Options)
	switch a := action.(type) {
	case *ast.SetOptions:
		for _, o := range a.Options {
			opts[o.Key] = o.Value
		}
		if err := checkCatalogType(a.Pos(), opts); err != nil {
			return err
		}
	case *ast.ResetOptions:
		if len(a.Keys) == 0 {
			return sqlerr.New(sqlerr.Validation, a.Pos(), "ALTER CATALOG RESET does not support an empty key list")
		}
		for _, k := range a.Keys {
			if k == "type" {
				return sqlerr.New(sqlerr.Validation, a.Pos(), "ALTER CATALOG RESET does not support changing 'type'")
			}
			delete(opts, k)
		}
	case *ast.SetComment:
		c.Comment = &a.Comment
	default:
		return sqlerr.New(sqlerr.Unsupported, action.Pos(), "this form of ALTER CATALOG is not supported")
	}
	c.Options = opts
	return nil
}

// DropCatalog removes a catalog that is not current.
func (s *Store) DropCatalog(cur Session, name ast.Ident, ifExists bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.catalogs[name.Name] == nil {
		if ifExists {
			return nil
		}
		return unknown(name.Pos(), "catalog", name.Name, sortedKeys(s.mu.catalogs))
	}
	if name.Name == cur.Catalog {
		return sqlerr.New(sqlerr.Validation, name.Pos(), "catalog %s is in use and cannot be dropped", name.Name)
	}
	delete(s.mu.catalogs, name.Name)
	return nil
}

// UseCatalog makes a catalog current, with its default database.
func (s *Store) UseCatalog(name ast.Ident) (Session, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.mu.catalogs[name.Name]
	if c == nil {
		return Session{}, unknown(name.Pos(), "catalog", name.Name, sortedKeys(s.mu.catalogs))
	}
	def := c.Options["default-database"]
	if c.BuiltIn {
		def = s.builtInDatabase
	} else if def == "" {
		def = "default"
	}
	return Session{name.Name, def}, nil
}

// UseDatabase makes a database current.
func (s *Store) UseDatabase(cur Session, p ast.Path) (Session, error) {
	c, d, err := s.QualifyDatabase(cur, p)
	if err != nil {
		return cur, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, err := s.database(p.Pos(), c, d); err != nil {
		return cur, err
	}
	return Session{c, d}, nil
}

// Databases lists the databases of a catalog in order.
func (s *Store) Databases(pos int, catalog string) ([]string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.mu.catalogs[catalog]
	if c == nil {
		return nil, unknown(pos, "catalog", catalog, sortedKeys(s.mu.catalogs))
	}
	return sortedKeys(c.databases), nil
}

// CreateDatabase adds a database.
func (s *Store) CreateDatabase(cur Session, st *ast.CreateDatabase) error {
	cn, dn, err := s.QualifyDatabase(cur, st.Path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mu.catalogs[cn]
	if c == nil {
		return unknown(st.Path.Pos(), "catalog", cn, sortedKeys(s.mu.catalogs))
	}
	if c.databases[dn] != nil {
		if st.IfNotExists {
			return nil
		}
		return sqlerr.New(sqlerr.Exists, st.Path.Pos(), "database %s already exists in catalog %s", dn, cn)
	}
	d := newDatabase()
	d.Comment, d.Options = st.Comment, OptionMap(st.Options)
	c.databases[dn] = d
	return nil
}

// AlterDatabase sets options of a database.
func (s *Store) AlterDatabase(cur Session, p ast.Path, options []ast.Option) error {
	cn, dn, err := s.QualifyDatabase(cur, p)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.database(p.Pos(), cn, dn)
	if err != nil {
		return err
	}
	for _, o := range options {
		d.Options[o.Key] = o.Value
	}
	return nil
}

// DropDatabase removes a database; with cascade also when it has tables.
func (s *Store) DropDatabase(cur Session, st *ast.Drop) error {
	cn, dn, err := s.QualifyDatabase(cur, st.Path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d, err := s.database(st.Path.Pos(), cn, dn)
	if err != nil {
		if st.IfExists && s.mu.catalogs[cn] != nil {
			return nil
		}
		return err
	}
	if cur.Catalog == cn && cur.Database == dn {
		return sqlerr.New(sqlerr.Validation, st.Path.Pos(), "database %s is in use and cannot be dropped", dn)
	}
	if !st.Cascade && len(d.tables)+len(d.functions) > 0 {
		return sqlerr.New(sqlerr.Validation, st.Path.Pos(), "database %s in catalog %s is not empty", dn, cn).WithHint("add CASCADE to drop what it holds")
	}
	delete(s.mu.catalogs[cn].databases, dn)
	return nil
}

// Database returns comment and options of a database.
func (s *Store) Database(pos int, catalog, database string) (*Database, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d, err := s.database(pos, catalog, database)
	if err != nil {
		return nil, err
	}
	return &Database{Comment: d.Comment, Options: maps.Clone(d.Options)}, nil
}
