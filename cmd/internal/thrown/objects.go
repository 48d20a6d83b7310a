package thrown

// objectRules are about statements on catalogs, tables and the session, and about options.
func objectRules() []rule {
	return append(append(catalogRules(), tableRules()...), sessionRules()...)
}

// catalogRules are about catalogs, databases, functions and models.
func catalogRules() []rule {
	return []rule{
		{`catalog '(.*)' has no (?:definition to show|description)`, validation, `Cannot obtain metadata information from Catalog $1.`, ``},
		{
			`there is no catalog type '(.*)'`, validation,
			`Could not find any factory for identifier '$1' that implements 'org.apache.flink.table.factories.CatalogFactory' in the classpath.` + "\n\nAvailable factory identifiers are:\n\ngeneric_in_memory", ``,
		},
		{`catalog options do not contain the key 'type'`, validation, `Catalog options do not contain an option key 'type' for discovering a catalog.`, ``},
		{`catalog (\S+) is in use and cannot be dropped`, catalogException, `Cannot drop a catalog which is currently in use.`, ``},
		{`catalog (\S+) already exists`, catalogException, `Catalog $1 already exists.`, ``},
		{
			`database (\S+) already exists in catalog (\S+)`, databaseExists, `Database $1 already exists in Catalog $2.`,
			validation + `: Could not execute CREATE DATABASE: (catalogDatabase: [{}], catalogName: [$2], databaseName: [$1], ignoreIfExists: [false])`,
		},
		{`database (\S+) does not exist in catalog (\S+)`, databaseMissing, `Database $1 does not exist in Catalog $2.`, ``},
		{`database (\S+) in catalog (\S+) is not empty.*`, databaseNotEmpty, `Database $1 in catalog $2 is not empty.`, ``},
		{`database (\S+) is in use and cannot be dropped`, validation, `Cannot drop a database which is currently in use.`, ``},
		{`database name \S+: there must be 1 or 2 parts`, validation, `database identifier format error`, ``},
		{`function (\S+) already exists in catalog (\S+)`, functionExists, `Function $1 already exists in Catalog $2.`, ``},
		{`function (\S+) does not exist in catalog (\S+)`, functionMissing, `Function $1 does not exist in Catalog $2.`, ``},
		{`temporary function (\S+) does not exist`, validation, "Temporary catalog function `default_catalog`.`default_database`.`$1` doesn't exist", ``},
		{"function '(.*)' does not exist", validation, "Function with the identifier '`$1`' doesn't exist.", ``},
		{`function class '(.*)' cannot be loaded: .*`, classNotFound, `$1`, validation + `: Could not register temporary catalog function '$1' due to implementation errors.`},
		{`function '.*' cannot be loaded: its class '(.*)' is .*`, classNotFound, `$1`, ``},
		{`ALTER of a temporary function is not supported: .*`, validation, `Alter temporary catalog function is not supported`, ``},
		{`model '(.*)' does not exist`, validation, `Model with the identifier '$1' doesn't exist.`, ``},
		{`ALTER MODEL SET does not support empty options`, validation, `ALTER MODEL SET does not support empty option.`, ``},
		{`a model with INPUT columns needs OUTPUT columns`, sqlValidate, `Output column list can not be empty with non-empty input column list.`, ``},
		{`no module with name '(.*)' exists.*`, validation, `No module with name '$1' exists`, validation + `: Could not execute UNLOAD MODULE $1. No module with name '$1' exists`},
		{
			`module '(.*)' does not exist; there is 'core'`, validation,
			`Could not find any factory for identifier '$1' that implements 'org.apache.flink.table.factories.ModuleFactory' in the classpath.` + "\n\nAvailable factory identifiers are:\n\ncore",
			validation + `: Unable to create module '$1'.`,
		},
		{`module '(.*)' is loaded already`, validation, `A module with name '$1' already exists`, validation + `: Could not execute LOAD MODULE $1. A module with name '$1' already exists`},
		{`module '(.*)' is not loaded; there is 'core'`, validation, `No module with name '$1' exists`, validation + `: Could not execute USE MODULES: [$1]. No module with name '$1' exists`},
	}
}

// tableRules are about tables and views: their definition, and that they are used as they can be.
func tableRules() []rule {
	const like = ` of the LIKE clause `
	return []rule{
		{
			`table \(or view\) (\S+)\.(\S+) already exists in catalog (\S+)`, tableExists, `Table (or view) $1.$2 already exists in Catalog $3.`,
			validation + ": Could not execute CreateTable in path `$3`.`$1`.`$2`",
		},
		{`(table|view) with identifier '(.*)' does not exist`, validation, `$C1 with identifier '$2' does not exist.`, ``},
		{"temporary table with identifier '(.*)' exists", validation, "Temporary table with identifier '$1' exists. Drop it first before removing the permanent table.", ``},
		{`temporary (table|view) with identifier '(.*)' does not exist`, validation, `Temporary $1 with identifier '$2' does not exist.`, ``},
		{`materialized table '([^.]+)\.([^.]+)\.(.+)' does not exist`, validation, "Materialized table with identifier `$1`.`$2`.`$3` does not exist.", ``},
		{`table (\S+) doesn't exist or is a temporary table`, validation, `Table $1 doesn't exist or is a temporary table.`, ``},
		{`ALTER TABLE for a view is not allowed.*`, validation, `ALTER TABLE for a view is not allowed`, ``},
		{`the rowtime attribute field '(.*)' is not defined in the table schema`, validation, `The rowtime attribute field '$1' is not defined in the table schema, at line $LINE, column $COLUMN` + "\nAvailable fields: [$HINT]", ``},
		{
			`invalid data type of time field for watermark definition: .* but the (time field type is .*)`, validation,
			`Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), ` + timeColumn + `$1`, ``,
		},
		{
			`invalid data type of expression for watermark definition: .* but the (watermark .*)`, validation,
			`Invalid data type of expression for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), ` + timeColumn + `$1`, ``,
		},
		{`a primary key must be NOT ENFORCED`, sqlValidate, notEnforced, ``},
		{`a table can have one primary key only`, sqlValidate, `Duplicate primary key definition`, ``},
		{`column "(.*)" is defined twice`, validation, `A regular Column named '$1' already exists in the table.`, ``},
		{`primary key column '(.*)' is not defined in the schema`, validation, `Primary key column '$1' is not defined in the schema at line $LINE, column $COLUMN`, ``},
		{`primary key column '(.*)' is not a physical column`, validation, `Could not create a PRIMARY KEY with column '$1' at line $LINE, column $COLUMN.`, ``},
		{`column '(.*)' of the primary key is nullable`, validation, `Invalid primary key 'PK_$1'. Column '$1' is nullable.`, ``},
		{`key column "(.*)" is defined twice`, validation, `Invalid primary key 'PK_$1_$1'. A primary key must not contain duplicate columns. Found: [$1]`, ``},
		{`partition column '(.*)' is not defined in the schema`, validation, `Partition column '$1' not defined in the table schema. Available columns: [$HINT]`, ``},
		{`bucket count must be a positive integer, not (\S+)`, validation, `Invalid bucket count '$1'. The number of buckets for a distributed table must be at least 1.`, ``},
		{`a column named '(.*)' already exists in the table`, validation, `A column named '$1' already exists in the base table.`, ``},
		{`the base table already has (a distribution|partitions) defined; (.*)`, validation, `The base table already has $1 defined. $C2.`, ``},
		{`source table '(.*)'` + like + `can not be a VIEW`, validation, "Source table '`default_catalog`.`default_database`.`$1`'" + like + "can not be a VIEW, at line $LINE, column $COLUMN", ``},
		{`the LIKE feature (\S+) is declared twice`, sqlValidate, `Each like option feature can be declared only once.`, ``},
		{`column '(.*)' is not in the query schema`, validation, `Column '$1' not found in the source schema.`, ``},
		{`CREATE TABLE … AS cannot create a temporary table|CREATE TEMPORARY TABLE … AS is not supported.*`, sqlValidate, `CREATE TABLE AS SELECT syntax does not support to create temporary table yet.`, ``},
		{
			`table (\S+) does not exist, so it cannot be replaced; .*`, table,
			`The table $1 to be replaced doesn't exist. You can try to use CREATE TABLE AS statement or CREATE OR REPLACE TABLE AS statement.`, ``,
		},
		{`column (\S+) does not exist in the table (\S+)`, validation, `Column: $1 does not exist in the table: $2.`, ``},
		{
			`the base table .*|try to (?:add|modify) a column .*|referenced column .* by 'AFTER' .*|the column '.*' (?:does not exist|already exists) in the (?:base )?table|column '.*' cannot be (?:dropped|renamed): .*|duplicate column '.*'`,
			validation, "Failed to execute ALTER TABLE statement.\n$B0.", ``,
		},
		{
			`table \S+: connector "(.*)": not found; there are \[(.*)\].*`, validation,
			`Could not find any factory for identifier '$1' that implements 'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.` + "\n\nAvailable factory identifiers are:\n\n$LIST2", cannotDiscover,
		},
		{`table \S+: the options do not contain the key 'connector'.*`, validation, `Table options do not contain an option key 'connector' for discovering a connector.`, ``},
		{
			`table \S+: connector '(.*)': unknown option '(.*?)'(?:; did you mean .*\?)?\. Supported are: (.*)`, validation,
			"Unsupported options found for '$1'.\n\nUnsupported options:\n\n$2\n\nSupported options:\n\n$LIST3", ``,
		},
		{`table \S+: connector '(.*)': required options are missing: (.*)`, validation, "One or more required options are missing.\n\nMissing required options are:\n\n$LIST2", ``},
		{`table \S+: connector '.*': option 'format' = '(.*)': not found; formats are (.*)`, validation, "Could not find any format factory for identifier '$1' in the classpath.", ``},
		{`table \S+: connector '.*': option '.*' = '(.*)': an integer is expected.*`, numberFormat, `For input string: "$1"`, ``},
		{`table \S+: (?:connector|format) '.*': option '.*' = '(.*)': true or false is expected.*`, illegalArgument, `Unrecognized option for boolean: $1. Expected either true or false(case insensitive)`, ``},
		{`table \S+: format 'csv': quote-character and disable-quote-character cannot both be set`, validation, `Format cannot define a quote character and disabled quote character at the same time.`, ``},
		{`there already exists an option \['(.*)'\] in the base table; .*`, validation, `There already exists an option ['$1'] in the base table. You might want to specify EXCLUDING OPTIONS or OVERWRITING OPTIONS.`, ``},
		{`partition column '(.*)' is not a physical column`, validation, `Invalid partition key '$1'. A partition key must reference a physical column in the schema.`, ``},
		{`a table can have one watermark only`, parse, `Multiple WATERMARK declarations are not supported yet.`, ``},
		{`table \S+: path "(.*)": not found.*`, fileNotFound, `File $1 does not exist or the user running Flink ('root') has insufficient permissions to access it.`, ``},
		{`table \S+: format 'csv': option 'field-delimiter' = '(.*)': a single character is expected`, validation, `Option 'csv.field-delimiter' must be a string with single character, but was: $1`, ``},
		{`table \S+: format '\w+': option '(\S+)' = '(.*)': allowed are (.*)`, validation, `Unsupported value '$2' for $1. Supported values are [$3].`, ``},
		{`table \S+: format '\w+': fail-on-missing-field and ignore-parse-errors cannot both be true`, validation, `fail-on-missing-field and ignore-parse-errors shouldn't both be true.`, ``},
		{`table \S+: format 'raw': column '.*': type (.*) is not supported`, validation, `The 'raw' format doesn't supports '$1' as column type.`, ``},
		{
			`connector '(.*)' can only be used as a (sink|source), table (\S+) cannot be (read|written)`, validation, `Connector '$1' can only be used as a $2. It cannot be used as a $OTHER2.`,
			validation + `: Unable to create a $OTHER2 for $4 table '$3'.`,
		},
		{`column '.*' has no default value and does not allow NULLs`, validator, ``, ``},
		{`static partition column '.*' should be in the partition keys list .*`, validation, `$C0.`, ``},
		{`streaming mode does not support INSERT OVERWRITE`, illegalState, `Streaming mode not support overwrite.`, ``},
		{`UPSERT INTO is not supported.*`, validation, `UPSERT INTO statement is not supported. Please use INSERT INTO instead.`, ``},
		{
			`querying table '(.*)' in batch mode is not allowed: .*`, table,
			`Querying a table in batch mode is currently only possible for INSERT-only table sources. But the source for table '$1' produces other changelog messages than INSERT.`, ``,
		},
	}
}

const cannotDiscover = validation + `: Cannot discover a connector using option: 'connector'='$1'`

// sessionRules are about the session, its options, jobs and plans.
func sessionRules() []rule {
	return []rule{
		{`only INSERT statements and END are allowed between BEGIN STATEMENT SET and END`, execution, inStatementSet, ``},
		{`END without BEGIN STATEMENT SET`, execution, `No Statement Set to submit. 'END' statement should be used after 'BEGIN STATEMENT SET'.`, ``},
		{`job '(.*)' does not exist`, execution, `Described job $1 does not exist in the cluster.`, ``},
		{`job id "(.*)": want 32 hexadecimal digits`, numberFormat, `For input string: "$1" under radix 16`, ``},
		{
			`plan file '(.*)' exists; .*`, table,
			`Cannot overwrite the plan file '$1'. Either manually remove the file or, if you're debugging your job, set the option 'table.plan.force-recompile' to true.`, ``,
		},
		{`ANALYZE TABLE is not supported in streaming mode`, table, `ANALYZE TABLE is not supported for streaming mode now`, ``},
		{`TRUNCATE TABLE is not supported in streaming mode`, table, `TRUNCATE TABLE statement is not supported in streaming mode.`, ``},
		{
			`table (\S+) \(connector '.*'\) cannot be truncated`, table,
			`TRUNCATE TABLE statement is not supported for the table $1 since the table hasn't implemented the interface org.apache.flink.table.connector.sink.abilities.SupportsTruncate.`, ``,
		},
		{`table (\S+) is not partitioned`, notPartitioned, `Table $1 is not partitioned.`, ``},
		{
			`JAR file '(.*)' not found`, fileNotFound, `jar or artifact resource [$1] not found.`,
			table + `: Could not register the specified resource [ResourceUri{resourceType=JAR, uri='$1'}].`,
		},
		{
			`invalid ANALYZE TABLE statement: table (\S+) is not a partition table, while partition values are given`, validation,
			`Invalid ANALYZE TABLE statement. Table: $1 is not a partition table, while partition values are given.`, ``,
		},
		{`WITH DRAIN needs WITH SAVEPOINT`, parse, `WITH DRAIN could only be used after WITH SAVEPOINT.`, ``},
		{`duplicate EXPLAIN detail .*`, parse, `Duplicate EXPLAIN DETAIL is not allowed.`, ``},
		{`REMOVE JAR is not supported.*`, unsupported, `SQL Gateway doesn't support REMOVE JAR syntax now.`, ``},
		{`SHOW PROCEDURES is not supported.*`, unsupported, `listProcedures is not implemented for class org.apache.flink.table.catalog.GenericInMemoryCatalog.`, ``},
		{
			`option 'execution.runtime-mode': "(.*)" is none of (.*)`, illegalArgument,
			`Could not parse value for enum class org.apache.flink.api.common.RuntimeExecutionMode. Expected one of: [[$2]]`,
			illegalArgument + `: Could not parse value '$1' for key 'execution.runtime-mode'.`,
		},
		{`option 'table.sql-dialect': "hive" is none of .*`, validation, `Could not find any factories that implement 'org.apache.flink.table.delegation.ParserFactory' in the classpath.`, ``},
		{`option 'table.sql-dialect': "(.*)" is none of .*`, illegalArgument, `No enum constant org.apache.flink.table.api.SqlDialect.$U1`, ``},
		{`option '(.*)': "(.*)" is (?:not a|not a positive) whole number.*`, numberFormat, `For input string: "$2"`, illegalArgument + `: Could not parse value '$2' for key '$1'.`},
		{
			`option '(.*)': "(.*)" is neither true nor false`, illegalArgument, `Unrecognized option for boolean: $2. Expected either true or false(case insensitive)`,
			illegalArgument + `: Could not parse value '$2' for key '$1'.`,
		},
		{`option 'table.local-time-zone': .*`, validation, zones, ``},
	}
}
