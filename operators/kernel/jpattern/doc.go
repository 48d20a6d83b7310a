// Package jpattern formats and reads dates with the pattern languages of Java,
// which Flink SQL exposes in DATE_FORMAT, TO_TIMESTAMP, TO_TIMESTAMP_LTZ
// ([Pattern], java.time's DateTimeFormatter) and in FROM_UNIXTIME,
// UNIX_TIMESTAMP, TO_DATE with a pattern, CONVERT_TZ and DATE_FORMAT of text
// ([Legacy], java.text's SimpleDateFormat). Names of months and days are English
// (United States), weeks start on Sunday.
//
// A pattern is compiled once and then used for any number of values; it is
// immutable and may be shared between goroutines (a civil.Zone may not).
package jpattern
