package thrown

const (
	cannotFind = "Cannot find table '`$2`.`$3`.`$1`' in any of the catalogs [default_catalog], nor as a temporary table."
	// configurable is what Flink says of statements that configure-session refuses.
	configurable = "\nThe configureSession API only supports executing statements of type SET, RESET, CREATE TABLE, CREATE VIEW, CREATE DATABASE, CREATE FUNCTION, " +
		"CREATE TEMPORARY SYSTEM FUNCTION, CREATE CATALOG, CREATE MODEL, CREATE MATERIALIZED TABLE, DROP TABLE, DROP VIEW, DROP DATABASE, DROP FUNCTION, " +
		"DROP TEMPORARY SYSTEM FUNCTION, DROP CATALOG, DROP MODEL, DROP MATERIALIZED TABLE, ALTER TABLE, ALTER VIEW, ALTER DATABASE, ALTER FUNCTION, " +
		"ALTER CATALOG SET, ALTER CATALOG RESET, ALTER CATALOG COMMENT, ALTER MODEL, ALTER MODEL, ALTER MATERIALIZED TABLE, USE CATALOG, USE [CATALOG.]DATABASE, " +
		"USE MODULES, LOAD MODULE, UNLOAD MODULE, ADD JAR."
)

// placeRules are about the same mistakes at places where Flink words them differently. They come before the others.
func placeRules() []placed {
	const missing = `object '(.*)' not found within '([^.]*)\.(.*)'`
	const noDatabase = `database (\S+) does not exist in catalog (\S+)`
	return []placed{
		{`.*\b(?:INTO|OVERWRITE)(?: TABLE)?|TRUNCATE TABLE|ANALYZE TABLE`, rule{missing, validation, cannotFind, ``}},
		{`ALTER MATERIALIZED TABLE(?: IF EXISTS)?`, rule{
			`materialized table '([^.]*)\.([^.]*)\.(.*)' does not exist`, validation,
			"Cannot find table '`$1`.`$2`.`$3`' in any of the catalogs [default_catalog], nor as a temporary table.", ``,
		}},
		{``, rule{"table (`.*`) is not a materialized table", validation, "Table $1 is not a materialized table, does not support materialized table related operation.", ``}},
		{`DESC(?:RIBE)?(?: EXTENDED)?`, rule{missing, validation, `Tables or views with the identifier '$2.$3.$1' doesn't exist.`, ``}},
		{`SHOW COLUMNS (?:FROM|IN)`, rule{missing, validation, `Tables or views with the identifier '$2.$3.$1' doesn't exist.`, ``}},
		{`SHOW CREATE TABLE`, rule{missing, validation, "Could not execute SHOW CREATE TABLE. Table with identifier `$2`.`$3`.`$1` does not exist.", ``}},
		{`SHOW CREATE VIEW`, rule{missing, validation, "Could not execute SHOW CREATE VIEW. View with identifier `$2`.`$3`.`$1` does not exist.", ``}},
		{`SHOW CREATE TABLE`, rule{`(\S+)\.(\S+)\.(\S+) is a view; .*`, table, "SHOW CREATE TABLE is only supported for tables, but `$1`.`$2`.`$3` is a view. Please use SHOW CREATE VIEW instead.", ``}},
		{`SHOW CREATE VIEW`, rule{`(\S+)\.(\S+)\.(\S+) is a table; .*`, table, "SHOW CREATE VIEW is only supported for views, but `$1`.`$2`.`$3` is a table. Please use SHOW CREATE TABLE instead.", ``}},
		{`SHOW PARTITIONS`, rule{
			missing, catalogPackage + "TableNotExistException", `Table (or view) $3.$1 does not exist in Catalog $2.`,
			table + `: Could not execute SHOW PARTITIONS $2.$3.$1`,
		}},
		{`SHOW PARTITIONS`, rule{
			`table (\S+)\.(\S+) in catalog (\S+) is not partitioned`, notPartitioned, `Table $1.$2 in catalog $3 is not partitioned.`,
			table + `: Could not execute SHOW PARTITIONS $3.$1.$2`,
		}},
		{`CREATE .*\bLIKE`, rule{missing, validation, "Source table '`$2`.`$3`.`$1`' of the LIKE clause not found in the catalog, at line $LINE, column $COLUMN", ``}},
		{`USE`, rule{noDatabase, catalogException, `A database with name [$1] does not exist in the catalog: [$2].`, ``}},
		{`DROP TEMPORARY SYSTEM FUNCTION(?: IF EXISTS)?`, rule{
			`temporary function (\S+) does not exist`, validation,
			`Could not drop temporary system function. A function named '$1' doesn't exist.`, ``,
		}},
		{`SHOW (?:TABLES|VIEWS|FUNCTIONS|USER FUNCTIONS|MODELS|MATERIALIZED TABLES).*`, rule{noDatabase, validation, `Database '$2'.'$1' doesn't exist.`, ``}},
		{`ALTER DATABASE`, rule{noDatabase, databaseMissing, `Database $1 does not exist in Catalog $2.`, ``}},
		{`DROP DATABASE(?: IF EXISTS)?`, rule{noDatabase, databaseMissing, `Database $1 does not exist in Catalog $2.`, validation + `: Could not execute DROP DATABASE $2.$1 RESTRICT`}},
		{`USE`, rule{`catalog (\S+) does not exist`, catalogException, `A catalog with name [$1] does not exist.`, ``}},
		{`USE`, rule{`database name \S+: there must be 1 or 2 parts`, validation, `use database identifier format error`, ``}},
		{`CREATE DATABASE(?: IF NOT EXISTS)?`, rule{`database name \S+: there must be 1 or 2 parts`, validation, `create database identifier format error`, ``}},
		{`USE CATALOG`, rule{`catalog (\S+) does not exist`, catalogException, `A catalog with name [$1] does not exist.`, ``}},
		{`DROP CATALOG(?: IF EXISTS)?`, rule{`catalog (\S+) does not exist`, catalogException, `Catalog $1 does not exist.`, ``}},
		{`ALTER CATALOG`, rule{`catalog (\S+) does not exist`, catalogException, `Catalog $1 does not exist in the catalog store.`, ``}},
		{`CREATE DATABASE.*|SHOW DATABASES.*|SHOW TABLES.*`, rule{`catalog (\S+) does not exist`, validation, `Catalog $1 does not exist`, ``}},
		{`CREATE TABLE.*|CREATE VIEW.*`, rule{`catalog (\S+) does not exist`, validation, `Catalog $1 does not exist.`, ``}},
		{``, rule{`unsupported statement for configuring session: (.*)`, unsupported, `Unsupported statement for configuring session: $1` + configurable, ``}},
		{``, rule{`CREATE CONNECTION is not supported yet`, table, `Unsupported query: $SOURCE`, ``}},
		{``, rule{
			`table (\S+) \(connector '.*'\) does not support INSERT OVERWRITE`, validation,
			`INSERT OVERWRITE requires that the underlying DynamicTableSink of table '$1' implements the SupportsOverwrite interface.`, ``,
		}},
		{``, rule{`(UPDATE|DELETE) is not supported in streaming mode`, table, `$1 statement is not supported for streaming mode now.`, ``}},
		{``, rule{
			`table (\S+) \(connector '.*'\) takes no (?:UPDATE)`, unsupported,
			`Can't perform update operation of the table $1 because the corresponding dynamic table sink has not yet implemented org.apache.flink.table.connector.sink.abilities.SupportsRowLevelUpdate.`, ``,
		}},
		{``, rule{
			`table (\S+) \(connector '.*'\) takes no (?:DELETE)`, unsupported,
			`Can't perform delete operation of the table $1 because the corresponding dynamic table sink has not yet implemented org.apache.flink.table.connector.sink.abilities.SupportsRowLevelDelete.`, ``,
		}},
		{``, rule{`DESCRIBE DATABASE is not supported`, validator, `Column '$LAST' not found in any table`, ``}},
		{`CREATE (?:TEMPORARY )?TABLE (?:[^S]|S[^E]|SE[^L])*S?E?`, rule{`column "(.*)" not found`, validator, `Unknown identifier '$1'`, ``}},
	}
}
