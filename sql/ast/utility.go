package ast

// Describe is DESCRIBE or DESC of a table, catalog, ….
type Describe struct {
	Span
	// Object is TableObject for DESCRIBE path (tables and views).
	Object   ObjectKind
	Extended bool
	Path     Path
	// JobID is set for JobObject.
	JobID string
}

// ShowKind is what SHOW shows.
type ShowKind uint8

// The kinds of SHOW.
const (
	ShowCatalogs ShowKind = iota
	ShowCurrentCatalog
	ShowDatabases
	ShowCurrentDatabase
	ShowTables
	ShowViews
	ShowMaterializedTables
	ShowFunctions
	ShowProcedures
	ShowModels
	ShowConnections
	ShowColumns
	ShowPartitions
	ShowCreate
	ShowModules
	ShowJars
	ShowJobs
)

// String returns the keyword(s).
func (k ShowKind) String() string {
	return [...]string{
		"CATALOGS", "CURRENT CATALOG", "DATABASES", "CURRENT DATABASE", "TABLES", "VIEWS", "MATERIALIZED TABLES", "FUNCTIONS",
		"PROCEDURES", "MODELS", "CONNECTIONS", "COLUMNS", "PARTITIONS", "CREATE", "MODULES", "JARS", "JOBS",
	}[k]
}

// Show is SHOW.
type Show struct {
	Span
	Kind ShowKind
	// Object is the kind of object of ShowCreate.
	Object ObjectKind
	// OrAlter is true for SHOW CREATE OR ALTER MATERIALIZED TABLE.
	OrAlter bool
	// User is true for SHOW USER FUNCTIONS, Full for SHOW FULL MODULES.
	User, Full bool
	// Path is the object of SHOW CREATE, COLUMNS and PARTITIONS.
	Path Path
	// Preposition is FROM or IN; empty if no place is given. In is that place.
	Preposition string
	In          Path
	// Like is the pattern; optional. Not and ILike belong to it.
	Like       *string
	Not, ILike bool
	// Partition is the PARTITION clause of SHOW PARTITIONS; optional.
	Partition *Partition
}

// UseKind is what USE switches.
type UseKind uint8

// The kinds of USE.
const (
	UseDatabase UseKind = iota
	UseCatalog
	UseModules
)

// Use is USE, USE CATALOG and USE MODULES.
type Use struct {
	Span
	Kind UseKind
	// Path is the database or catalog.
	Path Path
	// Modules is set for UseModules.
	Modules []Ident
}

// LoadModule is LOAD MODULE m [WITH (…)].
type LoadModule struct {
	Span
	Name    Ident
	Options []Option
}

// UnloadModule is UNLOAD MODULE m.
type UnloadModule struct {
	Span
	Name Ident
}

// AddJar is ADD JAR 'path'.
type AddJar struct {
	Span
	Path string
}

// RemoveJar is REMOVE JAR 'path'.
type RemoveJar struct {
	Span
	Path string
}

// Set is SET; without a key it lists the properties.
type Set struct {
	Span
	// HasKey tells SET 'k' = 'v' from SET.
	HasKey     bool
	Key, Value string
	// Legacy is true for the form without quotes: SET k = v.
	Legacy bool
}

// Reset is RESET; without a key it resets all properties.
type Reset struct {
	Span
	// HasKey tells RESET 'k' from RESET.
	HasKey bool
	Key    string
	// Legacy is true for the form without quotes.
	Legacy bool
}

// Analyze is ANALYZE TABLE … COMPUTE STATISTICS.
type Analyze struct {
	Span
	Table     Path
	Partition *Partition // optional
	// Columns is set for FOR COLUMNS, AllColumns for FOR ALL COLUMNS.
	Columns    []Ident
	AllColumns bool
}

// StopJob is STOP JOB 'id'.
type StopJob struct {
	Span
	JobID                string
	WithSavepoint, Drain bool
}

func (*Describe) stmtNode()     {}
func (*Show) stmtNode()         {}
func (*Use) stmtNode()          {}
func (*LoadModule) stmtNode()   {}
func (*UnloadModule) stmtNode() {}
func (*AddJar) stmtNode()       {}
func (*RemoveJar) stmtNode()    {}
func (*Set) stmtNode()          {}
func (*Reset) stmtNode()        {}
func (*Analyze) stmtNode()      {}
func (*StopJob) stmtNode()      {}
