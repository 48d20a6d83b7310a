package thrown

import (
	"errors"
	"sync"

	"millrace/runtime/gateway"
)

// Job gives the failure of a query that runs as a job, found when its rows are fetched, its chain of exceptions.
func Job(err error, id string) error {
	if done := (*gateway.Thrown)(nil); err == nil || errors.As(err, &done) {
		return err
	}
	causes := []string{
		execution + ": Error while retrieving result.",
		"java.lang.RuntimeException: Failed to fetch next result",
		"java.io.IOException: Failed to fetch job execution result",
		"org.apache.flink.client.program.ProgramInvocationException: Job failed (JobID: " + id + ")",
		"org.apache.flink.runtime.client.JobExecutionException: Job execution failed.",
	}
	root := byRule(failureRules(), err.Error(), nil, "")
	if root == nil {
		root = []string{"org.apache.flink.runtime.JobException: " + err.Error()}
	}
	return &gateway.Thrown{Err: err, Causes: append(causes, root...)}
}

// failureRules are the rules for what goes wrong while a job is submitted or runs. Our messages begin with the operator and the expression.
var failureRules = sync.OnceValue(func() []compiled { //nolint:gochecknoglobals // computed once, never changed
	return compile(anywhere([]rule{
		{`.*: cast of '(.*)' to (?:TINYINT|SMALLINT|INT|BIGINT): (\w)(.*)`, numberFormat, `For input string: '$1'. $U2$3.`, ``},
		{`.*: cast of '' to (?:FLOAT|DOUBLE).*`, numberFormat, `empty String`, ``},
		{`.*: cast of '(.*)' to (?:FLOAT|DOUBLE).*`, numberFormat, `For input string: "$1"`, ``},
		{`.*: cast of '(.*)' to BOOLEAN.*`, table, `Cannot parse '$1' as BOOLEAN.`, ``},
		{`.*: cast of '(.*)' to (?:DATE|TIME\(\d\)).*`, dateTime, `For input string: '$1'.`, ``},
		{`.*: cast of '(.*)' to TIMESTAMP.*`, "java.time.format.DateTimeParseException", `Text '$1' could not be parsed at index 0`, ``},
		{`.*\(\(?[0-9.]+ [/%] [0-9.]+\)?\): division by zero`, arithmetic, `Division by zero`, ``},
		{`.*: \(.* / CAST\(.* AS DECIMAL.*\): division by zero`, arithmetic, `Division by zero`, ``},
		{`.*division by zero.*`, arithmetic, `/ by zero`, ``},
		{`.*(Column '.*' is NOT NULL, however, a null value is being written into it\. .*)`, "org.apache.flink.table.runtime.operators.sink.constraint.EnforcerException", `$1`, ``},
		{`.*: path "(.*)": not found.*`, fileNotFound, `File $1 does not exist or the user running Flink ('root') has insufficient permissions to access it.`, ``},
		{`.*the sub-query of a single value has more than one row.*`, runtimeTable, `SingleValueAggFunction received more than one element.`, ``},
		{`.*: array of \d+ elements where one is wanted.*`, runtimeTable, `Array has more than one element.`, ``},
		{`.*: unsupported field: (\w+).*`, unsupportedField, `Unsupported field: $1`, ``},
		{`.*: (illegal base64 character \w+|input byte.*)`, illegalArgument, `$C1`, ``},
		{`.*: occurrence -?\d+ is not positive`, illegalArgument, `nthAppearance must be positive!`, ``},
		{`.*: illegal pattern character '(.)'.*`, illegalArgument, `Illegal pattern character '$1'`, ``},
		{`.*character set "(.*)": unsupported encoding.*`, unsupportedCoding, `$1`, ``},
		{`.*JSON_OBJECTAGG: key "(.*)" is there twice`, table, `Key '$1' is already present. Duplicate keys are not allowed in JSON_OBJECTAGG. Please ensure that keys are unique.`, ``},
		{`.*: "(.*)" is no (?:TINYINT|SMALLINT|INT|BIGINT|FLOAT|DOUBLE)\b.*`, numberFormat, `For input string: "$1"`, ``},
		{`.*rowtime field should not be null.*`, "java.lang.RuntimeException", `RowTime field should not be null, please convert it to a non-null long value.`, ``},
		{`.*option "(.*)": "(.*)" is not a whole number`, numberFormat, `For input string: "$2"`, illegalArgument + `: Could not parse value '$2' for key '$1'.`},
		{`plan: open (.*): no such file or directory`, fileNotFound, `file resource [$1] not found.`, table + `: Failed to execute EXECUTE PLAN '$1' statement.`},
		{
			`stop job (\w+): .*job not found.*`, "org.apache.flink.runtime.messages.FlinkJobNotFoundException", `Could not find Flink job ($1)` + "\n]",
			execution + `: Could not stop job $1.`,
		},
		{
			`stop job (\w+): .*job is (\w+).*`, "org.apache.flink.runtime.rest.util.RestClientException",
			`[org.apache.flink.runtime.rest.handler.RestHandlerException: Job cancellation failed because the job has already reached another terminal state ($2).`, execution + `: Could not stop job $1.`,
		},
	}))
})
